/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stacks of a profile that paid most. */
#ifndef MODEL_TOP_H
#define MODEL_TOP_H

#include "model/profile/profile.h"
#include "model/profile/thread_filter.h"

struct top_stack {
	__u32 stack; /* 0: samples without one */
	__u64 weight;
};

struct top {
	const struct metric *metric;
	const struct profile *profile;
	struct thread_filter filter; /* none, unless it is set after the begin */
	char *asked;		     /* of each thread: enum top_thread */
	__u32 threads;
	__s64 *by_stack;
	__u32 stacks;
	bool seen; /* there is a sample with a weight, of whichever thread */
	/* when all has been added: */
	__u32 paying; /* stacks with a weight */
	__u64 total;  /* of these, in the metric's unit; ends at 2^64 - 1 */
};

/* 0 or -ENOMEM. */
int top__begin(struct top *top, const struct profile *profile, const struct metric *metric);
void top__end(struct top *top);

/* For store__each_sample(): always 0.  What was told too early is taken back by negative weights. */
int top__add(void *top, const struct sample *sample);

void top__finish(struct top *top);

/* The highest `most` of them, in order; to be freed.  NULL without memory. */
struct top_stack *top__take(const struct top *top, size_t most, size_t *ret_count);

#endif
