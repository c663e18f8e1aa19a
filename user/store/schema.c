/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/schema.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/profile.h"
#include "model/row.h"

static const struct {
	const char *name, *key, *columns;
} tables[STORE_TABLES] = {
#define TABLE(id, name, key, columns) { name, key, columns },
#include "store/tables.def"
};

const char *const table_names[STORE_TABLES] = {
#define TABLE(id, name, key, columns) name,
#include "store/tables.def"
};

/* ---- columns ---- */

/* How a column appears: once in each of these ways. */
enum shape { SHAPE_DECLARED, SHAPE_NAMED, SHAPE_VALUE, SHAPE_ADDED };

struct list {
	FILE *out;
	enum shape shape;
	bool any;
	const struct schema_columns *has; /* SHAPE_NAMED: those that there are; NULL: all */
	enum store_table table;
};

static void list__column(struct list *list, const char *name, int length, const char *part,
			 const char *type)
{
	if (list->any)
		fputs(", ", list->out);
	list->any = true;
	switch (list->shape) {
	case SHAPE_DECLARED:
		fprintf(list->out, "%.*s%s %s", length, name, part, type);
		break;
	case SHAPE_NAMED:
		fprintf(list->out, "%.*s%s", length, name, part);
		break;
	case SHAPE_VALUE:
		fputc('?', list->out);
		break;
	case SHAPE_ADDED:
		fprintf(list->out, "%.*s = %.*s + excluded.%.*s", length, name, length, name,
			length, name);
		break;
	}
}

static void list__dist(struct list *list, const char *name, int length)
{
	list__column(list, name, length, "_count", "INTEGER NOT NULL");
	list__column(list, name, length, "_sum", "INTEGER NOT NULL");
	list__column(list, name, length, "_max", "INTEGER NOT NULL");
	list__column(list, name, length, "_buckets", "BLOB");
}

/* "in_thread": as CSV calls it. */
static int join(char *text, size_t capacity, const char *group, const char *name)
{
	return snprintf(text, capacity, "%s%s%s", group, *group ? "_" : "", name);
}

static void list__row(struct list *list)
{
	char name[64];
	int i, n;

	for (i = 0; i < ROW_COUNTERS; i++) {
		n = join(name, sizeof(name), counter_infos[i].group, counter_infos[i].name);
		list__column(list, name, n, "", "INTEGER NOT NULL");
	}
	for (i = 0; i < ROW_DISTS; i++) {
		n = join(name, sizeof(name), dist_infos[i].group, dist_infos[i].name);
		list__dist(list, name, n);
	}
}

static void list__weights(struct list *list)
{
	int w;

	for (w = 0; w < WEIGHTS; w++)
		list__column(list, weight_infos[w].column, (int)strlen(weight_infos[w].column), "",
			     "INTEGER NOT NULL");
}

/* A column that came later may not be in the file. */
static bool list__lacks(const struct list *list, const char *word, int length)
{
	char name[64];

	if (!list->has || !memchr(word, '^', strcspn(word, " ")))
		return false;
	snprintf(name, sizeof(name), "%.*s", length, word);
	return !list->has->has(list->has->context, tables[list->table].name, name);
}

static void list__word(struct list *list, const char *word)
{
	int name = (int)strcspn(word, "$?%#^ ");
	const char *sign = word + name;

	if (list__lacks(list, word, name)) {
		list__column(list, "NULL", 4, "", "");
		return;
	}
	if (!strncmp(word, "@row", 4))
		list__row(list);
	else if (*word == '@')
		list__weights(list);
	else if (*sign == '#')
		list__dist(list, word, name);
	else if (*sign == '%')
		list__column(list, word, name, "", "REAL NOT NULL");
	else if (*sign == '$')
		list__column(list, word, name, "", sign[1] == '?' ? "TEXT" : "TEXT NOT NULL");
	else
		list__column(list, word, name, "", *sign == '?' ? "INTEGER" : "INTEGER NOT NULL");
}

static void list__words(struct list *list, const char *words)
{
	while (*words) {
		size_t length = strcspn(words, " ");

		list__word(list, words);
		words += length + strspn(words + length, " ");
	}
}

static void write_list(FILE *out, enum shape shape, const char *words, const char *more)
{
	struct list list = { .out = out, .shape = shape };

	list__words(&list, words);
	list__words(&list, more);
}

/* ---- statements ---- */

/* A single integer is the number of the row itself; any other key is the table. */
static void write_table(FILE *out, enum store_table table)
{
	const char *key = tables[table].key;

	fprintf(out, "CREATE TABLE %s(", tables[table].name);
	if (strpbrk(key, "$ ")) {
		write_list(out, SHAPE_DECLARED, key, tables[table].columns);
		fputs(", PRIMARY KEY(", out);
		write_list(out, SHAPE_NAMED, key, "");
		fputs(")) WITHOUT ROWID;\n", out);
		return;
	}
	fprintf(out, "%s INTEGER PRIMARY KEY, ", key);
	write_list(out, SHAPE_DECLARED, tables[table].columns, "");
	fputs(");\n", out);
}

/* What makes it pleasant to ask: labels, whole stacks, all samples, sums of periods. */
static const char views[] =
	"CREATE VIEW all_samples AS\n"
	"  SELECT * FROM samples UNION ALL SELECT * FROM open_samples;\n"
	"CREATE VIEW frame_labels AS\n"
	"  SELECT f.frame, coalesce(f.name, '[' || CASE coalesce(m.path, '') WHEN '' THEN 'unknown'\n"
	"    ELSE replace(m.path, rtrim(m.path, replace(m.path, '/', '')), '') END ||\n"
	"    printf('+0x%llx]', f.offset)) AS label, m.kind, m.path, f.offset\n"
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

		join(name, sizeof(name), counter_infos[i].group, counter_infos[i].name);
		fprintf(out, ", sum(%s) AS %s", name, name);
	}
	fputs("\n  FROM process_rows GROUP BY pid, process_start_ns;\n", out);
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

static char *text__end(struct text *text)
{
	if (!fclose(text->out))
		return text->bytes;
	free(text->bytes);
	return NULL;
}

char *schema__create(void)
{
	struct text text;
	int i;

	if (!text__begin(&text))
		return NULL;
	for (i = 0; i < STORE_TABLES; i++)
		write_table(text.out, i);
	write_views(text.out);
	return text__end(&text);
}

static char *make_insert(enum store_table table, const char *verb, bool add)
{
	struct text text;

	if (!text__begin(&text))
		return NULL;
	fprintf(text.out, "%s INTO %s VALUES(", verb, tables[table].name);
	write_list(text.out, SHAPE_VALUE, tables[table].key, tables[table].columns);
	fputc(')', text.out);
	if (add) {
		fputs(" ON CONFLICT DO UPDATE SET ", text.out);
		write_list(text.out, SHAPE_ADDED, tables[table].columns, "");
	}
	return text__end(&text);
}

char *schema__insert(enum store_table table)
{
	return make_insert(table, "INSERT OR REPLACE", false);
}

char *schema__add_sample(enum store_table table)
{
	return make_insert(table, "INSERT", true);
}

char *schema__select(enum store_table table, const char *tail, const struct schema_columns *has)
{
	struct list list = { .shape = SHAPE_NAMED, .has = has, .table = table };
	struct text text;

	if (!text__begin(&text))
		return NULL;
	list.out = text.out;
	fputs("SELECT ", text.out);
	list__words(&list, tables[table].key);
	list__words(&list, tables[table].columns);
	fprintf(text.out, " FROM %s %s", tables[table].name, tail);
	return text__end(&text);
}
