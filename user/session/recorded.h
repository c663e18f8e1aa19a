/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording that is read back: its periods as summaries, its stacks, and what is said of it. */
#ifndef SESSION_RECORDED_H
#define SESSION_RECORDED_H

#include "model/comparison/compare.h"
#include "model/machine/group.h"
#include "model/profile/flame.h"
#include "model/profile/top.h"
#include "store/store.h"

struct recorded {
	const char *path;
	struct store *store;
	struct profile *profile; /* of its stacks, once they have been read; NULL */
};

/* recorded__close() is due either way. */
int recorded__open(struct recorded *recorded, const char *path, struct failure *failure);
void recorded__close(struct recorded *recorded);

/*
 * When all has been read, for what is damaged is known only then: says on standard error what its
 * reader should know, also if quiet where the recording is incomplete.  names: each sentence
 * begins with the path.  Returns whether it is incomplete.
 */
bool recorded__tell(const struct recorded *recorded, bool quiet, bool names);

/* ---- periods ---- */

struct recorded_wants {
	const struct sort *sort;
	enum group_by by;
	bool threads; /* rows of them */
	/* Changes a period before it is closed at `now`.  0 or a negative errno; NULL. */
	int (*prepare)(void *context, struct model *model, __u64 now);
	/* Is given each period.  Not 0 ends it: a negative errno with the failure, or 1. */
	int (*take)(void *context, const struct model *model, const struct summary *summary,
		    struct failure *failure);
	void *context;
};

/* All periods in order, each closed and summed up.  Returns 0 or a negative errno. */
int recorded__each_period(const struct recorded *recorded, const struct recorded_wants *wants,
			  struct failure *failure);

/* All periods as one: `take` is given their sum, once, if there are any.  The same. */
int recorded__sum(const struct recorded *recorded, const struct recorded_wants *wants,
		  struct failure *failure);

/* ---- the run ---- */

struct recorded_run {
	char host[65], target[256];
	__u64 start_realtime_ns, duration_ns; /* from the first period to the end of the last */
};

int recorded__run(const struct recorded *recorded, struct recorded_run *ret_run,
		  struct failure *failure);

/* ---- stacks ---- */

/* Those that paid most of a metric; top__end() is due either way. */
int recorded__top(struct recorded *recorded, const struct metric *metric,
		  const struct thread_filter *filter, struct top *ret_top, struct failure *failure);

/* The samples become a side of the flame graph. */
int recorded__flame(struct recorded *recorded, struct flame *flame, struct failure *failure);

#endif
