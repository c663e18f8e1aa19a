/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a recording says of itself, its transactions, and its end. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/cpu_model.h"
#include "core/hash.h"
#include "store/writer.h"

#define STRING(x)    STRING_OF(x)
#define STRING_OF(x) #x

/* ---- failures ---- */

/* last: errno as the call left it, for where SQLite does not keep it (in a commit). */
static int errno_of(sqlite3 *db, int last)
{
	int system = sqlite3_system_errno(db);

	if (!system && (last == EFBIG || last == EDQUOT || last == EROFS))
		system = last;
	switch (sqlite3_errcode(db) & 0xff) {
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_READONLY:
		return -EACCES;
	default:
		return system ? -system : -EIO;
	}
}

int writer__fail(struct store_writer *writer, struct failure *failure)
{
	int err = errno_of(writer->db, errno);
	const char *hint = "what was recorded up to then is kept";

	if (err == -EFBIG)
		hint = "raise the limit of ulimit -f; what was recorded up to then is kept";
	if (err == -ENOSPC || err == -EDQUOT)
		hint = "free some space, or record to another disk; what was recorded up to then "
		       "is kept";
	writer->error = err;
	failure__set(failure, err, err == -EIO ? sqlite3_errmsg(writer->db) : NULL, hint,
		     "cannot write the recording %s", writer->path);
	if (!sqlite3_get_autocommit(writer->db))
		sqlite3_exec(writer->db, "ROLLBACK", NULL, NULL, NULL);
	return err;
}

int writer__run(struct store_writer *writer, const char *sql, struct failure *failure)
{
	if (writer->error)
		return failure__set(failure, writer->error, NULL, NULL,
				    "cannot write the recording %s any more", writer->path);
	errno = 0;
	if (sqlite3_exec(writer->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return writer__fail(writer, failure);
}

/* ---- rows ---- */

int writer__step(struct store_writer *writer, sqlite3_stmt *stmt, struct failure *failure)
{
	int err = 0;

	errno = 0;
	if (writer->error) /* rolled back: a row would be a transaction of its own */
		err = failure__set(failure, writer->error, NULL, NULL,
				   "cannot write the recording %s any more", writer->path);
	else if (sqlite3_step(stmt) != SQLITE_DONE)
		err = writer__fail(writer, failure);
	sqlite3_reset(stmt);
	return err;
}

int writer__put(struct store_writer *writer, enum store_table table, const struct keys *keys,
		const void *row, struct failure *failure)
{
	row__bind(writer->insert[table], &writer->columns[table], keys, row);
	return writer__step(writer, writer->insert[table], failure);
}

int writer__delete(struct store_writer *writer, const char *sql, __u64 a, __u64 b, __u64 c,
		   struct failure *failure)
{
	sqlite3_stmt *stmt;
	int err;

	if (sqlite3_prepare_v2(writer->db, sql, -1, &stmt, NULL) != SQLITE_OK)
		return writer__fail(writer, failure);
	sqlite3_bind_int64(stmt, 1, (sqlite3_int64)a);
	sqlite3_bind_int64(stmt, 2, (sqlite3_int64)b); /* fails where a statement has no ?2 */
	sqlite3_bind_int64(stmt, 3, (sqlite3_int64)c);
	err = writer__step(writer, stmt, failure);
	sqlite3_finalize(stmt);
	return err;
}

/* ---- what is the same for the whole recording ---- */

static int put_pair(struct store_writer *writer, const char *key, const char *value,
		    struct failure *failure)
{
	return writer__put(writer, TABLE_RECORDING, &(struct keys){ .text = key },
			   &(struct pair_row){ value }, failure);
}

static int put_number(struct store_writer *writer, const char *key, __u64 value,
		      struct failure *failure)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", value);
	return put_pair(writer, key, text, failure);
}

static int put_measure(struct store_writer *writer, const char *kind, const char *group,
		       const char *name, bool available, const char *unit, const char *help,
		       struct failure *failure)
{
	const struct measure_row row = { available, unit, help };
	char full[64];

	snprintf(full, sizeof(full), "%s%s%s", group, *group ? "_" : "", name);
	return writer__put(writer, TABLE_MEASURES, &(struct keys){ .text = kind, .measure = full },
			   &row, failure);
}

static int put_measures(struct store_writer *writer, const struct summary *meta,
			struct failure *failure)
{
	int i, err = 0;

	for (i = 0; i < ROW_COUNTERS && !err; i++)
		err = put_measure(writer, "counter", counter_infos[i].group, counter_infos[i].name,
				  meta->has_counter[i], counter_infos[i].unit,
				  counter_infos[i].help, failure);
	for (i = 0; i < ROW_DISTS && !err; i++)
		err = put_measure(writer, "distribution", dist_infos[i].group, dist_infos[i].name,
				  meta->has_dist[i], "nanoseconds", dist_infos[i].help, failure);
	for (i = 0; i < PHASES && !err; i++)
		err = put_measure(writer, "phase", "", phase_names[i], meta->has_phase[i],
				  "nanoseconds", dist_infos[D_COPY + i].help, failure);
	for (i = 0; i < WEIGHTS && !err; i++)
		err = put_measure(writer, "weight", "", weight_infos[i].column, true,
				  weight_infos[i].unit, weight_infos[i].help, failure);
	if (!err)
		err = put_measure(writer, "creation", "", "failed", meta->has_failed, "count",
				  "creations that failed", failure);
	return err;
}

static int put_unavailable(struct store_writer *writer, const struct summary *meta,
			   struct failure *failure)
{
	int i, err = 0;

	for (i = 0; i < meta->unavailable_count && !err; i++) {
		struct unavailable_row row = { .measure = meta->unavailable[i].measure };

		memcpy(row.reason, meta->unavailable[i].reason, sizeof(row.reason));
		err = writer__put(writer, TABLE_UNAVAILABLE, &(struct keys){ .number = (__u64)i },
				  &row, failure);
	}
	return err;
}

static int put_meta(struct store_writer *writer, const struct summary *meta,
		    struct failure *failure)
{
	struct utsname system = { 0 };
	char cpu[96];
	const struct {
		const char *key, *value;
	} pairs[] = {
		{ "host", meta->host },	      { "kernel", meta->kernel },
		{ "boot_id", meta->boot_id }, { "machine", system.machine },
		{ "target", meta->target },   { "tool_version", TASKTOLL_VERSION },
		{ "cpu_model", cpu },
	};
	size_t i;
	int err = 0;

	uname(&system);
	cpu_model__read(cpu, sizeof(cpu));
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]) && !err; i++)
		err = put_pair(writer, pairs[i].key, pairs[i].value, failure);
	if (!err)
		err = put_number(writer, "cpus", (__u64)(meta->cpus > 0 ? meta->cpus : 0), failure);
	if (!err)
		err = put_number(writer, "cost_source", meta->cost_source, failure);
	if (!err)
		err = put_number(writer, "threads", meta->threads, failure);
	if (!err)
		err = put_number(writer, "ended", 0, failure);
	if (!err)
		err = put_pair(writer, "recorder", writer->mark, failure);
	if (!err)
		err = put_pair(writer, WITNESS_KEY, WITNESS_UNKNOWN, failure);
	if (!err && writer->most_bytes)
		err = put_number(writer, ROLLS_KEY, 1, failure);
	if (!err)
		err = put_number(writer, "longest_between_commits_ns", 0, failure);
	if (!err)
		err = put_measures(writer, meta, failure);
	return err ? err : put_unavailable(writer, meta, failure);
}

/* ---- the database ---- */

int writer__prepare(struct store_writer *writer, struct failure *failure)
{
	int i;

	for (i = 0; i < STORE_TABLES; i++) {
		bool sample = i == TABLE_SAMPLES || i == TABLE_OPEN_SAMPLES;
		char *sql = sample ? schema__add_sample(i) : schema__insert(i);
		int rc = SQLITE_NOMEM;

		if (sql && !columns__of(&writer->columns[i], i))
			rc = sqlite3_prepare_v3(writer->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
						&writer->insert[i], NULL);
		free(sql);
		if (rc != SQLITE_OK)
			return writer__fail(writer, failure);
	}
	if (sqlite3_prepare_v3(writer->db,
			       "UPDATE frames SET name = ?1, inlined = ?2 WHERE frame = ?3", -1,
			       SQLITE_PREPARE_PERSISTENT, &writer->name_frame, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v3(writer->db, "UPDATE modules SET build_id = ?1 WHERE module = ?2", -1,
			       SQLITE_PREPARE_PERSISTENT, &writer->identify_module,
			       NULL) != SQLITE_OK)
		return writer__fail(writer, failure);
	return 0;
}

void writer__finalize(struct store_writer *writer)
{
	int i;

	for (i = 0; i < STORE_TABLES; i++) {
		sqlite3_finalize(writer->insert[i]);
		writer->insert[i] = NULL;
		free(writer->columns[i].at);
		writer->columns[i].at = NULL;
	}
	sqlite3_finalize(writer->name_frame);
	sqlite3_finalize(writer->identify_module);
	writer->name_frame = writer->identify_module = NULL;
}

/* The whole schema and what is known at the beginning, committed. */
int writer__fill(struct store_writer *writer, const struct summary *meta, struct failure *failure)
{
	char *schema = schema__create();
	int err;

	if (!schema)
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot make %s", writer->path);
	err = writer__run(
		writer,
		"BEGIN IMMEDIATE; PRAGMA application_id = " STRING(
			STORE_APPLICATION_ID) "; PRAGMA user_version = " STRING(STORE_VERSION),
		failure);
	if (!err)
		err = writer__run(writer, schema, failure);
	free(schema);
	if (!err)
		err = writer__prepare(writer, failure);
	if (!err)
		err = put_meta(writer, meta, failure);
	return err ? err : writer__run(writer, "COMMIT", failure);
}

static void writer__free(struct store_writer *writer)
{
	if (!writer)
		return;
	writer__finalize(writer);
	file__close(writer);
	HASH_FREE_ALL(writer->processes);
	HASH_FREE_ALL(writer->threads);
	free(writer->crashes);
	free(writer->retired);
	usage__free(&writer->stack_usage);
	usage__free(&writer->frame_usage);
	free(writer->path);
	free(writer);
}

int store__create_rolling(struct store_writer **ret_writer, const char *path, bool force,
			  __u64 most_bytes, const struct summary *meta, struct failure *failure)
{
	struct store_writer *writer = calloc(1, sizeof(*writer));
	int err = -ENOMEM;

	*ret_writer = NULL;
	if (!writer)
		return failure__set(failure, err, NULL, NULL, "cannot make the recording %s", path);
	writer->lock = -1;
	writer->most_bytes = most_bytes;
	invoker__read(&writer->invoker);
	err = invoker__enter(&writer->invoker);
	if (err) {
		failure__set(failure, err, NULL, NULL, "cannot make the recording %s as %s", path,
			     writer->invoker.other ? writer->invoker.name : "root");
	} else {
		err = file__make(writer, path, force, meta, failure);
		if (invoker__leave(&writer->invoker) && !err)
			err = failure__set(failure, -EPERM, NULL, NULL, "cannot become root again");
	}
	if (err) {
		writer__free(writer);
		return err;
	}
	writer->committed_ns = clock__monotonic();
	*ret_writer = writer;
	return 0;
}

int store__create(struct store_writer **ret_writer, const char *path, bool force,
		  const struct summary *meta, struct failure *failure)
{
	return store__create_rolling(ret_writer, path, force, 0, meta, failure);
}

/* ---- transactions ---- */

int store__begin(struct store_writer *writer, struct failure *failure)
{
	writer__note_begin(writer);
	return writer__run(writer, "BEGIN IMMEDIATE", failure);
}

int store__commit(struct store_writer *writer, struct failure *failure)
{
	__u64 now = clock__monotonic();
	int err = file__check(writer, failure);

	if (err)
		return err;
	/* forgetting writes nothing down, and is no commit of what was recorded */
	if (!writer->forgets && now - writer->committed_ns > writer->longest_ns) {
		writer->longest_ns = now - writer->committed_ns;
		err = put_number(writer, "longest_between_commits_ns", writer->longest_ns, failure);
		if (err)
			return err;
	}
	if (!writer->forgets)
		writer->committed_ns = now;
	err = writer__fit(writer, failure);
	return err ? err : writer__run(writer, "COMMIT", failure);
}

__u64 store__bytes(const struct store_writer *writer)
{
	return file__bytes(writer);
}

/* Since when something is missing.  It has room: the row is there, and what failed was taken back. */
static void note_cut(struct store_writer *writer)
{
	char sql[128];

	snprintf(sql, sizeof(sql), "UPDATE recording SET value = '%020llu' WHERE key = '%s'",
		 writer->end_ns ? writer->end_ns : clock__monotonic(), WITNESS_KEY);
	sqlite3_exec(writer->db, sql, NULL, NULL, NULL);
}

static int finish(struct store_writer *writer, bool ended, struct failure *failure)
{
	int err;

	if (!sqlite3_get_autocommit(writer->db))
		sqlite3_exec(writer->db, "ROLLBACK", NULL, NULL, NULL);
	if (!ended || writer->error)
		note_cut(writer);
	if (writer->error)
		return writer->error;
	err = file__check(writer, failure);
	if (err)
		return err;
	/* the last commit is waited for: the file is whole even if the power fails then */
	err = writer__run(writer, "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE", failure);
	if (!err)
		err = put_number(writer, "ended", ended, failure);
	if (!err)
		err = writer__run(writer, "COMMIT", failure);
	return err ? err : file__check(writer, failure);
}

int store__close(struct store_writer *writer, bool ended, struct failure *failure)
{
	int err;

	if (!writer)
		return 0;
	err = finish(writer, ended, failure);
	writer__free(writer);
	return err;
}
