# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel in QEMU, under software emulation, until it has said what its tests came to."""

import os
import subprocess
import time

import words

# Emulated, each of these costs the most and changes no count: what guards against
# speculation, and waiting for grace periods.
KERNEL = "panic=-1 quiet mitigations=off rcupdate.rcu_expedited=1"
# On a busy host the timer of an emulated machine can be late at the boot: old kernels take it for broken, and panic.
X86 = " no_timer_check"
MACHINE = {
    "x86_64": (["-cpu", "Nehalem"], "ttyS0"),
    "aarch64": (["-M", "virt", "-cpu", "cortex-a72"], "ttyAMA0"),
}
# Without a word from a test for so many seconds it hangs.
SILENCE = words.setting("KERNEL_SILENCE", 180)
# Booting takes a few seconds.  Seen once in some hundred boots: QEMU was stuck before the kernel's first word.
FIRST_WORD = {True: 90, False: 600}  # few CPUs, many
FEW = 4


def loader(qemu):
    """QEMU's own dynamic linker: nothing is taken from the machine that it runs on."""
    here = words.here()
    names = {"x86_64": "usr/lib64/ld-linux-x86-64.so.2", "aarch64": "usr/lib/ld-linux-aarch64.so.1"}
    return [os.path.join(qemu, names[here.name]), "--library-path", os.path.join(qemu, "usr", "lib", here.triplet)]


def command(qemu, machine, cpus, kernel, initrd, console, results):
    options, port = MACHINE[machine.name]
    share = os.path.join(qemu, "usr", "share")
    return loader(qemu) + [
        os.path.join(qemu, "usr", "bin", machine.qemu), "-L", os.path.join(share, "qemu"), "-L",
        os.path.join(share, "seabios"), "-accel", "tcg,thread=multi"] + options + [
            "-smp", str(cpus), "-m", "1G" if cpus <= FEW else "3G", "-nodefaults", "-no-reboot", "-display", "none",
            "-serial", "file:" + console, "-serial", "file:" + results, "-kernel", kernel, "-initrd", initrd, "-append",
            "console=%s %s%s" % (port, KERNEL, X86 if machine.name == "x86_64" else "")]


class Guest:
    def __init__(self, arguments, results, seconds, cpus):
        self.results = results
        self.first_word = FIRST_WORD[cpus <= FEW]
        self.deadline = time.monotonic() + seconds
        self.seconds = seconds
        self.cut = None  # why it was cut off
        self.spoke = False
        open(results, "w", encoding="utf-8").close()
        self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True)

    def check(self, heard):
        now = time.monotonic()
        if now > self.deadline:
            self.cut = "not done after %d s" % self.seconds
        elif now - heard > (SILENCE if self.spoke else self.first_word):
            self.cut = "no word for %d s" % (now - heard)

    def lines(self):
        """Each line of the second serial port, as it comes."""
        heard, rest = time.monotonic(), ""
        with open(self.results, encoding="utf-8", errors="replace") as file:
            while not self.cut:
                ended = self.process.poll() is not None
                text = file.read()
                if text:
                    heard, self.spoke = time.monotonic(), True
                    parts = (rest + text).split("\n")
                    rest = parts.pop()
                    yield from parts
                elif ended:
                    break
                else:
                    self.check(heard)
                    time.sleep(0.2)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.complaint = self.process.stderr.read().strip()
        self.process.stderr.close()
