/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who wakes whom: a row for each pair of tasks and channel, and sums by where the waker
 * stands to the one that is woken.  Only wakeups that ended a sleep are here.
 */
#ifndef MODEL_WAKES_H
#define MODEL_WAKES_H

#include <stdbool.h>

#include "core/utf8.h"
#include "model/switching/dist.h"
#include "wake.h"

enum wake_scope {
	WAKES_INSIDE,	 /* by a thread of the same process */
	WAKES_BETWEEN,	 /* by another process of the target */
	WAKES_OUTSIDE,	 /* by a task that is not in the target */
	WAKES_INTERRUPT, /* by an interrupt that no task of this machine sent */
	WAKES_UNSEEN,	 /* by whom was not seen: latency and sleep are not known */
	WAKE_SCOPES
};

/* "futex", ... and "inside", ... */
extern const char *const wake_channels[WAKE_CHANNELS];
extern const char *const wake_scopes[WAKE_SCOPES];

/* What stands in place of a waker that is no task: "interrupt" or "not seen". */
const char *wake_scope__nobody(enum wake_scope scope);

/* A task, as it was called when it was first seen here. */
struct wake_end {
	__u64 start_ns, leader_ns; /* boottime */
	__u32 tid, tgid;
	char comm[UTF8_COMM];
};

struct wake {
	struct wake_end waker; /* tid 0: an interrupt, or not seen */
	struct wake_end woken;
	enum channel_of_wake channel;
	enum wake_scope scope;
	__u64 count;	 /* since the reading that is the base, or since the run began */
	__u64 total;	 /* since the run began */
	__u64 slept_ns;	 /* before these wakeups */
	__u64 waited_ns; /* by futex: the same, with sleeps that timed out before and were resumed */
	struct dist latency; /* from the wakeup to running: as D_RUNQ */
	bool written;	     /* see wake_bases__written() */
};

/* Wakeups of a scope by a channel. */
struct wake_sum {
	__u64 count;
	__u64 slept_ns;
	struct dist latency;
};

struct wake_sums {
	struct wake_sum of[WAKE_SCOPES][WAKE_CHANNELS];
};

struct wakes {
	struct wake *list;
	size_t count, room;
	struct wake_sums sums;
	bool recorded; /* it is known who wakes whom, also where there is no group */
	struct wake_group
		*groups; /* the first is all of the target, unless only a part is recorded */
	size_t group_count, group_room;
};

/* Adds one; waker NULL: an interrupt, or not seen.  Returns 0 or -ENOMEM. */
int wakes__add(struct wakes *wakes, const struct task_id *waker, const struct task_id *woken,
	       enum channel_of_wake channel, const struct wake_value *value);

/* The same, less what is in before; NULL: nothing. */
int wakes__add_beyond(struct wakes *wakes, const struct task_id *waker, const struct task_id *woken,
		      enum channel_of_wake channel, const struct wake_value *value,
		      const struct wake_value *before);

/* Adds one as it is: all of it is known.  Returns 0 or -ENOMEM. */
int wakes__take(struct wakes *wakes, const struct wake *wake);

/*
 * What each pair and each group had at the last reading, so that an interval has its own figures;
 * or, by_period, when wake_bases__next() was last called: then a period can be read again and
 * again, and groups have its figures, too.
 */
struct wake_bases {
	bool by_period;
	struct wake_base *all;
	struct group_base *groups;
};

/* The same, with what came since then; but `total` is of all. */
int wakes__add_since(struct wakes *wakes, struct wake_bases *bases, const struct task_id *waker,
		     const struct task_id *woken, enum channel_of_wake channel,
		     const struct wake_value *value);
int wakes__add_group_since(struct wakes *wakes, struct wake_bases *bases,
			   const struct wake_group *group);
void wake_bases__next(struct wake_bases *bases);

/* All of the last reading is written down: in the next ones a wake that is the same is `written`. */
void wake_bases__written(struct wake_bases *bases);
void wake_bases__free(struct wake_bases *bases);

/* Adds how many threads of a group were at work at once.  Returns 0 or -ENOMEM. */
int wakes__add_group(struct wakes *wakes, const struct wake_group *group);

/* As after {0}; what is in it is freed. */
void wakes__clear(struct wakes *wakes);

void wake_sums__add(struct wake_sums *to, const struct wake_sums *more);

/* Of a scope, of all channels or of one that is named. */
__u64 wake_sums__count(const struct wake_sums *sums, enum wake_scope scope);

/* Pairs, and groups, that are there several times become one; their order is another then. */
void wakes__merge(struct wakes *wakes);

/* Those with most wakeups first. */
void wakes__sort(struct wakes *wakes);

#endif
