/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several periods of a run as one: each figure is the sum over them. */
#ifndef MODEL_TOTAL_H
#define MODEL_TOTAL_H

#include "model/switching/summary.h"

/*
 * Begins as {0}.  A task is the same as in another period by its id and its start.  A wait that was
 * open when a period ended is a sample of that period and of the next one; its time is there once.
 */
struct total {
	struct model *model;	/* NULL: no period has been added */
	struct summary summary; /* all but what summary__take() fills in */
	struct total_thread *threads;
	double bpf_ns_of_switches; /* for the mean over all switches */
	__u64 switches;
};

/* Adds a period that is closed, and takes its crashes over.  0 or -ENOMEM. */
int total__add(struct total *total, struct model *period, const struct summary *summary);

/*
 * The same of the machine only, without processes, threads and crashes, which stay the period's: for
 * a run that has no end.
 */
int total__add_sums(struct total *total, struct model *period, const struct summary *summary);

/* Completes the summary, which lives as long as the total.  0 or -ENOMEM. */
int total__sum_up(struct total *total, const struct sort *sort);

void total__free(struct total *total);

#endif
