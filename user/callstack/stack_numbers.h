/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which stack of the profile has which number of the kernel's side.  Those that nothing is paid
 * on any more are forgotten: first the kernel's side forgets that it has told of them, then,
 * unless something refers to them by then, so do we.
 */
#ifndef CALLSTACK_STACK_NUMBERS_H
#define CALLSTACK_STACK_NUMBERS_H

#include <stdbool.h>

#include "model/profile/keyset.h"

struct stack_number {
	__u32 stack; /* 0: not unwound yet */
	__u32 used;  /* in which turn, the last time */
	__u32 told;  /* in which turn the kernel's side was told to forget it; 0: not */
};

struct stack_numbers {
	struct keyset ids;
	struct stack_number *list;
	__u32 room;
	__u32 turn;
	__u32 dropped; /* in the list, and forgotten */
};

/* NULL: there is none.  It stays where it is until another is added or some are forgotten. */
struct stack_number *stack_numbers__find(const struct stack_numbers *numbers, __u64 id);

/* New or not; NULL without memory. */
struct stack_number *stack_numbers__add(struct stack_numbers *numbers, __u64 id);

void stack_numbers__use(const struct stack_numbers *numbers, struct stack_number *number);
void stack_numbers__drop(struct stack_numbers *numbers, struct stack_number *number);

/*
 * The next turn begins.  Of numbers that were not used for `idle` turns, and do not wait for
 * their stacks, the kernel's side is told by `forget`; what it was told of earlier is forgotten.
 * Without memory they are kept.
 */
void stack_numbers__next(struct stack_numbers *numbers, __u32 idle,
			 void (*forget)(void *context, __u64 id), void *context);

/* The stack of each number that is not forgotten. */
void stack_numbers__each(const struct stack_numbers *numbers,
			 void (*take)(void *context, __u32 stack), void *context);

size_t stack_numbers__bytes(const struct stack_numbers *numbers);
void stack_numbers__free(struct stack_numbers *numbers);

#endif
