# SPDX-License-Identifier: GPL-2.0-or-later
"""Hostile programs of an unprivileged user, and the files that none of them may have opened for it."""

import os
import random
import shutil
import socket
import stat
import subprocess

MARK = "never-open"  # in the name of each file that must not be opened
UID = 54321  # nobody's
TOGETHER = 24  # programs at a time
REFUSED = 77  # the status of one that this machine does not let do what it wants

CODE = """
#include <time.h>
static __attribute__((noinline)) void nap_inside(void)
{
	struct timespec t = { 0, 2000000 };
#if defined(__x86_64__)
	long result;
	__asm__ volatile("syscall" : "=a"(result) : "a"(35L), "D"(&t), "S"(0L) : "rcx", "r11", "memory");
#else
	register long x8 __asm__("x8") = 101, x0 __asm__("x0") = (long)&t, x1 __asm__("x1") = 0;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1) : "memory");
#endif
}
void nap(void) { nap_inside(); __asm__ volatile(""); }
static __attribute__((noinline)) void wreck_inside(volatile int *at) { *at = 1; }
void wreck(void) { wreck_inside((int *)8); __asm__ volatile(""); }
"""

# What a link, a name or a mount can lead to, by the first word of what is done: see tests/workload/stranger.c.
LINKS = ["mapped-link", "mapped-race", "after-link", "map-link", "map-race", "link-link", "link-race", "beside-link", "root-link",
         "root-debug-link"]
MOUNTS = ["root-bind", "root-debug-bind", "overlay-bind"]
ALONE = ["mapped-fifo", "mapped-socket", "mapped-directory", "mapped-huge", "mapped-gone", "mapped-grown", "mapped-leased", "after-fifo",
         "map-fifo", "map-socket", "map-huge", "link-fifo", "link-huge", "beside-fifo", "root-fifo", "root-debug-fifo", "overlay-plain"]
HARD_LINKS = ["mapped-hardlink", "after-hardlink", "map-hardlink", "link-hardlink"]
ODD = ["\x1b[31mred\x1b]0;title\x07", "two\nlines", "\u202eright to left", "\"quotes\" $(id) `id`", "=cmd()|", "\xff\xfe".encode("latin-1"),
       "%s%n", "x" * 200, " (deleted)", "anon_inode:[x]", "[vdso]"]


class Markers:
    """Files that only root may open, in a directory where everybody can name them."""

    def __init__(self, where, workload, code):
        self.where = os.path.join(where, "marked")
        os.mkdir(self.where, 0o711)
        self.secret = self.path("secret")
        shutil.copy(code, self.secret)
        os.chmod(self.secret, 0o600)
        self.fifo = self.path("fifo")
        os.mkfifo(self.fifo, 0o600)
        self.device = self.path("device")
        os.mknod(self.device, stat.S_IFCHR | 0o600, os.makedev(1, 5))
        self.socket = self.path("socket")
        with socket.socket(socket.AF_UNIX) as end:
            end.bind(self.socket)
        os.chmod(self.socket, 0o600)
        self.directory = self.path("directory")
        os.mkdir(self.directory, 0o711)
        shutil.copy(code, os.path.join(self.directory, "code.so"))
        os.chmod(os.path.join(self.directory, "code.so"), 0o600)
        self.executable = self.path("executable")  # may be executed, and not read
        shutil.copy(workload, self.executable)
        os.chmod(self.executable, 0o711)
        self.setuid = os.path.join(self.where, "setuid")
        shutil.copy(shutil.which("sleep"), self.setuid)
        os.chmod(self.setuid, 0o4755)

    def path(self, kind):
        return os.path.join(self.where, "%s-%s" % (MARK, kind))

    def watched(self):
        """Those that nobody opens at all, by whatever name."""
        return [self.secret, self.fifo, self.device, os.path.join(self.directory, "code.so")]

    def targets(self):
        """What a link leads to: straight, by magic links of /proc, and by detours."""
        up = "../" * 12
        plain = [self.secret, self.fifo, self.device, self.socket, self.executable, "/etc/shadow"]
        magic = ["/proc/self/root" + self.secret, "/proc/1/root" + self.fifo, "/proc/self/cwd/.." + self.secret, "/proc/self/fd/0",
                 "/proc/self/exe", "/proc/thread-self/mem", "/dev/fd/3", "/proc/kmsg", "/proc/1/mem"]
        return plain + magic + [up + self.secret.lstrip("/"), "/dev/tty", "/dev/ptmx", "/sys/kernel/debug", "/"]


def build_code(where):
    """(with symbols, without and with a debug link, build id)"""
    source, code, stripped = (os.path.join(where, name) for name in ("code.c", "code.so", "stripped.so"))
    with open(source, "w", encoding="utf-8") as file:
        file.write(CODE)
    subprocess.run(["gcc", "-O1", "-g", "-fPIC", "-shared", "-fno-omit-frame-pointer", "-Wl,--build-id=sha1", "-o", code, source], check=True)
    link = os.path.join(where, "lnk")
    subprocess.run(["objcopy", "--only-keep-debug", code, link], check=True)
    subprocess.run(["objcopy", "--strip-all", "--add-gnu-debuglink=" + link, code, stripped], check=True)
    notes = subprocess.run(["readelf", "-n", code], check=True, text=True, stdout=subprocess.PIPE).stdout
    return code, stripped, next(line.split()[-1] for line in notes.splitlines() if "Build ID" in line)


def plan(markers):
    """All (kind, target, end, name of its directory)."""
    found = []
    for end in ("switch", "crash"):
        found += [(kind, target, end, None) for kind in LINKS for target in markers.targets()]
        found += [(kind, target, end, None) for kind in MOUNTS
                  for target in (markers.secret, markers.fifo, markers.device, "/etc/shadow", "/proc/kmsg")]
        found += [(kind, "-", end, None) for kind in ALONE + HARD_LINKS]
        found += [("directory-link", markers.directory, end, None), ("setuid-link", markers.setuid, end, None)]
        found += [("plain", "-", end, name) for name in ODD + [None] * 3]
        found += [("executable", "-", end, None)] * 3
    random.Random(1).shuffle(found)
    return found


class Strangers:
    def __init__(self, where, workload):
        self.where = os.path.join(where, "run")
        self.workload = os.path.join(where, "stranger")
        os.mkdir(self.where, 0o755)
        shutil.copy(workload, self.workload)
        self.code, self.stripped, self.build_id = build_code(where)
        self.markers = Markers(where, workload, self.code)
        self.ended = {}  # (kind, end): [statuses]

    def directory(self, number, name):
        outer = os.path.join(self.where, str(number))
        path = os.path.join(os.fsencode(outer), name if isinstance(name, bytes) else os.fsencode(name or "d"))
        os.makedirs(path)
        shutil.copy(self.stripped, os.path.join(path, b"code.so"))
        os.link(self.markers.secret, os.path.join(path, b"handed"))
        for part in (os.fsencode(outer), path, os.path.join(path, b"code.so")):
            os.chown(part, UID, UID)
        return path

    def start(self, number, row):
        kind, target, end, name = row
        program = self.markers.executable if kind == "executable" else self.workload
        return subprocess.Popen([program, self.directory(number, name), "plain" if kind == "executable" else kind, target, end],
                                user=UID, group=UID, extra_groups=[], env={"BUILD_ID": self.build_id, "PATH": "/usr/bin:/bin"},
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def run(self):
        """All of them, some at a time."""
        running, rows = [], plan(self.markers)
        for number, row in enumerate(rows):
            running.append((row, self.start(number, row)))
            if len(running) == TOGETHER:
                self.end(running.pop(0))
        for one in running:
            self.end(one)

    def end(self, one):
        (kind, _, end, _), process = one
        self.ended.setdefault((kind, end), []).append(process.wait())

    def remove(self):
        for name in os.listdir("/tmp"):
            path = os.path.join("/tmp", name)
            if name.startswith("perf-") and name.endswith((".map", ".map.old")) and os.lstat(path).st_uid == UID:
                os.unlink(path)
