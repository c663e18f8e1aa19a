/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording in which one column at a time has what it cannot have: what is noticed of it. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"
#include "make_rich.h"
#include "unit.h"

static struct rich_round made;

static void begin(void)
{
	rich_round__begin(&made);
}

static void end(void)
{
	rich_round__end(&made);
}

TestSuite(golden_damage, .init = begin, .fini = end, .timeout = 120);

static int ignore(void *context, const struct sample *sample)
{
	(void)context;
	(void)sample;
	return 0;
}

static int ignore_process(void *context, const struct process *process)
{
	(void)context;
	(void)process;
	return 0;
}

static void read_all(struct store *store, struct failure *failure)
{
	struct wakes wakes = { 0 };
	struct profile *profile;
	struct model *model;
	struct summary summary;
	__u64 now;

	if (!store__read_period(store, 1, &model, &summary, &now, failure))
		model__free(model);
	if (!store__read_wakes(store, 1, &wakes, failure))
		wakes__clear(&wakes);
	store__each_process(store, ignore_process, NULL, failure);
	if (!store__read_profile(store, &profile, failure))
		profile__free(profile);
	store__each_sample(store, 0, ~0U >> (32 - WEIGHTS), ignore, NULL, failure);
}

/* Returns whether everything could be read. */
static bool print_what_is_read(FILE *out)
{
	struct failure failure = { 0 };
	const char *remark;
	struct store *store;
	bool whole;

	if (store__open(&store, recording__path(), &failure)) {
		fputs(" refused", out);
		return false;
	}
	read_all(store, &failure);
	remark = store__is_damaged(store) ? store__remark(store, 0) : NULL;
	if (remark && strncmp(remark, "the recording is damaged: ", 26))
		remark = store__remark(store, 1);
	remark = remark ? remark + 26 : "ok";
	/* "so many values in it are impossible and count as 0" */
	fprintf(out, " %.*s%s", (int)strcspn(remark, " "), remark, failure.error ? ", fails" : "");
	if (!strncmp(remark, "cannot", 6))
		fprintf(out, " %s", remark + 7);
	whole = !store__is_damaged(store);
	store__free(store);
	return whole;
}

static void run(sqlite3 *db, const char *sql)
{
	char *error = NULL;

	cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, &error), SQLITE_OK, "%s: %s", sql, error);
}

static void print_column(FILE *out, sqlite3 *db, const char *table, const char *column)
{
	static const char *const values[] = { "-7", "x'ff00'" };
	bool possible = true;
	char sql[256];
	size_t i;

	fprintf(out, "%s.%s:", table, column);
	for (i = 0; i < ARRAY_SIZE(values) && possible; i++) {
		snprintf(sql, sizeof(sql),
			 "BEGIN; CREATE TABLE kept AS SELECT * FROM \"%s\"; "
			 "UPDATE OR IGNORE \"%s\" SET \"%s\" = %s; COMMIT",
			 table, table, column, values[i]);
		if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
			run(db, "ROLLBACK");
			break;
		}
		possible = print_what_is_read(out);
		snprintf(sql, sizeof(sql),
			 "BEGIN; DELETE FROM \"%s\"; INSERT INTO \"%s\" SELECT * FROM kept; "
			 "DROP TABLE kept; COMMIT",
			 table, table);
		run(db, sql);
	}
	fputc('\n', out);
}

#define COLUMNS 900

/* Of all tables; to be freed. */
static size_t name_columns(sqlite3 *db, char *names[COLUMNS][2])
{
	sqlite3_stmt *columns;
	size_t count = 0;

	cr_assert_eq(sqlite3_prepare_v2(db,
					"SELECT m.name, c.name FROM sqlite_master AS m, "
					"pragma_table_info(m.name) AS c WHERE m.type = 'table' "
					"ORDER BY m.name, c.cid",
					-1, &columns, NULL),
		     SQLITE_OK);
	for (; sqlite3_step(columns) == SQLITE_ROW; count++) {
		cr_assert_lt(count, COLUMNS);
		names[count][0] = strdup((const char *)sqlite3_column_text(columns, 0));
		names[count][1] = strdup((const char *)sqlite3_column_text(columns, 1));
	}
	sqlite3_finalize(columns);
	return count;
}

Test(golden_damage, each_column)
{
	char *text = NULL, *names[COLUMNS][2];
	size_t size, count, i;
	sqlite3 *db;
	FILE *out = open_memstream(&text, &size);

	cr_assert_eq(sqlite3_open(recording__path(), &db), SQLITE_OK);
	run(db, "PRAGMA ignore_check_constraints = ON; PRAGMA synchronous = OFF; "
		"PRAGMA journal_mode = MEMORY");
	count = name_columns(db, names);
	for (i = 0; i < count; i++) {
		print_column(out, db, names[i][0], names[i][1]);
		free(names[i][0]);
		free(names[i][1]);
	}
	sqlite3_close(db);
	fclose(out);
	golden__check("damage.txt", text);
}
