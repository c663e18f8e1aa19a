# SPDX-License-Identifier: GPL-2.0-or-later
"""
What following births and deaths costs those who create: the same loop with and
without, in alternating pairs, by its own wall clock.
"""

import json
import shutil
import time

import common

# name -> (what is counted, how many, command)
LOOPS = {
    "fork": ("forks, each child ends at once", 1000, ("breeder", "-o", "/dev/null", "process=1000")),
    "fork 64 MiB": ("the same of a parent with 64 MiB", 200,
                    ("breeder", "-o", "/dev/null", "resident=64", "process=200")),
    "spawn": ("posix_spawn and exec", 300, ("breeder", "-o", "/dev/null", "spawn=300")),
    "thread": ("pthread_create and join", 5000, ("breeder", "-o", "/dev/null", "thread=5000")),
    "system call": ("getppid", 3000000, ("syscalls", "3000000")),
}

# They want tracefs where they look for it: in a mount namespace of their own.
TRACEFS = ["unshare", "-m", "sh", "-c",
           "mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing; exec $0"]
PEERS = {name: TRACEFS + [name] for name in ("exitsnoop", "execsnoop")}


def tools():
    found = {
        "stat": common.Tool("stat", [common.TASKTOLL, "stat", "-q", "--format", "json"]),
        "stat, no phases": common.Tool("stat", [
            common.TASKTOLL, "stat", "-q", "--format", "json",
            "--force-rung", "create=none,exec_entry=none"]),
        "crash": common.Tool("crash", [common.TASKTOLL, "crash", "-q", "--format", "json"]),
    }
    for name, command in PEERS.items():
        if shutil.which(name):
            found[name] = common.Tool(name, command)
    return found


def rate(name):
    """Per second; by the loop's own clock where it has one, else by ours."""
    _, count, (load, *arguments) = LOOPS[name]
    start = time.monotonic()
    out = common.run(common.workload(load, *arguments))
    seconds = time.monotonic() - start
    return count / (json.loads(out)["ns"] / 1e9 if load == "syscalls" else seconds)


def main(options):
    found = {}
    for tool_name, tool in tools().items():
        for i in range(2 * options.rounds):
            for traced in (False, True) if i % 2 == 0 else (True, False):
                try:
                    if traced:
                        tool.start()
                    for name in LOOPS:
                        found.setdefault((name, tool_name), {}).setdefault(traced, []).append(
                            rate(name))
                finally:
                    tool.stop()
    print("\ncreation: per second, traced / untraced, %d alternating pairs" % (2 * options.rounds))
    for name, (what, _, _) in LOOPS.items():
        print("  %s: %s" % (name, what))
        for tool_name in tools():
            rates = found[(name, tool_name)]
            pairs = list(zip(rates[True], rates[False]))
            print("    %-16s %-20s %10.0f / %10.0f" % (
                tool_name, common.spread([t / u for t, u in pairs]),
                common.median(rates[True]), common.median(rates[False])))
