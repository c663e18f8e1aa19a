# SPDX-License-Identifier: GPL-2.0-or-later
"""What strace tells of files that were opened, and whether their user could have opened them."""

import ctypes
import os
import re
import struct

import strangers

CALLS = "open,openat,openat2,creat,open_by_handle_at,execve,execveat,prctl,setresuid,fstat,newfstatat"
OPENER = "tasktoll-opener"  # the one process that opens what strangers can name
# What the others open is tasktoll's own and the system's.
OWN = (b"/proc/", b"/sys/", b"/dev/null", b"/dev/urandom", b"/etc/", b"/usr/", b"/lib",
       # below a file system of the kernel's, or the directory of the output
       b"events/", b"sched/", b"lockdown", b".")
IN_OPEN = 0x20


def unescape(text):
    """As strace prints strings: with octal escapes."""
    return re.sub(rb"\\([0-7]{1,3}|.)", lambda m: bytes([int(m[1], 8) & 255]) if m[1].isdigit() else
                  {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"v": b"\v", b"f": b"\f"}.get(m[1], m[1]), text)


class Process:
    def __init__(self):
        self.name = "tasktoll"
        self.uid = 0
        self.looked = {}  # descriptor: what fstat() said of it


class Open:
    """One file that was opened."""

    def __init__(self, process, asked, path, flags):
        self.process, self.asked, self.path, self.flags = process, asked, path, flags
        self.name, self.uid = process.name, process.uid
        seen = re.match(rb"/proc/self/fd/(\d+)$", asked)
        self.facts = process.looked.get(int(seen[1])) if seen else None

    @property
    def looked_at(self):
        return b"O_PATH" in self.flags


def lines(path):
    """(task, call as one line), with what was interrupted put together again."""
    waiting = {}
    with open(path, "rb") as file:
        for line in file:
            found = re.match(rb"(\d+) +(.*)", line.rstrip(b"\n"))
            if not found:
                continue
            task, call = int(found[1]), found[2]
            if call.endswith(b"<unfinished ...>"):
                waiting[task] = call[:-len(b"<unfinished ...>")]
                continue
            resumed = re.match(rb"<\.\.\. \w+ resumed>(.*)", call)
            yield task, waiting.pop(task, b"") + resumed[1] if resumed else call


def take_fstat(process, call):
    found = re.match(rb'(?:fstat|newfstatat)\((\d+)<.*st_ino=(\d+), st_mode=(\w+)(?:\|S_IS\w+)*\|(0\d+), .*st_uid=(\d+), st_gid=(\d+)', call)
    if found:
        process.looked[int(found[1])] = Facts(found)


class Facts:
    """Of a file that was looked at before it was opened."""

    def __init__(self, found):
        self.inode, self.type, self.mode = int(found[2]), found[3], int(found[4], 8)
        self.uid, self.gid = int(found[5]), int(found[6])

    def may_read(self, uid):
        """An owner gives the right to read to whom it likes, itself included."""
        if self.uid == uid:
            return True
        return bool(self.mode & (0o040 if self.gid == uid else 0o004))


def opens(path):
    """(every Open in a log of strace -f -y -v, programs that were executed)"""
    processes, found, executed = {}, [], []
    for task, call in lines(path):
        process = processes.setdefault(task, Process())
        if call.startswith(b"prctl(PR_SET_NAME"):
            process.name = unescape(re.search(rb'"(.*?)"', call)[1]).decode()
        elif call.startswith(b"setresuid(") and call.endswith(b"= 0"):
            process.uid = int(re.findall(rb"-?\d+", call)[1])
        elif call.startswith(b"exec") and call.endswith(b"= 0"):
            executed.append(call)
        elif call.startswith((b"fstat", b"newfstatat")):
            take_fstat(process, call)
        opened = re.match(rb'(?:open|creat)\w*\((.*)\) = \d+<(.*)>(\(deleted\))?$', call)
        if opened:
            asked = re.search(rb'"((?:[^"\\]|\\.)*)"', opened[1])
            found.append(Open(process, unescape(asked[1]) if asked else b"", unescape(opened[2]), opened[1]))
    return found, executed


def complaint_of_opener(one, where):
    if one.facts is None:
        return "it was not looked at before"
    if one.facts.type != b"S_IFREG":
        return "not a regular file"
    if one.path.startswith((b"/proc/", b"/sys/")):
        return "a file of the kernel's"
    if (one.uid == strangers.UID or one.path.startswith(os.fsencode(where))) and not one.facts.may_read(strangers.UID):
        return "its user could not have opened it (mode %o of user %d)" % (one.facts.mode, one.facts.uid)
    return None


def complaint(one, where):
    """Why a file should not have been opened; None."""
    if one.looked_at:
        return None
    if strangers.MARK.encode() in one.path or one.path == b"/etc/shadow":
        return "only root may open it, or nobody at all"
    if one.name == OPENER:
        return complaint_of_opener(one, where)
    if not one.asked.startswith(OWN + (os.path.join(os.fsencode(where), b"of-tasktoll"),)) and one.path != os.fsencode(where):
        return "not by the process that has its user's rights"
    return None


class Watch:
    """The kernel's own word on files that nobody opens, whatever name they go by."""

    def __init__(self, paths):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.fd = self.libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        self.paths = {}
        for path in paths:
            number = self.libc.inotify_add_watch(self.fd, os.fsencode(path), IN_OPEN)
            if number < 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), path)
            self.paths[number] = path

    def opened(self):
        """Those that were, once for each time."""
        found = []
        while True:
            try:
                data = os.read(self.fd, 65536)
            except BlockingIOError:
                return found
            at = 0
            while at < len(data):
                number, _, _, length = struct.unpack_from("iIII", data, at)
                found.append(self.paths.get(number, "?"))
                at += 16 + length
