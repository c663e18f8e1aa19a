/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stacks of culprits, from the registers and bytes that the kernel side has taken
 * to named frames of the crash that each belongs to.  Nothing waits here: unwinding
 * and naming are asked for, and answered while the run goes on.
 */
#ifndef CALLSTACK_CRASH_STACKS_H
#define CALLSTACK_CRASH_STACKS_H

#include "lifecycle.h"
#include "model/lifecycle/process_tracker.h"

struct symbolization;
struct crash_stacks;

/* The session stays the caller's, and longer than these.  NULL without memory. */
struct crash_stacks *crash_stacks__new(struct symbolization *session);
void crash_stacks__free(struct crash_stacks *stacks);

/* Whose culprits get their stacks; before the first one is taken. */
void crash_stacks__follow(struct crash_stacks *stacks, struct process_tracker *tracker);

/* For struct trace_sink. */
void crash_stacks__take(void *stacks, const void *part, size_t size);
bool crash_stacks__room(void *stacks);

/* A birth or an end: files of those in the target are opened while they live. */
void crash_stacks__see(struct crash_stacks *stacks, const struct lifecycle_event *event);

/* Goes on with what has come, after symbolization__poll(), and asks for more.  Never waits. */
void crash_stacks__poll(struct crash_stacks *stacks);

/* Stacks that are still without their names. */
size_t crash_stacks__pending(const struct crash_stacks *stacks);

/* Stacks that lack frames or names because they could not be had, so far. */
__u64 crash_stacks__unnamed(const struct crash_stacks *stacks);

#endif
