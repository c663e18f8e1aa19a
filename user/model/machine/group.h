/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that have something in common, as one row: counters and distributions add up. */
#ifndef MODEL_GROUP_H
#define MODEL_GROUP_H

#include "model/switching/summary.h"

enum group_by { BY_PROCESS, BY_THREAD, BY_COMM, BY_USER, BY_CGROUP, BY_PARENT, GROUPINGS };

/* What --by takes: "process", "thread", ... */
extern const char *const group_names[GROUPINGS];

#define GROUP_UNKNOWN "unknown" /* what ended before it could be looked at */

struct group {
	char *name;
	__u64 processes;
	__u32 threads; /* that are alive */
	struct row row;
	struct spawns spawns; /* only how many */
	UT_hash_handle hh;
};

struct groups {
	enum group_by by;
	struct group *names;	     /* by name */
	const struct group **sorted; /* as the summary is */
	size_t count;
};

/* Sums up the processes of a summary, also those that were folded.  0 or -ENOMEM. */
int groups__make(struct groups *groups, const struct summary *summary, enum group_by by);
/* The same if `by` makes groups, which the summary then has. */
int groups__take(struct groups *groups, struct summary *summary, enum group_by by);
void groups__free(struct groups *groups);

struct measured group__measured(const struct group *group, const struct summary *summary);

#endif
