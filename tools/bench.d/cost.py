# SPDX-License-Identifier: GPL-2.0-or-later
"""
What tasktoll says a switch costs, beside a bracket of three tracepoints that
shares no code with it, on the same load at another time.
"""

import common

LOAD = "pingpong"
HAND_OVERS = 200000
KINDS = {"thread": 1, "process": 2}  # bracket.bpf.c
MAX_NS = 32768


def percentile(counts, kind, share):
    inside = sorted((key % MAX_NS, n) for key, n in counts.items() if key // MAX_NS == KINDS[kind])
    left = share * sum(n for _, n in inside)
    for ns, n in inside:
        left -= n
        if left <= 0:
            return ns
    return None


def bracket(kind, command):
    with common.Held("bracket", LOAD) as held:
        common.run(command)
    return percentile(held.counts, kind, 0.5)


def tasktoll(kind, command, *options):
    summary = common.stat_json("--cost-sample", "1", *options, "--", *command)
    return summary["system"]["switch_ns"][kind]["p50"]


def without_tlb(kind, command):
    """The TLB's tracepoint fires inside the phase that is measured."""
    return tasktoll(kind, command, "--force-rung", "TLB=none")


SIDES = {"tasktoll": tasktoll, "without TLB hook": without_tlb, "bracket": bracket}


def main(options):
    found = {(kind, side): [] for kind in KINDS for side in SIDES}
    for i in range(2 * options.rounds):
        for kind in KINDS:
            command = common.workload(LOAD, kind, HAND_OVERS)
            for side in list(SIDES) if i % 2 == 0 else reversed(SIDES):
                value = SIDES[side](kind, command)
                if value is None:
                    raise common.Failed("no switch of kind %s was seen" % kind)
                found[kind, side].append(value)
    print("\ncost: p50 of the switch phase in ns, and its ratio to the bracket's, %d alternating rounds"
          % (2 * options.rounds))
    print("  %-18s %-28s %-28s %s" % ("", *KINDS, "process / thread"))
    for side in SIDES:
        cells = []
        for kind in KINDS:
            ratio = common.median(found[kind, side]) / common.median(found[kind, "bracket"])
            cells.append("%-18s %.2f" % (common.spread(found[kind, side], "%.0f"), ratio))
        print("  %-18s %-28s %-28s %.2f" % (side, *cells, common.median(found["process", side])
                                            / common.median(found["thread", side])))
