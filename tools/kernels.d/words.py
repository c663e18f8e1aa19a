# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes wrong, in a sentence; and the list of kernels."""

import collections
import os
import sys

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LIST = os.path.join(TREE, "tests", "kernels", "list")


class Unavailable(Exception):
    """What cannot be had here: what, why, and what to do about it."""

    def __init__(self, what, why, remedy):
        super().__init__("%s: %s (%s)" % (what, why, remedy))


def setting(name, default):
    """A number of the environment, 1 or more."""
    text = os.environ.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        sys.exit("check-kernels: bad value \"%s\" for %s: it is no number from 1 on (leave it out for %d)" %
                 (text, name, default))
    return int(text)


Machine = collections.namedtuple("Machine", "name debian triplet bpf cross qemu")
Machine.__doc__ = "A CPU architecture, by everybody's name for it."

MACHINES = {
    "x86_64": Machine("x86_64", "amd64", "x86_64-linux-gnu", "x86", "x86_64-linux-gnu-gcc", "qemu-system-x86_64"),
    "aarch64": Machine("aarch64", "arm64", "aarch64-linux-gnu", "arm64", "aarch64-linux-gnu-gcc",
                       "qemu-system-aarch64"),
}

Kernel = collections.namedtuple("Kernel", "name machine package expect cpus by_name")
Kernel.__doc__ = "A line of tests/kernels/list."


def kernels():
    with open(LIST, encoding="utf-8") as lines:
        rows = [line.strip() for line in lines]
    found, by_name = [], False
    for row in rows:
        if not row or row.startswith("#"):
            continue
        if row == "by name only":
            by_name = True
            continue
        # the package is a regular expression, which has bars of its own
        name, machine, rest = row.split("|", 2)
        package, expect = rest.rsplit("|", 1)
        machine, _, cpus = machine.partition(" ")
        found.append(Kernel(name, MACHINES[machine], package, expect, setting("KERNEL_CPUS", cpus or 2), by_name))
    return found


def here():
    machine = os.uname().machine
    if machine not in MACHINES:
        raise Unavailable("cannot emulate other kernels on %s" % machine, "nobody has tried", "use x86_64 or aarch64")
    return MACHINES[machine]
