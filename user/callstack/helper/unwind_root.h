/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is a frame the root of its stack?  By what code says of itself: its call frame
 * information has no return address, or it is where the program is entered.  Runs
 * on files of strangers.
 */
#ifndef CALLSTACK_HELPER_UNWIND_ROOT_H
#define CALLSTACK_HELPER_UNWIND_ROOT_H

#include <linux/types.h>
#include <stdbool.h>

struct Dwfl_Module;

/* called: a frame lies below it, and address is the one before its return address. */
bool unwind_root__is(struct Dwfl_Module *module, __u64 address, bool called);

#endif
