# SPDX-License-Identifier: GPL-2.0-or-later
"""
How much of the weight of user stacks reaches its root, in programs as the
distribution builds them: the entry of the program, or the start of the thread.
What does not is to be marked; a stack that ends elsewhere without a mark is a stump.
"""

import collections
import os
import re
import shutil
import struct
import subprocess
import tempfile

import common
import stock

METRICS = ("offcpu", "switches", "runq")
# the entry of a program, the start of a thread, of the dynamic linker, of a coroutine
ROOTS = {"_start", "__clone3", "clone3", "__clone", "clone", "_dl_start_user", "_dl_start", "__start_context",
         "runtime.goexit", "thread_start"}


ENTRY_BYTES = 64  # of an entry that has no symbol


def is_entry(frame):
    """[program+0x...]: the entry of a program that has no symbols."""
    match = re.fullmatch(r"\[([^/+]+)\+0x([0-9a-f]+)\]", frame)
    path = match and shutil.which(match.group(1))
    if not path:
        return False
    with open(path, "rb") as file:
        head = file.read(32)
    entry = struct.unpack_from("<Q", head, 24)[0]
    return head[:5] == b"\x7fELF\x02" and 0 <= int(match.group(2), 16) - entry < ENTRY_BYTES


def kind_of(frames):
    """Of the frames of a folded stack, outermost first: where it begins."""
    if not frames or all(f.endswith("_[k]") or (f.startswith("[") and "+0x" not in f and "truncated" not in f)
                         for f in frames):
        return None, None  # no user stack
    first = frames[0]
    if first.startswith("[truncated: "):
        return "marked", first[len("[truncated: "):-1]
    if first.split("_[i]")[0] in ROOTS or "_start" in first or is_entry(first):
        return "whole", first
    return "stump", first


def read_folded(recording, metric):
    done = subprocess.run([common.TASKTOLL, "flame", "-q", recording, "--metric", metric, "--format", "folded"],
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode == 1:  # nothing was paid
        return []
    return [line.rsplit(" ", 1) for line in done.stdout.splitlines()]


def weigh(recording, metric):
    sums, reasons = collections.Counter(), collections.Counter()
    for stack, weight in read_folded(recording, metric):
        kind, why = kind_of(stack.split(";")[1:])
        if not kind:
            sums["none"] += int(weight)
            continue
        sums[kind] += int(weight)
        if kind != "whole":
            reasons[(kind, why)] += int(weight)
    return sums, reasons


def measure(name, seconds, results, keep):
    where = keep or tempfile.mkdtemp(prefix="bench.stacks.")
    recording = os.path.join(where, name + ".tasktoll")
    with stock.under_load(name) as pids:
        common.run([common.TASKTOLL, "record", "-q", "--force", "-d", str(seconds), "-o", recording, "-p",
                    ",".join(str(p) for p in pids)], ok=(0, 3))
    for metric in METRICS:
        results[(name, metric)] = weigh(recording, metric)
    if not keep:
        os.unlink(recording)
        os.rmdir(where)


def share(part, whole):
    return "%.1f%%" % (100.0 * part / whole) if whole else "-"


def print_program(name, results):
    for metric in METRICS:
        sums, reasons = results[(name, metric)]
        user = sums["whole"] + sums["marked"] + sums["stump"]
        print("  %-12s %-9s %8s %8s %8s   %s" % (
            name, metric, share(sums["whole"], user), share(sums["marked"], user), share(sums["stump"], user),
            "; ".join("%s %s%s" % (share(weight, user), "STUMP " if kind == "stump" else "", why)
                      for (kind, why), weight in reasons.most_common(4))))


def main(options):
    names = options.loads or ["postgres"] + list(stock.PROGRAMS)
    results = {}
    print("\nstacks: user weight whose stack reaches its root, is marked as truncated, and ends without a mark")
    print("  %-12s %-9s %8s %8s %8s   %s" % ("program", "metric", "root", "marked", "stumps", "why not"))
    for name in names:
        try:
            measure(name, options.seconds, results, options.keep)
        except common.Failed as failure:
            print("  %-12s %s" % (name, failure))
            continue
        print_program(name, results)
