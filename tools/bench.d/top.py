# SPDX-License-Identifier: GPL-2.0-or-later
"""
The live screen: what other tasks still pay once one process is attached to, and what the
screen itself takes beside many threads: all of which wake now and then, or two of which hand a
token to each other while the others sleep.
"""

import fcntl
import glob
import os
import pty
import random
import select
import signal
import struct
import subprocess
import termios
import threading
import time

import common
from scale import Threads

ROWS, COLUMNS = 40, 132
KEYS = 20
WARM_S, SECONDS = 8, 12  # in the first seconds its own cost is sampled often
REFRESH_S = 0.25  # what is drawn after such a pause is another refresh


class Screen:
    """tasktoll top on a terminal of its own that is read all the time."""

    def __enter__(self):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.child = subprocess.Popen([common.TASKTOLL, "top"], stdin=slave, stdout=slave, stderr=slave,
                                      env=dict(os.environ, TERM="xterm-256color"), start_new_session=True)
        os.close(slave)
        self.came = threading.Condition()
        self.read_at, self.drawn, self.over = 0.0, b"", False
        self.refreshes = 0
        self.reader = threading.Thread(target=self._read)
        self.reader.start()
        self._settle()
        return self

    def __exit__(self, *_):
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.over = True
        self.reader.join()
        os.close(self.master)

    def _read(self):
        while not self.over:
            if not select.select([self.master], [], [], 0.2)[0]:
                continue
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            with self.came:
                self.drawn += data
                now = time.monotonic()
                self.refreshes += now - self.read_at > REFRESH_S
                self.read_at = now
                self.came.notify()

    def programs(self, others):
        return {i for i, p in common.programs().items()
                if i not in others and common.belongs_to(p, self.child.pid)}

    def _settle(self):
        """Until a refresh has been drawn since now."""
        deadline, begin = time.monotonic() + 90, len(self.drawn)
        while b"sw/s" not in self.drawn[begin:] or time.monotonic() - self.read_at < 0.3:
            if self.child.poll() is not None or time.monotonic() > deadline:
                raise common.Failed("tasktoll top: drew nothing")
            time.sleep(0.1)
        time.sleep(2)

    def press(self, keys):
        """Returns how long it takes, in ms, until something is drawn."""
        with self.came:
            begin = time.monotonic()
            os.write(self.master, keys)
            self.came.wait(5)
            return 1000 * (time.monotonic() - begin)

    def processes(self):
        """Its own and those that it has started."""
        found, more = [], [self.child.pid]
        while more:
            pid = more.pop()
            found.append(pid)
            for path in glob.glob("/proc/%d/task/*/children" % pid):
                more += [int(word) for word in common.read_line(path, "").split()]
        return found

    def cpu_s(self):
        ticks = 0
        for pid in self.processes():
            fields = common.read_line("/proc/%d/stat" % pid, "").rpartition(")")[2].split()
            ticks += sum(int(field) for field in fields[11:15])  # with children that have ended
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory_mib(self):
        """What its processes have for themselves; rings and maps are the kernel's."""
        total = 0
        for pid in self.processes():
            with open("/proc/%d/status" % pid, encoding="utf-8") as file:
                total += sum(int(line.split()[1]) for line in file if line.startswith("RssAnon:"))
        return total / 1024


class Busy:
    """Two processes that hand a token to each other, and one that sleeps, while the block runs."""

    def __enter__(self):
        load = common.workload("pingpong", "process", 1000000000)
        self.children = [subprocess.Popen(load, stdout=subprocess.DEVNULL, start_new_session=True),
                         subprocess.Popen(["sleep", "3600"], start_new_session=True)]
        return self.children[1].pid

    def __exit__(self, *_):
        for child in self.children:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def per_switch(screen, empty, others):
    """Net BPF ns per switch of the machine, nearly all of them the load's."""
    owners = {"empty": empty, "tasktoll": screen.programs(others)}
    return common.Span(owners).measure(["sleep", "4"]).net("tasktoll")


def attach():
    """Before and after `a` on a process that sleeps."""
    before = set(common.programs())
    with Busy() as quiet, common.Held("empty"):
        others = set(common.programs())
        empty = others - before
        with Screen() as screen:
            first = per_switch(screen, empty, others)
            for keys in (b"/", b"%d" % quiet, b"\r", b"\x1b[H", b"a"):
                screen.press(keys)
                time.sleep(1.2)
            time.sleep(2)
            if b"%d" % quiet not in screen.drawn:
                raise common.Failed("tasktoll top: the sleeping process is not on the screen")
            return first, per_switch(screen, empty, others)


def switches():
    """Of the machine, since it came up."""
    with open("/proc/stat", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("ctxt"))


def cost(many, load):
    """Beside so many threads: ms of CPU a refresh and share of one CPU, MiB, ms until a key is answered, switches/s."""
    with Threads(many, load), Screen() as screen:
        screen.press(b"2")
        time.sleep(WARM_S)
        begin, cpu, refreshes, made = time.monotonic(), screen.cpu_s(), screen.refreshes, switches()
        time.sleep(SECONDS)
        took, cpu = time.monotonic() - begin, screen.cpu_s() - cpu
        refreshes, made = screen.refreshes - refreshes, switches() - made
        answers = []
        for _ in range(KEYS):
            time.sleep(random.uniform(0.1, 0.3))
            answers.append(screen.press(b"?"))
        return {"ms": 1000 * cpu / max(refreshes, 1), "share": 100 * cpu / took, "memory": screen.memory_mib(),
                "answers": sorted(answers), "rate": made / took}


def main(options):
    rounds = []
    with common.Stats():
        for _ in range(options.rounds):
            rounds.append(attach())
    print("\ntop: net BPF ns per switch of two processes that hand over a token, %d rounds" % options.rounds)
    print("  whole machine   %s ns" % common.spread([first for first, _ in rounds], "%.0f"))
    print("  attached to a process that sleeps   %s ns, %s of that" % (
        common.spread([after for _, after in rounds], "%.0f"),
        common.spread([after / first for first, after in rounds])))
    many, pause_ms = options.threads, max(1, round(1000 * options.threads / options.rate))
    loads = {str(pause_ms): "each wakes every %d ms" % pause_ms, "pair": "two hand over a token, the others sleep"}
    print("\ntop: the pane of threads beside %d of them, %d s" % (many, SECONDS))
    for load, what in loads.items():
        found = cost(many, load)
        answers = found["answers"]
        print("  %s: %.0f switches/s\n    %.0f ms of CPU a refresh, %.1f%% of one CPU; %.0f MiB (anonymous); "
              "a key answered in %.1f ms (p50), %.1f ms (worst of %d)" % (
                  what, found["rate"], found["ms"], found["share"], found["memory"],
                  answers[len(answers) // 2], answers[-1], len(answers)))
