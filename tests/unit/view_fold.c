/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines that are too long for the terminal go on below, where their text began. */
#include <stdlib.h>
#include <string.h>

#include "make_rich.h"
#include "page.h"
#include "unit.h"
#include "view/fold.h"

static char *fold(const char *page, const struct view_options *options)
{
	struct fold fold;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fputs(page, fold__begin(&fold, out, options));
	fold__end(&fold);
	fclose(out);
	return text;
}

static void check_fold_in(bool ascii, const char *page, const char *expected)
{
	const struct view_options options = { .width = 60, .ascii = ascii };
	char *text = fold(page, &options);

	SAME_TEXT(text, expected);
	free(text);
}

static void check_fold(const char *page, const char *expected)
{
	check_fold_in(false, page, expected);
}

Test(view_fold, between_words_below_the_text)
{
	check_fold("short\n\nlines\n", "short\n\nlines\n");
	check_fold("  ok   pick        one two three four five six seven eight nine ten eleven\n",
		   "  ok   pick        one two three four five six seven eight\n"
		   "                   nine ten eleven\n");
	check_fold("             1 2 3 4 5 6 7 8 9 one two three four five six seven eight nine\n",
		   "             1 2 3 4 5 6 7 8 9 one two three four five six\n"
		   "             seven eight nine\n");
}

/* Nothing of a gap between words is left, on either side. */
Test(view_fold, in_a_gap)
{
	check_fold("head  01234567890123456789012345678901234567890123456   next\n",
		   "head  01234567890123456789012345678901234567890123456   next\n");
	check_fold("head  01234567890123456789012345678901234567890123456   next one\n",
		   "head  01234567890123456789012345678901234567890123456   next\n"
		   "      one\n");
	check_fold("head  01234567890123456789012345678901234567890123456   nextone\n",
		   "head  01234567890123456789012345678901234567890123456\n"
		   "      nextone\n");
}

/* Codes of colors have no columns; the shortest of them ends all others. */
Test(view_fold, codes_take_no_room)
{
	check_fold("\033[1mhead\033[m  012345678901234567890123456789012345678901234567 01234\n",
		   "\033[1mhead\033[m  012345678901234567890123456789012345678901234567 01234\n");
	check_fold("\033[1mhead\033[m  012345678901234567890123456789012345678901234567 012345\n",
		   "\033[1mhead\033[m  012345678901234567890123456789012345678901234567\n"
		   "      012345\n");
}

/* What has no blank is broken where the line ends; nothing is lost. */
Test(view_fold, a_word_that_is_longer_than_a_line)
{
	check_fold("head  0123456789012345678901234567890123456789012345678901234567890123456789\n",
		   "head  012345678901234567890123456789012345678901234567890123\n"
		   "      4567890123456789\n");
}

Test(view_fold, branches_of_a_tree_go_on)
{
	check_fold("  ├─ ended      one (1), two (2), three (3), four (4), five (5)  SIGTERM\n"
		   "  │  └─ woken      one (1), two (2), three (3), four (4), five (5)  SIGTERM\n",
		   "  ├─ ended      one (1), two (2), three (3), four (4), five\n"
		   "  │             (5)  SIGTERM\n"
		   "  │  └─ woken      one (1), two (2), three (3), four (4),\n"
		   "  │                five (5)  SIGTERM\n");
}

Test(view_fold, branches_of_a_tree_in_ascii_go_on)
{
	check_fold_in(
		true,
		"  |- ended      one (1), two (2), three (3), four (4), five (5)  SIGTERM\n"
		"  |  `- woken      one (1), two (2), three (3), four (4), five (5)  SIGTERM\n",
		"  |- ended      one (1), two (2), three (3), four (4), five\n"
		"  |             (5)  SIGTERM\n"
		"  |  `- woken      one (1), two (2), three (3), four (4),\n"
		"  |                five (5)  SIGTERM\n");
	/* where branches are not drawn so, it is a part of a name */
	check_fold("  |- ended      one (1), two (2), three (3), four (4), five (5)  SIGTERM\n",
		   "  |- ended      one (1), two (2), three (3), four (4), five\n"
		   "                (5)  SIGTERM\n");
}

/* Escape codes take no room; wide characters take two columns. */
Test(view_fold, columns_are_those_of_the_terminal)
{
	check_fold("a  \033[1mone\033[0m two three four five six seven eight nine ten 2345 7 9\n",
		   "a  \033[1mone\033[0m two three four five six seven eight nine ten 2345 7 9\n");
	check_fold(
		"  \xe4\xb8\xad  one two three four five six seven eight nine ten eleven twelve\n",
		"  \xe4\xb8\xad  one two three four five six seven eight nine ten\n"
		"      eleven twelve\n");
}

Test(view_fold, lines_for_other_programs_stay_whole)
{
	static const struct view_options options = { .width = 60, .widens = true };
	const char *page =
		"one two three four five six seven eight nine ten eleven twelve thirteen\n";
	char *text = fold(page, &options);

	SAME_TEXT(text, page);
	free(text);
}

Test(view_fold, crashes_fit)
{
	size_t i, c;
	int ascii;

	for (i = 0; i < 2 * PAGE_WIDTHS; i++) {
		struct view_options options = { .first = true, .width = page_widths[i / 2] };
		struct rich rich;

		ascii = i % 2;
		options.ascii = ascii;
		rich__make(&rich, false);
		for (c = 0; c < rich.scene.summary.crash_count; c++) {
			char *text =
				crash__show(rich.scene.summary.crashes[c], &view_text, &options);

			page__check_fits(text, options.width, "a crash");
			free(text);
		}
		rich__release(&rich);
	}
}

/* Where no blank is, a line is cut at the width, from its beginning on. */
Test(view_fold, word_that_is_longer_than_a_line)
{
	char word[131], expected[140];

	memset(word, 'w', 130);
	word[130] = 0;
	snprintf(expected, sizeof(expected), "%.60s\n%.60s\n%.10s", word, word, word);
	strcat(expected, "\n");
	check_fold(word, expected);
	word[60] = 0;
	snprintf(expected, sizeof(expected), "%s\n", word);
	check_fold(word, expected);
}
