/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who lives, whose child it is, how it ends, and what a crash takes with it.
 *
 * Pure, like the model: births, signals, wakes and ends enter in the order in
 * which they happened (include/lifecycle.h); ends and finished crashes are passed on.
 */
#ifndef MODEL_PROCESS_TRACKER_H
#define MODEL_PROCESS_TRACKER_H

#include "lifecycle.h"
#include "model/lifecycle/crash.h"

struct process_tracker;

struct process_tracker_config {
	__u64 window_ns;	  /* how long a crash is followed after the process is gone */
	bool all;		  /* failed, killed and oom ends, too */
	bool stacks;		  /* stacks of culprits will be handed in */
	__u64 realtime_offset_ns; /* CLOCK_REALTIME - CLOCK_MONOTONIC */
	__u32 watcher; /* pid of tasktoll, whose children programs are: it is no victim; 0: none */

	void *context; /* of on_end and on_crash */
	/* A process has ended. */
	void (*on_end)(void *context, const struct task_id *task_id, const struct end *end);
	/* A crash has been followed to the end of its window.  The crash is given away. */
	void (*on_crash)(void *context, struct crash *crash);
	/* Name of the kernel function at an address; NULL: unknown. */
	const char *(*kernel_name)(void *symbols, __u64 address);
	void *symbols;
};

struct process_tracker *
process_tracker__new(const struct process_tracker_config *config); /* NULL without memory */
void process_tracker__free(struct process_tracker *tracker);

/* 0 or -ENOMEM. */
int process_tracker__apply(struct process_tracker *tracker, const struct lifecycle_event *event);

/*
 * The stack of the culprit of the crash with this id (lifecycle_event.fatal.id, or alone.id):
 * frames are taken over; why_none says why there are none.
 */
void process_tracker__take_stack(struct process_tracker *tracker, __u64 id,
				 struct crash_frame *frames, size_t count, const char *why_none);

/* Is this crash followed, and does its culprit still lack a stack? */
bool process_tracker__wants_stack(const struct process_tracker *tracker, __u64 id);

/*
 * Is something followed that the target has to do with, or that began before `began_ns` and
 * may yet reach it?
 */
bool process_tracker__follows_target(const struct process_tracker *tracker, __u64 began_ns);

/* When the next window closes, CLOCK_MONOTONIC ns; 0: none is open. */
__u64 process_tracker__next(const struct process_tracker *tracker);

/* Closes the windows that are over at `now`; with end, all of them. */
void process_tracker__advance(struct process_tracker *tracker, __u64 now, bool end);

/* Processes known to live. */
size_t process_tracker__count(const struct process_tracker *tracker);

#endif
