/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts of strangers in a page. */
#include <stdlib.h>

#include "unit.h"
#include "view/html.h"

static void check_cut(const char *from, size_t columns, const char *expected)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	html__cut(out, from, columns);
	fclose(out);
	cr_expect_str_eq(text, expected, "\"%s\" in %zu: \"%s\", expected \"%s\"", from, columns,
			 text, expected);
	free(text);
}

/* The sign that something is missing takes a column, too. */
Test(html_text, is_cut_to_so_many_columns)
{
	check_cut("", 0, "");
	check_cut("", 3, "");
	check_cut("abc", 4, "abc");
	check_cut("abc", 3, "abc");
	check_cut("abc", 2, "a…");
	check_cut("abc", 1, "…");
	check_cut("abc", 0, "…");
	check_cut("漢字", 4, "漢字");
	check_cut("漢字", 3, "漢…");
	check_cut("漢字", 2, "…");
	check_cut("<a>&b", 5, "&lt;a&gt;&amp;b");
	check_cut("<a>&b", 4, "&lt;a&gt;…");
}
