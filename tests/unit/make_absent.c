/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "make_absent.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

static struct row *row_of(const struct row *row)
{
	return (struct row *)(uintptr_t)row;
}

static struct row *first_row(const struct summary *summary)
{
	return row_of(&summary->processes[0]->row);
}

static void no_counter(struct summary *summary, int which)
{
	summary->has_counter[which] = false;
}

static void counter_0(struct summary *summary, int which)
{
	row_of(summary->system)->n[which] = first_row(summary)->n[which] = 0;
}

static void no_dist(struct summary *summary, int which)
{
	summary->has_dist[which] = false;
}

static void dist_0(struct summary *summary, int which)
{
	struct row *rows[] = { row_of(summary->system), first_row(summary) };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!rows[i]->dist[which])
			continue;
		free(rows[i]->dist[which]->fine);
		memset(rows[i]->dist[which], 0, sizeof(*rows[i]->dist[which]));
	}
}

static void no_phase(struct summary *summary, int which)
{
	summary->has_phase[which] = false;
}

static void cost_source(struct summary *summary, int which)
{
	summary->cost_source = (enum cost_source)which;
}

static void is_true(struct summary *summary, int which)
{
	bool *flags[] = { &summary->whole_machine, &summary->threads, &summary->complete,
			  &summary->self.known, &summary->has_failed };

	*flags[which] = !*flags[which];
}

static __u64 *number(struct summary *summary, int which)
{
	__u64 *numbers[] = { &summary->lost.events,
			     &summary->lost.tasks,
			     &summary->lost.switches,
			     &summary->lost.stacks,
			     &summary->lost.edges,
			     &summary->wakes_missed,
			     &summary->tlb_unattributed,
			     &summary->proof.missed,
			     &summary->proof.kernel,
			     &summary->proof.time_ns,
			     &summary->proof.time_missing_ns,
			     &summary->self.bpf_ns,
			     &summary->self.cpu_ns,
			     &summary->self.rss_bytes,
			     &summary->self.kernel_bytes,
			     &summary->folded_processes,
			     &summary->crashes_left_out };

	return which < (int)ARRAY_SIZE(numbers) ? numbers[which] : NULL;
}

static const char *const number_names[] = {
	"lost.events",	    "lost.tasks",	"lost.switches", "lost.stacks",	 "lost.edges",
	"wakes_missed",	    "tlb_unattributed", "proof.missed",	 "proof.kernel", "time_ns",
	"time_missing_ns",  "self.bpf_ns",	"self.cpu_ns",	 "self.rss",	 "self.kernel",
	"folded_processes", "left_out",
};

static void number_0(struct summary *summary, int which)
{
	*number(summary, which) = 0;
}

static void number_1(struct summary *summary, int which)
{
	*number(summary, which) = 1;
}

static void nothing(struct summary *summary, int which)
{
	if (which == 0)
		summary->lost = (struct summary_loss){ 0 };
	else if (which == 1)
		summary->cpus = 1;
	else if (which == 2)
		summary->process_count = 0;
	else if (which == 3)
		summary->process_count = 1;
	else if (which == 4)
		summary->crash_count = 0;
	else if (which == 5)
		summary->crash_count = 1;
	else if (which == 6)
		summary->spawns = NULL;
	else if (which == 7)
		summary->ends = NULL;
	else
		summary->lost = (struct summary_loss){ .stacks = 1, .edges = 1 };
}

static const char *const nothing_names[] = {
	"no loss",   "one CPU",	     "no process",    "one process",	   "no crash",
	"one crash", "no creations", "nothing ended", "one stack and edge"
};

static void other(struct summary *summary, int which)
{
	struct row *system = row_of(summary->system);

	if (which == 0)
		summary->priced = (struct priced){ 16, 16, 1234567 };
	else if (which == 1)
		summary->priced = (struct priced){ 1, 64, 12345678 };
	else if (which == 2)
		summary->priced = (struct priced){ 1, 1, 123456 };
	else if (which == 3)
		summary->proof.withheld = 1;
	else if (which == 4)
		summary->proof.withheld = 12345;
	else if (which == 5)
		summary->unavailable_count = 0;
	else if (which == 6)
		summary->duration_ns = 1000000001;
	else if (which == 7)
		system->n[C_VOLUNTARY] = system->n[C_INVOLUNTARY] = 0;
	else if (which == 8)
		system->n[C_IN_PROCESS] = system->n[C_IN_THREAD] = 0;
	else if (which == 9)
		summary->crash_count = 2;
	else if (which == 10)
		*summary->target = 0;
	else
		system->n[C_ONCPU] = 1;
}

static const char *const other_names[] = {
	"priced: 16",	      "priced: 1 to 64", "priced: 1",  "withheld: 1",
	"withheld: 12345",    "all available",	 "one second", "no switches",
	"neither of threads", "two crashes",	 "no target",  "nothing ran",
};

const struct absent *absents(size_t *ret_count)
{
	static struct absent list[2 * ROW_COUNTERS + 2 * ROW_DISTS + 128];
	size_t count = 0;
	int i;

#define ABSENT(number, function, ...)                                                              \
	for (i = 0; i < (int)(number); i++) {                                                      \
		snprintf(list[count].name, sizeof(list[count].name), __VA_ARGS__);                 \
		list[count].remove = function;                                                     \
		list[count++].which = i;                                                           \
	}
	ABSENT(ROW_COUNTERS, no_counter, "%s: n/a", counter_infos[i].name)
	ABSENT(ROW_COUNTERS, counter_0, "%s: 0", counter_infos[i].name)
	ABSENT(ROW_DISTS, no_dist, "%s: n/a", dist_infos[i].name)
	ABSENT(ROW_DISTS, dist_0, "%s: none", dist_infos[i].name)
	ABSENT(PHASES, no_phase, "phase %d: n/a", i)
	ABSENT(3, cost_source, "source of prices: %d", i)
	ABSENT(5, is_true, "flag %d", i)
	ABSENT(ARRAY_SIZE(number_names), number_0, "%s: 0", number_names[i])
	ABSENT(ARRAY_SIZE(number_names), number_1, "%s: 1", number_names[i])
	ABSENT(ARRAY_SIZE(nothing_names), nothing, "%s", nothing_names[i])
	ABSENT(ARRAY_SIZE(other_names), other, "%s", other_names[i])
#undef ABSENT
	*ret_count = count;
	return list;
}
