/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is paid on stacks that do not reach their root, while it is paid: by the reason, and by the
 * code in which the way ends.  Of bounded size.
 */
#ifndef MODEL_ROOTLESS_SUMS_H
#define MODEL_ROOTLESS_SUMS_H

#include "model/profile/profile.h"

#define ROOTLESS_SUMS 64 /* more reasons or places are not told apart, and not told */

/* Those that interrupts and idleness are no part of. */
enum rootless_metric { ROOTLESS_OFFCPU, ROOTLESS_RUNQ, ROOTLESS_METRICS };

extern const char *const rootless_metric_names[ROOTLESS_METRICS]; /* "offcpu", ... */

struct rootless_sum {
	__u32 frame;				   /* the mark */
	__u32 module;				   /* of the frame above it; 0: there is none */
	char mark[64], path[128], comm[UTF8_COMM]; /* texts of these, cut, and of who paid first */
	enum module_kind kind;
	__u32 pid;
	__s64 weight[ROOTLESS_METRICS];
};

struct rootless_sums {
	struct rootless_sum list[ROOTLESS_SUMS];
	size_t count;
	__s64 total[ROOTLESS_METRICS]; /* of all that was added, with a root or without */
};

void rootless_sums__add(struct rootless_sums *sums, const struct profile *profile,
			const struct sample *sample);

/* The metric of which the sum is the largest share, and that share: 0 to 1. */
double rootless_sums__share(const struct rootless_sums *sums, const struct rootless_sum *sum,
			    enum rootless_metric *ret_metric);

#endif
