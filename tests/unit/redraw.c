/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages over each other: no longer than the terminal, and nothing of the old one is left. */
#include <stdlib.h>
#include <string.h>

#include "view/redraw.h"
#include "unit.h"

static char *draw(const char *page, size_t lines)
{
	struct redraw redraw = { .on = true };
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	cr_assert_not_null(out);
	redraw__write_lines(&redraw, out, page, lines);
	fclose(out);
	return text;
}

Test(redraw, a_page_that_fits_is_whole)
{
	char *text = draw("one\n\nthree\n", 4);

	SAME_TEXT(text, "\033[Hone\033[K\n\033[K\nthree\033[K\n\033[J");
	free(text);
}

/* The cursor stands in the last line: nothing scrolls. */
Test(redraw, a_page_that_is_longer_says_so)
{
	char *text = draw("one\ntwo\nthree\nfour\n", 4);

	SAME_TEXT(text, "\033[Hone\033[K\ntwo\033[K\n"
			"  ... and 2 more lines (in a taller window)\033[K\n\033[J");
	free(text);
}

Test(redraw, a_terminal_of_two_lines)
{
	char *text = draw("one\ntwo\n", 2);

	SAME_TEXT(text, "\033[H  ... and 2 more lines (in a taller window)\033[K\n\033[J");
	free(text);
}
