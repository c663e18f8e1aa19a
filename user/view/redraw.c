/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/redraw.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define HOME	    "\033[H"
#define END_OF_LINE "\033[K"
#define REST	    "\033[J"

#define LINES_USUAL 24

void redraw__begin(struct redraw *redraw, const struct sink *sink)
{
	const char *term = getenv("TERM");

	redraw->begun = false;
	redraw->on = sink->terminal && term && *term && strcmp(term, "dumb") != 0;
}

static size_t count_lines(const char *page)
{
	size_t count = 0;

	while ((page = strchr(page, '\n'))) {
		page++;
		count++;
	}
	return count;
}

static size_t terminal_lines(void)
{
	struct winsize size;

	return !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row ? size.ws_row : LINES_USUAL;
}

/* Each line clears what a longer one has left behind it. */
static const char *write_line(FILE *out, const char *page)
{
	size_t length = strcspn(page, "\n");

	fprintf(out, "%.*s" END_OF_LINE "\n", (int)length, page);
	return page[length] ? page + length + 1 : page + length;
}

void redraw__write_lines(struct redraw *redraw, FILE *out, const char *page, size_t lines)
{
	size_t all = count_lines(page), shown = all, i;

	/* the cursor stands below the last line; and one tells what is left out */
	if (all > lines - 1)
		shown = lines > 2 ? lines - 2 : 0;
	fputs(HOME, out);
	redraw->begun = true;
	for (i = 0; i < shown; i++)
		page = write_line(out, page);
	if (shown < all)
		fprintf(out, "  ... and %zu more lines (in a taller window)" END_OF_LINE "\n",
			all - shown);
	fputs(REST, out);
}

void redraw__write(struct redraw *redraw, FILE *out, const char *page, bool last)
{
	size_t lines = terminal_lines(), i;

	/* what was there goes where it can be scrolled back to */
	for (i = 0; i < lines && !redraw->begun; i++)
		fputc('\n', out);
	if (last)
		fprintf(out, HOME REST "%s", page);
	else
		redraw__write_lines(redraw, out, page, lines);
	redraw->begun = true;
}
