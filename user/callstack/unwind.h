/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of session: from the bytes of user stacks to stacks of the profile. */
#ifndef CALLSTACK_UNWIND_H
#define CALLSTACK_UNWIND_H

#include "callstack/symbolizer.h"
#include "stack_event.h"

struct symbolization;
struct known_rule;
struct packed;

#define BATCHES	    2 /* that are asked for at once: one at work, one that follows */
#define BATCH_MOST  512
#define BATCH_FIRST 16 /* of a process: what they teach spares us many others */
#define GAP_MOST    4  /* that need the same rule: above it they may differ */

/* Stacks of one process, without an exec in between, that are unwound together. */
struct batch {
	__u64 cookie; /* 0: free */
	__u64 leader_ns;
	__u32 tgid, exec_id; /* of the last one, if it is free */
	size_t count;
	struct stack_event *stack_events[BATCH_MOST];
	__u64 gaps[BATCH_MOST]; /* of each, the key of the rule that it needs next; 0: not known */
};

/*
 * The frames of a chain, from the innermost, that belong to the number of a stack event: what
 * is paid under that number is paid on these.  Callers further up may be others
 * another time.
 */
size_t stack_event__known_frames(const struct stack_event *stack_event,
				 const struct symbolizer_chain *chain);

/* The rule by which it was followed on from there; NULL: none, or other code lies there by now. */
const struct known_rule *symbolization__rule(const struct symbolization *session,
					     const struct stack_event *stack_event, __u64 pc,
					     bool called);

/* What lies below the bytes of a stack event that was followed to there by rules. */
struct unwind_prefix {
	size_t count; /* of frames; 0: the bytes begin at the stack pointer */
	bool called;  /* the next one's address is where a call returns to */
};

/*
 * Stores these frames: room for STACK_EVENT_USER.  False: the last of them has no rule any more,
 * and what was found by it may be another's.
 */
bool symbolization__prefix(const struct symbolization *session,
			   const struct stack_event *stack_event, struct unwind_frame *frames,
			   struct unwind_prefix *ret_prefix);

/*
 * By what has been taught, from its bytes; frames: room for STACK_EVENT_USER.  False: it takes an
 * unwinder; ret_gap: for want of the rule with that key, or 0.
 */
bool symbolization__follow(const struct symbolization *session,
			   const struct stack_event *stack_event, struct unwind_frame *frames,
			   struct symbolizer_chain *ret_chain, __u64 *ret_gap);

/*
 * The stack of a stack event that has been followed by rules, there or here; 0: it has not, for
 * want of the rule with the key ret_gap, unless that is 0.
 */
__u32 symbolization__by_rules(struct symbolization *session, const struct stack_event *stack_event,
			      __u64 *ret_gap);

/*
 * There is room for it, and it is the batch's.  False: it is let go, for others in the batch need
 * the same rule, and once that has been taught, it may take no unwinder.
 */
bool batch__take(struct batch *batch, struct stack_event *stack_event, __u64 gap);

void batch__free(struct batch *batch);

/* Of that process, without an exec in between? */
bool batch__is_of(const struct batch *batch, const struct packed *packed);

/* Has the helper unwind the stacks of a batch, whose mappings are known; never waits. */
void batch__ask(struct batch *batch, struct symbolization *session);

/* They are not waited for any more: frame pointers have to do. */
void batch__give_up(struct batch *batch, struct symbolization *session, enum unwind_why why);

/* The same of one. */
__u32 symbolization__by_chain(struct symbolization *session, const struct stack_event *stack_event,
			      enum unwind_why why);

#endif
