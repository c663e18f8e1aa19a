/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the compiler put inline, from debug information.  Runs on files of strangers. */
#ifndef CALLSTACK_HELPER_INLINED_H
#define CALLSTACK_HELPER_INLINED_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include <elfutils/libdwfl.h>

struct inlined; /* a table of which compilation unit is where */

struct demangler;

/* NULL: no debug information.  The demangler is the caller's. */
struct inlined *inlined__new(Dwfl_Module *module, struct demangler *demangler);
void inlined__free(struct inlined *inlined);

/*
 * Names of the functions inlined at an address, outermost first, a line each.  Stores
 * the name of the function itself, as debug information has it, if it has one, in
 * ret_function, which has NAME_BYTES.  Returns the length of the text, 0 for none.
 */
size_t inlined__at(struct inlined *inlined, __u64 address, char *text, size_t capacity,
		   char *ret_function);

#endif
