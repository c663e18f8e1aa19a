# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs that people run, as the distribution builds them, each under load for as long as a block runs."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import common
import postgres

PYTHON = """
import queue, threading, time
work, lock, event = queue.Queue(), threading.Lock(), threading.Event()
def compute(n): return sum(i * i for i in range(n))
def producer():
    while True:
        work.put(compute(2000)); time.sleep(0.001)
def consumer():
    while True:
        work.get()
        with lock: compute(500)
def poller():
    while True: event.wait(0.005)
threads = [threading.Thread(target=f, daemon=True) for f in (producer, consumer, consumer, poller)]
for one in threads: one.start()
time.sleep(3600)
"""

GUNICORN = """
def application(environ, start):
    body = str(sum(i * i for i in range(3000))).encode()
    start("200 OK", [("Content-Length", str(len(body)))])
    return [body]
"""

NODE = """
const { Worker, isMainThread, parentPort } = require('worker_threads');
function compute(n) { let s = 0; for (let i = 0; i < n; i++) s += Math.sqrt(i) % 7; return s; }
if (isMainThread) {
  for (let i = 0; i < 3; i++) {
    const worker = new Worker(__filename);
    worker.on('message', m => { compute(1000); worker.postMessage(m); });
    worker.postMessage(1);
  }
  setInterval(() => require('fs').readFile(__filename, () => {}), 2);
} else parentPort.on('message', m => { compute(20000); parentPort.postMessage(m + 1); });
"""

JAVA = """
import java.util.concurrent.*;
public class Stock {
  static long compute(int n) { long s = 0; for (int i = 0; i < n; i++) s += (long) i * i % 7; return s; }
  static void consume(BlockingQueue<Integer> queue) throws Exception { while (true) compute(queue.take() * 1000); }
  public static void main(String[] args) throws Exception {
    BlockingQueue<Integer> queue = new ArrayBlockingQueue<>(100);
    for (int i = 0; i < 3; i++) new Thread(() -> { try { consume(queue); } catch (Exception e) { } }).start();
    while (true) { queue.put(7); Thread.sleep(0, 500000); }
  }
}
"""

NGINX = """
daemon off; worker_processes 2; user root; pid %(where)s/pid; error_log %(where)s/error.log;
events { worker_connections 512; }
http { access_log off; server { listen 127.0.0.1:%(port)d; location / { root %(where)s; } } }
"""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Scene:
    """What belongs to one program under load: a scratch folder, and processes that end with it."""

    def __init__(self, where):
        self.where = where
        self.children = []

    def path(self, name, text=None):
        path = os.path.join(self.where, name)
        if text is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return path

    def start(self, command, **more):
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL, cwd=self.where, start_new_session=True, **more)
        self.children.append(child)
        return child.pid

    def again(self, *command):
        """A load that is started anew whenever it ends."""
        return self.start(["/bin/sh", "-c", 'while :; do "$@"; done', "sh"] + [str(c) for c in command])

    def end(self):
        for child in reversed(self.children):
            for sign, patience in ((signal.SIGTERM, 10), (signal.SIGKILL, 10)):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, sign)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(patience)
                    break


def needs(*programs):
    for program in programs:
        if not shutil.which(program):
            raise common.Failed("%s is not installed here" % program)


def await_file(path):
    deadline = time.monotonic() + 60
    while not os.path.exists(path):
        if time.monotonic() > deadline:
            raise common.Failed("%s: not there within a minute" % path)
        time.sleep(0.1)


def redis(scene):
    needs("redis-server", "redis-benchmark", "redis-cli")
    sock = scene.path("sock")
    pid = scene.start(["redis-server", "--port", "0", "--unixsocket", sock, "--dir", scene.where])
    await_file(sock)
    scene.again("redis-benchmark", "-s", sock, "-q", "-n", "200000", "-r", "100000", "-t", "set,get")
    scene.again("sh", "-c", "redis-cli -s %s bgsave; sleep 0.7" % sock)
    return [pid]


def nginx(scene):
    needs("nginx", "wrk")
    port = free_port()
    scene.path("index.html", "x" * 600)
    os.chmod(scene.where, 0o755)
    pid = scene.start(["nginx", "-p", scene.where, "-c",
                       scene.path("conf", NGINX % {"where": scene.where, "port": port})])
    time.sleep(1)
    scene.again("wrk", "-t", "1", "-c", "16", "-d", "30s", "http://127.0.0.1:%d/" % port)
    return [pid]


def python3(scene):
    return [scene.start(["/usr/bin/python3", scene.path("stock.py", PYTHON)])]


def gunicorn(scene):
    needs("gunicorn", "wrk")
    port = free_port()
    scene.path("stock.py", GUNICORN)
    pid = scene.start(["gunicorn", "-w", "2", "--threads", "4", "-b", "127.0.0.1:%d" % port,
                       "stock:application"])
    time.sleep(2)
    scene.again("wrk", "-t", "1", "-c", "8", "-d", "30s", "http://127.0.0.1:%d/" % port)
    return [pid]


def node(scene, *flags):
    needs("node")
    return [scene.start(["node", *flags, scene.path("stock.js", NODE)])]


def java(scene, *flags, map_it=False):
    needs("java", "javac")
    common.run(["javac", "-d", scene.where, scene.path("Stock.java", JAVA)])
    pid = scene.start(["java", *flags, "-cp", scene.where, "Stock"])
    time.sleep(3)
    if map_it:
        common.run(["jcmd", str(pid), "Compiler.perfmap"])
    return [pid]


def mariadb(scene):
    needs("mariadbd", "mariadb-install-db", "mysqlslap")
    data, sock = scene.path("data"), scene.path("sock")
    common.run(["mariadb-install-db", "--no-defaults", "--user=root", "--datadir=" + data,
                "--auth-root-authentication-method=normal"])
    pid = scene.start(["mariadbd", "--no-defaults", "--user=root", "--datadir=" + data, "--socket=" + sock,
                       "--skip-networking", "--pid-file=" + scene.path("pid")])
    await_file(sock)
    scene.again("mysqlslap", "--no-defaults", "--user=root", "--socket=" + sock, "--auto-generate-sql",
                "--auto-generate-sql-load-type=mixed", "--concurrency=8", "--number-of-queries=4000")
    return [pid]


FRAME_POINTERS = "-XX:+PreserveFramePointer"

PROGRAMS = {
    "redis": redis,
    "nginx": nginx,
    "python3": python3,
    "gunicorn": gunicorn,
    "node": node,
    "node-map": lambda scene: node(scene, "--perf-basic-prof"),
    "java": java,
    "java-fp": lambda scene: java(scene, FRAME_POINTERS),
    "java-fp-map": lambda scene: java(scene, FRAME_POINTERS, map_it=True),
    "mariadb": mariadb,
}


@contextlib.contextmanager
def under_load(name):
    """Yields the processes that are to be traced, with all that they start."""
    scratch = tempfile.mkdtemp(prefix="bench.stock.")
    scene = Scene(scratch)
    try:
        if name == "postgres":
            if not postgres.programs():
                raise common.Failed("initdb is not installed here")
            with postgres.server() as folder:
                scene.start(postgres.pgbench(folder, 3600))
                with open(os.path.join(folder, "data", "postmaster.pid"), encoding="utf-8") as file:
                    server = int(file.readline())
                try:
                    yield [server]
                finally:
                    scene.end()
            return
        pids = PROGRAMS[name](scene)
        time.sleep(2)
        yield pids
    finally:
        scene.end()
        shutil.rmtree(scratch, ignore_errors=True)
