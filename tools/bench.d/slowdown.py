# SPDX-License-Identifier: GPL-2.0-or-later
"""How much slower the traced load itself gets: operations per second with and without tasktoll."""

import contextlib
import re
import shutil
import time

import common
import postgres
import toll

OPS = 200000


def ops_per_second(command):
    """By the load's own clock where it has one, else by ours."""
    start = time.monotonic()
    out = common.run(command)
    seconds = time.monotonic() - start
    found = re.search(r"(\d+) ops/sec", out) or re.search(r"tps = ([\d.]+)", out)
    return float(found.group(1)) if found else OPS / seconds


def shapes():
    one = ["taskset", "-c", common.first_cpu()]
    if shutil.which("perf") and shutil.which("taskset"):
        pipe = ["perf", "bench", "sched", "pipe", "-l", str(OPS)]
        return {"pipe-threads": pipe + ["-T"], "pinned-threads": one + pipe + ["-T"],
                "pinned-processes": one + pipe}
    return {"pinned-" + kind: common.workload("pingpong", kind, OPS) for kind in ("thread", "process")}


def pair(tool, command, traced_first):
    rates = {}
    for traced in (True, False) if traced_first else (False, True):
        try:
            if traced:
                tool.start()
            rates[traced] = ops_per_second(command)
        finally:
            tool.stop()
    return rates[True], rates[False]


def main(options):
    tools = {"tasktoll": common.tasktoll_tool()}
    for name in toll.installed(options.peers):
        tools[name] = common.Tool(name, toll.PEERS[name])
    found = {}
    with contextlib.ExitStack() as stack:
        chosen = shapes()
        if postgres.programs() and (not options.loads or "pgbench" in options.loads):
            chosen["pgbench"] = postgres.pgbench(stack.enter_context(postgres.server()), 3)
        chosen = {name: chosen[name] for name in chosen if not options.loads or name in options.loads}
        for i in range(2 * options.rounds):
            for load, command in chosen.items():
                for name, tool in tools.items():
                    found.setdefault((load, name), []).append(pair(tool, command, i % 2 == 1))
    print("\nslowdown: operations per second traced / untraced, %d alternating pairs"
          % (2 * options.rounds))
    for (load, name), pairs in found.items():
        print("  %-18s %-16s %-22s %8.0f / %8.0f" % (
            load, name, common.spread([t / u for t, u in pairs]),
            common.median([t for t, _ in pairs]), common.median([u for _, u in pairs])))
