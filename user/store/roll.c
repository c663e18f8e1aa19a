/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording of bounded size that rolls on: its oldest periods are forgotten, and what comes takes
 * their room.  Stacks stay: any of them may be paid on again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/array.h"
#include "store/spill.h"
#include "store/writer.h"

#define STRING(x)    STRING_OF(x)
#define STRING_OF(x) #x
#define ROWS_ONCE    64 /* that are forgotten from one look at the journal to the next */

/* ---- pages ---- */

/* The number that is the answer; 0: there is none. */
static __u64 database__ask(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt;
	__u64 value = 0;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
		return 0;
	if (sqlite3_step(stmt) == SQLITE_ROW)
		value = (__u64)sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return value;
}

__u64 database__bytes(sqlite3 *db)
{
	return database__ask(db, "PRAGMA page_count") * STORE_PAGE;
}

static __u64 writer__size(const struct store_writer *writer)
{
	return database__bytes(writer->db);
}

__u64 store__used(struct store_writer *writer)
{
	return writer__size(writer) -
	       database__ask(writer->db, "PRAGMA freelist_count") * STORE_PAGE;
}

/* There is always room for such a journal. */
static __u64 writer__least(const struct store_writer *writer)
{
	return writer->most_bytes / 16;
}

/* Twice what lately was the most for a transaction. */
static __u64 writer__reserve(const struct store_writer *writer)
{
	__u64 reserve = 2 * writer->most_taken, least = writer->most_bytes / 8;

	if (reserve < least)
		return least;
	return reserve < writer->most_bytes / 4 ? reserve : writer->most_bytes / 4;
}

bool store__is_short(struct store_writer *writer)
{
	return store__used(writer) + writer__reserve(writer) > writer->most_bytes;
}

/* A transaction of its own; the journal has the pages until the file has been cut. */
static int writer__cut(struct store_writer *writer, __u64 pages, struct failure *failure)
{
	sqlite3_stmt *stmt;
	char sql[64];
	int rc;

	snprintf(sql, sizeof(sql), "PRAGMA incremental_vacuum(%llu)", pages);
	rc = sqlite3_prepare_v2(writer->db, sql, -1, &stmt, NULL);
	while (rc == SQLITE_OK || rc == SQLITE_ROW) /* a step is a page */
		rc = sqlite3_step(stmt);
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE ? 0 : writer__fail(writer, failure);
}

/* Pages that are free go from the end of the file, so that there is room for a journal. */
static int writer__shrink(struct store_writer *writer, struct failure *failure)
{
	__u64 room = writer->most_bytes - writer__reserve(writer), size = writer__size(writer),
	      before = ~0ULL;
	int err = 0;

	while (!err && size > room && size < before) {
		__u64 pages = (size - room) / STORE_PAGE + 1;
		__u64 spare = size < writer->most_bytes ?
				      (writer->most_bytes - size) / STORE_PAGE / 2 :
				      0;

		if (pages > spare)
			pages = spare ? spare : 1;
		err = writer__cut(writer, pages, failure);
		before = size;
		size = writer__size(writer);
	}
	return err;
}

void writer__note_begin(struct store_writer *writer)
{
	if (!writer->most_bytes)
		return;
	writer->used_before = store__used(writer);
	spill__note_begin(writer);
}

/* Nothing of a transaction but its journal is on the disk before it is committed. */
bool writer__has_room(struct store_writer *writer)
{
	__u64 journal = file__journal_bytes(writer), least = writer__least(writer);

	/* what is forgotten next needs a journal, too */
	if (!writer->forgets && journal < least)
		journal = least;
	return writer__size(writer) + journal <= writer->most_bytes;
}

/* The pages that a transaction takes: those of its journal, and new ones. */
static __u64 writer__taken(struct store_writer *writer)
{
	__u64 used = store__used(writer);

	return file__journal_bytes(writer) +
	       (used > writer->used_before ? used - writer->used_before : 0);
}

int writer__fit(struct store_writer *writer, struct failure *failure)
{
	__u64 taken;

	if (!writer->most_bytes)
		return 0;
	taken = writer__taken(writer);
	writer->most_taken -= writer->most_taken / 64; /* a burst is forgotten by and by */
	if (taken > writer->most_taken)
		writer->most_taken = taken;
	if (writer__has_room(writer))
		return 0;
	if (!writer->forgets)
		return writer__fit_burst(writer, taken, failure);
	return writer__fail_large(writer, failure);
}

int writer__fail_large(struct store_writer *writer, struct failure *failure)
{
	sqlite3_exec(writer->db, "ROLLBACK", NULL, NULL, NULL);
	writer->error = -EFBIG;
	return failure__set(
		failure, writer->error,
		"one interval alone, with its stacks and its journal, takes more than --max-size",
		"raise --max-size, or choose a narrower target or a shorter --interval; what was "
		"recorded up to then is kept",
		"cannot write the recording %s", writer->path);
}

/* ---- periods ---- */

/* A transaction of its own, so that no journal is as large as what is forgotten. */
int writer__go_on(struct store_writer *writer, struct failure *failure)
{
	int err;

	if (file__journal_bytes(writer) < writer__least(writer) / 2)
		return 0;
	err = store__commit(writer, failure);
	return err ? err : store__begin(writer, failure);
}

int writer__forget_rows(struct store_writer *writer, const char *sql, __u32 first,
			struct failure *failure)
{
	sqlite3_stmt *stmt;
	int err = 0;

	if (sqlite3_prepare_v2(writer->db, sql, -1, &stmt, NULL) != SQLITE_OK)
		return writer__fail(writer, failure);
	do {
		sqlite3_bind_int64(stmt, 1, first);
		err = writer__step(writer, stmt, failure);
		if (!err && !sqlite3_changes(writer->db))
			break;
		if (!err)
			err = writer__go_on(writer, failure);
	} while (!err);
	sqlite3_finalize(stmt);
	return err;
}

bool columns__are_by_period(const struct columns *columns)
{
	size_t i;

	for (i = 0; i < columns->count && columns->at[i].key; i++) {
		if (!strcmp(columns->at[i].name, "period"))
			return true;
	}
	return false;
}

/* Some rows of periods before ?1, by their keys. */
static void make_forget(char *sql, size_t size, const char *table, const struct columns *columns)
{
	char keys[256] = "";
	size_t i, at = 0;

	for (i = 0; i < columns->count && columns->at[i].key && at < sizeof(keys); i++)
		at += (size_t)snprintf(keys + at, sizeof(keys) - at, "%s%s", i ? ", " : "",
				       columns->at[i].name);
	snprintf(sql, size,
		 "DELETE FROM %s WHERE (%s) IN (SELECT %s FROM %s WHERE period < ?1 LIMIT " STRING(
			 ROWS_ONCE) ")",
		 table, keys, keys, table);
}

/* Its head goes first: what is left of a period without one is nothing to a reader. */
static int forget_periods(struct store_writer *writer, __u32 first, struct failure *failure)
{
	static const char *const by_crash[] = {
#define OF_CRASHES " WHERE crash IN (SELECT crash FROM crashes WHERE period < ?1)"
		"DELETE FROM crash_frames" OF_CRASHES,
		"DELETE FROM victims" OF_CRASHES,
		"DELETE FROM links" OF_CRASHES,
#undef OF_CRASHES
		"DELETE FROM crashes WHERE period < ?1",
	};
	char sql[640];
	size_t i;
	int err = writer__delete(writer, "DELETE FROM periods WHERE period < ?1", first, 0, 0,
				 failure);

	for (i = 0; i < sizeof(by_crash) / sizeof(by_crash[0]) && !err; i++)
		err = writer__forget_rows(writer, by_crash[i], first, failure);
	for (i = 0; i < STORE_TABLES && !err; i++) {
		if (!columns__are_by_period(&writer->columns[i]))
			continue;
		make_forget(sql, sizeof(sql), table_names[i], &writer->columns[i]);
		err = writer__forget_rows(writer, sql, first, failure);
	}
	return err;
}

/* ---- who is in no period any more ---- */

int writer__retire(struct store_writer *writer, const struct retired *one)
{
	if (!writer->most_bytes)
		return 0;
	if (writer->retired_first && writer->retired_count == writer->retired_room) {
		writer->retired_count -= writer->retired_first;
		memmove(writer->retired, writer->retired + writer->retired_first,
			writer->retired_count * sizeof(*one));
		writer->retired_first = 0;
	}
	if (!ARRAY_ROOM(writer->retired, writer->retired_count, writer->retired_room, 256))
		return -ENOMEM;
	writer->retired[writer->retired_count++] = *one;
	return 0;
}

int store__retire_thread(struct store_writer *writer, __u32 thread)
{
	return writer__retire(writer,
			      &(struct retired){ .period = writer->period, .thread = thread });
}

static int forget_one(struct store_writer *writer, const struct retired *one,
		      struct failure *failure)
{
	struct kept *back = NULL;

	if (one->thread)
		return writer__delete(writer, "DELETE FROM threads WHERE thread = ?1", one->thread,
				      0, 0, failure);
	HASH_FIND(hh, writer->processes, &one->process, sizeof(one->process), back);
	if (back)
		return 0;
	return writer__delete(writer,
			      "DELETE FROM processes WHERE pid = ?1 AND process_start_ns = ?2",
			      one->process.pid, one->process.id, 0, failure);
}

/* They stand in the order of the periods in which they were last. */
static int forget_retired(struct store_writer *writer, __u32 first, struct failure *failure)
{
	int err = 0;

	while (!err && writer->retired_first < writer->retired_count &&
	       writer->retired[writer->retired_first].period < first) {
		err = forget_one(writer, &writer->retired[writer->retired_first++], failure);
		if (!err)
			err = writer__go_on(writer, failure);
	}
	return err;
}

int writer__forget(struct store_writer *writer, const void *what, forget_fn forget,
		   struct failure *failure)
{
	int err;

	writer->forgets = true;
	err = store__begin(writer, failure);
	if (!err)
		err = forget(writer, what, failure);
	if (!err)
		err = store__commit(writer, failure);
	if (!err)
		err = writer__shrink(writer, failure);
	writer->forgets = false;
	return err;
}

static int forget_before(struct store_writer *writer, const void *what, struct failure *failure)
{
	const __u32 *first = what;
	int err = forget_periods(writer, *first, failure);

	return err ? err : forget_retired(writer, *first, failure);
}

int store__roll(struct store_writer *writer, __u32 first, struct failure *failure)
{
	writer->has_rolled = true;
	return writer__forget(writer, &first, forget_before, failure);
}

__u32 store__first_period(struct store_writer *writer)
{
	return (__u32)database__ask(writer->db, "SELECT min(period) FROM periods");
}

/* ---- copies ---- */

int store__give_reason(const char *path, const char *reason, struct failure *failure)
{
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;
	int rc = sqlite3_open_v2(path, &db,
				 SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
				 NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db,
				  "PRAGMA journal_mode = MEMORY; BEGIN; PRAGMA incremental_vacuum;"
				  "UPDATE recording SET value = '1' WHERE key = 'ended'",
				  NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(db,
					"INSERT OR REPLACE INTO recording VALUES('" REASON_KEY
					"', ?1)",
					-1, &stmt, NULL);
	if (rc == SQLITE_OK) {
		sqlite3_bind_text(stmt, 1, reason, -1, SQLITE_STATIC);
		rc = sqlite3_step(stmt) == SQLITE_DONE ? SQLITE_OK : sqlite3_errcode(db);
	}
	sqlite3_finalize(stmt);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	sqlite3_close(db);
	if (rc == SQLITE_OK)
		return 0;
	return failure__set(failure, rc == SQLITE_FULL ? -ENOSPC : -EIO, sqlite3_errstr(rc), NULL,
			    "cannot write %s", path);
}
