/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/python/line_table.h"

#include <stdbool.h>

#define NO_LINE		 (-128) /* of LINES_LINETABLE */
#define LOCATION_ENTRY	 0x80	/* the first byte of an entry has it, others have not */
#define LOCATION_LINE0	 10
#define LOCATION_LINE2	 12
#define LOCATION_NO_COLS 13
#define LOCATION_LONG	 14
#define LOCATION_NONE	 15

static __u32 line__checked(__s64 line)
{
	return line > 0 && line <= 0x7fffffff ? (__u32)line : 0;
}

/* Pairs: bytes of code, and lines that are added behind these. */
static __u32 lnotab__find(const struct line_table *table, __s64 at)
{
	__s64 line = table->first_line, end = 0;
	size_t i;

	for (i = 0; i + 1 < table->size; i += 2) {
		end += table->bytes[i];
		if (end > at)
			break;
		line += (signed char)table->bytes[i + 1];
	}
	return line__checked(line);
}

/* Pairs: bytes of code, and lines that are added at their beginning. */
static __u32 linetable__find(const struct line_table *table, __s64 at)
{
	__s64 line = table->first_line, end = 0;
	size_t i;

	for (i = 0; i + 1 < table->size; i += 2) {
		int more = (signed char)table->bytes[i + 1];

		if (more != NO_LINE)
			line += more;
		end += table->bytes[i];
		if (end > at)
			return more == NO_LINE ? 0 : line__checked(line);
	}
	return 0;
}

/* Seven bits a byte: six of them value, the lowest first, and one that says whether more follow. */
static __s64 locations__signed(const struct line_table *table, size_t i)
{
	__u64 value = 0;
	unsigned int shift = 0;

	for (; i < table->size && shift < 36; i++, shift += 6) {
		value |= (__u64)(table->bytes[i] & 63) << shift;
		if (!(table->bytes[i] & 64))
			break;
	}
	return value & 1 ? -(__s64)(value >> 1) : (__s64)(value >> 1);
}

static __u32 locations__find(const struct line_table *table, __s64 at)
{
	__s64 line = table->first_line, end = 0;
	size_t i = 0;

	while (i < table->size && table->bytes[i] & LOCATION_ENTRY) {
		unsigned int kind = table->bytes[i] >> 3 & 15;

		end += 2 * ((table->bytes[i] & 7) + 1);
		if (kind == LOCATION_NO_COLS || kind == LOCATION_LONG)
			line += locations__signed(table, i + 1);
		else if (kind >= LOCATION_LINE0 && kind <= LOCATION_LINE2)
			line += kind - LOCATION_LINE0;
		if (end > at)
			return kind == LOCATION_NONE ? 0 : line__checked(line);
		do
			i++;
		while (i < table->size && !(table->bytes[i] & LOCATION_ENTRY));
	}
	return 0;
}

__u32 line_table__find(const struct line_table *table, __s64 at)
{
	if (at < 0)
		return line__checked(table->first_line);
	switch (table->format) {
	case LINES_LNOTAB:
		return lnotab__find(table, at);
	case LINES_LINETABLE:
		return linetable__find(table, at);
	case LINES_LOCATIONS:
		return locations__find(table, at);
	}
	return 0;
}
