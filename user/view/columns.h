/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The columns of tasks: which figure each shows, how, and what it is to sort by one. */
#ifndef VIEW_COLUMNS_H
#define VIEW_COLUMNS_H

#include <linux/types.h>

#include "model/switching/summary.h"

enum column {
#define COLUMN(id, name, title, width, format, help) COLUMN_##id,
#include "view/columns.def"
#undef COLUMN
	COLUMNS
};

enum column_format { FORMAT_PERCENT, FORMAT_RATE, FORMAT_TIME, FORMAT_COUNT };

struct column_info {
	const char *name, *title;
	int width;
	enum column_format format;
	const char *help;
	/* NaN: there is no such figure. */
	double (*figure)(const struct measured *measured);
};

extern const struct column_info column_infos[COLUMNS];

/* Can it be had at all in this summary? */
bool column__is_known(enum column column, const struct summary *summary);

/* What --sort takes: by amounts, each with the column that shows it; then every column. */
extern const struct sort sorts[];
extern const size_t sort_count;

/* How many of them --help lists. */
extern const size_t sorts_listed;

/* The sort called name, or NULL. */
const struct sort *sort__find(const char *name);

/* The column called name; COLUMNS: none. */
enum column column__find(const char *name);

/* A choice of them, in the order in which they are shown. */
struct columns {
	size_t count;
	enum column column[COLUMNS];
};

/* "name,name,...": 0, or -EINVAL and the first byte of the name that there is not. */
int columns__parse(struct columns *columns, const char *text, const char **ret_bad);

/*
 * Those that fit into `room` with a blank before each, in their order; of a column that has to be
 * there: it is.
 */
void columns__fit(struct columns *columns, int room, enum column always);

struct column_text {
	char text[40];
};

/* "-" where there is no figure; `samples`: prices are sampled, and their sums get a "~". */
struct column_text column__text(enum column column, double figure, bool samples);

#endif
