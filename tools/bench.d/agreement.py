# SPDX-License-Identifier: GPL-2.0-or-later
"""
What others say of the same tasks in the same run: perf sched by task, /proc by task,
runqlat by process, pidstat over the same seconds.  A row a witness and figure: how many
tasks it has, in how many of them the counts are the same, and both sums.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

import common

SWITCH = re.compile(r"sched_switch:.*prev_pid=(\d+) ")
TIMEHIST = re.compile(r"^\s*[\d.]+ \[\d+\]\s+\S.*\[(\d+)(?:/\d+)?\]\s+[\d.]+\s+([\d.]+)\s+([\d.]+)\s*$")
TIMEHIST_SUM = re.compile(r"^\s*\S.*\[(\d+)(?:/\d+)?\]\s+-?\d+\s+\d+\s+([\d.]+)\s")
LATENCY = re.compile(r"^\s*\S.*:(\d+)\s*\|\s*[\d.]+ ms \|\s*(\d+) \| avg:\s*([\d.]+) ms")
RUNQLAT_PID = re.compile(r"^pid = (\d+)")
RUNQLAT_ROW = re.compile(r"^\s*\d+ -> \d+\s*: (\d+)")

# The kernel ends a wait behind the tracepoint, where perf and others begin to count the run.
AFTER = "what programs at that tracepoint take is wait here, as to the kernel"
# perf counts from sched_waking, and writes its record of that before the kernel queues the task.
BEFORE = "perf begins at the waker, here it begins as the task is queued"


def threads_of(summary):
    """tid -> its figures; only those of one thread at a time, whose number was not used again"""
    found, twice = {}, set()
    for process in summary["processes"]:
        for thread in process["threads"]:
            if thread["tid"] in found:
                twice.add(thread["tid"])
            found[thread["tid"]] = thread
    return {tid: thread for tid, thread in found.items() if tid not in twice and thread["ended"]}


def row(witness, figure, pairs, exact, remark=""):
    """pairs: [(theirs, ours)] by task"""
    if not pairs:
        print("  %-22s %-22s %s" % (witness, figure, "nothing to compare" + remark))
        return
    theirs, ours = sum(t for t, _ in pairs), sum(o for _, o in pairs)
    same = sum(t == o for t, o in pairs) if exact else None
    print("  %-22s %-22s %6d %8s %16s %16s %+8.3f%%  %s" % (
        witness, figure, len(pairs), "" if same is None else "%d" % same,
        "%.0f" % theirs, "%.0f" % ours, 100 * (ours / theirs - 1) if theirs else 0, remark))


# ---- perf sched ----

def perf_print(data, *arguments):
    return subprocess.run(["perf"] + list(arguments) + ["-i", data], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          stdin=subprocess.DEVNULL, check=False).stdout.splitlines()


def switches_by_tid(data):
    found = {}
    for line in perf_print(data, "script", "-F", "event,trace"):
        switch = SWITCH.search(line)
        if switch:
            found[int(switch.group(1))] = found.get(int(switch.group(1)), 0) + 1
    return found


def ran_by_tid(data):
    """tid -> ns on CPU, between tracepoints"""
    found = {}
    for line in perf_print(data, "sched", "timehist", "-s"):
        task = TIMEHIST_SUM.match(line)
        if task:
            found[int(task.group(1))] = round(float(task.group(2)) * 1e6)
    return found


def delays_by_tid(data):
    """tid -> ns waited after wakeups; each is cut to a us, so half of one is added"""
    found = {}
    for line in perf_print(data, "sched", "timehist"):
        ran = TIMEHIST.match(line)
        if ran:
            delay = float(ran.group(2)) * 1e6
            found[int(ran.group(1))] = found.get(int(ran.group(1)), 0) + (round(delay) + 500 if delay else 0)
    return found


def preempted_by_tid(data):
    """tid -> (how often, ns waited); of newer recordings, which have no sched_wakeup, nothing else"""
    found = {}
    for line in perf_print(data, "sched", "latency", "-p"):
        task = LATENCY.match(line)
        if task:
            count = int(task.group(2))
            found[int(task.group(1))] = (count, float(task.group(3)) * count * 1e6)
    return found


def beside_perf(name, command, scratch):
    data, out = os.path.join(scratch, "perf.data"), os.path.join(scratch, "out.json")
    common.run(["perf", "sched", "record", "-m", "16384", "-o", data, "--", common.TASKTOLL, "stat",
                "-q", "--threads", "--format", "json", "-o", out, "--"] + command)
    summary = json.loads(common.read_line(out))
    ours = threads_of(summary)
    remark = "" if summary["complete"] else "incomplete"

    def pairs(theirs, figure):
        return [(theirs[tid], figure(thread)) for tid, thread in ours.items() if tid in theirs]

    row("perf script", name + ": switches", pairs(switches_by_tid(data), lambda t: t["switches"]),
        True, remark)
    row("perf sched timehist", name + ": ns on CPU", pairs(ran_by_tid(data), lambda t: t["oncpu_ns"]),
        False, AFTER)
    delays, preempted = delays_by_tid(data), preempted_by_tid(data)
    row("timehist and latency", name + ": ns waited",
        pairs({tid: delays[tid] + preempted[tid][1] for tid in delays if tid in preempted},
              lambda t: t["runq_ns"]["sum"]), False, BEFORE)


# ---- runqlat ----

def beside_runqlat(name, command, scratch):
    out = os.path.join(scratch, "runqlat.json")
    peer = subprocess.Popen(["runqlat", "-P"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                            stdin=subprocess.DEVNULL, text=True)
    time.sleep(3)
    common.run([common.TASKTOLL, "stat", "-q", "--format", "json", "-o", out, "--"] + command)
    peer.send_signal(signal.SIGINT)
    text, _ = peer.communicate(timeout=30)
    theirs, pid = {}, None
    for line in text.splitlines():
        begin, found = RUNQLAT_PID.match(line), RUNQLAT_ROW.match(line)
        if begin:
            pid = int(begin.group(1))
            theirs[pid] = 0
        elif found and pid is not None:
            theirs[pid] += int(found.group(1))
    summary = json.loads(common.read_line(out))
    row("runqlat -P", name + ": waits",
        [(theirs[p["pid"]], p["runq_ns"]["count"]) for p in summary["processes"]
         if p["pid"] in theirs], True, "keeps 10,240 processes")


# ---- what is kept in /proc ----

def beside_proc(name, command):
    """A task that lives through all of it: the kernel's sums before and after."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        time.sleep(0.5)
        peer = subprocess.Popen(["pidstat", "-w", "-p", str(child.pid), "4", "1"],
                                stdout=subprocess.PIPE, text=True,
                                stdin=subprocess.DEVNULL) if shutil.which("pidstat") else None
        summary = common.stat_json("-p", child.pid, "-d", "4")
        if not peer:
            return
        text, _ = peer.communicate(timeout=30)
        process = summary["processes"][0]
        rates = re.search(r"Average:\s+\S+\s+\d+\s+([\d.]+)\s+([\d.]+)", text)
        seconds = summary["duration_ns"] / 1e9
        row("pidstat -w", name + ": voluntary/s", [(float(rates.group(1)),
                                                    process["voluntary"] / seconds)], False,
            "each has its own four seconds")
    finally:
        child.kill()
        child.wait()


def main(_):
    one = ["taskset", "-c", common.first_cpu()]
    shapes = {
        "mixed": common.workload("mixed", 1),
        "pingpong": one + common.workload("pingpong", "process", 20000),
        "threads": one + common.workload("pingpong", "thread", 20000),
    }
    print("\nagreement: the same tasks in the same run by others, those that began and ended in it")
    print("  %-22s %-22s %6s %8s %16s %16s %9s" % ("witness", "figure", "tasks", "same", "theirs",
                                                  "ours", "sums"))
    with tempfile.TemporaryDirectory() as scratch:
        for name, command in shapes.items():
            if shutil.which("perf"):
                beside_perf(name, command, scratch)
            if shutil.which("runqlat"):
                beside_runqlat(name, command, scratch)
    beside_proc("metronome", common.workload("metronome", 997, 30))
