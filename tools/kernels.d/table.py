# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/kernels.md: what `tasktoll doctor` found on each kernel."""

import os

import words

PATH = os.path.join(words.TREE, "tests", "kernels.md")
HEAD = """# Supported kernels

Written by `make check-kernels`, which boots each of these kernels in QEMU and runs the live tests of
counts, kinds, attaching, creations, ends, crashes and stacks there. Below stands, for each hook, what
tasktoll takes it from, as `tasktoll doctor` says it; *n/a* is what this kernel does not give: what is
lost without, and why, is told below. Any kernel from 6.1 on with BTF should do; ask `tasktoll doctor`
on yours.

"""


def rung(probe):
    if not probe["needed"]:
        return "not needed"
    if not probe["rung"]:
        return "*n/a*"
    target = next(r["target"] for r in probe["rungs"] if r["type"] == probe["rung"])
    return "%s `%s`" % (probe["rung"], target)


def row(cells):
    return "| " + " | ".join(cells) + " |\n"


def reasons(found):
    """Why something is n/a, once for all kernels that say the same."""
    told = {}
    for doctor in found:
        for probe in doctor["probes"] if doctor["works"] else []:
            if probe["rung"] or not probe["needed"]:
                continue
            why = "; ".join("%s:%s: %s" % (r["type"], r["target"], r["why_not"]) for r in probe["rungs"])
            told.setdefault((probe["probe"], probe["loses"] + ": " + why), []).append("%s %s" % (doctor["kernel"], doctor["machine"]))
    return "".join("- `%s`: %s (%s)\n" % (name, why, ", ".join(kernels)) for (name, why), kernels in told.items())


def write(found):
    """found: the JSON of each kernel's doctor, in the order of the list."""
    good = [doctor for doctor in found if doctor["works"]]
    text = HEAD
    text += row(["", ] + ["%s %s" % (d["kernel"], d["machine"]) for d in good] + ["gives"])
    text += row(["---"] * (len(good) + 2))
    for i, probe in enumerate(good[0]["probes"]):
        text += row(["`%s`" % probe["probe"]] + [rung(d["probes"][i]) for d in good] + [probe["gives"]])
    text += "\nNot available:\n\n" + reasons(found)
    refused = [d for d in found if not d["works"]]
    if refused:
        text += "\nRefused:\n\n" + "".join("- %s %s: %s\n" % (d["kernel"], d["machine"], d["why_not"]) for d in refused)
    with open(PATH, "w", encoding="utf-8") as file:
        file.write(text)
