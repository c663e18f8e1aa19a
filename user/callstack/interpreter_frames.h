/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of session: a stack in which functions of a program stand where their interpreter ran. */
#ifndef CALLSTACK_INTERPRETER_FRAMES_H
#define CALLSTACK_INTERPRETER_FRAMES_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "callstack/interpreters.h"

/* The frames of one call of the function that interprets. */
struct interpreter_run {
	__u32 first, end; /* innermost; and one behind the outermost */
	bool functions;	  /* there is one among them */
};

#define INTERPRETER_NATIVE (~0U)

/*
 * Which call of the function that interprets has which frames: of `evals` native frames of that
 * function, innermost first, the one at *ret_first has the first run, and so on.  Returns how many
 * runs there are; those that are more than native frames lie further out.  False in ret_fits: they
 * do not go together.  native_whole: the native frames go up to the root.  interrupted: the
 * innermost native frame is of that function, which may have been about to make its first frame.
 */
__u32 interpreter_chain__fit(const struct interpreter_chain *chain, __u32 evals, bool native_whole,
			     bool interrupted, struct interpreter_run ret_runs[PYTHON_FRAMES],
			     __u32 *ret_first, bool *ret_fits);

struct symbolization;
struct stack_event;
struct symbolizer_chain;

/* A native frame's number in the profile. */
typedef __u32 (*native_frame)(struct symbolization *session, const struct stack_event *stack_event,
			      __u64 pc, bool caller);

/* The stack of the profile; root: what it begins with. */
__u32 symbolization__put_interpreted(struct symbolization *session,
				     const struct stack_event *stack_event,
				     const struct symbolizer_chain *native,
				     const struct interpreter_chain *chain, __u32 root,
				     native_frame frame);

#endif
