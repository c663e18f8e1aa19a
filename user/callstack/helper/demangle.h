/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of symbols as their programmers wrote them.  Runs on files of strangers. */
#ifndef CALLSTACK_HELPER_DEMANGLE_H
#define CALLSTACK_HELPER_DEMANGLE_H

#include <stddef.h>

#define NAME_BYTES 16384 /* of a name at most; a longer one ends in "..." */

/*
 * C++ and Rust to what they look like in source, others as they are, without the
 * version of a symbol ("@@GLIBC_2.34"), and without what tells one of a compiler's copies of a
 * function from another (".constprop.0").  A name that would take more room than that, or
 * longer than some ms, stays mangled: 300 bytes can stand for more text than there is
 * memory.  Bytes, not text.  Returns the length.
 */
size_t demangle(const char *symbol, char name[NAME_BYTES]);

/*
 * The same, remembered by the address of the symbol, which must not change: one function
 * can be asked for thousands of times.
 */
struct demangler;

struct demangler *demangler__new(void);
void demangler__free(struct demangler *demangler);

/* Valid until the next call; NULL without memory. */
const char *demangler__name(struct demangler *demangler, const char *symbol, size_t *ret_length);

#endif
