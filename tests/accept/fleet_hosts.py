# SPDX-License-Identifier: GPL-2.0-or-later
"""Recordings of made hosts, of which it is known what a fleet must answer.

usage: fleet_hosts.py DIRECTORY [SAMPLES]

The tables are those that the recorder declares (tests/golden/recording-declared.sql).  Each host has four
periods of a minute; the build v2 comes between the second and the third.  SAMPLES more of each host, spread
over 50 processes and as many stacks as it takes, are there to be many.
"""
import os
import sqlite3
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
HOSTS, PERIODS, MINUTE = 50, 4, 60 * 10**9
BEGIN = 1_700_000_000 * 10**9
DEPLOY = BEGIN + 2 * MINUTE
CPUS = 4
WAIT, COST = (8, 27), (6, 16)  # first and octaves of the layouts, see include/hist.h
SLOWER = {7: 8_000_000, 31: 4_000_000}  # the long waits of these hosts after the deploy
LOST = {5: 1000, 20: 3}
TOLL = {13: 9}  # times the process switches of the others
CRASHES = [(9, "db", 11, "page_read", 40), (3, "worker", 6, "abort", 12), (4, "worker", 6, "abort", 13)]
NEW_FROM = 40  # these hosts have a stack that is new in v2
BUILDS = {1: "0ld1", 3: "0ew2"}  # of the program by its module, before and after the deploy
STACKS = {1: ("main", "serve", "recv"), 2: ("main", "commit", "fsync"), 3: ("main", "serve", "cache_miss")}


def name(host):
    return f"host{host:02}"


def kernel(host):
    return "6.1.0" if host < HOSTS // 2 else "6.12.0"


def switch_ns(host):
    return 1000 if host < HOSTS // 2 else 3000


def waits(host, period):
    """Samples of the wait for a CPU, by length."""
    return {10_000: 970, SLOWER.get(host, 1_000_000) if period > 2 else 1_000_000: 30}


def bucket(ns, layout):
    """Number, begin and end of the bucket in the fine grain."""
    first, octaves = layout
    octave = ns.bit_length() - 1
    if octave < first:
        return 0, 0, 1 << first
    assert octave < first + octaves, ns
    width = 1 << octave >> 5
    part = (ns - (1 << octave)) // width
    return 1 + (octave - first) * 32 + part, (1 << octave) + part * width, (1 << octave) + (part + 1) * width


def number(value):
    out = bytearray()
    while value >> 7:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + bytes([value]))


def blob(samples, layout):
    out, at = b"\x7e" + number(min(samples)), 0
    for ns, count in sorted(samples.items()):
        i = bucket(ns, layout)[0]
        out += number(i - at) + number(count)
        at = i + 1
    return out


class Recording:
    def __init__(self, path):
        self.db = sqlite3.connect(path)
        self.db.execute("PRAGMA synchronous = OFF")
        self.db.execute(f"PRAGMA application_id = {0x54546f6c}")
        with open(os.path.join(HERE, "../golden/recording-declared.sql"), encoding="utf-8") as file:
            for line in file:
                if line.startswith("CREATE TABLE"):
                    self.db.execute(line)

    def put(self, table, **values):
        """A row; what is not given and may not be NULL is 0 or empty."""
        for _, column, kind, needed, _, key in self.db.execute(f"PRAGMA table_info({table})").fetchall():
            if needed or key:
                values.setdefault(column, "" if kind == "TEXT" else 0)
        self.db.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
                        list(values.values()))


def put_build(recording, module):
    """The same functions and stacks in each build; those of the later one have numbers that are higher by ten."""
    names = sorted({frame for stack in STACKS.values() for frame in stack})
    caller, more = {}, 10 if module == 3 else 0
    inner = 100 + more
    recording.put("modules", module=module, kind="file", path="/usr/bin/app", build_id=BUILDS[module])
    for frame, text in enumerate(names, 1):
        recording.put("frames", frame=frame + more, module=module, offset=frame, name=text)
    for stack, frames in STACKS.items():
        above = ()
        for depth, frame in enumerate(frames, 1):
            path = frames[:depth]
            if path not in caller:
                inner += 1
                caller[path] = stack + more if depth == len(frames) else inner
                recording.put("stacks", stack=caller[path], caller=caller.get(above, 0), frame=names.index(frame) + 1 + more)
            above = path


def put_facts(recording, host):
    facts = {"boot_id": f"00000000-0000-4000-8000-{host:012}", "recorder": f"{100 + host} 21617243752698",
             "host": name(host), "kernel": kernel(host), "machine": "x86_64", "cpus": CPUS,
             "target": "the whole machine", "tool_version": "made", "cpu_model": f"made {host // 25}"}
    for key, value in facts.items():
        recording.put("recording", key=key, value=str(value))
    recording.put("modules", module=2, kind="file", path="/usr/bin/it's, \"quoted\"")
    for module in BUILDS:
        put_build(recording, module)
    # a frame without a name, and one that tries the CSV
    recording.put("frames", frame=50, module=2, offset=0x1f)
    recording.put("frames", frame=51, module=2, offset=1, name='a,"b"\nc')
    recording.put("stacks", stack=4, caller=0, frame=50)
    recording.put("stacks", stack=5, caller=4, frame=51)
    for thread, comm in ((1, "app"), (2, "make"), (3, '"odd", \\N')):
        recording.put("threads", thread=thread, pid=10 + thread, tid=10 + thread, comm=comm, process_comm=comm)
        recording.put("processes", pid=10 + thread, comm=comm)


def put_period(recording, host, period):
    more = 10 if period > 2 else 0  # stacks are of the build of the time
    switches, ns = 1000 * TOLL.get(host, 1), switch_ns(host)
    wait = waits(host, period)
    recording.put("periods", period=period, start_realtime_ns=BEGIN + (period - 1) * MINUTE, duration_ns=MINUTE,
                  lost_events=LOST.get(host, 0) if period == 1 else 0)
    recording.put("process_rows", period=period, pid=11, comm="app", in_process=switches,
                  switch_ns_process_count=switches, switch_ns_process_sum=switches * ns,
                  runq_ns_count=sum(wait.values()), runq_ns_sum=sum(a * b for a, b in wait.items()),
                  runq_ns_max=max(wait), runq_ns_p50=10_000, runq_ns_p90=10_000, runq_ns_p99=max(wait))
    recording.put("process_rows", period=period, pid=12, comm="make")
    recording.put("other_rows", period=period, what="fine", runq_ns_count=sum(wait.values()),
                  runq_ns_buckets=blob(wait, WAIT), switch_ns_process_count=switches,
                  switch_ns_process_buckets=blob({ns: switches}, COST))
    recording.put("spawns", period=period, scope="target", kind="process", created=10)
    recording.put("spawns", period=period, scope="process", pid=12, kind="process", created=10, failed=1,
                  copy_ns_count=10, copy_ns_sum=10 * 70_000)
    recording.put("samples", period=period, thread=1, stack=1 + more, switches=5, sleep_ns=3_000_000)
    recording.put("samples", period=period, thread=1, stack=1 + more, waker=2, switches=5, sleep_ns=1_000_000)
    recording.put("samples", period=period, thread=2, stack=2 + more, switches=2, disk_ns=7_000_000, runq_ns=10)
    recording.put("open_samples", period=period, thread=3, stack=5, switches=1, other_ns=2_000_000)
    if host >= NEW_FROM and period > 2:
        recording.put("samples", period=period, thread=1, stack=3 + more, switches=1, sleep_ns=500_000)


def put_many(recording, samples):
    stacks, processes = max(1, samples // (PERIODS * 50)), 50
    for i in range(stacks):
        recording.put("frames", frame=1000 + i, module=1, offset=1000 + i, name=f"function_{i}")
        recording.put("stacks", stack=1000 + i, caller=101, frame=1000 + i)
    for p in range(processes):
        recording.put("threads", thread=1000 + p, pid=1000 + p, tid=1000 + p, comm="many", process_comm="many")
    columns = [row[1] for row in recording.db.execute("PRAGMA table_info(samples)")]
    rows = ([period, 1000 + p, 1000 + i, 0, 1, 1] + [0] * (len(columns) - 6)
            for period in range(1, PERIODS + 1) for p in range(processes) for i in range(stacks))
    assert columns[:6] == ["period", "thread", "stack", "waker", "switches", "sleep_ns"]
    recording.db.executemany(f"INSERT INTO samples VALUES ({', '.join('?' * len(columns))})", rows)


def make(directory, samples=0, count=HOSTS):
    paths = []
    for host in range(count):
        paths.append(os.path.join(directory, f"{name(host)}.tt"))
        recording = Recording(paths[-1])
        put_facts(recording, host)
        for period in range(1, PERIODS + 1):
            put_period(recording, host, period)
        for i, (where, comm, signal, function, fan_out) in enumerate(CRASHES):
            if where == host:
                recording.put("crashes", crash=i + 1, period=1, comm=comm, signal=signal, fan_out=fan_out)
                recording.put("crash_frames", crash=i + 1, depth=0, function=function)
        if samples:
            put_many(recording, samples)
        recording.db.commit()
        recording.db.close()
    return paths


if __name__ == "__main__":
    make(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0)
