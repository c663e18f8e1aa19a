/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording whose writer was killed in the middle of a commit, and nobody has mended it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/tt.h"
#include "make_store.h"
#include "unit.h"

TestSuite(store_journal, .fini = tt__cleanup);

static const char *journal_path(void)
{
	static char path[4200];

	snprintf(path, sizeof(path), "%s-journal", recording__path());
	return path;
}

/* So much of a commit that a part of it is in the file. */
static void write_half(void)
{
	sqlite3 *db;

	if (sqlite3_open(recording__path(), &db) ||
	    sqlite3_exec(db,
			 "PRAGMA cache_size = 2; PRAGMA cache_spill = 1; BEGIN IMMEDIATE;"
			 "UPDATE processes SET comm = 'halfdone';"
			 "CREATE TABLE more (a, b);"
			 "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
			 "WHERE i < 4000) INSERT INTO more SELECT i, hex(zeroblob(100)) FROM n",
			 NULL, NULL, NULL))
		_exit(1);
	_exit(0);
}

static void make_half_done(struct scene *scene)
{
	static const struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	struct store_writer *writer = recording__create();
	struct summary summary;
	struct stat status;
	int result;
	pid_t pid;

	scene__fill(scene, 5, true, true);
	scene__describe(&summary);
	recording__put(writer, 1, scene, &summary, SCENE_END);
	recording__end(writer, true);
	scene__take(scene);
	pid = fork();
	if (!pid)
		write_half();
	cr_assert_eq(waitpid(pid, &result, 0), pid);
	cr_assert_eq(result, 0);
	cr_assert_eq(stat(journal_path(), &status), 0, "the commit was not begun");
	cr_assert_gt(status.st_size, 0);
	/* nobody is about to mend it any more */
	cr_assert_eq(utimensat(AT_FDCWD, recording__path(), old, 0), 0);
}

static void read_and_compare(const struct scene *scene)
{
	struct store *store = recording__open();
	struct scene read;

	recording__read(store, 1, &read);
	scenes__compare(scene, &read);
	scene__release(&read);
	store__free(store);
}

Test(store_journal, who_may_write_takes_back_what_is_half_done)
{
	struct scene scene;

	make_half_done(&scene);
	read_and_compare(&scene);
	cr_expect(access(journal_path(), F_OK), "the journal is left");
	read_and_compare(&scene);
	scene__release(&scene);
}

static size_t entries_of(const char *folder)
{
	DIR *dir = opendir(folder);
	size_t count = 0;

	cr_assert_not_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static void set_folder(const char *folder)
{
	if (folder)
		setenv("TMPDIR", folder, 1);
	else
		unsetenv("TMPDIR");
}

/* In a child without rights: 0: read; else the error of opening it. */
static int open_as_nobody(const char *folder)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		struct failure failure = { 0 };
		struct store *store;
		int err;

		set_folder(folder);
		if (setgid(TT_NOBODY) || setuid(TT_NOBODY))
			_exit(255);
		err = store__open(&store, recording__path(), &failure);
		if (!err && store__periods(store) != 1)
			err = -255;
		if (!err)
			store__free(store);
		_exit(-err);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status), "it crashed");
	return WEXITSTATUS(status);
}

/* In a copy, which is gone afterwards: for the file as it is belongs to somebody else. */
Test(store_journal, who_may_not_write_reads_a_copy)
{
	char folder[4096], own[4200];
	struct stat before, after;
	struct scene scene;

	if (geteuid())
		cr_skip_test("only root can become nobody");
	make_half_done(&scene);
	snprintf(folder, sizeof(folder), "%s", recording__path());
	*strrchr(folder, '/') = 0;
	snprintf(own, sizeof(own), "%s/own", folder);
	cr_assert_eq(mkdir(own, 0700), 0);
	cr_assert_eq(chown(own, TT_NOBODY, TT_NOBODY), 0);
	chmod(folder, 0755);
	chmod(recording__path(), 0644);
	chmod(journal_path(), 0644);
	cr_assert_eq(stat(recording__path(), &before), 0);
	SAME(open_as_nobody(own), 0);
	SAME(entries_of(own), 2);
	/* where none is named, in /tmp */
	SAME(open_as_nobody(NULL), 0);
	SAME(open_as_nobody(""), 0);
	SAME(open_as_nobody("/nonexistent"), EIO);
	SAME(open_as_nobody(folder), EIO); /* nobody may make one there */
	cr_assert_eq(stat(recording__path(), &after), 0);
	SAME(after.st_mtim.tv_sec, before.st_mtim.tv_sec);
	SAME(after.st_size, before.st_size);
	cr_expect_eq(access(journal_path(), F_OK), 0);
	read_and_compare(&scene);
	scene__release(&scene);
}
