/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/schema.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/profile/profile.h"
#include "model/switching/row.h"

/* How a column appears: once in each of these ways. */
enum shape { SHAPE_DECLARED, SHAPE_NAMED, SHAPE_VALUE, SHAPE_ADDED };

struct list {
	FILE *out;
	enum shape shape;
	bool any;
};

static void list__column(struct list *list, const char *name, const char *part, const char *type)
{
	if (list->any)
		fputs(", ", list->out);
	list->any = true;
	switch (list->shape) {
	case SHAPE_DECLARED:
		fprintf(list->out, "%s%s %s", name, part, type);
		break;
	case SHAPE_NAMED:
		fprintf(list->out, "%s%s", name, part);
		break;
	case SHAPE_VALUE:
		fputc('?', list->out);
		break;
	case SHAPE_ADDED:
		fprintf(list->out, "%s = %s + excluded.%s", name, name, name);
		break;
	}
}

static const char *column__declared(const struct column *column)
{
	bool nullable = column->added || column->has_size;

	switch (column->type) {
	case COLUMN_REAL:
		return nullable ? "REAL" : "REAL NOT NULL";
	case COLUMN_TEXT:
	case COLUMN_POINTER:
	case COLUMN_NAME:
		return nullable ? "TEXT" : "TEXT NOT NULL";
	default:
		return nullable ? "INTEGER" : "INTEGER NOT NULL";
	}
}

static void list__add(struct list *list, const struct column *column)
{
	if (column->type != COLUMN_DIST) {
		list__column(list, column->name, "", column__declared(column));
		return;
	}
	list__column(list, column->name, "_count", "INTEGER NOT NULL");
	list__column(list, column->name, "_sum", "INTEGER NOT NULL");
	list__column(list, column->name, "_max", "INTEGER NOT NULL");
	list__column(list, column->name, "_buckets", "BLOB");
	if (list->shape == SHAPE_NAMED) /* to be read: these are for others */
		return;
	list__column(list, column->name, "_p50", "INTEGER");
	list__column(list, column->name, "_p90", "INTEGER");
	list__column(list, column->name, "_p99", "INTEGER");
}

enum part { PART_KEY, PART_REST, PART_ALL };

static void write_list(FILE *out, enum shape shape, const struct columns *columns, enum part part)
{
	struct list list = { .out = out, .shape = shape };
	size_t i;

	for (i = 0; i < columns->count; i++) {
		if (part == PART_ALL || columns->at[i].key == (part == PART_KEY))
			list__add(&list, &columns->at[i]);
	}
}

/* ---- statements ---- */

/* A single integer is the number of the row itself; any other key is the table. */
static bool is_numbered(const struct columns *columns)
{
	return columns->at[0].type == COLUMN_UINT && (columns->count < 2 || !columns->at[1].key);
}

static void write_table(FILE *out, enum store_table table, const struct columns *columns)
{
	fprintf(out, "CREATE TABLE %s(", table_names[table]);
	if (!is_numbered(columns)) {
		write_list(out, SHAPE_DECLARED, columns, PART_ALL);
		fputs(", PRIMARY KEY(", out);
		write_list(out, SHAPE_NAMED, columns, PART_KEY);
		fputs(")) WITHOUT ROWID;\n", out);
		return;
	}
	fprintf(out, "%s INTEGER PRIMARY KEY, ", columns->at[0].name);
	write_list(out, SHAPE_DECLARED, columns, PART_REST);
	fputs(");\n", out);
}

/* What makes it pleasant to ask: labels, whole stacks, all samples, sums of periods. */
static const char views[] =
	"CREATE VIEW all_samples AS\n"
	"  SELECT * FROM samples UNION ALL SELECT * FROM open_samples;\n"
	"CREATE VIEW frame_labels AS\n"
	"  SELECT f.frame, coalesce(f.name || CASE m.kind WHEN 'source' THEN ' (' ||\n"
	"      replace(m.path, rtrim(m.path, replace(m.path, '/', '')), '') ||\n"
	"      coalesce(':' || f.line, '') || ')' ELSE '' END,\n"
	"    '[' || CASE coalesce(m.path, '') WHEN '' THEN 'unknown'\n"
	"    ELSE replace(m.path, rtrim(m.path, replace(m.path, '/', '')), '') END ||\n"
	"    printf('+0x%llx]', f.offset)) AS label, m.kind, m.path, f.offset, f.line\n"
	"  FROM frames f LEFT JOIN modules m ON m.module = f.module;\n"
	"CREATE VIEW stack_texts AS\n"
	"  WITH RECURSIVE walk(stack, depth, text) AS (\n"
	"    SELECT s.stack, 1, l.label FROM stacks s JOIN frame_labels l ON l.frame = s.frame\n"
	"      WHERE s.caller = 0\n"
	"    UNION ALL\n"
	"    SELECT s.stack, walk.depth + 1, walk.text || ';' || l.label\n"
	"      FROM walk JOIN stacks s ON s.caller = walk.stack\n"
	"      JOIN frame_labels l ON l.frame = s.frame)\n"
	"  SELECT stack, depth, text FROM walk;\n";

/* A row for each distribution that a row of figures has samples of. */
static void write_percentiles(FILE *out)
{
	static const struct {
		const char *table, *columns;
	} parts[] = {
		{ "process_rows WHERE 1", "'process', pid, process_start_ns, NULL, comm" },
		{ "thread_rows WHERE 1", "'thread', pid, process_start_ns, tid, comm" },
	};
	size_t p, i;

	fputs("CREATE VIEW percentiles(period, scope, pid, process_start_ns, tid, comm,\n"
	      "  measure, count, sum_ns, p50_ns, p90_ns, p99_ns, max_ns) AS\n",
	      out);
	for (p = 0; p < sizeof(parts) / sizeof(parts[0]); p++) {
		for (i = 0; i < ROW_DISTS; i++) {
			char name[64];

			snprintf(name, sizeof(name), "%s%s%s", dist_infos[i].group,
				 *dist_infos[i].group ? "_" : "", dist_infos[i].name);
			fprintf(out,
				"%s  SELECT period, %s, '%s', %s_count, %s_sum, %s_p50, %s_p90,\n"
				"    %s_p99, %s_max FROM %s AND %s_count > 0",
				p || i ? " UNION ALL\n" : "", parts[p].columns, name, name, name,
				name, name, name, name, parts[p].table, name);
		}
	}
	fputs(";\n", out);
}

static void write_views(FILE *out)
{
	int i;

	fputs("CREATE INDEX stacks_by_caller ON stacks(caller);\n"
	      "CREATE INDEX crashes_by_period ON crashes(period);\n",
	      out);
	fputs(views, out);
	fputs("CREATE VIEW folded_stacks AS\n"
	      "  SELECT a.period, t.pid, t.process_comm, t.tid, t.comm, k.text AS stack,\n"
	      "    w.text AS waker",
	      out);
	for (i = 0; i < WEIGHTS; i++)
		fprintf(out, ", a.%s", weight_infos[i].column);
	fputs("\n  FROM all_samples a JOIN threads t ON t.thread = a.thread\n"
	      "    LEFT JOIN stack_texts k ON k.stack = a.stack\n"
	      "    LEFT JOIN stack_texts w ON w.stack = a.waker;\n"
	      "CREATE VIEW process_sums AS\n"
	      "  SELECT pid, process_start_ns, max(comm) AS comm,\n"
	      "    sum(voluntary + involuntary) AS switches",
	      out);
	for (i = 0; i < ROW_COUNTERS; i++) {
		char name[64];

		snprintf(name, sizeof(name), "%s%s%s", counter_infos[i].group,
			 *counter_infos[i].group ? "_" : "", counter_infos[i].name);
		fprintf(out, ", sum(%s) AS %s", name, name);
	}
	fputs("\n  FROM process_rows GROUP BY pid, process_start_ns;\n", out);
	write_percentiles(out);
}

/* A text that is written by a stream. */
struct text {
	char *bytes;
	size_t size;
	FILE *out;
};

static FILE *text__begin(struct text *text)
{
	text->bytes = NULL;
	text->out = open_memstream(&text->bytes, &text->size);
	return text->out;
}

static char *text__end(struct text *text, int err)
{
	if (!text->out)
		return NULL;
	if (!fclose(text->out) && !err)
		return text->bytes;
	free(text->bytes);
	return NULL;
}

char *schema__create(void)
{
	struct text text;
	int i, err = 0;

	if (!text__begin(&text))
		return NULL;
	for (i = 0; i < STORE_TABLES && !err; i++) {
		struct columns columns;

		err = columns__of(&columns, i);
		if (!err) {
			write_table(text.out, i, &columns);
			free(columns.at);
		}
	}
	write_views(text.out);
	return text__end(&text, err);
}

static char *make_insert(enum store_table table, const char *verb, bool add)
{
	struct columns columns;
	struct text text;

	if (columns__of(&columns, table))
		return NULL;
	if (text__begin(&text)) {
		fprintf(text.out, "%s INTO %s VALUES(", verb, table_names[table]);
		write_list(text.out, SHAPE_VALUE, &columns, PART_ALL);
		fputc(')', text.out);
		if (add) {
			fputs(" ON CONFLICT DO UPDATE SET ", text.out);
			write_list(text.out, SHAPE_ADDED, &columns, PART_REST);
		}
	}
	free(columns.at);
	return text__end(&text, 0);
}

char *schema__insert(enum store_table table)
{
	return make_insert(table, "INSERT OR REPLACE", false);
}

char *schema__add_sample(enum store_table table)
{
	return make_insert(table, "INSERT", true);
}

char *schema__select(enum store_table table, const struct columns *columns, const char *tail)
{
	struct text text;

	if (!text__begin(&text))
		return NULL;
	fputs("SELECT ", text.out);
	write_list(text.out, SHAPE_NAMED, columns, PART_ALL);
	fprintf(text.out, " FROM %s %s", table_names[table], tail);
	return text__end(&text, 0);
}
