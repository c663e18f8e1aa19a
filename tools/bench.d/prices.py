# SPDX-License-Identifier: GPL-2.0-or-later
"""
The price list against what perf says of the same hand-offs on the same CPU, in turn; how far
calibrations differ among each other; and what compare tells from two processes that threads
would save, against a stopwatch on the same work by threads.
"""

import json
import math
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time

import common

LOOPS = 200000  # of perf: a round trip each, two hand-offs
PAIRS = 30
MESSAGES = 1000000
OP = re.compile(r"([\d.]+) usecs/op")


def tasktoll_json(scratch, *arguments):
    """A page of compare or calibrate; the price list is kept in scratch, not at the user's."""
    out = os.path.join(scratch, "page.json")
    done = subprocess.run([common.TASKTOLL, arguments[0], "-q", "--format", "json", "-o", out] + list(arguments[1:]),
                          env=dict(os.environ, XDG_CACHE_HOME=scratch), stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode not in (0, 3):
        raise common.Failed("tasktoll %s: status %d: %s" % (arguments[0], done.returncode, done.stderr.strip()))
    with open(out, encoding="utf-8") as file:
        return json.load(file)


def price(page, shape, channel, cpus="same"):
    for entry in page["prices"]:
        if (entry["what"], entry.get("shape"), entry.get("channel"), entry.get("cpus"),
                entry["bytes"]) == ("handoff", shape, channel, cpus, 0):
            return entry["p50"]
    return math.nan


# ---- perf ----

def perf_pipe(threads):
    """ns a hand-off, on the CPU that calibrate uses"""
    out = common.run(["taskset", "-c", common.first_cpu(), "perf", "bench", "sched", "pipe", "-l", str(LOOPS)]
                     + (["-T"] if threads else []))
    return float(OP.search(out).group(1)) * 1000 / 2


def against_perf(scratch, rounds):
    """Each calibration stands between two runs of perf of either kind."""
    print("\nprices: a hand-off by pipe on one CPU, ns, by calibrate and by perf bench sched pipe, in turn")
    print("  %5s %30s %30s  %s" % ("round", "threads: calibrate perf ratio", "processes: calibrate perf ratio",
                                   "futex: threads processes"))
    pages, ratios, above = [], [], 0
    for turn in range(rounds):
        before = perf_pipe(True), perf_pipe(False)
        page = tasktoll_json(scratch, "calibrate", "--rounds", "5")
        after = perf_pipe(True), perf_pipe(False)
        pages.append(page)
        cells = []
        for which, shape in enumerate(("thread", "process")):
            ours, theirs = price(page, shape, "pipe"), (before[which] + after[which]) / 2
            ratios.append(ours / theirs)
            cells.append("%10d %8d %6.2f" % (ours, theirs, ours / theirs))
        futex = price(page, "thread", "futex"), price(page, "process", "futex")
        above += futex[1] > futex[0]
        print("  %5d %30s %30s  %14d %9d%s" % (turn + 1, cells[0], cells[1], futex[0], futex[1],
                                               "  noisy" if page["noisy"] else ""))
    print("  calibrate / perf: %s; by futex a process cost more than a thread in %d of %d"
          % (common.spread(ratios), above, rounds))
    return pages


def stability(pages):
    """The medians of the same price in all lists."""
    print("\nstable: medians of %d calibrations, largest / smallest" % len(pages))
    far = []
    for entries in zip(*(page["prices"] for page in pages)):
        medians = [entry["p50"] for entry in entries if entry["p50"]]
        if len(medians) < len(pages):
            continue
        name = " ".join(str(entries[0][key]) for key in ("what", "shape", "channel", "call", "cpus")
                        if key in entries[0]) + (" %d KiB" % (entries[0]["bytes"] >> 10) if entries[0]["bytes"] else "")
        far.append((max(medians) / min(medians), name, entries[-1]["moves"]))
    far.sort(reverse=True)
    direct = [f for f, name, _ in far if "cpus" not in name and name.startswith("handoff") and "same" in name
              and "KiB" not in name]
    print("  %d of %d prices within 1.15, the direct ones on one CPU %s" %
          (sum(f <= 1.15 for f, _, _ in far), len(far), common.spread(direct)))
    for factor, name, moves in far[:8]:
        print("  %6.2f  %s%s" % (factor, name, "  ~" if moves else ""))
    apart = [moves for factor, _, moves in far if factor > 1.15]
    print("  marked ~ in the last list: %d of the %d that lie apart, %d of the others; told to be noisy: %d of %d lists"
          % (sum(apart), len(apart), sum(moves for _, _, moves in far) - sum(apart), sum(page["noisy"] for page in pages),
             len(pages)))


# ---- prediction ----

def stopwatch(command):
    """elapsed and CPU seconds of a program that is not traced"""
    begin = time.monotonic()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise common.Failed("%s: status %d" % (command[0], status))
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime


def pairs(threads, processes, messages, count):
    """What a message costs processes more, ns: [elapsed], [CPU], and the elapsed ns of a message by processes"""
    more = [], []
    each = []
    for turn in range(count):
        figures = {}
        for shape in ("thread", "process") if turn % 2 else ("process", "thread"):
            figures[shape] = stopwatch(threads if shape == "thread" else processes)
        for which in range(2):
            more[which].append((figures["process"][which] - figures["thread"][which]) * 1e9 / messages)
        each.append(figures["process"][0] * 1e9 / messages)
    return more[0], more[1], common.median(each)


def with_error(values):
    """median, and its standard error as of a normal distribution"""
    return "%+7.1f +- %5.1f" % (common.median(values), 1.25 * statistics.stdev(values) / math.sqrt(len(values)))


def predict(scratch, name, threads, processes, few, many):
    """few, many: the commands' count for the stopwatch and for compare, in messages"""
    page = tasktoll_json(scratch, "compare", "--", *processes(many))
    switching = page["figures"]["switching"]
    told = switching["address_spaces_ns"]
    elapsed, cpu, each = pairs(threads(few), processes(few), few, PAIRS)
    print("  %-22s told %s ns a message; the stopwatch says %s elapsed, %s CPU, of %d ns" % (
        name, "n/a" if told is None else "%+7.1f" % (told / many), with_error(elapsed), with_error(cpu), each))
    print("    " + next(row["other"] or row["known"] for row in page["rows"] if row["row"] == "switching"))


def prediction(scratch):
    print("\nprediction: what processes that send each other %d messages by pipe would save as threads" % MESSAGES)
    predict(scratch, "one CPU", lambda n: common.workload("pingpong", "thread", n // 2, "-o", "/dev/null"),
            lambda n: common.workload("pingpong", "process", n // 2, "-o", "/dev/null"), MESSAGES // 10, MESSAGES)
    predict(scratch, "all CPUs", lambda n: common.workload("shapes", "threads", 2, n // 2, "-o", "/dev/null"),
            lambda n: common.workload("shapes", "processes", 2, n // 2, "-o", "/dev/null"), MESSAGES // 20, MESSAGES // 4)


def main(options):
    scratch = tempfile.mkdtemp(prefix="bench.prices.")
    try:
        if shutil.which("perf"):
            pages = against_perf(scratch, options.rounds)
        else:
            pages = [tasktoll_json(scratch, "calibrate") for _ in range(options.rounds)]
        stability(pages)
        tasktoll_json(scratch, "calibrate")
        prediction(scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
