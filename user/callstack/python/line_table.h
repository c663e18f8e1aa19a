/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of CPython from which a place in a function's code gets its line.  Pure. */
#ifndef PYTHON_LINE_TABLE_H
#define PYTHON_LINE_TABLE_H

#include <linux/types.h>
#include <stddef.h>

enum line_format {
	LINES_LNOTAB,	 /* co_lnotab, up to 3.9 */
	LINES_LINETABLE, /* co_linetable, 3.10 */
	LINES_LOCATIONS, /* co_linetable, from 3.11: with columns */
};

struct line_table {
	enum line_format format;
	__u32 first_line;
	const unsigned char *bytes;
	size_t size;
};

/* Of the instruction `at` bytes from the beginning of the code; below 0: not begun.  0: it has no line. */
__u32 line_table__find(const struct line_table *table, __s64 at);

#endif
