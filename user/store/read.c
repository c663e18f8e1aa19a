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
#include <sys/utsname.h>
#include <unistd.h>

#include "core/number.h"
#include "store/reader.h"

#define HEADER_BYTES  100
#define STEPS_AT_ONCE 1000
#define JOURNAL_BYTES 16

/* ---- rows ---- */

/* Every so many steps; a damaged or hostile file could keep one statement busy for ever. */
static int count_steps(void *context)
{
	struct store *store = context;

	return !store->steps || !--store->steps;
}

static void query__note(struct query *query, int rc)
{
	if (rc != SQLITE_OK && rc != SQLITE_ROW && rc != SQLITE_DONE)
		query->store->broken[query->table] = true;
}

void query__begin(struct query *query, struct store *store, enum store_table table, const char *sql,
		  const char *tail, __u64 a, __u64 b)
{
	char *own = sql ? NULL : schema__select(table, tail);
	struct put put = { 0 };

	*query = (struct query){ .store = store, .table = table, .get.bad = &store->bad };
	store->steps = 20000 + store->bytes / 100;
	if (!sql && !own)
		return;
	query__note(query,
		    sqlite3_prepare_v2(store->db, sql ? sql : own, -1, &query->get.stmt, NULL));
	free(own);
	put.stmt = query->get.stmt;
	if (put.stmt && sqlite3_bind_parameter_count(put.stmt) > 0)
		put__bits(&put, a);
	if (put.stmt && sqlite3_bind_parameter_count(put.stmt) > 1)
		put__bits(&put, b);
}

int query__next(struct query *query)
{
	int rc;

	if (!query->get.stmt)
		return 0;
	rc = sqlite3_step(query->get.stmt);
	query->get.at = 0;
	if (rc == SQLITE_ROW) {
		/* no row takes less room than this: pages are visited again and again */
		if (++query->rows <= query->store->bytes / 4 + 1)
			return 1;
		rc = SQLITE_CORRUPT;
	}
	query__note(query, rc);
	return rc == SQLITE_NOMEM ? -ENOMEM : 0;
}

void query__end(struct query *query)
{
	sqlite3_finalize(query->get.stmt);
	query->get.stmt = NULL;
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
							      "it is no regular file",
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
		return failure__set(failure, -EIO, "its end is missing", "copy it once more",
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
	case SQLITE_FUNCTION: /* of our own statements */
		return b && !strcmp(b, "max") ? SQLITE_OK : SQLITE_DENY;
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
	sqlite3_progress_handler(store->db, STEPS_AT_ONCE, count_steps, store);
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

/*
 * Its writer was killed in the middle of a commit, and here we may not write: what
 * is half done is taken back in a copy, which nobody else sees.
 */
static int open_copy(struct store *store)
{
	const char *temp = getenv("TMPDIR");
	char folder[512], file[600], journal[620], old[PATH_MAX + JOURNAL_BYTES];
	int rc = SQLITE_CANTOPEN;

	snprintf(folder, sizeof(folder), "%.480s/tasktoll.XXXXXX", temp && *temp ? temp : "/tmp");
	if (!mkdtemp(folder))
		return SQLITE_CANTOPEN;
	snprintf(file, sizeof(file), "%s/recording", folder);
	snprintf(journal, sizeof(journal), "%s-journal", file);
	snprintf(old, sizeof(old), "%.*s-journal", PATH_MAX, store->path);
	if (!copy_file(store->path, file) && !copy_file(old, journal))
		rc = try_open(store, file, SQLITE_OPEN_READWRITE);
	unlink(journal);
	unlink(file); /* it stays open */
	rmdir(folder);
	return rc;
}

static int open_database(struct store *store, struct failure *failure)
{
	int rc = try_open(store, store->path, SQLITE_OPEN_READONLY);

	if ((rc & 0xff) == SQLITE_READONLY || (rc & 0xff) == SQLITE_CANTOPEN) {
		rc = try_open(store, store->path, SQLITE_OPEN_READWRITE);
		if (rc != SQLITE_OK && rc != SQLITE_BUSY)
			rc = open_copy(store);
	}
	if (rc == SQLITE_OK)
		return 0;
	if ((rc & 0xff) == SQLITE_BUSY)
		return failure__set(failure, -EBUSY, "it is being recorded at this moment",
				    "read it when the recorder has ended",
				    "cannot read the recording %s", store->path);
	return failure__set(failure, rc == SQLITE_NOMEM ? -ENOMEM : -EIO, sqlite3_errstr(rc),
			    "sqlite3 FILE .recover saves what can be saved",
			    "cannot read the recording %s", store->path);
}

/* ---- what is the same for all of it ---- */

struct meta {
	char machine[65];
	bool ended;
	__u64 between_ns;
};

static void meta__take(struct store *store, struct meta *meta, const char *key, const char *value)
{
	struct summary *summary = &store->meta;
	__u64 number = strtoull(value, NULL, 10);
	const struct {
		const char *key;
		char *to;
		size_t size;
	} texts[] = {
		{ "host", summary->host, sizeof(summary->host) },
		{ "kernel", summary->kernel, sizeof(summary->kernel) },
		{ "boot_id", summary->boot_id, sizeof(summary->boot_id) },
		{ "target", summary->target, sizeof(summary->target) },
		{ "machine", meta->machine, sizeof(meta->machine) },
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (!strcmp(texts[i].key, key))
			utf8__from_bytes(texts[i].to, texts[i].size, value, strlen(value));
	}
	if (!strcmp(key, "cpus") && number && number <= 65536)
		summary->cpus = (int)number;
	else if (!strcmp(key, "cost_source") && number <= COST_FINISH_TASK_SWITCH)
		summary->cost_source = (enum cost_source)number;
	else if (!strcmp(key, "threads"))
		summary->threads = number;
	else if (!strcmp(key, "ended"))
		meta->ended = number == 1;
	else if (!strcmp(key, "longest_between_commits_ns"))
		meta->between_ns = number;
}

static void read_pairs(struct store *store, struct meta *meta)
{
	struct query query;

	query__begin(&query, store, TABLE_RECORDING, NULL, "", 0, 0);
	while (query__next(&query) > 0) {
		char key[64], value[1024];

		get__text(&query.get, key, sizeof(key));
		get__text(&query.get, value, sizeof(value));
		meta__take(store, meta, key, value);
	}
	query__end(&query);
}

static void measure__take(struct summary *summary, const char *kind, const char *measure,
			  bool available)
{
	char name[64];
	int i;

	for (i = 0; i < ROW_COUNTERS && !strcmp(kind, "counter"); i++) {
		snprintf(name, sizeof(name), "%s%s%s", counter_infos[i].group,
			 *counter_infos[i].group ? "_" : "", counter_infos[i].name);
		if (!strcmp(name, measure))
			summary->has_counter[i] = available;
	}
	for (i = 0; i < ROW_DISTS && !strcmp(kind, "distribution"); i++) {
		snprintf(name, sizeof(name), "%s%s%s", dist_infos[i].group,
			 *dist_infos[i].group ? "_" : "", dist_infos[i].name);
		if (!strcmp(name, measure))
			summary->has_dist[i] = available;
	}
	for (i = 0; i < PHASES && !strcmp(kind, "phase"); i++) {
		if (!strcmp(phase_names[i], measure))
			summary->has_phase[i] = available;
	}
	if (!strcmp(kind, "creation") && !strcmp(measure, "failed"))
		summary->has_failed = available;
}

static void read_measures(struct store *store)
{
	struct query query;

	query__begin(&query, store, TABLE_MEASURES, NULL, "", 0, 0);
	while (query__next(&query) > 0) {
		char kind[32], measure[64];

		get__text(&query.get, kind, sizeof(kind));
		get__text(&query.get, measure, sizeof(measure));
		measure__take(&store->meta, kind, measure, get__bool(&query.get));
	}
	query__end(&query);
	query__begin(&query, store, TABLE_UNAVAILABLE, NULL, "ORDER BY place", 0, 0);
	while (query__next(&query) > 0 && store->meta.unavailable_count < SUMMARY_UNAVAILABLE) {
		int at = store->meta.unavailable_count++;
		char measure[64];

		get__skip(&query.get);
		get__text(&query.get, measure, sizeof(measure));
		store->meta.unavailable[at].measure = store__keep(store, measure);
		get__text(&query.get, store->meta.unavailable[at].reason,
			  sizeof(store->meta.unavailable[at].reason));
	}
	query__end(&query);
}

static void remark(struct store *store, const char *text)
{
	if (store->remark_count < STORE_REMARKS)
		utf8__from_bytes(store->remarks[store->remark_count++], sizeof(store->remarks[0]),
				 text, strlen(text));
}

static void make_remarks(struct store *store, const struct meta *meta)
{
	struct utsname here = { 0 };
	char text[320], host[65];

	uname(&here);
	if (!meta->ended) {
		snprintf(text, sizeof(text),
			 "the recording was cut off: its last %s at most are missing",
			 number__duration(meta->between_ns ? meta->between_ns : 1000000000).text);
		remark(store, text);
	}
	if (strcmp(here.nodename, store->meta.host) || strcmp(here.machine, meta->machine)) {
		snprintf(host, sizeof(host), "%s", store->meta.host);
		utf8__printable(host);
		snprintf(text, sizeof(text),
			 "the recording was made on %s (%.32s), this is %.64s (%.32s)", host,
			 meta->machine, here.nodename, here.machine);
		utf8__printable(text);
		remark(store, text);
	}
}

static int read_meta(struct store *store, struct failure *failure)
{
	struct meta meta = { 0 };
	struct query query;

	store->meta.cpus = 1;
	read_pairs(store, &meta);
	read_measures(store);
	query__begin(&query, store, TABLE_PERIODS, "SELECT max(period) FROM periods", NULL, 0, 0);
	if (query__next(&query) > 0 && !get__is_null(&query.get))
		store->periods = (__u32)get__up_to(&query.get, UINT32_MAX);
	query__end(&query);
	if (store->broken[TABLE_RECORDING] || store->broken[TABLE_PERIODS])
		return failure__set(failure, -EIO, "it is damaged",
				    "sqlite3 FILE .recover saves what can be saved",
				    "cannot read the recording %s", store->path);
	make_remarks(store, &meta);
	return 0;
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
		err = read_meta(store, failure);
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

	if (!store)
		return;
	sqlite3_close_v2(store->db);
	for (; store->texts; store->texts = next) {
		next = store->texts->next;
		free(store->texts);
	}
	free(store->path);
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
