# SPDX-License-Identifier: GPL-2.0-or-later
"""
What one switch in sixteen says of prices, beside each switch, on the same load at
another time: p50, p90 and the sum per switch of each kind, and how often the told
bound holds the difference.  One of the loads has a period of sixteen switches.
"""

import common
import loads

KINDS = ("thread", "process", "resume", "kernel", "idle")
FEWEST = 1000  # priced switches of a kind, for it to be compared


def chosen(options):
    found = loads.switching()
    named = options.loads or ["pinned-threads", "pinned-processes", "messaging", "mixed"]
    picked = {name: found[name][1] for name in named if name in found}
    picked["ring"] = common.workload("ring", 20000)
    return picked


def figures(system):
    """kind -> (priced, p50, p90, ns per switch, told error of that)"""
    rows = {}
    counts = dict(system["in"], pick=sum(system["in"].values()))
    for kind in KINDS + ("pick",):
        dist = system["pick_ns"] if kind == "pick" else (system["switch_ns"] or {}).get(kind)
        if dist and dist["count"] and counts[kind]:
            rows[kind] = (dist["count"], dist["p50"], dist["p90"], dist["sum"] / counts[kind],
                          dist.get("sum_error", 0) / counts[kind])
    return rows


def main(options):
    print("\nsampled: one switch in 16 against each, %d alternating rounds; change of the median of rounds"
          % (2 * options.rounds))
    print("  %-18s %-8s %10s %8s %8s %8s %10s %8s   %s" % (
        "load", "kind", "priced", "p50", "p90", "sum", "told", "spread",
        "spread: of the sum from round to round if each is priced"))
    for name, command in chosen(options).items():
        found = {"1": [], "16": []}
        for i in range(2 * options.rounds):
            for price in ("1", "16") if i % 2 == 0 else ("16", "1"):
                summary = common.stat_json("--cost-sample", price, "--", *command)
                found[price].append(figures(summary["system"]))
        for kind in KINDS + ("pick",):
            each = [f[kind] for f in found["1"] if kind in f]
            some = [f[kind] for f in found["16"] if kind in f]
            if not each or not some or common.median([f[0] for f in some]) < FEWEST:
                continue
            middle = [common.median([f[i] for f in each]) for i in range(5)]
            change = [100 * (common.median([f[i] for f in some]) / middle[i] - 1) for i in (1, 2, 3)]
            sums = [f[3] for f in each]
            print("  %-18s %-8s %10.0f %+7.1f%% %+7.1f%% %+7.1f%% +-%7.1f%% +-%5.1f%%" % (
                name, kind, common.median([f[0] for f in some]), *change,
                100 * common.median([f[4] / f[3] for f in some]),
                50 * (max(sums) - min(sums)) / middle[3]))
