# SPDX-License-Identifier: GPL-2.0-or-later
"""Which tests run which function, so that a change is tried only by those that can notice it."""

import json
import os
import re
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))


def run(command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, **more).stdout


def within(tree, path):
    """Where a file lies in the tree; what a compiler cache has kept names the tree of its first build."""
    parts = os.path.normpath(path).split("/")
    return next((rest for rest in ("/".join(parts[i:]) for i in range(1, len(parts)))
                 if os.path.exists(os.path.join(tree, rest))), "")


def functions(program, tree):
    """Of each address where a function begins: the file and the name."""
    symbols = [line.split() for line in run(["nm", "--defined-only", program]).splitlines()]
    start = next(int(part[0], 16) for part in symbols if part[2] == "__executable_start")
    places = sorted({part[0] for part in symbols if part[1] in "tT"})
    lines = run(["addr2line", "-f", "-e", program], input="\n".join(places)).splitlines()
    found = {}
    for place, name, where in zip(places, lines[::2], lines[1::2]):
        found[int(place, 16) - start] = (within(tree, where.rsplit(":", 1)[0]), name)
    return found


def note(tree, jobs):
    """Builds the unit tests of a tree so that they note it, and runs them."""
    trace, noted = os.path.join(tree, "trace.o"), os.path.join(tree, "trace")
    run(["gcc", "-O2", "-fPIE", "-c", os.path.join(HERE, "trace.c"), "-o", trace])
    run(["make", "-C", tree, "-j%d" % jobs, "CFLAGS=-O2 -g -finstrument-functions", "LDFLAGS=" + trace, "build/tests/unit"])
    program = os.path.join(tree, "build", "tests", "unit")
    os.mkdir(noted)
    run([program, "-j%d" % jobs], cwd=tree, stderr=subprocess.DEVNULL, env=dict(os.environ, MUTANTS_TRACE=noted))
    known, tests = functions(program, tree), {}
    for name in sorted(os.listdir(noted)):
        with open(os.path.join(noted, name), "rb") as file:
            for match in re.finditer(b"[^\0]", file.read()):
                path, function = known.get(match.start() * 16, ("", ""))
                tests.setdefault(path, {}).setdefault(function, []).append(name.replace(".", "/", 1))
    return tests


class Ran:
    """The tests by file and function; kept in a file, if one is named, for the next time."""

    def __init__(self, tree, jobs, kept):
        if kept and os.path.exists(kept):
            with open(kept, encoding="utf-8") as file:
                self.tests = json.load(file)
            return
        self.tests = note(tree, jobs)
        if kept:
            with open(kept, "w", encoding="utf-8") as file:
                json.dump(self.tests, file)

    def of(self, path, text, line):
        """The tests that run the function in this line; None: it lies in no function."""
        lines = text.split("\n")
        begin = end = line - 1
        while begin > 0 and lines[begin] not in ("{", "}", "};"):
            begin -= 1
        while end + 1 < len(lines) and not lines[end].startswith("}"):
            end += 1
        if lines[begin] != "{" or lines[end] != "}":
            return None
        head = begin
        while head > 0 and lines[head - 1]:
            head -= 1
        name = re.match(r"[^(]*?(\w+)\(", " ".join(lines[head:begin]))
        return self.tests.get(path, {}).get(name.group(1), []) if name else None
