/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A symbolization session, from stack events and mapping events to frames of a profile that
 * get their names: what code lies where, and what it is called.
 *
 * Nothing here waits: unwinding and naming are asked of a helper process, and answered at a
 * later turn of the event loop.
 */
#ifndef CALLSTACK_SYMBOLIZATION_H
#define CALLSTACK_SYMBOLIZATION_H

#include "core/failure.h"
#include "model/profile/profile.h"
#include "python.h"
#include "stack_event.h"

struct symbolization;
struct kernel_symbols;

struct symbolization_config {
	struct profile *profile; /* NULL: one of its own, which begins anew when it is large */
	bool switches;		 /* stacks of switches come: what is mapped is followed */
	bool inlined;		 /* name inlined functions, too */
	bool debuginfod;	 /* ask servers for debug files */
	__u32 numbers_few;  /* only so many are kept that nothing refers to; 0: as there is room */
	__u64 bytes;	    /* that stacks which wait may take, about, and numbers half as much */
	__u64 helper_bytes; /* that reading files may take; 0: as much as is let */
	/* What the kernel's side is to know of a place in code: see frame_rule.h. */
	void (*teach)(void *context, __u64 space, __u64 pc, __u64 rule);
	/* Where Python programs have their frames; NULL: these are not wanted. */
	void (*teach_python)(void *context, __u64 space, const struct python_layout *layout);
	/* The kernel's side is to tell of a stack again when it is next seen. */
	void (*forget)(void *context, __u64 id);
	void *context;
};

/* While we have all privileges, and before anything is traced.  Returns 0 or a negative errno. */
int symbolization__open(struct symbolization **ret_session,
			const struct symbolization_config *config, struct failure *failure);
void symbolization__close(struct symbolization *session);

/* Names of kernel functions. */
struct kernel_symbols *symbolization__kernel(const struct symbolization *session);

/* For epoll: readable when symbolization__poll() has something to do. */
int symbolization__fd(const struct symbolization *session);

/* Takes in what has been mapped since, and answers that have come.  Never waits. */
void symbolization__poll(struct symbolization *session);

/* ---- stacks of switches ---- */

/* For struct trace_sink: a stack is kept until it is resolved.  0 or -ENOMEM. */
int symbolization__take(void *session, const struct stack_event *stack_event, size_t size);

/* The same: frames of a Python program, before the stack that they belong to. */
int symbolization__take_python(void *session, const struct python_chain *chain);

/* Stacks that are not resolved yet. */
size_t symbolization__waiting(const struct symbolization *session);

/* Of them, those that take more than their turn: rules that are not known there, or an unwinder. */
size_t symbolization__unwinding(const struct symbolization *session);

/* The oldest of these, up to so many, are to be resolved now; no more as long as some are. */
void symbolization__resolve(struct symbolization *session, size_t most);
bool symbolization__is_resolving(const struct symbolization *session);

/*
 * Goes on with that, and follows stacks whose way is known; asks for others to be unwound.
 * ret_more: there is more to do at once.  0 or a negative errno.
 */
int symbolization__turn(struct symbolization *session, bool *ret_more);

/*
 * There is no time to unwind any more: frame pointers have to do, until then (CLOCK_MONOTONIC
 * ns); stacks that still wait are lost.
 */
void symbolization__give_up(struct symbolization *session, __u64 until_ns);

/* Stores the stack of the profile, 0 if it still waits.  False: nobody has seen it. */
bool symbolization__find(const struct symbolization *session, __u64 id, __u32 *ret_stack);

/* Each stack of the profile that may be found later. */
void symbolization__each_stack(const struct symbolization *session,
			       void (*take)(void *context, __u32 stack), void *context);

/* All samples up to now have been looked up: numbers that nothing refers to are forgotten. */
void symbolization__next_reading(struct symbolization *session);

/*
 * So far: resolved stacks, those of them that took more than their turn, those that found no room, and
 * those that there was no time for.
 */
__u64 symbolization__resolved(const struct symbolization *session);
__u64 symbolization__unwound(const struct symbolization *session);
__u64 symbolization__left(const struct symbolization *session);
__u64 symbolization__given_up(const struct symbolization *session);

/* ---- names ---- */

/* Asks for the names of frames that are new. */
void symbolization__ask(struct symbolization *session);

/* Names and stacks that are asked for and still to come. */
size_t symbolization__pending(const struct symbolization *session);

/*
 * Processes so far that have a Python of which the frames are not followed: a version that is not
 * known; their memory may not be read, or not in time.
 */
__u64 symbolization__closed_pythons(const struct symbolization *session);
__u64 symbolization__unknown_pythons(const struct symbolization *session, const char **ret_version);

/* Mappings that nobody told of, so far: names that may be missing. */
__u64 symbolization__lost(const struct symbolization *session);

/* Why mappings are not told of, and names of ended processes are missing; NULL: they are. */
const char *symbolization__why_not(const struct symbolization *session);

/* CPU time that unwinding and naming has taken in the helpers, ns. */
__u64 symbolization__cpu_ns(const struct symbolization *session);

/* What knowing the ways through stacks takes. */
struct symbolization_usage {
	__u64 rules, room;	       /* that are known, and that fit */
	__u64 pushed_out;	       /* that made room for others */
	__u64 kernel_bytes, own_bytes; /* of the tables, as they are whatever is in them */
	__u64 helper_bytes;	       /* that the question which needed most took there */
};

void symbolization__usage(const struct symbolization *session,
			  struct symbolization_usage *ret_usage);

/* Forgets processes that ended before. */
void symbolization__forget(struct symbolization *session, __u64 before_ns);

#endif
