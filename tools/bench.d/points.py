# SPDX-License-Identifier: GPL-2.0-or-later
"""
The stacks of sleeping threads by another way: gdb on the same threads of programs as the distribution
builds them.  What is compared are the places in files, frame by frame; threads that moved meanwhile are left out.
"""

import collections
import os
import shutil
import sqlite3
import subprocess
import tempfile

import common
import stock

MANY = """
import random, select, subprocess, socket, threading, time
def wait_lock(lock): lock.acquire()
def wait_socket(pair): pair[0].recv(1)
def wait_event(event): event.wait()
def wait_poll(pair): select.select([pair[0]], [], [])
def wait_child(pair): subprocess.run(["/bin/cat"], stdin=pair[0])
def deeper(n, wait, what):
    if n: return sorted([1, 0], key=lambda x: deeper(n - 1, wait, what) if x else 0)
    return wait(what)
held = threading.Lock(); held.acquire()
pairs = [socket.socketpair() for i in range(30)]
for i in range(10):
    for wait, what in ((wait_lock, held), (wait_socket, pairs[3 * i]), (wait_event, threading.Event()),
                       (wait_poll, pairs[3 * i + 1]), (wait_child, pairs[3 * i + 2])):
        threading.Thread(target=deeper, args=(i, wait, what), daemon=True).start()
time.sleep(3600)
"""

# in gdb: of each thread its id and the program counter of each frame that has one on the stack
ASK = """
import gdb
for what in ("past-main", "past-entry"):
    gdb.execute("set backtrace %s on" % what)
for thread in gdb.selected_inferior().threads():
    thread.switch()
    frame, places = gdb.newest_frame(), []
    while frame is not None and len(places) < 127:
        if frame.type() not in (gdb.INLINE_FRAME, gdb.TAILCALL_FRAME):
            places.append(frame.pc())
        try:
            frame = frame.older()
        except gdb.error:
            places.append(0)
            break
    print("points", thread.ptid[1], *places)
"""

NO_CODE = ("kernel", "mark")


def tasks(pids):
    """Of those processes and all that they started: thread -> (process, how often it has switched, whether it sleeps)."""
    children, found = collections.defaultdict(list), {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % name, encoding="utf-8") as file:
                children[int(file.read().rsplit(")", 1)[1].split()[1])].append(int(name))
        except OSError:
            continue
    queue = list(pids)
    while queue:
        pid = queue.pop()
        queue += children[pid]
        try:
            for tid in os.listdir("/proc/%d/task" % pid):
                with open("/proc/%d/task/%s/status" % (pid, tid), encoding="utf-8") as file:
                    lines = file.read().splitlines()
                switches = sum(int(line.split()[1]) for line in lines if "ctxt_switches" in line)
                found[int(tid)] = pid, switches, any(line.startswith("State:\tS") for line in lines)
        except OSError:
            continue
    return found


def by_gdb(pid):
    """thread -> places as (file, offset), innermost first."""
    with open("/proc/%d/maps" % pid, encoding="utf-8") as file:
        areas = [line.split(None, 5) for line in file]
    done = subprocess.run(["gdb", "-nx", "-batch", "-p", str(pid), "-ex", "python\n" + ASK + "end"], text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)

    def place(address):
        for area in areas:
            first, last = (int(part, 16) for part in area[0].split("-"))
            if first <= address < last:
                name = area[5].strip() if len(area) > 5 else "?"
                return name, address - first + int(area[2], 16)
        return "?", address

    found = {}
    for line in done.stdout.splitlines():
        if line.startswith("points "):
            numbers = [int(part) for part in line.split()[1:]]
            found[numbers[0]] = [place(address) if address else ("?", 0) for address in numbers[1:]]
    return found


def by_recording(path):
    """thread -> its stacks, each as (list of (module kind, file, offset, name), innermost first)."""
    base = sqlite3.connect(path)
    frames = {row[0]: row[1:] for row in base.execute(
        "SELECT frame, kind, path, \"offset\", coalesce(frames.name, '') FROM frames JOIN modules USING (module)")}
    stacks = dict((row[0], row[1:]) for row in base.execute("SELECT stack, caller, frame FROM stacks"))
    found = collections.defaultdict(list)
    for table in ("samples", "open_samples"):
        for tid, stack in base.execute("SELECT DISTINCT tid, stack FROM %s JOIN threads USING (thread)" % table):
            chain = []
            while stack:
                stack, frame = stacks[stack]
                chain.append(frames[frame])
            found[tid].append(chain)
    base.close()
    return found


def differ(ours, theirs):
    """None: the same.  What a stack of ours is marked with counts for itself."""
    user = [frame for frame in ours if frame[0] not in NO_CODE]
    marks = [frame[3] or frame[1] for frame in ours if frame[0] == "mark"]
    for number, (own, other) in enumerate(zip(user, theirs)):
        # a return address may be told as the call that it is behind
        if own[0] == "file" and (own[1] != other[0] or not 0 <= other[1] - own[2] <= 1):
            return "frame %d: %s %s+%#x, gdb %s+%#x" % (number, own[3], own[1], own[2], *other)
    if len(user) != len(theirs):
        return "%s: %d frames, gdb %d" % (marks[-1] if marks else "not marked", len(user), len(theirs))
    return None


def compare(name, seconds):
    where = tempfile.mkdtemp(prefix="bench.points.")
    recording = os.path.join(where, "points.tasktoll")
    try:
        with stock.under_load(name) as pids:
            before = tasks(pids)
            common.run([common.TASKTOLL, "record", "-q", "--no-interpreter", "-d", str(seconds), "-o", recording, "-p",
                        ",".join(str(pid) for pid in pids)], ok=(0, 3))
            after = tasks(pids)
            still = {tid: task[0] for tid, task in after.items() if task[2] and before.get(tid) == task}
            gdb = {}
            for pid in sorted(set(still.values())):
                gdb.update(by_gdb(pid))
        ours = by_recording(recording)
    finally:
        shutil.rmtree(where, ignore_errors=True)
    equal, others = 0, collections.Counter()
    for tid in still:
        if tid not in gdb:
            others["gdb has no stack"] += 1
            continue
        told = [differ(chain, gdb[tid]) for chain in ours.get(tid, [])]
        if not told:
            others["no stack recorded"] += 1
        elif None in told:
            equal += 1
        else:
            others[told[0]] += 1
    print("  %-12s %5d %8d   %s" % (name, len(still), equal, "; ".join("%d %s" % (n, why) for why, n in others.most_common(5))))
    return len(still), equal


def many(scene):
    return [scene.start(["/usr/bin/python3", scene.path("many.py", MANY)])]


def main(options):
    stock.PROGRAMS["python3-many"] = many
    names = options.loads or ["postgres"] + list(stock.PROGRAMS)
    total = same = 0
    print("\npoints: threads that sleep throughout, their user stacks beside those that gdb finds afterwards")
    print("  %-12s %5s %8s   %s" % ("program", "all", "the same", "what differs"))
    for name in names:
        try:
            count, equal = compare(name, 1)
        except common.Failed as failure:
            print("  %-12s %s" % (name, failure))
            continue
        total += count
        same += equal
    print("  %-12s %5d %8d" % ("all", total, same))
