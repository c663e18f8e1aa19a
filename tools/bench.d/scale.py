# SPDX-License-Identifier: GPL-2.0-or-later
"""
The same with 10 threads and with 10,000: CPU time of a drain and a summary, and
BPF run time per switch.
"""

import signal
import subprocess

import common

FEW, MANY = 10, 10000


class Threads:
    """A process with n threads, while the block runs."""

    def __init__(self, n, mode):
        self.command = common.workload("manythreads", n, 3600, mode)

    def __enter__(self):
        self.child = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        if "threads" not in self.child.stdout.readline():
            raise common.Failed("manythreads: cannot make so many threads here")
        return self

    def __exit__(self, *_):
        self.child.send_signal(signal.SIGKILL)
        self.child.communicate()


def drain(n):
    """
    CPU ms of the second interval of one second: one drain and its summary, by
    tasktoll's own account; the first holds loading the programs as well.
    """
    with Threads(n, "light"):
        return common.stat_json("-d", "2.5", "-i", "1", line=1)["self"]["cpu_ns"] / 1e6


def per_switch(n, mode):
    """Net BPF ns per switch"""
    tool = common.tasktoll_tool()
    before = set(common.programs())
    with Threads(n, mode), common.Held("empty") as held:
        owners = {"empty": {i for i, p in common.programs().items()
                            if i not in before and common.belongs_to(p, held.child.pid)}}
        try:
            owners["tasktoll"] = tool.start()
            return common.Span(owners).measure(["sleep", "2"]).net("tasktoll")
        finally:
            tool.stop()


def main(options):
    drains = {FEW: [], MANY: []}
    for _ in range(options.rounds):
        for n, found in drains.items():
            found.append(drain(n))
    print("\nscale: CPU of one drain and summary, the machine's other tasks included, %d rounds"
          % options.rounds)
    for n, found in drains.items():
        print("  %6d threads  %s ms" % (n, common.spread(found, "%.0f")))

    switches = {}
    with common.Stats():
        for _ in range(options.rounds):
            for mode in ("pair", "ring"):
                for n in (FEW, MANY):
                    switches.setdefault((mode, n), []).append(per_switch(n, mode))
    print("\nscale: net BPF ns per switch with %d / with %d threads, %d rounds"
          % (MANY, FEW, options.rounds))
    what = {"pair": "two threads switch, the others sleep",
            "ring": "all threads take turns: with many, each finds cold caches"}
    for mode, text in what.items():
        many, few = switches[mode, MANY], switches[mode, FEW]
        print("  %-5s %-18s %4.0f ns / %4.0f ns   %s" % (
            mode, common.spread([m / f for m, f in zip(many, few)]), common.median(many),
            common.median(few), text))
