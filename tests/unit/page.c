/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "page.h"

#include <stddef.h>
#include <string.h>

#include "core/utf8.h"
#include "unit.h"

const int page_widths[PAGE_WIDTHS] = { 60, 80, 100, 132, 200 };

#define ZHONG "\xe4\xb8\xad"

/* 15 bytes at most, as names of tasks are. */
const char *const page_names[PAGE_NAMES] = {
	"tame",
	"fifteen-letters",
	ZHONG ZHONG ZHONG ZHONG ZHONG,			/* CJK: two columns each */
	"e\xcc\x81o\xcc\x88u\xcc\x8a",			/* combining */
	"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",		/* Hebrew, right to left */
	"\xd9\x85\xd8\xb1\xd8\xad\xd8\xa8\xd8\xa7",	/* Arabic */
	"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98", /* wide, and cut off */
	"\xff\xfe\x1b[31m",
};

void page__check_fits(const char *text, int width, const char *page)
{
	char line[4096];

	for (; *text; text += strcspn(text, "\n") + 1) {
		size_t length = strcspn(text, "\n");

		cr_assert_lt(length, sizeof(line));
		memcpy(line, text, length);
		line[length] = 0;
		cr_expect_leq(utf8__columns(line), (size_t)width, "%s at %d columns: %zu in\n%s",
			      page, width, utf8__columns(line), line);
	}
}

/* The columns at which the words of the table's heading end are those at which a figure ends. */
void page__check_lines_up(const char *text, const char *heading, int rows)
{
	const char *at = strstr(text, heading), *line;
	size_t length, column, end;

	cr_assert_not_null(at, "no %s in\n%s", heading, text);
	while (at > text && at[-1] != '\n')
		at--;
	length = strcspn(at, "\n");
	for (line = at + length + 1; rows--; line += strcspn(line, "\n") + 1) {
		char copy[1024];

		end = strcspn(line, "\n");
		cr_assert_lt(end, sizeof(copy));
		memcpy(copy, line, end);
		copy[end] = 0;
		column = utf8__columns(copy);
		SAME(column, length);
	}
}
