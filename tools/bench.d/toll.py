# SPDX-License-Identifier: GPL-2.0-or-later
"""
What our BPF programs cost a switch, beside another tool's: both at once, on the
same switches.  Each program is taken net of what an empty one reads.  Who
attaches first alternates, because the later one finds warmer caches.
"""

import shutil

import common
import loads

# name -> command; runqlat is the yardstick, the others are asked for by --peers
PEERS = {
    "runqlat": ["runqlat", "3600"],
    "runqslower": ["runqslower", "1000000"],
    "cpudist": ["cpudist", "3600"],
    "offcputime": ["offcputime", "3600"],
    "stat": [common.TASKTOLL, "stat", "-q", "--format", "json", "-c", "*"],
    # bpftrace's own runqlat.bt, less the kernel header that it includes
    "bpftrace-runqlat": ["bpftrace", "-q", "-e", """
        tracepoint:sched:sched_wakeup, tracepoint:sched:sched_wakeup_new { @q[args->pid] = nsecs; }
        tracepoint:sched:sched_switch {
            if (args->prev_state == 0) { @q[args->prev_pid] = nsecs; }
            $ns = @q[args->next_pid];
            if ($ns) { @usecs = hist((nsecs - $ns) / 1000); }
            delete(@q[args->next_pid]);
        }"""],
}


# What is measured beside them, where it is not stat: what records, with kernel and user stacks and every metric at
# once; what tells who wakes whom.
BESIDE = {"offcputime": "record", "stat": "compare"}


def installed(names):
    for name in names:
        if name not in PEERS:
            raise common.Failed("%s: no such peer (%s)" % (name, ", ".join(PEERS)))
    for name in names:
        if not shutil.which(PEERS[name][0]):
            print("\n%s: not installed here" % PEERS[name][0])
    return [name for name in names if shutil.which(PEERS[name][0])]


def one_round(peer, price, chosen, ours_first, results):
    theirs = PEERS[peer] + (["--cost-sample", price] if peer == "stat" else [])
    tools = [common.tasktoll_tool(BESIDE.get(peer, "stat"), price), common.Tool(peer, theirs)]
    if not ours_first:
        tools.reverse()
    before = set(common.programs())
    with common.Held("empty") as held:
        owners = {"empty": {i for i, p in common.programs().items()
                            if i not in before and common.belongs_to(p, held.child.pid)}}
        try:
            for tool in tools:
                owners[tool.name] = tool.start()
            for name, (_, command) in chosen.items():
                span = common.Span(owners).measure(command)
                results.setdefault(name, []).append(
                    (span.net("tasktoll"), span.net(peer), span.empty_ns, span.parts))
        finally:
            for tool in tools:
                tool.stop()


def print_ratios(peer, price, chosen, results, rounds):
    ours = BESIDE.get(peer, "stat")
    ours += " --cost-sample " + price if ours != "record" else ""
    print("\ntoll: BPF run time per switch, tasktoll %s / %s, %d rounds in each order of attaching"
          % (ours, peer, rounds))
    print("  %-18s %-22s %10s %16s %8s   %s" % ("load", "ratio (min..max)", "tasktoll", peer, "empty",
                                               "what it is"))
    for name, found in results.items():
        ours, theirs, empty = ([f[i] for f in found] for i in range(3))
        print("  %-18s %-22s %7.0f ns %13.0f ns %5.0f ns   %s" % (
            name, common.spread([o / t for o, t in zip(ours, theirs)]), common.median(ours),
            common.median(theirs), common.median(empty), chosen[name][0]))


def print_parts(results):
    print("\n  each program: net ns per switch (runs per switch), median of rounds")
    for name, rounds in results.items():
        for owner in rounds[0][3]:
            parts = []
            for program in rounds[0][3][owner]:
                both = [r[3][owner][program] for r in rounds if program in r[3][owner]]
                ns, share = (common.median([b[i] for b in both]) for i in (0, 1))
                if abs(ns) >= 0.5:
                    parts.append("%s %.0f (%.2f)" % (program, ns, share))
            print("  %-18s %-10s %s" % (name, owner, "  ".join(parts)))


def main(options):
    chosen = loads.switching()
    if options.loads:
        unknown = [n for n in options.loads if n not in chosen]
        if unknown:
            raise common.Failed("%s: no such load here (%s)" % (unknown[0], ", ".join(chosen)))
        chosen = {n: chosen[n] for n in options.loads}
    for peer in installed(options.peers):
        prices = options.prices[:1] if BESIDE.get(peer) == "record" else options.prices
        results = {price: {} for price in prices}
        try:
            with common.Stats():
                for _ in range(options.rounds):
                    for ours_first in (True, False):
                        for price in prices:
                            one_round(peer, price, chosen, ours_first, results[price])
        except common.Failed as failure:
            print("\ntoll: %s" % failure)
            continue
        for price in prices:
            print_ratios(peer, price, chosen, results[price], options.rounds)
            if options.verbose:
                print_parts(results[price])
