/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A burst: a transaction that does not fit beside what the window has.  Its pages cannot stay, because
 * forgetting is to be on the disk before it; so its rows wait in a database in memory.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/spill.h"

void spill__note_begin(struct store_writer *writer)
{
	writer->begin = (struct spill_begin){ .modules = writer->modules,
					      .frames = writer->frames,
					      .stacks = writer->stacks,
					      .threads = writer->profile_threads,
					      .period = ~0U,
					      .named = ~0U,
					      .identified = ~0U };
}

/* ---- which rows ---- */

/* Has it no rows that a transaction puts? */
static bool is_fixed(enum store_table table)
{
	return table == TABLE_MEASURES || table == TABLE_UNAVAILABLE;
}

static bool is_by_crash(enum store_table table)
{
	return table == TABLE_CRASH_FRAMES || table == TABLE_VICTIMS || table == TABLE_LINKS;
}

/* Entries of the profile after this one; ~0: it is another table. */
static __u32 after_of(const struct spill_begin *begin, enum store_table table)
{
	switch (table) {
	case TABLE_MODULES:
		return begin->identified <= begin->modules ? begin->identified - 1 : begin->modules;
	case TABLE_FRAMES:
		return begin->named <= begin->frames ? begin->named - 1 : begin->frames;
	case TABLE_STACKS:
		return begin->stacks;
	case TABLE_THREADS:
		return begin->threads;
	default:
		return ~0U;
	}
}

/* What may have been put since the transaction began, and more of the same periods. */
static void choose_rows(char *sql, size_t size, const struct store_writer *writer,
			enum store_table table, __u32 period)
{
	const struct columns *columns = &writer->columns[table];
	__u32 after = after_of(&writer->begin, table);

	*sql = 0;
	if (after != ~0U)
		snprintf(sql, size, "WHERE %s > %u", columns->at[0].name, after);
	else if (columns__are_by_period(columns) || table == TABLE_CRASHES)
		snprintf(sql, size, "WHERE period >= %u", period);
	else if (is_by_crash(table))
		snprintf(sql, size, "WHERE crash IN (SELECT crash FROM crashes WHERE period >= %u)",
			 period);
	else if (table == TABLE_PROCESSES) /* those that are in a period to be put again */
		snprintf(sql, size,
			 "WHERE (pid, process_start_ns) IN (SELECT pid, process_start_ns FROM "
			 "process_rows WHERE period >= %u)",
			 period);
}

/* ---- rows from one database to another ---- */

static int prepare_put(sqlite3 *to, enum store_table table, int columns, sqlite3_stmt **ret_put)
{
	char *sql = malloc(64 + 2 * (size_t)columns);
	int rc = SQLITE_NOMEM, i, at;

	if (!sql)
		return rc;
	at = sprintf(sql, "INSERT OR REPLACE INTO %s VALUES(?", table_names[table]);
	for (i = 1; i < columns; i++)
		at += sprintf(sql + at, ",?");
	strcpy(sql + at, ")");
	rc = sqlite3_prepare_v2(to, sql, -1, ret_put, NULL);
	free(sql);
	return rc;
}

static int copy_row(sqlite3_stmt *get, sqlite3_stmt *put, int columns)
{
	int i, rc = SQLITE_OK;

	for (i = 0; i < columns && rc == SQLITE_OK; i++)
		rc = sqlite3_bind_value(put, i + 1, sqlite3_column_value(get, i));
	if (rc == SQLITE_OK && sqlite3_step(put) == SQLITE_DONE)
		return sqlite3_reset(put);
	return rc == SQLITE_OK ? sqlite3_reset(put) : rc;
}

static int copy_rows(sqlite3 *from, sqlite3 *to, enum store_table table, const char *where)
{
	sqlite3_stmt *get = NULL, *put = NULL;
	char sql[320];
	int columns, rc;

	snprintf(sql, sizeof(sql), "SELECT * FROM %s %s", table_names[table], where);
	rc = sqlite3_prepare_v2(from, sql, -1, &get, NULL);
	columns = sqlite3_column_count(get);
	if (rc == SQLITE_OK)
		rc = prepare_put(to, table, columns, &put);
	while (rc == SQLITE_OK && (rc = sqlite3_step(get)) == SQLITE_ROW)
		rc = copy_row(get, put, columns);
	sqlite3_finalize(get);
	sqlite3_finalize(put);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* ---- out of the transaction, and into another one ---- */

static int spill__fail(const struct store_writer *writer, struct failure *failure)
{
	return failure__set(failure, -ENOMEM, NULL, NULL, "cannot write the recording %s",
			    writer->path);
}

/* To be closed; NULL without memory. */
static sqlite3 *spill__take(const struct store_writer *writer)
{
	char *schema = schema__create(), where[160];
	sqlite3 *spill = NULL;
	int table, rc = SQLITE_NOMEM;

	if (schema)
		rc = sqlite3_open_v2(":memory:", &spill,
				     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
					     SQLITE_OPEN_NOMUTEX,
				     NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(spill, schema, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(spill, "BEGIN", NULL, NULL, NULL);
	for (table = 0; table < STORE_TABLES && rc == SQLITE_OK; table++) {
		if (is_fixed(table))
			continue;
		choose_rows(where, sizeof(where), writer, table, writer->begin.period);
		rc = copy_rows(writer->db, spill, table, where);
	}
	free(schema);
	if (rc == SQLITE_OK)
		return spill;
	sqlite3_close(spill);
	return NULL;
}

/* The rows that they replace go first: the transaction may have deleted some of these. */
static int clear_rows(struct store_writer *writer, __u32 period, struct failure *failure)
{
	char where[160], sql[240];
	int table, err = 0;

	for (table = STORE_TABLES - 1; table >= 0 && !err;
	     table--) { /* what refers to crashes: first */
		bool crashes = table == TABLE_CRASHES || is_by_crash(table);

		if (!crashes && !columns__are_by_period(&writer->columns[table]))
			continue;
		choose_rows(where, sizeof(where), writer, table, period);
		snprintf(sql, sizeof(sql), "DELETE FROM %s %s", table_names[table], where);
		err = writer__run(writer, sql, failure);
	}
	return err;
}

static int spill__put(struct store_writer *writer, sqlite3 *spill, __u32 period,
		      struct failure *failure)
{
	int table, err = writer__run(writer, "BEGIN IMMEDIATE", failure);
	char where[160];

	if (!err)
		err = clear_rows(writer, period, failure);
	for (table = 0; table < STORE_TABLES && !err; table++) {
		if (is_fixed(table))
			continue;
		choose_rows(where, sizeof(where), writer, table, period);
		if (copy_rows(spill, writer->db, table, where) != SQLITE_OK)
			err = writer__fail(writer, failure);
	}
	return err;
}

/* Periods that are closed go one by one; the one at hand stays. */
static int forget_oldest(struct store_writer *writer, struct failure *failure)
{
	__u32 first = store__first_period(writer);

	if (!first || first >= writer->period)
		return -ENOENT;
	return store__roll(writer, first + 1, failure);
}

static int spill__make_room(struct store_writer *writer, sqlite3 *spill, __u64 taken,
			    struct failure *failure)
{
	for (;;) {
		__u32 first, period = writer->begin.period;
		struct spill_begin begin = writer->begin;
		int err;

		do {
			err = forget_oldest(writer, failure);
		} while (!err && store__used(writer) + taken > writer->most_bytes);
		writer->begin = begin;
		if (err && err != -ENOENT)
			return err;
		first = store__first_period(writer);
		if (first && first > period)
			period = first;
		if (spill__put(writer, spill, period, failure))
			return writer->error;
		if (writer__has_room(writer))
			return 0;
		if (err) /* there is nothing more to forget */
			return writer__fail_large(writer, failure);
		sqlite3_exec(writer->db, "ROLLBACK", NULL, NULL, NULL);
	}
}

int writer__fit_burst(struct store_writer *writer, __u64 taken, struct failure *failure)
{
	sqlite3 *spill = spill__take(writer);
	int err;

	/* then it would be in vain to forget what there is */
	if (spill && database__bytes(spill) > writer->most_bytes - writer->most_bytes / 16) {
		sqlite3_close(spill);
		return writer__fail_large(writer, failure);
	}
	sqlite3_exec(writer->db, "ROLLBACK", NULL, NULL, NULL);
	if (!spill) {
		writer->error = -ENOMEM;
		return spill__fail(writer, failure);
	}
	err = spill__make_room(writer, spill, taken, failure);
	sqlite3_close(spill);
	return err;
}
