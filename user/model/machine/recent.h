/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last ten minutes of a run, from its sums: what came between two looks at them. */
#ifndef MODEL_RECENT_H
#define MODEL_RECENT_H

#include "model/switching/summary.h"

#define RECENT_POINTS 60
#define RECENT_NS     (10ULL * 1000000000)

struct recent_point {
	__u64 duration_ns;
	__u64 busy, idle; /* of the CPUs, ns */
	__u64 state[STATES];
	__u64 switches, toll;
	__u64 ends[END_CLASSES];
};

struct recent {
	struct recent_point mark; /* the sums at the last look */
	struct recent_point points[RECENT_POINTS];
	size_t count; /* looks since the run began: the last RECENT_POINTS of them are there */
};

/* Another look at the sums. */
void recent__take(struct recent *recent, const struct summary *run);

/* The i-th of those that are there, the oldest first; NULL behind the last. */
const struct recent_point *recent__point(const struct recent *recent, size_t i);

/* NULL: none yet. */
const struct recent_point *recent__last(const struct recent *recent);

#endif
