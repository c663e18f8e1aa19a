/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where one function ends and another one, which may have no name, begins: what the
 * unwind information says, and where it says nothing, the code.  Runs on files of
 * strangers.
 */
#ifndef CALLSTACK_HELPER_BORDERS_H
#define CALLSTACK_HELPER_BORDERS_H

#include <linux/types.h>
#include <stdbool.h>

#include <gelf.h>

#include "callstack/helper/extents.h"

struct borders {
	Elf *elf;
	unsigned int machine;
	bool has_extents; /* they are read when somebody asks */
	struct extents extents;
};

void borders__init(struct borders *borders, Elf *elf);
void borders__free(struct borders *borders);

/* Whether a function may end, and another begin, behind start and not behind address. */
bool borders__may_lie_between(struct borders *borders, __u64 start, __u64 address);

/*
 * From the address that a frame returns to, to one that lies in its function: the call is
 * before it.  An address that no call can end at is where somebody was interrupted, or is
 * to begin: Go has sigpanic() look as if what faulted had called it.
 */
__u64 borders__of_call(const struct borders *borders, __u64 address);

#endif
