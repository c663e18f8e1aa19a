/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of places in Python code.  The tables are those that CPython 3.9, 3.10, 3.11 and 3.12 made of
 *
 *	def f(a):		(line 2)
 *	    x = [i
 *	         for i in a]
 *	    if a:
 *				(line 6)
 *	        x = 1
 *	        for k in range(3):
 *	            x += (
 *	               k)
 *	    else:
 *	        x = 2
 *	    return x		(line 13)
 *
 * and the lines those that they print themselves (dis.findlinestarts(), co_lines()).
 */
#include "callstack/python/line_table.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

struct place {
	__s64 at;
	__u32 line;
};

static void check(enum line_format format, const char *bytes, size_t size,
		  const struct place *places, size_t count)
{
	struct line_table table = { format, 2, (const unsigned char *)bytes, size };
	size_t i;

	for (i = 0; i < count; i++)
		cr_expect_eq(line_table__find(&table, places[i].at), places[i].line,
			     "at %lld: %u, not %u", (long long)places[i].at,
			     line_table__find(&table, places[i].at), places[i].line);
}

#define CHECK(format, bytes, ...)                                                                  \
	check(format, bytes, sizeof(bytes) - 1, (const struct place[]){ __VA_ARGS__ },             \
	      sizeof((const struct place[]){ __VA_ARGS__ }) / sizeof(struct place))

#define LNOTAB                                                                                     \
	"\x00\x01\x06\x01\x02\xff\x06\x02\x04\x02\x04\x01\x0c\x01\x02\x01\x02\xff\x08\x03\x04\x01"

Test(line_table, of_3_9)
{
	CHECK(LINES_LNOTAB, LNOTAB, { -1, 2 }, { 0, 3 }, { 4, 3 }, { 6, 4 }, { 8, 3 }, { 14, 5 },
	      { 18, 7 }, { 22, 8 }, { 34, 9 }, { 36, 10 }, { 38, 9 }, { 44, 9 }, { 46, 12 },
	      { 50, 13 }, { 52, 13 });
}

#define LINETABLE                                                                                  \
	"\x06\x01\x02\x01\x06\xff\x04\x02\x04\x02\x0c\x01\x02\x01\x02\x01\x06\xff\x04\x04\x04\xff" \
	"\x04\x01"

Test(line_table, of_3_10)
{
	CHECK(LINES_LINETABLE, LINETABLE, { -2, 2 }, { 0, 3 }, { 6, 4 }, { 8, 3 }, { 14, 5 },
	      { 18, 7 }, { 22, 8 }, { 34, 9 }, { 36, 10 }, { 38, 9 }, { 44, 13 }, { 48, 12 },
	      { 52, 13 }, { 54, 13 }, { 56, 0 });
	CHECK(LINES_LINETABLE, "\x06\x01\x02\x80\x02\x01", { 0, 3 }, { 6, 0 }, { 8, 4 });
}

#define LOCATIONS                                                                                  \
	"\x80\x00\xe0\x12\x13\xf6\x03\x01\x09\x15\xd8\x0d\x0e\xf2\x03\x00\x0a\x0b\xf0\x00\x01\x09" \
	"\x15\x80\x41\xf0\x00\x01\x09\x15\xe1\x07\x08\xe0\x0c\x0d\x88\x01\xdc\x11\x16\x90\x71\x93" \
	"\x18\xf2\x00\x02\x09\x12\x88\x41\xd8\x0c\x0d\xd8\x0f\x10\xf1\x03\x01\x0d\x12\x89\x41\xf0" \
	"\x03\x02\x09\x12\xf0\x0a\x00\x0c\x0d\x80\x48\xf0\x03\x00\x0d\x0e\x88\x01\xd8\x0b\x0c\x80" \
	"\x48\xf9\xf2\x15\x01\x09\x15"

Test(line_table, of_3_12)
{
	CHECK(LINES_LOCATIONS, LOCATIONS, { -2, 2 }, { 0, 2 }, { 2, 4 }, { 4, 3 }, { 16, 3 },
	      { 18, 4 }, { 20, 3 }, { 32, 5 }, { 36, 7 }, { 40, 8 }, { 66, 8 }, { 68, 9 },
	      { 70, 10 }, { 72, 9 }, { 80, 8 }, { 82, 13 }, { 86, 12 }, { 90, 13 }, { 94, 0 },
	      { 96, 0 }, { 98, 3 }, { 102, 3 }, { 104, 0 });
}

/* A delta of several bytes: 200 lines down, 100 up. */
Test(line_table, large_deltas)
{
	CHECK(LINES_LOCATIONS, "\xe8\x50\x06\xe8\x49\x03", { 0, 202 }, { 2, 102 });
}

/* Cut anywhere, or made of anything: a line or none, and nothing is read beyond. */
Test(line_table, damaged)
{
	static const char bytes[] = LOCATIONS;
	size_t size, i;

	for (size = 0; size < sizeof(bytes); size++) {
		char *cut = malloc(size + 1);

		cr_assert_not_null(cut);
		memcpy(cut, bytes, size);
		for (i = 0; i < 3; i++) {
			struct line_table table = { (enum line_format)i, 2,
						    (const unsigned char *)cut, size };

			cr_expect_leq(line_table__find(&table, 1000), 0x7fffffffU);
		}
		free(cut);
	}
	CHECK(LINES_LOCATIONS, "\xe8\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f", { 0, 0 });
	CHECK(LINES_LNOTAB, "\x02\x80\x02\x80", { 6, 0 });
}
