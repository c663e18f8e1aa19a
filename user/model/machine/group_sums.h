/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Groups over the periods of a run that has no end: each figure only grows, also when processes of
 * the group end.  There are so many of them at most.  Where there is no more room, the group that has
 * been without a process for longest goes, if that is long; else the new one is added to a group that
 * all share who found no room.
 */
#ifndef MODEL_GROUP_SUMS_H
#define MODEL_GROUP_SUMS_H

#include "model/machine/group.h"

#define GROUP_OTHER "other"

/* So long without a process, it has been read by whoever wants to. */
#define GROUP_QUIET_NS (600ULL * 1000000000)

struct group_sum {
	char *name;
	__u64 seen_ns;	 /* of the last period in which it had a process */
	__u32 processes; /* of the last period */
	__u32 threads;	 /* that are alive */
	struct row row;
	__u64 created[SPAWN_KINDS];
	struct {
		__u64 state[STATES], switches, toll;
	} mark, recent; /* at the last mark, and between the last two */
	UT_hash_handle hh;
};

struct group_sums {
	size_t most; /* of groups, GROUP_OTHER not among them; to be set before */
	struct group_sum *names;
	struct group_sum *other; /* NULL: all found room; it is not among the names */
	size_t in_other;	 /* groups of the last period that found no room */
	__u64 dropped;		 /* groups that made room */
};

/* Adds a period that ended at now_ns.  0 or -ENOMEM. */
int group_sums__add(struct group_sums *sums, const struct groups *period, __u64 now_ns);

/* A stretch of time is over: `recent` of each is what came in it. */
void group_sums__mark(struct group_sums *sums);

void group_sums__free(struct group_sums *sums);

#endif
