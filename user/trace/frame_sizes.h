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
#ifndef TRACE_FRAME_SIZES_H
#define TRACE_FRAME_SIZES_H

#include "stack_event.h"

struct frame_sizes;

struct frame_sizes_sink {
	void *context;
	/* A slot of the table of frame sizes is to hold this. */
	void (*frame_size)(void *context, __u32 slot, const struct frame_size *frame_size);
	void (*hook)(void *context, __u32 hook, const struct hook_frame_size *frame_size);
};

struct frame_sizes *frame_sizes__new(const struct frame_sizes_sink *sink); /* NULL without memory */
void frame_sizes__free(struct frame_sizes *frame_sizes);

/* Returns how many slots were told because of it. */
int frame_sizes__learn(struct frame_sizes *frame_sizes, const struct stack_layout *layout);

#endif
