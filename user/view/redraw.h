/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages that are drawn over each other on a terminal, from its upper left corner; what was on it
 * before scrolls away, and the last page stays.
 */
#ifndef VIEW_REDRAW_H
#define VIEW_REDRAW_H

#include <stdbool.h>
#include <stdio.h>

#include "core/sink.h"

struct redraw {
	bool on;
	bool begun;
};

/* Where the output is a terminal that can be drawn on. */
void redraw__begin(struct redraw *redraw, const struct sink *sink);

/*
 * Writes the page, so that it takes the place of the one before; no more lines of it than the
 * terminal has, but for the last page, which is written as a whole.
 */
void redraw__write(struct redraw *redraw, FILE *out, const char *page, bool last);

/* The same for a terminal of so many lines. */
void redraw__write_lines(struct redraw *redraw, FILE *out, const char *page, size_t lines);

#endif
