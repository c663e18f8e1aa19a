/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of tasks and files are bytes that anyone may choose; what we print is text. */
#ifndef CORE_UTF8_H
#define CORE_UTF8_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

/* A comm has at most 15 bytes, each of which may become a U+FFFD of 3. */
#define UTF8_COMM 48

/*
 * Copies at most size bytes of `bytes` (or up to its NUL) as valid UTF-8:
 * bytes that are not become U+FFFD.  Control characters are kept; see
 * utf8__printable().  `text` always ends with a NUL.
 */
void utf8__from_bytes(char *text, size_t capacity, const char *bytes, size_t size);

/*
 * The character at s, which has n > 0 bytes: how long it is, and its code point.
 * 0 if the bytes there are no UTF-8.
 */
size_t utf8__decode(const char *s, size_t n, __u32 *ret_point);

/*
 * Does a character show as itself and leave its neighbours alone?  Control
 * characters do not, nor do the ones that turn or break a line (U+202E, U+2028),
 * the invisible ones (U+200B, U+FE0F, U+E0001), and those of which nobody knows
 * what they are.
 */
bool utf8__is_shown(__u32 point);

/* What stands for a character of so many bytes that does not show; no more bytes. */
const char *utf8__mark(size_t length);

/* Puts the mark in place of what does not show, in valid UTF-8: for terminals and logs. */
void utf8__printable(char *text);

/* Columns that valid and printable UTF-8 takes on a terminal: 2 for a CJK character, 0 for an accent. */
size_t utf8__columns(const char *text);

/*
 * How many bytes of it fit into `columns`: as many whole characters as do, each with
 * the accents that stand on it.
 */
size_t utf8__fitting(const char *text, size_t columns);

#endif
