/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who lives, whose child it is, how it ends, and what a crash takes with it.
 *
 * Pure, like the model: births, signals, wakes and ends enter in the order in
 * which they happened (include/life.h); ends and finished crashes are passed on.
 */
#ifndef MODEL_LIVES_H
#define MODEL_LIVES_H

#include "life.h"
#include "model/crash.h"

struct lives;

struct lives_config {
	__u64 window_ns;	  /* how long a crash is followed after the process is gone */
	bool all;		  /* failed, killed and oom ends, too */
	bool stacks;		  /* stacks of culprits will be handed in */
	__u64 realtime_offset_ns; /* CLOCK_REALTIME - CLOCK_MONOTONIC */

	void *context; /* of on_end and on_crash */
	/* A process has ended. */
	void (*on_end)(void *context, const struct who *who, const struct end *end);
	/* A crash has been followed to the end of its window.  The crash is given away. */
	void (*on_crash)(void *context, struct crash *crash);
	/* Name of the kernel function at an address; NULL: unknown. */
	const char *(*kernel_name)(void *symbols, __u64 address);
	void *symbols;
};

struct lives *lives__new(const struct lives_config *config); /* NULL without memory */
void lives__free(struct lives *lives);

/* 0 or -ENOMEM. */
int lives__apply(struct lives *lives, const struct life_event *event);

/*
 * The stack of the culprit of the crash with this id (life_event.fatal.id, or alone.id):
 * frames are taken over; why_none says why there are none.
 */
void lives__take_stack(struct lives *lives, __u64 id, struct crash_frame *frames, size_t count,
		       const char *why_none);

/* Is this crash followed, and does its culprit still lack a stack? */
bool lives__wants_stack(const struct lives *lives, __u64 id);

/*
 * Is something followed that the target has to do with, or that began before `began_ns` and
 * may yet reach it?
 */
bool lives__follows_target(const struct lives *lives, __u64 began_ns);

/* When the next window closes, CLOCK_MONOTONIC ns; 0: none is open. */
__u64 lives__next(const struct lives *lives);

/* Closes the windows that are over at `now`; with end, all of them. */
void lives__advance(struct lives *lives, __u64 now, bool end);

/* Processes known to live. */
size_t lives__count(const struct lives *lives);

#endif
