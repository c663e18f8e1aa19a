/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/helper/unwind_join.h"

void unwind_found__add(struct unwind_found *found, __u64 pc, bool caller, __u64 slot)
{
	if (found->count >= UNWIND_FRAMES)
		return;
	found->frames[found->count++] =
		(struct unwind_frame){ .pc = pc, .slot = slot, .caller = caller };
	if (slot)
		found->last_slot = slot;
}

/*
 * The chain by its values alone: the last frame found that is in it, each link being
 * taken once.  Returns the link that follows.
 */
static __u32 chain__after_value(const struct unwind_found *found, const struct unwind_stack *stack)
{
	__u32 next = 0, j;
	size_t i;

	for (i = 0; i < found->count; i++) {
		for (j = next; j < stack->chain_count; j++) {
			if (stack->chain[j] == found->frames[i].pc) {
				next = j + 1;
				break;
			}
		}
	}
	return next;
}

/* The first link that lies further up than all that was found. */
static __u32 chain__after_slot(const struct unwind_found *found, const struct unwind_stack *stack,
			       __u64 fp)
{
	__u32 j;

	for (j = 1; j < stack->chain_count; j++) {
		__u64 slot = fp + unwind_stack__word_size(stack), address;

		if (!unwind_stack__word(stack, slot, &address) ||
		    !unwind_stack__word(stack, fp, &fp))
			return j; /* beyond the bytes, and so is all that follows */
		if (address != stack->chain[j])
			return j == 1 ? chain__after_value(found, stack) : j;
		if (slot > found->last_slot)
			return j;
	}
	return j;
}

size_t unwind_found__join(const struct unwind_found *found, const struct unwind_stack *stack,
			  __u64 fp, struct unwind_frame *frames, size_t capacity)
{
	size_t count = 0;
	__u32 j;

	while (count < found->count && count < capacity) {
		frames[count] = found->frames[count];
		count++;
	}
	if (found->ended)
		return count;
	j = found->count ? chain__after_slot(found, stack, fp) : 0;
	for (; j < stack->chain_count && count < capacity && stack->chain[j]; j++)
		frames[count++] = (struct unwind_frame){ .pc = stack->chain[j],
							 .caller = j > 0 || stack->called,
							 .by_chain = j ? j : 1 };
	return count;
}
