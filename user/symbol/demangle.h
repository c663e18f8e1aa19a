/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of symbols as their programmers wrote them.  Runs on files of strangers. */
#ifndef SYMBOL_DEMANGLE_H
#define SYMBOL_DEMANGLE_H

#include <stddef.h>

#define NAME_BYTES 16384 /* of a name at most; a longer one ends in "..." */

/*
 * C++ and Rust to what they look like in source, others as they are, without the
 * version of a symbol ("@@GLIBC_2.34").  Bytes, not text.  Returns the length.
 */
size_t demangle(const char *symbol, char name[NAME_BYTES]);

#endif
