/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The outputs.  A view is one file that ends in one descriptor, listed in
 * view.c; it sees a const summary and a stream, and nothing else.
 */
#ifndef VIEW_VIEW_H
#define VIEW_VIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "model/summary.h"

struct view_options {
	size_t rows; /* processes shown in text */
	bool color;
	bool ascii; /* no lines but | and - */
	bool first; /* the first summary of this run: headings are due */
};

struct view {
	const char *name; /* for --format */
	/* Writes one summary.  Returns 0 or -ENOMEM. */
	int (*write)(FILE *out, const struct summary *summary, const struct view_options *options);
	/* Writes one crash: a paragraph, or a line; NULL: not in this format. */
	int (*write_crash)(FILE *out, const struct crash *crash,
			   const struct view_options *options);
};

extern const struct view view_text, view_json, view_csv;

/* In the order of the help; NULL at the end. */
extern const struct view *const view_formats[];

const struct view *view__find(const char *name);

#endif
