# SPDX-License-Identifier: GPL-2.0-or-later
"""What the parts of the bench share: tools, loads, rounds, and BPF run times."""

import json
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HERE = os.path.join(TREE, "tools", "bench.d")
BUILD = os.path.join(TREE, "build", "bench")
TASKTOLL = os.environ.get("TASKTOLL", os.path.join(TREE, "build", "tasktoll"))
WORKLOADS = os.environ.get("TASKTOLL_WORKLOADS", os.path.join(TREE, "build", "tests", "workload"))
STATS = "/proc/sys/kernel/bpf_stats_enabled"

ATTACH = os.path.join(BUILD, "attach")


class Failed(Exception):
    """Something that the bench cannot do without; the text is for the user."""


def bpftool():
    path = os.environ.get("BPFTOOL")
    if not path:
        found = subprocess.run([os.path.join(TREE, "tools", "find-bpftool")], text=True,
                               stdout=subprocess.PIPE, check=False)
        path = found.stdout.strip()
    if not path:
        raise Failed("bpftool: not found (make bench needs what make needs)")
    return path


# ---- what is measured with ----

def build_measured():
    """tasktoll and the loads, unless others are named: also of a tree where nothing is built yet."""
    if "TASKTOLL" in os.environ and "TASKTOLL_WORKLOADS" in os.environ:
        return
    if subprocess.run(["make", "-C", TREE, "-j%d" % (os.cpu_count() or 1), "workloads"],
                      stdout=subprocess.DEVNULL, check=False).returncode:
        raise Failed("cannot build what is measured: make failed (see above; tools/install-deps run "
                     "installs what is missing)")


def build():
    """Our own BPF objects and their loader, made anew when their sources are newer."""
    build_measured()
    arch = {"x86_64": "x86", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    clang = os.environ.get("CLANG", "clang")
    cc = os.environ.get("CC", "cc")
    os.makedirs(BUILD, exist_ok=True)
    steps = [("attach.c", "attach", [cc, "-O2", "-Wall", "-Wextra"], ["-lbpf", "-lelf", "-lz"])]
    for name in ("empty", "bracket"):
        steps.append((name + ".bpf.c", name + ".bpf.o",
                      [clang, "-g", "-O2", "-Wall", "-target", "bpf", "-mcpu=v3",
                       "-fno-stack-protector", "-D__TARGET_ARCH_" + arch,
                       "-isystem", os.path.join(TREE, "vmlinux", arch), "-c"], []))
    for source, target, command, libraries in steps:
        source, target = os.path.join(HERE, source), os.path.join(BUILD, target)
        if os.path.exists(target) and os.path.getmtime(target) >= os.path.getmtime(source):
            continue
        if subprocess.run(command + [source, "-o", target] + libraries, check=False).returncode:
            raise Failed("%s: does not compile (see above)" % os.path.relpath(source, TREE))


def object_path(name):
    return os.path.join(BUILD, name + ".bpf.o")


def workload(name, *arguments):
    path = os.path.join(WORKLOADS, name)
    if not os.access(path, os.X_OK):
        raise Failed("%s: not built (make workloads)" % name)
    return [path] + [str(a) for a in arguments]


def version_of(command, pattern=r"\d+\.\d+[\w.-]*"):
    try:
        out = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             stdin=subprocess.DEVNULL, timeout=10, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return "?"
    found = re.search(pattern, out)
    return found.group(0) if found else "?"


def read_line(path, default="?"):
    try:
        with open(path, encoding="utf-8") as file:
            return file.readline().strip()
    except OSError:
        return default


def describe_machine():
    model = "?"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.lower().startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    print("kernel       %s" % platform.release())
    print("CPUs         %d x %s" % (os.cpu_count(), model))
    print("clocksource  " + read_line("/sys/devices/system/clocksource/clocksource0/current_clocksource"))
    print("tasktoll     " + version_of([TASKTOLL, "--version"]))
    print("bpftool      " + version_of([bpftool(), "version"]))
    for tool in ("perf", "stress-ng", "sysbench"):
        if shutil.which(tool):
            print("%-12s %s" % (tool, version_of([tool, "--version"])))
    print("load before  " + " ".join(read_line("/proc/loadavg").split()[:3]))


# ---- processes ----

class Tool:
    """A program that is started, works until it is told to stop, and prints nothing."""

    def __init__(self, name, command):
        self.name = name
        self.command = command
        self.child = None

    def start(self):
        """Starts it; returns the ids of the BPF programs it has then."""
        before = set(programs())
        self.child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self._settle(before)

    def _settle(self, before):
        last, same, deadline = set(), 0, time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.child.poll() is not None:
                raise Failed("%s: ended at once, with status %d" % (self.name, self.child.returncode))
            mine = {i for i, p in programs().items()
                    if i not in before and belongs_to(p, self.child.pid)}
            same = same + 1 if mine and mine == last else 0
            if same == 4:
                return mine
            last = mine
            time.sleep(0.15)
        raise Failed("%s: attached nothing within 30 s" % self.name)

    def stop(self):
        if not self.child:
            return
        child, self.child = self.child, None
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            child.send_signal(sign)
            try:
                child.wait(10)
                return
            except subprocess.TimeoutExpired:
                continue


def tasktoll_tool(command="stat", price="auto"):
    options = {"record": ["--force", "-o", os.path.join(tempfile.gettempdir(), "bench.tasktoll")],
               "compare": ["--format", "json", "-d", "3600", "-c", "*", "--cost-sample", price],
               "stat": ["--format", "json", "--cost-sample", price]}
    return Tool("tasktoll", [TASKTOLL, command, "-q", *options[command]])


class Held:
    """One of our own objects, attached while the block runs; `counts` afterwards."""

    def __init__(self, name, comm=None):
        self.command = [ATTACH, object_path(name)] + ([comm] if comm else [])
        self.counts = {}

    def __enter__(self):
        self.child = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      text=True)
        if self.child.stdout.readline() != "attached\n":
            raise Failed("the kernel refuses %s" % os.path.basename(self.command[1]))
        return self

    def __exit__(self, *_):
        out, _ = self.child.communicate()
        for line in out.splitlines():
            key, value = line.split()
            self.counts[int(key)] = int(value)


def run(command, timeout=300, ok=(0,)):
    """Runs a load to its end; returns what it printed."""
    done = subprocess.run(command, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=timeout, check=False)
    if done.returncode not in ok:
        raise Failed("%s: status %d: %s" % (" ".join(command), done.returncode,
                                            done.stdout.strip()[-200:]))
    return done.stdout


def stat_json(*arguments, line=-1):
    """One summary of tasktoll, the last unless line says which; 3 means incomplete, which is worth a remark and no more."""
    with tempfile.NamedTemporaryFile("r", suffix=".json") as out:
        command = [TASKTOLL, "stat", "-q", "--format", "json", "-o", out.name]
        done = subprocess.run(command + [str(a) for a in arguments], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                              check=False)
        with open(out.name, encoding="utf-8") as file:  # it may be another file by now
            text = file.read()
    if done.returncode not in (0, 3) or not text:
        raise Failed("tasktoll stat: status %d: %s" % (done.returncode, done.stderr.strip()))
    if done.returncode == 3:
        print("  (tasktoll called this run incomplete)", file=sys.stderr)
    lines = text.splitlines()
    if len(lines) <= line:
        raise Failed("tasktoll stat: %d summaries where %d were asked for" % (len(lines), line + 1))
    return json.loads(lines[line])


# ---- BPF run times ----

class Stats:
    """kernel.bpf_stats_enabled, on while the block runs and then as it was."""

    def __enter__(self):
        self.before = read_line(STATS)
        with open(STATS, "w", encoding="ascii") as file:
            file.write("1")
        return self

    def __exit__(self, *_):
        with open(STATS, "w", encoding="ascii") as file:
            file.write(self.before)


def programs():
    """All BPF programs of the machine, by id."""
    out = subprocess.run([bpftool_path(), "-j", "prog", "show"], stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, check=False).stdout
    return {p["id"]: p for p in json.loads(out or b"[]")}


_bpftool = []


def bpftool_path():
    if not _bpftool:
        _bpftool.append(bpftool())
    return _bpftool[0]


def belongs_to(program, pid):
    """bpftool names the owners where it can; else being new must be enough."""
    return any(owner["pid"] == pid for owner in program["pids"]) if "pids" in program else True


def run_times(after, before, ids):
    """Of the programs in ids: [(name, runs, ns)] between two calls of programs()."""
    times = []
    for i in ids:
        if i not in after:
            continue
        was = before.get(i, {})
        runs = after[i].get("run_cnt", 0) - was.get("run_cnt", 0)
        ns = after[i].get("run_time_ns", 0) - was.get("run_time_ns", 0)
        if runs:
            times.append((after[i].get("name", "?"), runs, ns))
    return times


class Span:
    """BPF run times while a load runs, net of what an empty program reads."""

    def __init__(self, owners):
        """owners: name -> ids; "empty" among them."""
        self.owners = owners

    def measure(self, command):
        before = programs()
        run(command)
        after = programs()
        empty = run_times(after, before, self.owners["empty"])
        runs = sum(r for _, r, _ in empty)
        if not runs:
            raise Failed("no switch was seen (is kernel.bpf_stats_enabled held off?)")
        self.empty_ns = sum(ns for _, _, ns in empty) / runs
        self.switches = max(r for name, r, _ in empty if name == "empty_switch")
        self.parts = {}
        for owner, ids in self.owners.items():
            if owner != "empty":
                self.parts[owner] = {name: ((ns - r * self.empty_ns) / self.switches, r / self.switches)
                                     for name, r, ns in run_times(after, before, ids)}
        return self

    def net(self, owner):
        """ns per switch"""
        return sum(ns for ns, _ in self.parts[owner].values())


# ---- rounds ----

def spread(values, form="%.2f"):
    """median (min..max)"""
    return (form + " (" + form + ".." + form + ")") % (statistics.median(values), min(values),
                                                       max(values))


def median(values):
    return statistics.median(values)


def first_cpu():
    return str(min(os.sched_getaffinity(0)))
