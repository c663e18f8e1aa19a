/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who wakes whom: a row for each pair of tasks and channel, and sums by where the waker
 * stands to the one that is woken.  Only wakeups that ended a sleep are here.
 */
#ifndef MODEL_WAKES_H
#define MODEL_WAKES_H

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
	struct wake_group *groups; /* the first is all of the target */
	size_t group_count, group_room;
};

/* Adds one; waker NULL: an interrupt, or not seen.  Returns 0 or -ENOMEM. */
int wakes__add(struct wakes *wakes, const struct task_id *waker, const struct task_id *woken,
	       enum channel_of_wake channel, const struct wake_value *value);

/* What each pair had at the last reading, so that an interval has its own figures. */
struct wake_bases {
	struct wake_base *all;
};

/* The same, with what came since the last call with these bases; but `total` is of all. */
int wakes__add_since(struct wakes *wakes, struct wake_bases *bases, const struct task_id *waker,
		     const struct task_id *woken, enum channel_of_wake channel,
		     const struct wake_value *value);
void wake_bases__free(struct wake_bases *bases);

/* Adds how many threads of a group were at work at once.  Returns 0 or -ENOMEM. */
int wakes__add_group(struct wakes *wakes, const struct wake_group *group);

/* As after {0}; what is in it is freed. */
void wakes__clear(struct wakes *wakes);

void wake_sums__add(struct wake_sums *to, const struct wake_sums *more);

/* Of a scope, of all channels or of one that is named. */
__u64 wake_sums__count(const struct wake_sums *sums, enum wake_scope scope);

/* Those with most wakeups first. */
void wakes__sort(struct wakes *wakes);

#endif
