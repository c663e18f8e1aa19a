/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables and views of a recording, as a new one has them, in man pages. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "docs.h"
#include "model/profile/profile.h"
#include "model/switching/row.h"
#include "store/schema.h"

#define TABLES_MAX 64
#define LINE_MAX   4096

static struct {
	char names[TABLES_MAX][64];
	size_t count;
} told;

static sqlite3 *recording(void)
{
	static sqlite3 *db;
	char *schema;

	if (db)
		return db;
	schema = schema__create();
	if (!schema || sqlite3_open(":memory:", &db) ||
	    sqlite3_exec(db, schema, NULL, NULL, NULL)) {
		complain("cannot make the tables of a recording: %s",
			 db ? sqlite3_errmsg(db) : "out of memory");
		exit(EXIT_FAILURE);
	}
	free(schema);
	return db;
}

/* ---- lists of names ---- */

static void add(char *list, const char *name, int length, const char *rest)
{
	size_t at = strlen(list);

	snprintf(list + at, LINE_MAX - at, "%s%.*s%s", at ? ", " : "", length, name, rest);
}

/* "in_thread", as columns are called. */
static void add_joined(char *list, const char *group, const char *name, const char *rest)
{
	char joined[96];
	int length = snprintf(joined, sizeof(joined), "%s%s%s", group, *group ? "_" : "", name);

	add(list, joined, length, rest);
}

static void list_counters(char *list)
{
	size_t i;

	*list = 0;
	for (i = 0; i < ROW_COUNTERS; i++)
		add_joined(list, counter_infos[i].group, counter_infos[i].name, "");
}

static void list_figures(char *list)
{
	size_t i;

	list_counters(list);
	for (i = 0; i < ROW_DISTS; i++)
		add_joined(list, dist_infos[i].group, dist_infos[i].name, "...");
}

static void list_weights(char *list)
{
	size_t i;

	*list = 0;
	for (i = 0; i < WEIGHTS; i++)
		add(list, weight_infos[i].column, (int)strlen(weight_infos[i].column), "");
}

static void replace(char *list, const char *part, const char *word)
{
	char *at = strstr(list, part);
	size_t length = strlen(part), size = strlen(word);

	if (!at)
		return;
	memcpy(at, word, size);
	memmove(at + size, at + length, strlen(at + length) + 1);
}

/* Columns in order; the seven of a distribution as one, FIGURES and WEIGHTS in place of theirs. */
static int list_columns(char *list, const char *table)
{
	static const char first[] = "_count", *const rest[] = { "_sum", "_max", "_buckets",
								"_p50", "_p90", "_p99" };
	char sql[128], group[LINE_MAX], last[96] = "";
	sqlite3_stmt *statement;
	int columns = 0;

	*list = 0;
	snprintf(sql, sizeof(sql), "SELECT * FROM %s", table);
	if (sqlite3_prepare_v2(recording(), sql, -1, &statement, NULL))
		return 0;
	for (; columns < sqlite3_column_count(statement); columns++) {
		const char *name = sqlite3_column_name(statement, columns);
		int length = (int)strlen(name);
		size_t i;

		if (length > 6 && !strcmp(name + length - 6, first)) {
			length -= 6;
			snprintf(last, sizeof(last), "%.*s", length, name);
			add(list, name, length, "...");
			continue;
		}
		for (i = 0; *last && i < 6; i++) {
			if (!strncmp(name, last, strlen(last)) &&
			    !strcmp(name + strlen(last), rest[i]))
				break;
		}
		if (!*last || i == 6)
			add(list, name, length, "");
	}
	sqlite3_finalize(statement);
	list_figures(group);
	replace(list, group, "FIGURES");
	list_weights(group);
	replace(list, group, "WEIGHTS");
	return columns;
}

/* ---- marks ---- */

static void write_list(FILE *out, const char *name, const char *list)
{
	fprintf(out, ".TP\n.B %s\n.I ", name);
	roff__plain(out, list);
	fputs("\n.br\n", out);
}

/* "@table NAME": what it is comes behind the mark, in the template. */
static bool write_table(FILE *out, const char *name)
{
	char list[LINE_MAX];

	if (!name || !list_columns(list, name)) {
		complain("a recording has no table %s", name ? name : "without a name");
		return false;
	}
	write_list(out, name, list);
	snprintf(told.names[told.count++ % TABLES_MAX], sizeof(told.names[0]), "%s", name);
	return true;
}

bool mark__write_tables(FILE *out, const struct mark *mark)
{
	char list[LINE_MAX];

	if (!strcmp(mark->name, "figures") || !strcmp(mark->name, "weights")) {
		bool weights = *mark->name == 'w';

		(weights ? list_weights : list_figures)(list);
		write_list(out, weights ? "WEIGHTS" : "FIGURES", list);
		return true;
	}
	return !strcmp(mark->name, "table") && write_table(out, mark->words[0]);
}

static bool is_told(const char *name)
{
	size_t i;

	for (i = 0; i < told.count && i < TABLES_MAX; i++) {
		if (!strcmp(told.names[i], name))
			return true;
	}
	return false;
}

bool tables__are_complete(void)
{
	sqlite3_stmt *statement;
	bool complete = true;

	if (sqlite3_prepare_v2(recording(),
			       "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')", -1,
			       &statement, NULL))
		return false;
	while (sqlite3_step(statement) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(statement, 0);

		if (is_told(name))
			continue;
		complain("no page has the table %s of a recording (@table)", name);
		complete = false;
	}
	sqlite3_finalize(statement);
	return complete;
}
