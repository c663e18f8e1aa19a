/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks that the kernel's side has sent: they wait here, packed, to be unwound, and are known
 * by their number from then on.
 */
#ifndef CALLSTACK_STACK_EVENTS_H
#define CALLSTACK_STACK_EVENTS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "callstack/stack_numbers.h"
#include "stack_event.h"

/* One that waits: most of its words are 0, and frames that it does not have are none. */
struct packed {
	__u64 id, now_ns;
	__u64 leader_ns; /* of its process, and */
	__u64 gap;	 /* key of the rule that it needs next; 0: not known */
	__u32 tgid;
	__u32 exec_id;
	bool unwinds; /* there are bytes to be unwound */
	bool taken;   /* it does not wait any more */
	__u32 stack_size, words;
	__u64 word[];
};

/* The oldest first. */
struct packed_list {
	struct packed **at;
	size_t count, room;
};

struct stack_events {
	struct stack_numbers numbers;
	struct packed_list ready;   /* those that wait for nothing but their turn, */
	struct packed_list unwinds; /* and for more than that */
	__u64 *scratch;
	size_t bytes; /* of them, and */
	size_t bytes_max;
	size_t numbers_max; /* bytes of the numbers */
	__u32 numbers_few;  /* so many are kept, however long nothing refers to them; */
	bool go_soon;	    /* more go soon, although there is room for them */
	__u64 left;	    /* that found no room: */
	__u64 *again;	    /* their numbers, until there is room for them */
	size_t again_count;
};

/* There are bytes that have not been followed to their end. */
static inline bool stack_event__unwinds(const struct stack_event *stack_event)
{
	return stack_event->unwind == STACK_EVENT_UNWIND_PARTIAL ||
	       stack_event->unwind == STACK_EVENT_UNWIND_STUCK;
}

/* A copy; what finds no room is not known later.  0 or -ENOMEM. */
int stack_events__take(struct stack_events *stack_events, const struct stack_event *stack_event);

/* As it came; to be freed.  NULL without memory. */
struct stack_event *packed__unpack(const struct packed *packed);

/* Of the oldest of this list, so many, those that are taken go. */
void stack_events__drop_taken(struct stack_events *stack_events, struct packed_list *list,
			      size_t most);

/* From now on that number is this stack of the profile; 0: it is lost.  0 or -ENOMEM. */
int stack_events__settle(struct stack_events *stack_events, __u64 id, __u32 stack);

/* Stores the stack of the profile, 0 if it still waits.  False: nobody has seen it. */
bool stack_events__find(const struct stack_events *stack_events, __u64 id, __u32 *ret_stack);

/*
 * All samples up to now have been looked up.  What none has referred to for a while is forgotten,
 * here and, by `forget`, on the kernel's side, which tells of it when it is next seen.
 */
void stack_events__next_turn(struct stack_events *stack_events,
			     void (*forget)(void *context, __u64 id), void *context);

void stack_events__free(struct stack_events *stack_events);

#endif
