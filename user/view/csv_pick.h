/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of lines of CSV, some columns.  Inside the views only. */
#ifndef VIEW_CSV_PICK_H
#define VIEW_CSV_PICK_H

#include <stdbool.h>
#include <stdio.h>

/* Columns that say what a row is of: they always stay. */
#define CSV_HEAD 8

struct csv_pick {
	FILE *out;
	char *text;
	size_t size;
};

/* A stream to compose a header and its lines in; NULL: no memory. */
FILE *csv_pick__begin(struct csv_pick *pick);

/* Writes the head and the columns with these names of each line; the header, too, if asked for. */
int csv_pick__end(struct csv_pick *pick, FILE *out, const char *names, bool header);

/* Are they all in the header?  0, or -EINVAL and the first byte of the one that is not. */
int csv_pick__check(const char *header, const char *names, const char **ret_bad);

#endif
