/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two runs side by side: all periods of each as one, processes by name. */
#ifndef MODEL_COMPARE_H
#define MODEL_COMPARE_H

#include "model/switching/summary.h"

struct compared {
	char comm[UTF8_COMM];
	struct row row[2];
	UT_hash_handle hh;
};

struct compare_side {
	__u64 duration_ns;
	int cpus;
	char host[65], kernel[65], target[256];
	enum cost_source cost_source;
	bool known;	 /* a period has been added */
	bool has_states; /* what all time went into is known, in each period */
	__u32 sampled;	 /* one switch in so many was priced, in the period with fewest; 1: each */
	struct row system;
	__u64 created, executed, crashed; /* tasks, programs, processes */
	bool has_counter[ROW_COUNTERS];
	bool has_dist[ROW_DISTS];
};

struct compare {
	struct compare_side side[2];
	struct compared *names;
};

/* Adds a period to side 0 or 1.  Returns 0 or -ENOMEM. */
int compare__add(struct compare *compare, int side, const struct summary *summary);
void compare__free(struct compare *compare);

/* Of the CPU time of a side, the part of processes whose name the other side does not have: 0 to 1. */
double compare__alone(const struct compare *compare, int side);

/* A count or a sum of ns, for each second of the run. */
double compare__rate(const struct compare *compare, int side, __u64 value);

/* The names, those first whose toll a second changed most; to be freed.  NULL without memory. */
const struct compared **compare__take(const struct compare *compare, size_t *ret_count);

#endif
