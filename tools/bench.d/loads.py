# SPDX-License-Identifier: GPL-2.0-or-later
"""Loads that switch a lot, made by others where they are installed."""

import os
import shutil

import common


def _perf():
    if not shutil.which("perf"):
        return False
    try:
        common.run(["perf", "bench", "sched", "pipe", "-l", "10"], timeout=20)
        return True
    except common.Failed:
        return False


def switching():
    """name -> (what it is, command): each runs for a second or two and ends."""
    one = ["taskset", "-c", common.first_cpu()]
    found = {}
    if _perf():
        pipe = ["perf", "bench", "sched", "pipe", "-l"]
        found["pipe-threads"] = ("two threads, a pipe, any CPU", pipe + ["200000", "-T"])
        found["pipe-processes"] = ("two processes, a pipe, any CPU", pipe + ["200000"])
        if shutil.which("taskset"):
            found["pinned-threads"] = ("two threads, a pipe, one CPU", one + pipe + ["200000", "-T"])
            found["pinned-processes"] = ("two processes, a pipe, one CPU", one + pipe + ["200000"])
        found["messaging"] = ("400 processes, sockets",
                              ["perf", "bench", "sched", "messaging", "-l", "1000"])
        found["messaging-threads"] = ("400 threads, sockets",
                                      ["perf", "bench", "sched", "messaging", "-t", "-l", "1000"])
    else:
        for kind in ("thread", "process"):
            found["pinned-" + kind] = ("two %ss, pipes, one CPU" % kind,
                                       common.workload("pingpong", kind, 200000))
    if shutil.which("hackbench"):
        found["hackbench"] = ("400 threads, sockets", ["hackbench", "-T", "-l", "1000"])
    if shutil.which("stress-ng"):
        found["stress-ng"] = ("stress-ng --switch, %d pairs" % os.cpu_count(),
                              ["stress-ng", "--switch", str(os.cpu_count()), "--timeout", "2s"])
    if shutil.which("sysbench"):
        found["sysbench"] = ("8 threads, 4 mutexes",
                             ["sysbench", "threads", "--threads=8", "--thread-locks=4", "--time=2",
                              "run"])
    found["mixed"] = ("a busy machine in small", common.workload("mixed", 2))
    return found
