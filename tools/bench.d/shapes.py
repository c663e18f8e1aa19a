# SPDX-License-Identifier: GPL-2.0-or-later
"""
Programs by threads and by processes: what compare says of both, against a stopwatch on the
same programs without it.  And programs whose threads take turns on one lock, or do not: what
compare says, and how many CPUs it says they obtained against what their CPU clocks say.
"""

import contextlib
import datetime
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time

import common
import postgres
import prices

COMPUTE = "x = 0\n    for i in range(1500000): x += i\n"
WAIT = "time.sleep(0); os.read(os.open('/dev/zero', os.O_RDONLY), 4096)\n    for i in range(60): time.sleep(0.005)\n"
THREADS = ("import os, threading, time\ndef w():\n    %s"
           "t = [threading.Thread(target=w) for _ in range(4)]\n[x.start() for x in t]; [x.join() for x in t]\n")
PROCESSES = ("import os, time\ndef w():\n    %s"
             "for _ in range(4):\n    if not os.fork(): w(); os._exit(0)\nfor _ in range(4): os.wait()\n")
TURNS = 20000

# For ever: of so many threads, or processes.
PY_THREADS = ("import threading, time\ndef w():\n    while True:\n        %s\n"
              "for _ in range(%d): threading.Thread(target=w).start()\n")
PY_PROCESSES = ("import os\nfor _ in range(%d):\n    if not os.fork():\n        while True: sum(range(1000))\n"
                "os.wait()\n")
RUBY = "4.times.map { Thread.new { x = 0; loop { 1000.times { |i| x += i } } } }.each(&:join)"
JAVA = """public class Load { public static void main(String[] a) { for (int i = 0; i < 4; i++) new Thread(() -> {
double x = 1; while (true) { for (int k = 0; k < 1000000; k++) x = x * 1.0000001 + k; if (x < 0) System.out.println(x);
} }).start(); } }
"""


def python():
    return "/usr/bin/python3" if os.access("/usr/bin/python3", os.X_OK) else shutil.which("python3")


# ---- two programs ----

def lock_of(side):
    serial = side["rows"]["use"]["serial"]
    return "%s (%d of %d waits)" % (serial["lock"] or "none", serial["gil_waits"], serial["lock_waits"]) \
        if serial else "none"


def two(scratch, name, threads, processes, rounds):
    page = prices.tasktoll_json(scratch, "compare", "-n", str(rounds), "--", *threads, "--", *processes)
    times = [], []
    for turn in range(rounds):
        for which in (0, 1) if turn % 2 else (1, 0):
            times[which].append(prices.stopwatch(processes if which else threads)[0])
    a, b = page["shapes"]
    told = a["elapsed_ns"]["p50"] / b["elapsed_ns"]["p50"]
    seen = common.median(times[0]) / common.median(times[1])
    print("  %-14s %8s %10s %12.2f %10.2f  %-26s %s" % (name, page["verdict"]["outcome"], page["verdict"]["confidence"],
                                                      told, seen, lock_of(a), lock_of(b)))


def two_shapes(scratch, rounds):
    print("\ntwo shapes: A by threads, B by processes; elapsed A / B as compare tells it, and by a stopwatch without it")
    print("  %-14s %8s %10s %12s %10s  %-26s %s" % ("", "faster", "", "compare", "stopwatch", "lock of A", "lock of B"))
    for name, body in (("computing", COMPUTE), ("waiting", WAIT)):
        two(scratch, name, [python(), "-c", THREADS % body], [python(), "-c", PROCESSES % body], rounds)
    two(scratch, "pipeline of 4", common.workload("shapes", "threads", 4, TURNS, "-o", "/dev/null"),
        common.workload("shapes", "processes", 4, TURNS, "-o", "/dev/null"), rounds)


# ---- turns ----

def cpu_seconds(pids):
    """Of processes that live, by their CPU clocks."""
    return sum(time.clock_gettime((~pid << 3) | 2) for pid in pids)


def family(pid):
    """It and all below it."""
    found = [pid]
    for one in found:
        with contextlib.suppress(OSError):
            with open("/proc/%d/task/%d/children" % (one, one), encoding="ascii") as file:
                found += [int(child) for child in file.read().split()]
    return found


class Clocks(threading.Thread):
    """The CPU clocks of processes, each 10 ms, by the time of day."""

    def __init__(self, pids):
        super().__init__()
        self.pids, self.read, self.done = pids, [], threading.Event()

    def run(self):
        while not self.done.wait(0.01):
            self.read.append((time.time(), cpu_seconds(self.pids)))

    def parallelism(self, page):
        """CPUs obtained in the time that a page is of; what compare takes to start is not in it."""
        self.done.set()
        self.join()
        start = datetime.datetime.fromisoformat(page["start"][:26]).replace(tzinfo=datetime.timezone.utc).timestamp()
        begin, end = (min(self.read, key=lambda reading: abs(reading[0] - at))
                      for at in (start, start + page["duration_ns"] / 1e9))
        return (end[1] - begin[1]) / (end[0] - begin[0])


def tell(scratch, name, pids, wanted):
    clocks = Clocks(pids)
    clocks.start()
    page = prices.tasktoll_json(scratch, "compare", "-d", "2", "-p", ",".join(map(str, pids)))
    truth = clocks.parallelism(page)
    use = page["figures"]["use"]
    serial = use["serial"] or {"verdict": "no threads", "lock": None, "gil_waits": 0, "lock_waits": 0}
    said = serial["lock"] or ("no" if serial["verdict"] in ("not known", "no threads") else serial["verdict"])
    print("  %-30s %-9s %-14s %9.2f %7.2f %6.2f  %d of %d %s" % (
        name, wanted, said, use["cpus_obtained"], truth, use["cpus_idle"], serial["gil_waits"], serial["lock_waits"],
        "" if said == wanted else "DIFFERS"))


def program(scratch, name, command, wanted):
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             start_new_session=True)
    try:
        time.sleep(0.7)
        tell(scratch, name, family(child.pid), wanted)
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def of_postgres(scratch):
    if not postgres.programs() or os.geteuid():
        return
    with postgres.server() as socket:
        bench = subprocess.Popen([os.path.join(postgres.programs(), "pgbench"), "-h", socket, "-U", "postgres", "-S",
                                  "-c", "4", "-j", "2", "-T", "10", "postgres"], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        time.sleep(1)
        with open(os.path.join(socket, "data", "postmaster.pid"), encoding="ascii") as file:
            server = int(file.readline())
        tell(scratch, "PostgreSQL under pgbench", family(server), "no")
        tell(scratch, "pgbench", [bench.pid], "no")
        bench.terminate()
        bench.wait()


def of_nginx(scratch):
    if not shutil.which("nginx"):
        return
    conf = os.path.join(scratch, "nginx.conf")
    socket = os.path.join(scratch, "nginx.sock")
    with open(conf, "w", encoding="ascii") as file:
        file.write("worker_processes 2; pid %s/nginx.pid; error_log /dev/null; daemon off; user root;\n"
                   "events {} http { access_log off; server { listen unix:%s; location / { return 200 'x'; } } }\n"
                   % (scratch, socket))
    ask = ("import socket\nwhile True:\n    s = socket.socket(socket.AF_UNIX); s.connect('%s')\n"
           "    s.send(b'GET / HTTP/1.0\\r\\n\\r\\n'); s.recv(4096)\n" % socket)
    server = subprocess.Popen(["nginx", "-c", conf], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.7)
    asks = [subprocess.Popen([python(), "-c", ask], stderr=subprocess.DEVNULL) for _ in range(2)]
    try:
        time.sleep(0.3)
        tell(scratch, "nginx, two workers", family(server.pid), "no")
    finally:
        for child in asks + [server]:
            child.terminate()
            child.wait()


def turns(scratch):
    """In the order of what must be found, and what must not."""
    print("\nturns: do threads take turns on one lock; CPUs obtained as compare tells it and by the CPU clocks")
    print("  %-30s %-9s %-14s %9s %7s %6s  %s" % ("program", "it is", "compare", "obtained", "truth", "idle", "GIL waits"))
    compute = "sum(range(1000))"
    for count in (2, 4, 8):
        program(scratch, "Python, %d threads compute" % count, [python(), "-c", PY_THREADS % (compute, count)], "gil")
    if os.access("/usr/bin/ruby", os.X_OK):
        program(scratch, "Ruby, 4 threads compute", ["/usr/bin/ruby", "-e", RUBY], "gil")
    for how, wanted in (("mutex", "one lock"), ("free", "no"), ("short", "no"), ("sleep", "no")):
        program(scratch, "C, 4 threads, " + how, common.workload("turns", how, 4, 60000), wanted)
    program(scratch, "Python, 4 threads wait", [python(), "-c", PY_THREADS % ("time.sleep(0.005)", 4)], "no")
    program(scratch, "Python, 4 processes compute", [python(), "-c", PY_PROCESSES % 4], "no")
    program(scratch, "Python, one thread", [python(), "-c", "while True: sum(range(1000))"], "no")
    of_postgres(scratch)
    of_nginx(scratch)
    if shutil.which("java"):
        source = os.path.join(scratch, "Load.java")
        with open(source, "w", encoding="ascii") as file:
            file.write(JAVA)
        if shutil.which("javac") and not subprocess.run(["javac", "-d", scratch, source], check=False).returncode:
            program(scratch, "Java, 4 threads compute", ["java", "-cp", scratch, "Load"], "no")
    busy = [subprocess.Popen(["nice", "-n", "-5", python(), "-c", "while True: pass"])
            for _ in os.sched_getaffinity(0)]
    try:
        program(scratch, "Python, 4 threads, CPUs busy", [python(), "-c", PY_THREADS % (compute, 4)], "not decidable")
    finally:
        for child in busy:
            child.kill()
            child.wait()


def main(options):
    scratch = tempfile.mkdtemp(prefix="bench.shapes.")
    os.chmod(scratch, 0o755)
    try:
        two_shapes(scratch, max(options.rounds, 3))
        turns(scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
