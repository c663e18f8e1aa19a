/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What SQLite says, as errors of the system; and what a file of a stranger may not ask of it. */
#include <errno.h>
#include <string.h>

#include "../lib/tt.h"
#include "store/reader.h"
#include "store/writer.h"
#include "unit.h"

static sqlite3 *db;

static void fail(sqlite3_context *context, int count, sqlite3_value **values)
{
	(void)count;
	sqlite3_result_error_code(context, sqlite3_value_int(values[0]));
}

static void begin(void)
{
	cr_assert_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
	cr_assert_eq(sqlite3_create_function(db, "fail", 1, SQLITE_UTF8, NULL, fail, NULL, NULL),
		     SQLITE_OK);
}

static void end(void)
{
	sqlite3_close(db);
}

TestSuite(store_errors, .init = begin, .fini = end);

static void check(const char *sql, int expected, const char *says)
{
	struct store_writer writer = { .db = db, .path = (char[]){ "x.tasktoll" } };
	struct failure failure = { 0 };

	SAME(writer__run(&writer, sql, &failure), expected);
	SAME(writer.error, expected);
	cr_expect(strstr(failure.text, "x.tasktoll") && strstr(failure.text, says), "%s",
		  failure.text);
	/* nothing more is written */
	memset(&failure, 0, sizeof(failure));
	SAME(writer__run(&writer, "SELECT 1", &failure), expected);
	cr_expect(strstr(failure.text, "any more"), "%s", failure.text);
}

Test(store_errors, each_code)
{
	static const struct {
		int code, expected;
		const char *says;
	} cases[] = {
		{ SQLITE_NOMEM, -ENOMEM, "memory" },
		{ SQLITE_FULL, -ENOSPC, "free some space" },
		{ SQLITE_BUSY, -EBUSY, "busy" },
		{ SQLITE_LOCKED, -EBUSY, "busy" },
		{ SQLITE_PERM, -EACCES, "denied" },
		{ SQLITE_AUTH, -EACCES, "denied" },
		{ SQLITE_READONLY, -EACCES, "denied" },
		{ SQLITE_READONLY_DBMOVED, -EACCES, "denied" },
		{ SQLITE_CORRUPT, -EIO, "malformed" },
		{ SQLITE_IOERR, -EIO, "I/O" },
		{ SQLITE_ERROR, -EIO, "error" },
	};
	char sql[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(sql, sizeof(sql), "SELECT fail(%d)", cases[i].code);
		check(sql, cases[i].expected, cases[i].says);
	}
	check("no SQL", -EIO, "syntax error");
}

/* What was begun is given up, so that the file is as it was. */
Test(store_errors, transaction_is_given_up)
{
	struct store_writer writer = { .db = db, .path = (char[]){ "x" } };
	struct failure failure = { 0 };

	SAME(writer__run(&writer, "CREATE TABLE t (a); BEGIN; INSERT INTO t VALUES (1)", &failure),
	     0);
	cr_expect_not(sqlite3_get_autocommit(db));
	SAME(writer__run(&writer, "SELECT fail(13)", &failure), -ENOSPC);
	cr_expect(sqlite3_get_autocommit(db));
}

static int never(void *context, int columns, char **values, char **names)
{
	(void)context;
	(void)columns;
	(void)values;
	(void)names;
	cr_expect(false);
	return 0;
}

Test(store_errors, file_of_a_stranger_is_confined)
{
	static const char *const refused[] = {
		"CREATE TEMP TABLE t (a)",    "INSERT INTO periods (period) VALUES (1)",
		"ATTACH ':memory:' AS other", "SELECT abs(1)",
		"PRAGMA query_only = 0",      "SELECT count(1) FROM periods",
		"DELETE FROM periods",
	};
	static const struct {
		int which, most;
	} limits[] = { { SQLITE_LIMIT_LENGTH, 1 << 24 },
		       { SQLITE_LIMIT_COLUMN, 256 },
		       { SQLITE_LIMIT_VDBE_OP, 25000 },
		       { SQLITE_LIMIT_ATTACHED, 0 },
		       { SQLITE_LIMIT_TRIGGER_DEPTH, 1 } };
	const char *path = tt__temp("a.tasktoll");
	struct store_writer *writer;
	struct failure failure = { 0 };
	struct summary meta = { 0 };
	struct store *store;
	size_t i;

	cr_assert_eq(store__create(&writer, path, false, &meta, &failure), 0, "%s", failure.text);
	cr_assert_eq(store__close(writer, true, &failure), 0, "%s", failure.text);
	cr_assert_eq(store__open(&store, path, &failure), 0, "%s", failure.text);
	for (i = 0; i < ARRAY_SIZE(limits); i++)
		SAME(sqlite3_limit(store->db, limits[i].which, -1), limits[i].most);
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		cr_expect(sqlite3_exec(store->db, refused[i], never, NULL, NULL), "%s", refused[i]);
		cr_expect(strstr(sqlite3_errmsg(store->db), "not authorized"), "%s: %s", refused[i],
			  sqlite3_errmsg(store->db));
	}
	SAME(sqlite3_exec(store->db, "SELECT period FROM periods", NULL, NULL, NULL), SQLITE_OK);
	store__free(store);
	tt__cleanup();
}
