/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages that are made of lines of any length, for a terminal: a line that is too long goes on
 * below, where its text began; lines of a tree go on beside it.
 */
#ifndef VIEW_FOLD_H
#define VIEW_FOLD_H

#include "view/view.h"

struct fold {
	FILE *out, *composed;
	char *text;
	size_t size, width;
	bool ascii;
};

/*
 * A stream to compose the page in: `out` itself where lines may have any length (a pipe, a file),
 * or where there is no memory.
 */
FILE *fold__begin(struct fold *fold, FILE *out, const struct view_options *options);

/* What has been composed is written. */
void fold__end(struct fold *fold);

#endif
