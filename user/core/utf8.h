/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of tasks and files are bytes that anyone may choose; what we print is text. */
#ifndef CORE_UTF8_H
#define CORE_UTF8_H

#include <stddef.h>

/* A comm has at most 15 bytes, each of which may become a U+FFFD of 3. */
#define UTF8_COMM 48

/*
 * Copies at most size bytes of `bytes` (or up to its NUL) as valid UTF-8:
 * bytes that are not become U+FFFD.  Control characters are kept; see
 * utf8__printable().  `text` always ends with a NUL.
 */
void utf8__from_bytes(char *text, size_t capacity, const char *bytes, size_t size);

/* Replaces control characters in valid UTF-8 by '?', in place: for terminals and logs. */
void utf8__printable(char *text);

/* Columns that `text` takes on a terminal, each code point taken for one. */
size_t utf8__columns(const char *text);

#endif
