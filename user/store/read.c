/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording is opened, and told apart from what is none.  Nothing in it is trusted:
 * SQLite is told to run only what we ask for, to bound what it reads, and each value is
 * looked at (store/value.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/number.h"
#include "store/reader.h"

#define HEADER_BYTES	    100
#define FRAME_SIZES_AT_ONCE 1000
#define JOURNAL_BYTES	    16
#define TRIES		    100
#define TRY_US		    20000
#define BUSY_MS		    300 /* that who notes a recorder's end may keep us waiting */

/* ---- rows ---- */

/* Every so many frame sizes; a damaged or hostile file could keep one statement busy for ever. */
static int count_frame_sizes(void *context)
{
	struct store *store = context;

	return !store->steps || !--store->steps;
}

static void query__note(struct query *query, int rc)
{
	if (rc != SQLITE_OK && rc != SQLITE_ROW && rc != SQLITE_DONE)
		query->store->broken[query->table] = true;
}

/* Of a distribution the first of its columns tells. */
static bool store__has_column(struct store *store, enum store_table table,
			      const struct column *column)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%s", column->name,
		 column->type == COLUMN_DIST ? "_count" : "");
	return sqlite3_table_column_metadata(store->db, "main", table_names[table], name, NULL,
					     NULL, NULL, NULL, NULL) == SQLITE_OK;
}

static bool is_among(const char *name, const char *const *names)
{
	for (; *names; names++) {
		if (!strcmp(name, *names))
			return true;
	}
	return false;
}

/* What the file should have and has not is asked for: then the table counts as broken. */
static void query__choose(struct query *query, const char *const *only)
{
	struct columns *columns = &query->columns;
	size_t i, left = 0;

	for (i = 0; i < columns->count; i++) {
		const struct column *column = &columns->at[i];

		if (only && !is_among(column->name, only))
			continue;
		if (!column->lacking || store__has_column(query->store, query->table, column))
			columns->at[left++] = *column;
	}
	columns->count = left;
}

void query__begin(struct query *query, struct store *store, enum store_table table,
		  const char *const *only, const char *tail, __u64 a)
{
	char *sql = NULL;

	*query = (struct query){ .store = store, .table = table };
	store->steps = 20000 + store->bytes / 100;
	query->error = columns__of(&query->columns, table);
	if (!query->error) {
		query__choose(query, only);
		query->texts = malloc(columns__text_size(&query->columns) + 1);
		sql = schema__select(table, &query->columns, tail);
	}
	if (!query->texts || !sql)
		query->error = -ENOMEM;
	else
		query__note(query, sqlite3_prepare_v2(store->db, sql, -1, &query->stmt, NULL));
	free(sql);
	if (query->stmt && sqlite3_bind_parameter_count(query->stmt) > 0)
		sqlite3_bind_int64(query->stmt, 1, (sqlite3_int64)a);
}

int query__next(struct query *query, struct keys *keys, void *row)
{
	int rc;

	if (!query->stmt)
		return query->error;
	rc = sqlite3_step(query->stmt);
	if (rc == SQLITE_ROW) {
		int err = row__read(query->stmt, &query->columns, keys, row, query->texts,
				    &query->store->bad);

		/* no row takes less room than this: pages are visited again and again */
		if (++query->rows <= query->store->bytes / 4 + 1)
			return err ? err : 1;
		rc = SQLITE_CORRUPT;
	}
	query__note(query, rc);
	return rc == SQLITE_NOMEM ? -ENOMEM : 0;
}

void query__end(struct query *query)
{
	sqlite3_finalize(query->stmt);
	free(query->columns.at);
	free(query->texts);
	*query = (struct query){ 0 };
}

__u32 store__limit(struct store *store, __u64 value, __u32 most)
{
	if (value <= most)
		return (__u32)value;
	store->bad++;
	return 0;
}

const char *store__keep(struct store *store, const char *text)
{
	size_t size = strlen(text) + 1;
	struct kept_text *kept = malloc(sizeof(*kept) + size);

	if (!kept)
		return "";
	memcpy(kept->text, text, size);
	kept->next = store->texts;
	store->texts = kept;
	return kept->text;
}

/* ---- is it one ---- */

static __u32 big_endian(const unsigned char *at)
{
	return (__u32)at[0] << 24 | (__u32)at[1] << 16 | (__u32)at[2] << 8 | at[3];
}

/* As far as the name and the first bytes tell. */
static int check_file(struct store *store, struct failure *failure)
{
	unsigned char header[HEADER_BYTES];
	struct stat status;
	ssize_t n;
	int fd = open(store->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return failure__set(failure, -errno, NULL,
				    errno == ENOENT ? "tasktoll record makes one" :
						      "its owner, or root, may read it",
				    "cannot read the recording %s", store->path);
	if (fstat(fd, &status) || !S_ISREG(status.st_mode)) {
		close(fd);
		return failure__set(failure, -EINVAL,
				    S_ISDIR(status.st_mode) ? "it is a directory" :
							      "it is not a regular file",
				    "name a file that tasktoll record made",
				    "cannot read the recording %s", store->path);
	}
	n = pread(fd, header, sizeof(header), 0);
	close(fd);
	store->bytes = (__u64)status.st_size;
	if (n < (ssize_t)sizeof(header) || memcmp(header, "SQLite format 3", 16))
		return failure__set(failure, -EINVAL,
				    n ? "not a tasktoll recording" : "it is empty",
				    "name a file that tasktoll record made", "cannot read %s",
				    store->path);
	return 0;
}

/* What only the header says; it is final once a journal has been rolled back. */
static int check_header(struct store *store, struct failure *failure)
{
	unsigned char header[HEADER_BYTES] = { 0 };
	int fd = open(store->path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : pread(fd, header, sizeof(header), 0);
	__u32 version = big_endian(header + 60);
	__u64 page = (__u64)header[16] << 8 | header[17], whole;

	if (fd >= 0)
		close(fd);
	if (n < (ssize_t)sizeof(header) || big_endian(header + 68) != STORE_APPLICATION_ID)
		return failure__set(failure, -EINVAL, "it is another program's database",
				    "name a file that tasktoll record made",
				    "%s is not a tasktoll recording", store->path);
	if (version > STORE_VERSION)
		return failure__set(failure, -EPROTO, "a newer tasktoll made it",
				    "update tasktoll; sqlite3 reads it, too",
				    "cannot read the recording %s of version %u", store->path,
				    version);
	whole = (page == 1 ? 65536 : page) * big_endian(header + 28);
	if (whole > store->bytes)
		return failure__set(failure, -EIO, "its end is missing", "copy it again",
				    "cannot read the recording %s: of %llu bytes %llu are there",
				    store->path, whole, store->bytes);
	return 0;
}

/* Only what we ask for: no view, no trigger, no function is run because a file says so. */
static int authorize(void *context, int action, const char *a, const char *b, const char *c,
		     const char *source)
{
	(void)context;
	(void)a;
	(void)b;
	(void)c;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
		return source ? SQLITE_DENY : SQLITE_OK;
	default:
		return SQLITE_DENY;
	}
}

static void confine(struct store *store)
{
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, 1 << 24);
	sqlite3_limit(store->db, SQLITE_LIMIT_COLUMN, 256);
	sqlite3_limit(store->db, SQLITE_LIMIT_VDBE_OP, 25000);
	sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_limit(store->db, SQLITE_LIMIT_TRIGGER_DEPTH, 1);
	sqlite3_progress_handler(store->db, FRAME_SIZES_AT_ONCE, count_frame_sizes, store);
	sqlite3_exec(store->db, "PRAGMA cell_size_check = 1; PRAGMA query_only = 1", NULL, NULL,
		     NULL);
	sqlite3_set_authorizer(store->db, authorize, NULL);
}

/* SQLite looks at the file only when it must. */
static int try_open(struct store *store, const char *path, int flags)
{
	int rc;

	sqlite3_close(store->db);
	store->db = NULL;
	store->steps = 1000000;
	rc = sqlite3_open_v2(path, &store->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
			     NULL);
	if (rc == SQLITE_OK || rc == SQLITE_CANTOPEN) {
		sqlite3_extended_result_codes(store->db, 1);
		sqlite3_busy_timeout(store->db, BUSY_MS);
		rc = sqlite3_exec(store->db, "PRAGMA schema_version", NULL, NULL, NULL);
	}
	return rc;
}

static int copy_file(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), err = 0, out;
	char bytes[65536];
	ssize_t n = 0;

	if (in < 0)
		return -errno;
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0)
		err = -errno;
	while (!err && (n = read(in, bytes, sizeof(bytes))) > 0) {
		if (write(out, bytes, (size_t)n) != n)
			err = errno ? -errno : -ENOSPC;
	}
	if (n < 0)
		err = -errno;
	close(in);
	if (out >= 0)
		close(out);
	return err;
}

/* Two files that somebody may be changing. */
struct stamp {
	struct stat file, journal;
};

static void stamp__take(struct stamp *stamp, const char *file, const char *journal)
{
	memset(stamp, 0, sizeof(*stamp)); /* what is not there stays as it is */
	stat(file, &stamp->file);
	stat(journal, &stamp->journal);
}

static bool stat__differs(const struct stat *a, const struct stat *b)
{
	return a->st_ino != b->st_ino || a->st_size != b->st_size ||
	       a->st_mtim.tv_sec != b->st_mtim.tv_sec || a->st_mtim.tv_nsec != b->st_mtim.tv_nsec;
}

/*
 * Its writer was killed in the middle of a commit, and here we may not write: what
 * is half done is taken back in a copy, which nobody else sees.  SQLITE_BUSY: somebody
 * has taken it back meanwhile.
 */
static int open_copy(struct store *store)
{
	const char *temp = getenv("TMPDIR");
	char folder[512], file[600], journal[620], old[PATH_MAX + JOURNAL_BYTES];
	struct stamp before, after;
	int rc = SQLITE_CANTOPEN;

	snprintf(folder, sizeof(folder), "%.480s/tasktoll.XXXXXX", temp && *temp ? temp : "/tmp");
	if (!mkdtemp(folder))
		return SQLITE_CANTOPEN;
	snprintf(file, sizeof(file), "%s/recording", folder);
	snprintf(journal, sizeof(journal), "%s-journal", file);
	snprintf(old, sizeof(old), "%.*s-journal", PATH_MAX, store->path);
	stamp__take(&before, store->path, old);
	if (!copy_file(store->path, file) && !copy_file(old, journal))
		rc = try_open(store, file, SQLITE_OPEN_READWRITE);
	stamp__take(&after, store->path, old);
	if (stat__differs(&before.file, &after.file) ||
	    stat__differs(&before.journal, &after.journal))
		rc = SQLITE_BUSY;
	unlink(journal);
	unlink(file); /* it stays open */
	rmdir(folder);
	return rc;
}

/* It may not be written, and would have to. */
static bool is_shut(int rc)
{
	return (rc & 0xff) == SQLITE_READONLY || (rc & 0xff) == SQLITE_CANTOPEN;
}

static bool changed_just_now(const char *path)
{
	struct stat status;

	return !stat(path, &status) &&
	       clock__realtime() / 1000000000ULL - 2 < (__u64)status.st_mtim.tv_sec;
}

static int open_database(struct store *store, struct failure *failure)
{
	int rc = try_open(store, store->path, SQLITE_OPEN_READONLY), tries;

	for (tries = 0; tries < TRIES && is_shut(rc); tries++) {
		bool soon = changed_just_now(store->path) && tries + 1 < TRIES;

		/* a recorder that has just been killed: who notes its end mends the file */
		rc = soon ? SQLITE_BUSY : try_open(store, store->path, SQLITE_OPEN_READWRITE);
		if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_BUSY)
			rc = open_copy(store);
		if ((rc & 0xff) != SQLITE_BUSY)
			break;
		usleep(TRY_US);
		rc = try_open(store, store->path, SQLITE_OPEN_READONLY);
	}
	if (rc == SQLITE_OK)
		return 0;
	if ((rc & 0xff) == SQLITE_BUSY)
		return failure__set(failure, -EBUSY, "it is still being recorded",
				    "read it when the recorder has ended",
				    "cannot read the recording %s", store->path);
	return failure__set(failure, rc == SQLITE_NOMEM ? -ENOMEM : -EIO, sqlite3_errstr(rc),
			    "sqlite3 FILE .recover saves what can be saved",
			    "cannot read the recording %s", store->path);
}

/* ---- the whole ---- */

int store__open(struct store **ret_store, const char *path, struct failure *failure)
{
	struct store *store = calloc(1, sizeof(*store));
	char real[PATH_MAX];
	int err;

	*ret_store = NULL;
	if (store)
		store->path = strdup(realpath(path, real) ? real : path);
	if (!store || !store->path) {
		free(store);
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot read %s", path);
	}
	err = check_file(store, failure);
	if (!err)
		err = open_database(store, failure);
	if (!err) {
		confine(store);
		err = check_header(store, failure);
	}
	if (!err)
		err = store__read_meta(store, failure);
	if (err) {
		store__free(store);
		return err;
	}
	*ret_store = store;
	return 0;
}

void store__free(struct store *store)
{
	struct kept_text *next;
	int table;

	if (!store)
		return;
	sqlite3_close_v2(store->db);
	for (; store->texts; store->texts = next) {
		next = store->texts->next;
		free(store->texts);
	}
	free(store->path);
	for (table = 0; table < STORE_TABLES; table++)
		free(store->numbers[table].list);
	free(store);
}

static const char *remark_damage(struct store *store)
{
	size_t at;
	int i, count = 0;

	at = (size_t)snprintf(store->damage, sizeof(store->damage),
			      "the recording is damaged: cannot read all of");
	for (i = 0; i < STORE_TABLES; i++) {
		if (store->broken[i] && at < sizeof(store->damage) - 40)
			at += (size_t)snprintf(store->damage + at, sizeof(store->damage) - at,
					       "%s %s", count++ ? "," : "", table_names[i]);
	}
	if (count)
		return store->damage;
	snprintf(store->damage, sizeof(store->damage),
		 "the recording is damaged: %s values in it are impossible and count as 0",
		 number__count(store->bad).text);
	return store->bad ? store->damage : NULL;
}

const char *store__remark(struct store *store, int which)
{
	if (which < store->remark_count)
		return store->remarks[which];
	return which == store->remark_count ? remark_damage(store) : NULL;
}

bool store__is_cut_off(const struct store *store)
{
	return store->cut_off;
}

bool store__is_damaged(const struct store *store)
{
	int i;

	for (i = 0; i < STORE_TABLES; i++) {
		if (store->broken[i])
			return true;
	}
	return store->bad;
}

__u32 store__periods(const struct store *store)
{
	return store->periods;
}
