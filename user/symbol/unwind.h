/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a stack and the files mapped into it to names.  Runs on files of strangers. */
#ifndef SYMBOL_UNWIND_H
#define SYMBOL_UNWIND_H

#include <stddef.h>

#include "life.h"

#define UNWIND_FRAMES 64
#define UNWIND_NAME   256

struct unwind_names {
	size_t count;
	char name[UNWIND_FRAMES][UNWIND_NAME];
};

/*
 * files[i]: an open descriptor of what maps[i] maps, or -1; they are left open.
 * Names are bytes as they stand in the files.  Without anything to go by there
 * are fewer names, or none.
 */
void unwind__name(const struct life_stack *stack, const int files[STACK_MAPS],
		  struct unwind_names *ret_names);

/* JOB_CRASH; the reply is a struct unwind_names. */
struct unwind_request {
	struct life_stack stack;
	int file[STACK_MAPS]; /* of the descriptors sent with it, the one of each mapping; -1 */
};

#endif
