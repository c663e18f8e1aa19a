/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counting, for every command that counts: a run that feeds a model, and what its
 * summaries say of a period apart from what the model knows.
 */
#ifndef SESSION_COUNTING_H
#define SESSION_COUNTING_H

#include "session/facts.h"
#include "session/names.h"
#include "session/settings.h"
#include "session/run.h"
#include "model/switching/summary.h"
#include "model/wakes/wakes.h"

/* What a command wants beyond counting: stacks, and where they go. */
struct counting_stacks {
	int (*sample)(void *context, const struct sample_key *key,
		      const struct sample_value *value);
	/* These after the model has had them. */
	int (*lifecycle)(void *context, const struct lifecycle_event *event);
	int (*task)(void *context, const struct wire_task *head, const struct task_rec *rec_head);
	/* Before counting begins, as in struct run_wants; NULL. */
	int (*ready)(void *context, struct failure *failure);
	void *ready_context;
	bool pythons; /* stacks have the frames of Python programs */
	void *context;
};

/* A run that is also told switch by switch. */
struct counting_timeline {
	__u64 bytes; /* of the buffer between the kernel and us */
	int (*event)(void *context, const union timeline_event *event);
	/* These after the model has had them. */
	int (*lifecycle)(void *context, const struct lifecycle_event *event);
	int (*task)(void *context, const struct wire_task *head, const struct task_rec *rec_head);
	void *context;
};

struct counting {
	const struct settings *settings;
	struct run run;
	struct model *model;
	struct names names;
	struct summary same; /* what all summaries of the run have in common */
	__u64 period_start_ns, period_realtime_ns, period_cpu_ns;
	__u64 period_end_ns;	/* as far as it has been read */
	__u64 given_back_ns;	/* see core/heap.h */
	struct trace_loss lost; /* up to the beginning of the period */
	struct stack_event_loss stack_events_lost;
	__u64 unnamed; /* stacks of culprits */
	struct counting_stacks stacks;
	const struct counting_timeline *timeline; /* set before the begin; NULL: not asked for */
	struct facts *facts;			  /* if a grouping wants them; NULL */
	/* who wakes whom, as last read; set before the begin; NULL: not asked for */
	struct wakes *wakes;
	struct wake_bases *wake_bases; /* with it: each reading has what came since, as they say */
	/* CPU time so far of a process that works for this one, ns; set before the begin; NULL. */
	__u64 (*beside_ns)(void *context);
	void *beside_context;
	/* Called now and then while many tasks are read; set before the begin; NULL. */
	void (*breathe)(void *context);
	void *breathe_context;
	__u32 tasks_read;
};

/*
 * Until counting has begun.  stacks NULL: none.  Returns 0 or a negative errno;
 * counting__end() is due either way.
 */
int counting__begin(struct counting *counting, struct settings *settings, bool threads,
		    const struct counting_stacks *stacks, struct failure *failure);

/*
 * Reads all up to now, and fills in what a summary says of the period so far; the model
 * is ready to be closed, and need not be.  Stores the instant that it is to be closed at.
 */
int counting__read(struct counting *counting, struct summary *ret_summary, __u64 *ret_open_ns,
		   struct failure *failure);

/* The next period begins where the last was read up to. */
void counting__next(struct counting *counting);

/* A target by name or cgroup that no task ever matched is a failure. */
int counting__check_matched(const struct counting *counting, struct failure *failure);

/* From now on users and cgroups of processes are known, also if the settings did not ask.  0 or -ENOMEM. */
int counting__want_facts(struct counting *counting);

/* The exit status of the run: of the program that it ran, or of ours. */
int counting__status(struct counting *counting, int err, bool incomplete);

void counting__end(struct counting *counting);

#endif
