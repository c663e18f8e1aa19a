/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/comparison/compare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int add_process(struct compare *compare, int side, const struct process *process)
{
	struct compared *compared;

	HASH_FIND_STR(compare->names, process->comm, compared);
	if (!compared) {
		compared = calloc(1, sizeof(*compared));
		if (!compared)
			return -ENOMEM;
		memcpy(compared->comm, process->comm, sizeof(compared->comm));
		HASH_ADD_STR(compare->names, comm, compared);
	}
	return row__add(&compared->row[side], &process->row);
}

int compare__add(struct compare *compare, int side, const struct summary *summary)
{
	struct compare_side *to = &compare->side[side];
	int err = row__add(&to->system, summary->system), kind;
	size_t i;

	to->duration_ns += summary->duration_ns;
	to->cpus = summary->cpus;
	memcpy(to->host, summary->host, sizeof(to->host));
	memcpy(to->kernel, summary->kernel, sizeof(to->kernel));
	memcpy(to->target, summary->target, sizeof(to->target));
	to->cost_source = summary->cost_source;
	to->has_states = summary__has_states(summary) && summary->has_dist[D_OFF_SLEEP] &&
			 (to->has_states || !to->known);
	to->known = true;
	if (to->sampled < 1 || summary->priced.most > to->sampled)
		to->sampled = summary__samples(summary) ? summary->priced.most : 1;
	memcpy(to->has_counter, summary->has_counter, sizeof(to->has_counter));
	memcpy(to->has_dist, summary->has_dist, sizeof(to->has_dist));
	for (kind = 0; summary->spawns && kind < SPAWN_KINDS; kind++)
		to->created += summary->spawns->kind[kind].count;
	if (summary->spawns)
		to->executed += summary->spawns->execs;
	if (summary->ends)
		to->crashed += summary->ends[END_CRASH];
	for (i = 0; i < summary->process_count && !err; i++)
		err = add_process(compare, side, summary->processes[i]);
	return err;
}

void compare__free(struct compare *compare)
{
	struct compared *compared, *next;
	int side;

	HASH_ITER(hh, compare->names, compared, next) {
		HASH_DEL(compare->names, compared);
		row__clear(&compared->row[0]);
		row__clear(&compared->row[1]);
		free(compared);
	}
	for (side = 0; side < 2; side++)
		row__clear(&compare->side[side].system);
}

static bool compared__ran(const struct compared *compared, int side)
{
	return compared->row[side].n[C_ONCPU] || row__switches(&compared->row[side]);
}

double compare__alone(const struct compare *compare, int side)
{
	const struct compared *at;
	__u64 all = 0, alone = 0;

	for (at = compare->names; at; at = at->hh.next) {
		all += at->row[side].n[C_ONCPU];
		if (!compared__ran(at, !side))
			alone += at->row[side].n[C_ONCPU];
	}
	return all ? (double)alone / (double)all : 0;
}

double compare__rate(const struct compare *compare, int side, __u64 value)
{
	__u64 ns = compare->side[side].duration_ns;

	return ns ? (double)value * 1e9 / (double)ns : 0;
}

struct ranked {
	const struct compared *compared;
	double toll, switches; /* change, a second */
};

static double magnitude(double value)
{
	return value < 0 ? -value : value;
}

static int ranked__compare(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->toll != y->toll)
		return x->toll < y->toll ? 1 : -1;
	if (x->switches != y->switches)
		return x->switches < y->switches ? 1 : -1;
	return strcmp(x->compared->comm, y->compared->comm);
}

const struct compared **compare__take(const struct compare *compare, size_t *ret_count)
{
	size_t count = HASH_COUNT(compare->names), i = 0;
	const struct compared **all = calloc(count + 1, sizeof(*all)), *at;
	struct ranked *ranked = calloc(count + 1, sizeof(*ranked));

	if (!all || !ranked) {
		free(all);
		free(ranked);
		return NULL;
	}
	for (at = compare->names; at; at = at->hh.next, i++) {
		ranked[i].compared = at;
		ranked[i].toll = magnitude(compare__rate(compare, 1, row__toll(&at->row[1])) -
					   compare__rate(compare, 0, row__toll(&at->row[0])));
		ranked[i].switches =
			magnitude(compare__rate(compare, 1, row__switches(&at->row[1])) -
				  compare__rate(compare, 0, row__switches(&at->row[0])));
	}
	qsort(ranked, count, sizeof(*ranked), ranked__compare);
	for (i = 0; i < count; i++)
		all[i] = ranked[i].compared;
	free(ranked);
	*ret_count = count;
	return all;
}
