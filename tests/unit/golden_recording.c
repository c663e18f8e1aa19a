/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every column of every table of a recording, as SQL has it. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"
#include "make_rich.h"
#include "unit.h"

#define ROWS	600
#define COLUMNS 120

/* Differs from one build and machine to the next. */
static bool is_of_this_machine(const char *key)
{
	return !strcmp(key, "machine") || !strcmp(key, "tool_version") ||
	       !strcmp(key, "recorder") || !strcmp(key, "cpu_model") ||
	       !strcmp(key, "longest_between_commits_ns");
}

static char *value(sqlite3_stmt *row, int column)
{
	const unsigned char *bytes = sqlite3_column_blob(row, column);
	int size = sqlite3_column_bytes(row, column), i;
	char *text;

	switch (sqlite3_column_type(row, column)) {
	case SQLITE_NULL:
		return strdup("NULL");
	case SQLITE_TEXT:
		cr_assert(asprintf(&text, "'%s'", sqlite3_column_text(row, column)) > 0);
		return text;
	case SQLITE_BLOB:
		text = calloc(1, 2 * (size_t)size + 1);
		for (i = 0; i < size; i++)
			sprintf(text + 2 * i, "%02x", bytes[i]);
		return text;
	default:
		return strdup((const char *)sqlite3_column_text(row, column));
	}
}

/* A line for each column: its name and the values of all rows. */
static void print_table(FILE *out, sqlite3 *db, const char *table)
{
	static char *values[ROWS][COLUMNS];
	char sql[256], key[64] = "";
	sqlite3_stmt *rows;
	int columns, c, r, count = 0;

	snprintf(sql, sizeof(sql), "SELECT * FROM %s ORDER BY 1, 2, 3, 4, 5, 6", table);
	if (sqlite3_prepare_v2(db, sql, -1, &rows, NULL) != SQLITE_OK) {
		snprintf(sql, sizeof(sql), "SELECT * FROM %s ORDER BY 1", table);
		cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &rows, NULL), SQLITE_OK, "%s: %s",
			     table, sqlite3_errmsg(db));
	}
	columns = sqlite3_column_count(rows);
	cr_assert_leq(columns, COLUMNS);
	for (; sqlite3_step(rows) == SQLITE_ROW; count++) {
		cr_assert_lt(count, ROWS, "%s", table);
		if (!strcmp(table, "recording"))
			snprintf(key, sizeof(key), "%s", sqlite3_column_text(rows, 0));
		for (c = 0; c < columns; c++)
			values[count][c] = c && is_of_this_machine(key) ? strdup("(varies)") :
									  value(rows, c);
	}
	fprintf(out, "-- %s: %d rows\n", table, count);
	for (c = 0; c < columns; c++) {
		fprintf(out, "%s:", sqlite3_column_name(rows, c));
		for (r = 0; r < count; r++) {
			fprintf(out, " %s", values[r][c]);
			free(values[r][c]);
		}
		fputc('\n', out);
	}
	sqlite3_finalize(rows);
}

/* All that the schema has of a type. */
static char *contents(const char *type)
{
	char *text = NULL, sql[160];
	sqlite3_stmt *names;
	size_t size;
	sqlite3 *db;
	FILE *out = open_memstream(&text, &size);

	/* percentiles has in rows what the tables have in columns */
	snprintf(sql, sizeof(sql),
		 "SELECT name FROM sqlite_master WHERE type = '%s' AND name <> 'percentiles' "
		 "ORDER BY name",
		 type);
	cr_assert_eq(sqlite3_open_v2(recording__path(), &db, SQLITE_OPEN_READONLY, NULL),
		     SQLITE_OK);
	cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &names, NULL), SQLITE_OK);
	while (sqlite3_step(names) == SQLITE_ROW)
		print_table(out, db, (const char *)sqlite3_column_text(names, 0));
	sqlite3_finalize(names);
	sqlite3_close(db);
	fclose(out);
	return text;
}

/* What SQLite is told to make. */
static char *declarations(void)
{
	char *text = NULL;
	sqlite3_stmt *rows;
	size_t size;
	sqlite3 *db;
	FILE *out = open_memstream(&text, &size);

	cr_assert_eq(sqlite3_open_v2(recording__path(), &db, SQLITE_OPEN_READONLY, NULL),
		     SQLITE_OK);
	cr_assert_eq(sqlite3_prepare_v2(db,
					"SELECT sql FROM sqlite_master WHERE sql IS NOT NULL "
					"ORDER BY type, name",
					-1, &rows, NULL),
		     SQLITE_OK);
	while (sqlite3_step(rows) == SQLITE_ROW)
		fprintf(out, "%s;\n", sqlite3_column_text(rows, 0));
	sqlite3_finalize(rows);
	sqlite3_close(db);
	fclose(out);
	return text;
}

static struct rich_round made;

static void begin(void)
{
	rich_round__begin(&made);
}

static void end(void)
{
	rich_round__end(&made);
}

TestSuite(golden_recording, .init = begin, .fini = end);

Test(golden_recording, tables)
{
	golden__check("recording.sql", contents("table"));
}

Test(golden_recording, views)
{
	golden__check("recording-views.sql", contents("view"));
}

/* Each distribution with samples is a row, whose percentiles are the columns'. */
Test(golden_recording, percentiles)
{
	static const char *const equal[] = {
		"SELECT (SELECT count(*) FROM percentiles WHERE measure = 'runq_ns' AND scope = 'process')"
		" - (SELECT count(*) FROM process_rows WHERE runq_ns_count > 0)",
		"SELECT (SELECT sum(p50_ns + p90_ns + p99_ns) FROM percentiles WHERE measure = 'pick_ns' AND "
		"scope = 'thread') - (SELECT sum(pick_ns_p50 + pick_ns_p90 + pick_ns_p99) FROM thread_rows)",
		"SELECT count(*) FROM percentiles WHERE NOT (p50_ns <= p90_ns AND p90_ns <= p99_ns AND p99_ns "
		"<= max_ns)",
		"SELECT count(*) FROM process_rows WHERE (runq_ns_count > 0) <> (runq_ns_p50 IS NOT NULL)",
		"SELECT (SELECT count(*) FROM percentiles) = 0",
	};
	sqlite3_stmt *rows;
	sqlite3 *db;
	size_t i;

	cr_assert_eq(sqlite3_open_v2(recording__path(), &db, SQLITE_OPEN_READONLY, NULL),
		     SQLITE_OK);
	for (i = 0; i < sizeof(equal) / sizeof(equal[0]); i++) {
		cr_assert_eq(sqlite3_prepare_v2(db, equal[i], -1, &rows, NULL), SQLITE_OK, "%s",
			     sqlite3_errmsg(db));
		cr_assert_eq(sqlite3_step(rows), SQLITE_ROW);
		cr_expect_eq(sqlite3_column_type(rows, 0), SQLITE_INTEGER, "%s", equal[i]);
		cr_expect_eq(sqlite3_column_int64(rows, 0), 0, "%s", equal[i]);
		sqlite3_finalize(rows);
	}
	sqlite3_close(db);
}

Test(golden_recording, declarations)
{
	golden__check("recording-declared.sql", declarations());
}
