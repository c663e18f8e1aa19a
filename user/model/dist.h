/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Distributions of nanoseconds: histograms that add up, and percentiles of them. */
#ifndef MODEL_DIST_H
#define MODEL_DIST_H

#include <linux/types.h>
#include <stddef.h>

#include "task.h"

/*
 * The distributions of a row: those of a task's record, in its order, and
 * idle's switches, which the kernel keeps in the place of kind kernel.
 */
enum { D_SWITCH_IDLE = D_COUNT, ROW_DISTS };

/* And those of creations, by phase: they belong to a kind of creation, not to a row. */
enum { D_COPY = ROW_DISTS, D_RETURN, D_START, D_EXEC, D_LIFE, DIST_INFOS };

struct dist {
	__u64 count;
	__u64 sum; /* ns */
	__u64 max; /* ns */
	__u64 bucket[HIST_MAX_BUCKETS];
};

/* A column in the table of processes. */
struct title {
	const char *text; /* NULL: it has none */
	int width;
	double share; /* of a distribution: which percentile */
};

enum dist_layout { LAYOUT_COST, LAYOUT_WAIT, LAYOUT_SLEEP };

struct dist_info {
	const char *group; /* in JSON; "" at top level */
	const char *name;
	const char *help;
	struct title title;
	enum dist_layout layout;
	__u32 first, sub, coarse, buckets; /* see include/hist.h */
};

extern const struct dist_info dist_infos[DIST_INFOS];

/* Bytes that the histograms named by the bits of mask take on the wire. */
size_t dist__wire_size(__u32 mask);

/*
 * Where histogram d lies on the wire among those that mask names: its sum and
 * max, then the buckets.  NULL if it is not among them.
 */
const void *dist__on_wire(const void *wire, __u32 mask, enum measure d);

/*
 * Adds what happened between two readings of one histogram; before is NULL for
 * none.  target is the row's distribution, which may be D_SWITCH_IDLE for a
 * reading of D_SWITCH_KERNEL.
 */
void dist__add_wire(struct dist *dist, int target, const void *now, const void *before);

void dist__add(struct dist *dist, const struct dist *other);
void dist__add_sample(struct dist *dist, int which, __u64 ns);

/*
 * The value below which share (0 to 1) of the samples lie, ns; 0 without
 * samples.  Linear inside a bucket, never above the maximum.
 */
__u64 dist__percentile(const struct dist *dist, int which, double share);

#endif
