/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a stack ends where it does.  One that ends before its root is never shown as whole. */
#ifndef CALLSTACK_HELPER_UNWIND_END_H
#define CALLSTACK_HELPER_UNWIND_END_H

#include <linux/types.h>
#include <stddef.h>

enum walk_why {
	WALK_NOT_TRIED,	 /* the helper failed before, or could not be asked */
	WALK_COMPLETE,	 /* at the program's entry, a thread's start or a coroutine's first frame */
	WALK_NO_CFI,	 /* in code that tells nobody where its caller is */
	WALK_NO_MAPS,	 /* nobody knows what is mapped where */
	WALK_DEEP,	 /* at the most frames that are kept; detail: how many */
	WALK_NOT_COPIED, /* above the bytes that were copied; detail: how many */
	WALK_NO_MEMORY,	 /* at an address where no stack is */
	WALK_DAMAGED,	 /* at what is no return address, or does not lie further up */
	WALK_ALIKE,	 /* other callers may have been taken for these */
	WALK_SLOW,	 /* unwinding took too long */
	WALK_WHYS
};

struct walk_end {
	__u32 why; /* enum walk_why */
	__u32 detail;
};

#define WALK_MARK 64 /* bytes for its text */

/* "[truncated: why]", what stands in place of the root; NULL: the stack is complete. */
const char *walk_end__mark(const struct walk_end *end, char text[WALK_MARK]);

#endif
