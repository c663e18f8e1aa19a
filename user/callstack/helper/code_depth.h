/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a function that has no call frame information keeps its return address: its code is
 * followed on all ways from its beginning, and what it puts onto the stack is counted.  A
 * place that is reached in two ways which do not agree is not known.  x86-64 and i386.
 * Runs on files of strangers.
 */
#ifndef CALLSTACK_HELPER_CODE_DEPTH_H
#define CALLSTACK_HELPER_CODE_DEPTH_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "callstack/helper/insn.h"

/* Bytes of code of one segment. */
struct code_bytes {
	const __u8 *code;
	size_t size;
	__u64 start; /* address of the first */
	bool wide;   /* of 64 bits */
};

/* CFA: the stack pointer before the call.  Distances are in bytes. */
struct code_depth {
	__s32 sp; /* from the stack pointer up to the CFA; 0: not known */
	__s32 fp; /* the same from the frame pointer; 0: it does not point into the frame */
	__s32 saved[INSN_REGS]; /* a register of the caller lies so far below the CFA; 0: nowhere */
	bool fp_lost;		/* the caller's frame pointer is gone, as far as anybody can tell */
};

struct code_flow;

struct code_flow *code_flow__new(void); /* NULL without memory */
void code_flow__free(struct code_flow *flow);

/*
 * From the beginning of a function to a place in it, also by way of jumps to other functions.
 * end: the function's end, at which only the place may lie that its last call returns to;
 * 0: not known.  False: it is not reached, or not the same way by all.
 */
bool code_flow__find(struct code_flow *flow, const struct code_bytes *bytes, __u64 start, __u64 end,
		     __u64 place, struct code_depth *ret_depth);

/* Functions that the one which begins at start calls, and whose address it loads; how many. */
size_t code_flow__targets(struct code_flow *flow, const struct code_bytes *bytes, __u64 start,
			  __u64 *targets, size_t capacity);

/* The last one followed may go on in a function that nobody can tell, in its caller's name. */
bool code_flow__leads_elsewhere(const struct code_flow *flow);

#endif
