/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two opinions of one stack put together.  Call frame information knows every frame,
 * but ends where the copied bytes do or where code has none; frame pointers pass over
 * functions that keep none, but reach the end.  A return address lies in one place of
 * the stack, and callers lie further up, so that the places say where one takes over
 * from the other, also in recursion.
 */
#ifndef CALLSTACK_HELPER_UNWIND_JOIN_H
#define CALLSTACK_HELPER_UNWIND_JOIN_H

#include "callstack/helper/unwind.h"

/* What call frame information found. */
struct unwind_found {
	size_t count;
	__u64 last_slot; /* where the last return address lay that came from memory */
	bool ended;	 /* the last frame is the root */
	struct unwind_frame frames[UNWIND_FRAMES];
};

void unwind_found__add(struct unwind_found *found, __u64 pc, bool caller, __u64 slot);

/*
 * Stores what was found, then what the chain has beyond it; returns the count.
 * fp: the frame pointer that the chain begins with.
 */
size_t unwind_found__join(const struct unwind_found *found, const struct unwind_stack *stack,
			  __u64 fp, struct unwind_frame *frames, size_t capacity);

/* Bytes of a word of the program. */
size_t unwind_stack__word_size(const struct unwind_stack *stack);

/* A word of the copied stack; false: it is none of those copied. */
bool unwind_stack__word(const struct unwind_stack *stack, __u64 address, __u64 *ret_word);

#endif
