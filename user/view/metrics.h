/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sums of a run as Prometheus reads them (text format, version 0.0.4).  Names and units are by its
 * conventions: base units, counters end in _total.  Labels have names of groups and words of ours,
 * never a number of a process.  What is not available is absent.
 */
#ifndef VIEW_METRICS_H
#define VIEW_METRICS_H

#include <stdio.h>

#include "model/machine/group_sums.h"
#include "model/switching/summary.h"

struct metrics {
	const struct summary *run;	 /* sums since it began */
	const struct summary *last;	 /* of the last period: what is now */
	const struct group_sums *groups; /* since it began */
	enum group_by by;
	const char *version; /* of tasktoll */
};

/* Series that a page has at most beside those of groups, and those of one group. */
#define METRICS_OF_MACHINE 1100
#define METRICS_OF_GROUP   39
#define METRICS_LEAST	   (METRICS_OF_MACHINE + 10 * METRICS_OF_GROUP)

/* How many groups find room among so many series; one place is for those that do not. */
size_t metrics__groups_most(size_t series);

void metrics__write(FILE *out, const struct metrics *metrics);

/* ---- parts ---- */

/* # HELP and # TYPE. */
void metric__head(FILE *out, const char *name, const char *type, const char *help);

/* NAME{LABEL="VALUE",LABEL="VALUE"} with as many labels as there are; NULL: there is none. */
struct metric_labels {
	const char *label, *value;
	const char *group;	       /* NULL: of the machine */
	const char *kind, *kind_value; /* a label that says what the group is; NULL */
};

void metric__count(FILE *out, const char *name, const struct metric_labels *labels, __u64 count);
void metric__seconds(FILE *out, const char *name, const struct metric_labels *labels, __u64 ns);

/* Buckets, sum and count; octaves: only where one begins, from 4 us to 4 s.  dist is of `which`. */
void metric__histogram(FILE *out, const char *name, const struct metric_labels *labels,
		       const struct dist *dist, int which, bool octaves);

/* A family for each figure of a group. */
void metrics__write_groups(FILE *out, const struct metrics *metrics);

#endif
