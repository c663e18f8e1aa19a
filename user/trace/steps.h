/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far one return address lies above the next on a kernel stack.
 *
 * For almost every place in the kernel that is a constant, but it stands in tables that
 * are out of reach.  It can be learned from watching the kernel's unwinder: where
 * the addresses that it found lie among the words of the stack.  One address may lie there
 * more than once, left over from earlier calls; but the right distance is
 * among those that are possible each time, and what is possible every time is at last
 * one.  If nothing is, the frame has no fixed size and is left to the unwinder.
 *
 * Pure: no I/O.  Lessons go in, what may be relied on comes out.
 */
#ifndef TRACE_STEPS_H
#define TRACE_STEPS_H

#include "sight.h"

struct steps;

struct steps_sink {
	void *context;
	/* A slot of the table of steps is to hold this. */
	void (*step)(void *context, __u32 slot, const struct step *step);
	void (*hook)(void *context, __u32 hook, const struct hook_step *step);
};

struct steps *steps__new(const struct steps_sink *sink); /* NULL without memory */
void steps__free(struct steps *steps);

/* Returns how many slots were told because of it. */
int steps__learn(struct steps *steps, const struct sight_lesson *lesson);

#endif
