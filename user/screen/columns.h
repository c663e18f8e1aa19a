/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The columns of a screen: which figure each shows, and how. */
#ifndef SCREEN_COLUMNS_H
#define SCREEN_COLUMNS_H

#include <linux/types.h>

#include "model/row.h"

enum column {
#define COLUMN(id, name, title, width, format, help) COLUMN_##id,
#include "screen/columns.def"
#undef COLUMN
	COLUMNS
};

enum column_format { FORMAT_PERCENT, FORMAT_RATE, FORMAT_TIME, FORMAT_COUNT };

/* What figures are computed from: a row of one period. */
struct measured {
	const struct row *row;
	__u64 duration_ns;
	__u32 threads;
};

struct column_info {
	const char *name, *title;
	int width;
	enum column_format format;
	const char *help;
	/* NaN: there is no such figure. */
	double (*figure)(const struct measured *measured);
};

extern const struct column_info column_infos[COLUMNS];

/* The column called name; COLUMNS: none. */
enum column column__find(const char *name);

struct column_text {
	char text[40];
};

/* "-" where there is no figure. */
struct column_text column__text(enum column column, double figure);

#endif
