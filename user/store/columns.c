/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store/tables.def as columns: figures and weights stand for several of them. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/rows.h"
#include "store/schema.h"

const char *const off_names[OFF_COUNT] = { "sleep", "disk", "preempted", "other" };
const char *const scope_names[SCOPES] = { "target", "process" };
const char *const other_names[OTHERS] = { "idle", "folded", "fine" };

const char *const table_names[STORE_TABLES] = {
#define TABLE(id, name, type, help) [TABLE_##id] = name,
#include "store/tables.def"
};

/* ---- rows of the table ---- */

#define UINT	      .type = COLUMN_UINT
#define UP_TO(value)  .type = COLUMN_UINT, .most = (value)
#define BITS	      .type = COLUMN_BITS
#define INT	      .type = COLUMN_INT
#define REAL	      .type = COLUMN_REAL
#define TEXT	      .type = COLUMN_TEXT
#define POINTER(size) .type = COLUMN_POINTER, .most = (size)
#define DIST(which)   .type = COLUMN_DIST, .most = (which)

#define NAME(all, count) .type = COLUMN_NAME, .names = (all), .most = (count)
#define FIGURES		 .type = COLUMN_FIGURES
#define WEIGHT_COLUMNS	 .type = COLUMN_WEIGHTS

#define PLACE(struct_, place)                                                                      \
	.at = offsetof(struct_, place), .size = sizeof(((const struct_ *)NULL)->place)
#define HAS(has)                                                                                   \
	.has_at = offsetof(row_type, has), .has_size = sizeof(((const row_type *)NULL)->has)

/* Each table is a function, in which row_type is its struct. */
#define TABLE(id, name, type, help)                                                                \
	static const struct column *table__##id(size_t *ret_count)                                 \
	{                                                                                          \
		typedef type row_type;                                                             \
		static const struct column columns[] = {
#define END_TABLE                                                                                  \
	}                                                                                          \
	;                                                                                          \
	(void)sizeof(row_type);                                                                    \
	*ret_count = sizeof(columns) / sizeof(columns[0]);                                         \
	return columns;                                                                            \
	}
#define KEY(type_, name_, place, help)                                                             \
	{ .name = #name_, .key = true, PLACE(struct keys, place), type_ },
#define COLUMN(type_, name_, place, help) { .name = #name_, PLACE(row_type, place), type_ },
#define ADDED(type_, name_, place, help)                                                           \
	{ .name = #name_, .added = true, .lacking = true, PLACE(row_type, place), type_ },
#define OPTIONAL(type_, name_, place, has, help)                                                   \
	{ .name = #name_, PLACE(row_type, place), HAS(has), type_ },
#define ADDED_OPTIONAL(type_, name_, place, has, help)                                             \
	{ .name = #name_, .added = true, .lacking = true, PLACE(row_type, place), HAS(has), type_ },
#include "store/tables.def"

static const struct column *(*const tables[STORE_TABLES])(size_t *ret_count) = {
#define TABLE(id, name, type, help) [TABLE_##id] = table__##id,
#include "store/tables.def"
};

/* ---- columns of the file ---- */

static struct column *columns__add(struct columns *columns, const struct column *column)
{
	struct column *added = &columns->at[columns->count++];

	*added = *column;
	return added;
}

/* A figure is called as in CSV: "in_thread".  Recordings from before it came lack it. */
static void add_figure(struct columns *columns, const struct column *figures, const char *group,
		       const char *name, size_t at, size_t size)
{
	struct column *column = columns__add(columns, figures);

	snprintf(column->name, sizeof(column->name), "%s%s%s", group, *group ? "_" : "", name);
	column->lacking = true;
	column->at = figures->at + at;
	column->size = size;
}

static void add_figures(struct columns *columns, struct column figures)
{
	size_t i;

	figures.type = COLUMN_UINT;
	for (i = 0; i < ROW_COUNTERS; i++)
		add_figure(columns, &figures, counter_infos[i].group, counter_infos[i].name,
			   offsetof(struct row, n[0]) + i * sizeof(__u64), sizeof(__u64));
	figures.type = COLUMN_DIST;
	for (i = 0; i < ROW_DISTS; i++) {
		figures.most = i;
		add_figure(columns, &figures, dist_infos[i].group, dist_infos[i].name,
			   offsetof(struct row, dist[0]) + i * sizeof(struct dist *),
			   sizeof(struct dist *));
	}
}

/* What earlier periods counted of an interval is taken off: weights can be negative. */
static void add_weights(struct columns *columns, struct column weights)
{
	size_t i;

	weights.type = COLUMN_INT;
	weights.most = INT64_MAX >> 8;
	for (i = 0; i < WEIGHTS; i++)
		add_figure(columns, &weights, "", weight_infos[i].column, i * sizeof(__s64),
			   sizeof(__s64));
}

/* Of the columns that a flag stands for, the first one sets it. */
static void mark_owners(struct columns *columns)
{
	size_t i;

	for (i = 0; i < columns->count; i++) {
		struct column *column = &columns->at[i];

		column->owner = !i || columns->at[i - 1].has_size != column->has_size ||
				columns->at[i - 1].has_at != column->has_at;
	}
}

int columns__of(struct columns *ret_columns, enum store_table table)
{
	size_t count, i, room;
	const struct column *rows = tables[table](&count);
	struct columns columns = { 0 };

	room = count + ROW_COUNTERS + ROW_DISTS + WEIGHTS;
	columns.at = calloc(room, sizeof(*columns.at));
	if (!columns.at)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		if (rows[i].type == COLUMN_FIGURES)
			add_figures(&columns, rows[i]);
		else if (rows[i].type == COLUMN_WEIGHTS)
			add_weights(&columns, rows[i]);
		else
			columns__add(&columns, &rows[i]);
	}
	mark_owners(&columns);
	*ret_columns = columns;
	return 0;
}
