# SPDX-License-Identifier: GPL-2.0-or-later
"""The file system that a kernel is booted with: the program, its libraries, the live tests, and busybox."""

import os
import re
import stat
import subprocess

import words

INIT = os.path.join(words.TREE, "tests", "kernels", "init.sh")
DIRECTORIES = ["bin", "dev", "etc", "lib", "proc", "root", "run", "sbin", "sys", "tests", "tests/workload", "tmp", "var"]
FILES = {
    "etc/passwd": b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    "etc/group": b"root:x:0:\nnogroup:x:65534:\n",
    "etc/inittab": b"::wait:/tests/init.sh\n",
}


class Archive:
    """A cpio archive as Linux unpacks it: its "newc" format; archives can follow one another."""

    def __init__(self, path):
        self.file = open(path, "wb")
        self.count = 0

    def add(self, name, mode, data=b""):
        self.count += 1
        fields = [self.count, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
        header = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
        for part in (header, data):
            self.file.write(part + b"\0" * (-len(part) % 4))

    def directory(self, name):
        self.add(name, stat.S_IFDIR | 0o755)

    def link(self, name, target):
        self.add(name, stat.S_IFLNK | 0o777, target.encode())

    def copy(self, name, path):
        with open(path, "rb") as file:
            self.add(name, stat.S_IFREG | 0o755, file.read())

    def close(self):
        self.add("TRAILER!!!", 0)
        self.file.close()


def needed(path):
    """The interpreter and the libraries that a program asks for."""
    text = subprocess.run(["readelf", "-dlW", path], text=True, stdout=subprocess.PIPE, check=True,
                          env=dict(os.environ, LC_ALL="C")).stdout
    return re.findall(r"interpreter: (\S+?)\]", text), re.findall(r"\(NEEDED\).*\[(\S+)\]", text)


def libraries(programs, root, machine):
    """{path in the image: path here} of all that the programs load."""
    places = ["usr/lib/" + machine.triplet, "lib/" + machine.triplet, "usr/lib64", "lib64", "usr/lib", "usr/local/lib"]
    found, todo = {}, list(programs)
    while todo:
        interpreters, names = needed(todo.pop())
        for name in interpreters:
            found.setdefault(name.lstrip("/"), os.path.join(root, name.lstrip("/")))
        for name in names:
            if "lib/" + name in found:
                continue
            paths = [os.path.join(root, place, name) for place in places]
            path = next((path for path in paths if os.path.exists(path)), None)
            if not path:
                raise words.Unavailable("cannot take %s into a guest" % name, "it is in none of the usual places",
                                        "report it")
            found["lib/" + name] = path
            todo.append(path)
    return found


def write_base(path, build, root, machine, busybox, applets):
    """All that every kernel of this machine is booted with.  root: where its libraries are."""
    loads = os.path.join(build, "tests", "workload")
    programs = {"tests/tasktoll": os.path.join(build, "tasktoll"), "tests/live": os.path.join(build, "tests", "live")}
    for name in os.listdir(loads):
        if "." not in name:
            programs["tests/workload/" + name] = os.path.join(loads, name)
    taken = libraries(programs.values(), root, machine)
    archive = Archive(path)
    directories = set(DIRECTORIES) | {os.path.dirname(name) for name in taken}
    for name in sorted(directories):
        archive.directory(name)
    for name, data in FILES.items():
        archive.add(name, stat.S_IFREG | 0o644, data)
    for name, source in {**programs, **taken, "bin/busybox": busybox, "tests/init.sh": INIT}.items():
        archive.copy(name, source)
    for applet in applets:
        archive.link("bin/" + applet, "busybox")
    archive.link("init", "bin/busybox")
    archive.close()


def write_settings(path, settings):
    """What one kernel gets besides, as an archive that follows the other."""
    archive = Archive(path)
    text = "".join("%s='%s'\n" % pair for pair in settings.items())
    archive.add("tests/settings", stat.S_IFREG | 0o644, text.encode())
    archive.close()
