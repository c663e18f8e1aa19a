/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of a recording: what it replaces and what not, who is kept out, and who notes the end. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/tt.h"
#include "core/clock.h"
#include "make_store.h"
#include "unit.h"

static struct failure failure;

TestSuite(store_file, .fini = tt__cleanup);

static const char *beside(const char *suffix)
{
	static char path[4][4200];
	static int next;
	char *at = path[next++ % 4];

	snprintf(at, sizeof(path[0]), "%s%s", recording__path(), suffix);
	return at;
}

static void save(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	cr_assert_not_null(file);
	fputs(text, file);
	fclose(file);
}

static int create(const char *path, bool force, struct store_writer **ret_writer)
{
	struct summary meta;

	failure = (struct failure){ 0 };
	scene__describe(&meta);
	return store__create(ret_writer, path, force, &meta, &failure);
}

static int try_create(const char *path, bool force)
{
	struct store_writer *writer = NULL;
	int err = create(path, force, &writer);

	if (!err)
		recording__end(writer, true);
	else
		cr_expect_null(writer);
	return err;
}

static bool says(const char *text)
{
	return strstr(failure.text, text);
}

/* ---- making ---- */

Test(store_file, is_for_its_owner_alone)
{
	struct stat status;

	umask(0);
	SAME(try_create(recording__path(), false), 0);
	cr_assert_eq(stat(recording__path(), &status), 0);
	SAME(status.st_mode, S_IFREG | 0600);
	cr_expect(access(beside("-journal"), F_OK), "the journal is left");
	SAME(try_create(recording__path(), false), -EEXIST);
	cr_expect(says("overwrite it with --force"), "%s", failure.text);
}

/* It would be rolled back into the new file. */
Test(store_file, journal_of_another_file_goes)
{
	save(beside("-journal"), "of another");
	SAME(try_create(recording__path(), false), 0);
	cr_expect(access(beside("-journal"), F_OK));
	unlink(recording__path());
	save(recording__path(), "old");
	save(beside("-journal"), "of another");
	SAME(try_create(recording__path(), true), 0);
	cr_expect(access(beside("-journal"), F_OK));
	store__free(recording__open());
}

Test(store_file, what_is_no_file_is_not_replaced)
{
	char folder[4200];

	snprintf(folder, sizeof(folder), "%s", beside(".folder"));
	cr_assert_eq(mkdir(folder, 0700), 0);
	SAME(try_create(folder, true), -EINVAL);
	cr_expect(says("it is not a regular file"), "%s", failure.text);
	SAME(try_create(folder, false), -EEXIST);
	SAME(try_create(beside(".folder/none/x"), false), -ENOENT);
	SAME(try_create(beside(".folder/none/x"), true), -ENOENT);
	cr_assert_eq(symlink("nowhere", beside(".link")), 0);
	SAME(try_create(beside(".link"), true), -ENOENT);
	cr_expect(says("cannot replace"), "%s", failure.text);
	SAME(try_create(beside(".link"), false), -EEXIST);
}

Test(store_file, link_stays_and_what_it_names_is_replaced)
{
	struct stat status;

	save(recording__path(), "old");
	cr_assert_eq(symlink(recording__path(), beside(".link")), 0);
	SAME(try_create(beside(".link"), true), 0);
	cr_assert_eq(lstat(beside(".link"), &status), 0);
	cr_expect(S_ISLNK(status.st_mode));
	store__free(recording__open());
}

Test(store_file, names_have_a_length)
{
	char name[PATH_MAX + 10];

	memset(name, 'x', sizeof(name));
	name[PATH_MAX - 32 - 1] = 0;
	SAME(try_create(name, false), -ENAMETOOLONG);
	cr_expect(says("cannot create the recording /"), "%s", failure.text); /* so the kernel */
	name[PATH_MAX - 32 - 1] = 'x';
	name[PATH_MAX - 32] = 0;
	SAME(try_create(name, false), -ENAMETOOLONG);
	cr_expect(says("cannot create a recording with that name"), "%s", failure.text);
}

Test(store_file, name_without_a_folder_is_here)
{
	char folder[4200];

	snprintf(folder, sizeof(folder), "%s", recording__path());
	*strrchr(folder, '/') = 0;
	cr_assert_eq(chdir(folder), 0);
	SAME(try_create("a.tasktoll", false), 0);
	store__free(recording__open());
}

/* ---- one recorder for one file ---- */

Test(store_file, nobody_replaces_what_is_being_recorded)
{
	struct store_writer *writer = NULL;

	cr_assert_eq(create(recording__path(), false, &writer), 0);
	SAME(try_create(recording__path(), true), -EBUSY);
	cr_expect(says("another recorder is writing it"), "%s", failure.text);
	recording__end(writer, true);
	cr_assert_eq(create(recording__path(), true, &writer), 0);
	SAME(try_create(recording__path(), true), -EBUSY);
	recording__end(writer, true);
	SAME(try_create(recording__path(), true), 0);
}

/* A file for reading only is replaced by its folder's owner. */
Test(store_file, read_only_file_is_replaced)
{
	struct stat status;

	save(recording__path(), "old");
	cr_assert_eq(chmod(recording__path(), 0400), 0);
	SAME(try_create(recording__path(), true), 0);
	cr_assert_eq(stat(recording__path(), &status), 0);
	SAME(status.st_mode, S_IFREG | 0600);
}

/* ---- while it is written ---- */

static void put_nothing(struct store_writer *writer, int expected)
{
	failure = (struct failure){ 0 };
	cr_assert_eq(store__begin(writer, &failure), 0);
	SAME(store__commit(writer, &failure), expected);
}

Test(store_file, file_that_is_moved_or_deleted)
{
	struct store_writer *writer = NULL;

	cr_assert_eq(create(recording__path(), false, &writer), 0);
	put_nothing(writer, 0);
	cr_assert_eq(rename(recording__path(), beside(".moved")), 0);
	put_nothing(writer, -ENOENT);
	cr_expect(says("it was moved, or replaced, while it was written (what was recorded up to "
		       "then is where it was moved)"),
		  "%s", failure.text);
	store__close(writer, true, &failure);
	cr_assert_eq(create(recording__path(), false, &writer), 0);
	cr_assert_eq(unlink(recording__path()), 0);
	put_nothing(writer, -ENOENT);
	cr_expect(says("it was deleted while it was written"), "%s", failure.text);
	failure = (struct failure){ 0 };
	cr_expect_neq(store__begin(writer, &failure), 0);
	store__close(writer, true, &failure);
}

Test(store_file, another_file_of_that_name_is_not_it)
{
	struct store_writer *writer = NULL;

	cr_assert_eq(create(recording__path(), false, &writer), 0);
	save(beside(".other"), "precious");
	cr_assert_eq(rename(beside(".other"), recording__path()), 0);
	put_nothing(writer, -ENOENT);
	store__close(writer, true, &failure);
	cr_expect_eq(access(recording__path(), F_OK), 0);
}

Test(store_file, bytes_are_those_of_both_files)
{
	struct store_writer *writer = NULL;
	struct stat status;
	__u64 bytes;

	cr_assert_eq(create(recording__path(), false, &writer), 0);
	cr_assert_eq(stat(recording__path(), &status), 0);
	bytes = (__u64)status.st_size;
	cr_expect_gt(bytes, 4096);
	if (!stat(beside("-journal"), &status))
		bytes += (__u64)status.st_size;
	SAME(store__bytes(writer), bytes);
	save(beside("-journal"), "12345");
	bytes = store__bytes(writer);
	cr_assert_eq(stat(recording__path(), &status), 0);
	SAME(bytes, (__u64)status.st_size + 5);
	store__close(writer, true, &failure);
}

/* Whoever opens the file next mends it with that. */
Test(store_file, journal_that_is_not_empty_stays)
{
	struct store_writer *writer = NULL;

	cr_assert_eq(create(recording__path(), false, &writer), 0);
	recording__end(writer, true);
	cr_expect(access(beside("-journal"), F_OK));
}

/* ---- who notes the end ---- */

/* Of a recording; to be freed. */
static char *value_of(const char *path, const char *key)
{
	sqlite3_stmt *stmt = NULL;
	char *text = NULL;
	sqlite3 *db;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, "SELECT value FROM recording WHERE key = ?1", -1, &stmt, NULL) ==
		    SQLITE_OK) {
		sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
		if (sqlite3_step(stmt) == SQLITE_ROW)
			text = strdup((const char *)sqlite3_column_text(stmt, 0));
	}
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return text;
}

/* Records, says so, and is killed. */
static void record_and_die(bool over)
{
	struct store_writer *writer = NULL;
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (create(recording__path(), over, &writer))
			_exit(1);
		kill(getpid(), SIGKILL);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFSIGNALED(status));
}

static __u64 wait_for_end(const char *path)
{
	char *text = NULL;
	__u64 when = 0;
	int i;

	for (i = 0; i < 1000 && !when; i++) {
		text = value_of(path, "cut_off_at_ns");
		when = text ? strtoull(text, NULL, 10) : 0;
		if (text)
			SAME(strlen(text), 20); /* an update that needs no room */
		free(text);
		usleep(10000);
	}
	return when;
}

Test(store_file, end_of_a_killed_recorder_is_noted, .timeout = 60)
{
	int over;

	recording__path(); /* before there is a child */
	for (over = 0; over < 2; over++) {
		__u64 before = clock__monotonic(), when;
		struct store *store;

		record_and_die(over);
		when = wait_for_end(recording__path());
		cr_expect(when >= before && when <= clock__monotonic(), "%llu", when);
		store = recording__open();
		cr_expect(store__is_cut_off(store));
		store__free(store);
	}
}

/* A recording that came to its end has no such note. */
Test(store_file, recorder_that_ends_has_no_witness)
{
	struct store *store;
	char *text;

	SAME(try_create(recording__path(), false), 0);
	text = value_of(recording__path(), "cut_off_at_ns");
	cr_expect(!text || !strtoull(text, NULL, 10), "%s", text);
	free(text);
	store = recording__open();
	cr_expect(!store__is_cut_off(store));
	store__free(store);
	cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1);
	SAME(errno, ECHILD);
}
