/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages over each other: no longer than the terminal, and nothing of the old one is left. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* So many lines of four, and how many are left out. */
Test(redraw, a_terminal_of_few_lines)
{
	static const size_t shown[] = { 0, 0, 0, 1, 2, 4, 4 };
	static const char *const names[] = { "one", "two", "three", "four" };
	char expected[256], *text;
	size_t lines, i;

	for (lines = 1; lines < ARRAY_SIZE(shown); lines++) {
		char *at = stpcpy(expected, "\033[H");

		for (i = 0; i < shown[lines]; i++)
			at += sprintf(at, "%s\033[K\n", names[i]);
		if (shown[lines] < 4)
			at += sprintf(at, "  ... and %zu more lines (in a taller window)\033[K\n",
				      4 - shown[lines]);
		strcpy(at, "\033[J");
		text = draw("one\ntwo\nthree\nfour\n", lines);
		SAME_TEXT(text, expected);
		free(text);
	}
}

/* ---- one page after the other ---- */

static struct redraw redraw_of(bool terminal, const char *term)
{
	struct sink sink = { .terminal = terminal };
	struct redraw redraw = { .begun = true };

	if (term)
		setenv("TERM", term, 1);
	else
		unsetenv("TERM");
	redraw__begin(&redraw, &sink);
	cr_expect(!redraw.begun);
	return redraw;
}

Test(redraw, only_on_a_terminal_that_can)
{
	cr_expect(redraw_of(true, "xterm").on);
	cr_expect(!redraw_of(false, "xterm").on);
	cr_expect(!redraw_of(true, "dumb").on);
	cr_expect(!redraw_of(true, "").on);
	cr_expect(!redraw_of(true, NULL).on);
}

static char *write_page(struct redraw *redraw, const char *page, bool last)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	cr_assert_not_null(out);
	redraw__write(redraw, out, page, last);
	fclose(out);
	return text;
}

/* Of a terminal that does not tell its size. */
Test(redraw, first_page_scrolls_and_the_last_stays)
{
	struct redraw redraw = redraw_of(true, "xterm");
	char *text;
	int fd = dup(STDOUT_FILENO);

	close(STDOUT_FILENO);
	text = write_page(&redraw, "one\n", false);
	SAME_TEXT(text, "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\033[Hone\033[K\n\033[J");
	free(text);
	cr_expect(redraw.begun);
	text = write_page(&redraw, "two\n", false);
	SAME_TEXT(text, "\033[Htwo\033[K\n\033[J");
	free(text);
	text = write_page(&redraw, "three\n", true);
	SAME_TEXT(text, "\033[H\033[Jthree\n");
	free(text);
	dup2(fd, STDOUT_FILENO);
}
