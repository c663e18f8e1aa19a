/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes that run Python: which they are, which the kernel's side is told of, and what the
 * chains of frames mean that it sends with their stacks.
 *
 * The memory of a process is read when a chain has a code object that is new; from then on that
 * is known by its address and what it referred to, also when the process is gone.
 */
#ifndef CALLSTACK_INTERPRETERS_H
#define CALLSTACK_INTERPRETERS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "callstack/python/program.h"

struct interpreters;

struct interpreters_config {
	/* The kernel's side is to follow the frames of the programs in that address space. */
	void (*teach)(void *context, __u64 space, const struct python_layout *layout);
	void *context;
	size_t bytes; /* that code objects and chains may take, about */
};

struct interpreters *interpreters__new(const struct interpreters_config *config);
void interpreters__free(struct interpreters *interpreters);

/* What happens to a process, in the order in which it does. */
void interpreters__map(struct interpreters *interpreters, __u32 pid, const char *path);
void interpreters__fork(struct interpreters *interpreters, __u32 pid, __u32 parent);
void interpreters__exec(struct interpreters *interpreters, __u32 pid);
void interpreters__forget(struct interpreters *interpreters, __u32 pid);

/* What is below takes NULL for none: where no stacks of switches come. */

/* A stack of that process has been seen: if it may be Python, its interpreter is looked for. */
void interpreters__see(struct interpreters *interpreters, __u32 pid, __u64 space);

/* The same for those that had none when they were seen. */
void interpreters__poll(struct interpreters *interpreters);

/* ---- chains ---- */

struct interpreter_code {
	struct python_code code;
	int error; /* 0, or why there is none: see python_code__read() */
};

struct interpreter_frame {
	const struct interpreter_code *code; /* NULL: no function */
	__u32 line;			     /* 0: none */
	bool entry; /* the last one of a call of the function that interprets */
};

struct interpreter_chain {
	__u64 eval_start, eval_end; /* that function */
	enum python_end end;
	__u32 count;
	struct interpreter_frame frames[]; /* innermost first */
};

/* For struct trace_sink.  0 or -ENOMEM. */
int interpreters__take(struct interpreters *interpreters, const struct python_chain *chain);

/* Takes those that came before their process was known, where it is by now.  0 or -ENOMEM. */
int interpreters__settle(struct interpreters *interpreters);

/* That of a stack, until it is dropped; NULL: it has none. */
const struct interpreter_chain *interpreters__chain(const struct interpreters *interpreters,
						    __u64 id);
void interpreters__drop(struct interpreters *interpreters, __u64 id);

/* ---- what is to be told ---- */

/* Processes so far that have a version that is not known. */
__u64 interpreters__unknown(const struct interpreters *interpreters, const char **ret_version);

/* Those whose memory may not be read, or not in time: an interpreter's frames are not known. */
__u64 interpreters__closed(const struct interpreters *interpreters);

#endif
