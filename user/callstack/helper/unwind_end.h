/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a stack ends where it does.  One that ends before its root is never shown as whole. */
#ifndef CALLSTACK_HELPER_UNWIND_END_H
#define CALLSTACK_HELPER_UNWIND_END_H

#include <linux/types.h>
#include <stddef.h>

enum unwind_why {
	UNWIND_NOT_TRIED, /* the helper failed before, or could not be asked */
	UNWIND_COMPLETE, /* at the program's entry, a thread's start or a coroutine's first frame */
	UNWIND_NO_CFI,	 /* in code that tells nobody where its caller is */
	UNWIND_NO_MAPS,	 /* nobody knows what is mapped where */
	UNWIND_DEEP,	 /* at the most frames that are kept; detail: how many */
	UNWIND_NOT_COPIED, /* above the bytes that were copied; detail: how many */
	UNWIND_NO_MEMORY,  /* at an address where no stack is */
	UNWIND_DAMAGED,	   /* at what is no return address, or does not lie further up */
	UNWIND_ALIKE,	   /* other callers may have been taken for these */
	UNWIND_SLOW,	   /* unwinding took too long */
	UNWIND_NO_FILE,	   /* in code of a file that could not be opened or mapped */
	UNWIND_WHYS
};

struct unwind_end {
	__u32 why; /* enum unwind_why */
	__u32 detail;
};

#define UNWIND_MARK 64 /* bytes for its text */

/* "[truncated: why]", what stands in place of the root; NULL: the stack is complete. */
const char *unwind_end__mark(const struct unwind_end *end, char text[UNWIND_MARK]);

#endif
