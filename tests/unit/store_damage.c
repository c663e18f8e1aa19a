/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recordings that were cut off, damaged, or made to deceive: they are read as far as they
 * go, or refused with a sentence, and nothing worse happens.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/disk.h"
#include "../lib/recording.h"
#include "../lib/tt.h"
#include "make_store.h"
#include "unit.h"

TestSuite(store_damage, .fini = tt__cleanup);

static const struct recording_plan plan = {
	.processes = 60, .threads = 20, .stacks = 300, .samples = 3000
};

static int count(void *context, const struct sample *sample)
{
	__u64 *samples = context;

	(void)sample;
	++*samples;
	return 0;
}

static int read_all(struct store *store, __u64 *ret_samples, struct failure *failure)
{
	struct profile *profile;
	struct model *model;
	struct summary summary;
	__u32 stack;
	__u64 now;
	int err = store__read_period(store, 1, &model, &summary, &now, failure);

	if (!err) {
		cr_assert_eq(model__close(model, now), 0);
		cr_assert_eq(summary__take(&summary, model, &sorts[0]), 0);
		summary__release(&summary);
		model__free(model);
	}
	err = store__read_profile(store, &profile, failure);
	if (err)
		return err;
	for (stack = 1; stack <= profile__stack_count(profile); stack++)
		cr_assert_lt(profile__get_stack(profile, stack)->caller, stack);
	profile__free(profile);
	*ret_samples = 0;
	return store__each_sample(store, 0, ~0U >> (32 - WEIGHTS), count, ret_samples, failure);
}

/* Returns whether everything was there. */
static bool try_it(const char *path)
{
	struct failure failure = { 0 };
	struct store *store;
	__u64 samples;
	bool whole;

	if (store__open(&store, path, &failure)) {
		cr_assert(strstr(failure.text, "(") && failure.error, "%s", failure.text);
		return false;
	}
	if (read_all(store, &samples, &failure))
		cr_assert_neq(failure.text[0], 0);
	whole = !store__is_damaged(store);
	if (!whole)
		cr_assert(strstr(store__remark(store, 1), "damaged"));
	store__free(store);
	return whole;
}

static char *load(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "re");
	struct stat status;
	char *bytes;

	cr_assert(file && !fstat(fileno(file), &status));
	*ret_size = (size_t)status.st_size;
	bytes = malloc(*ret_size);
	cr_assert_eq(fread(bytes, 1, *ret_size, file), *ret_size);
	fclose(file);
	return bytes;
}

static void save(const char *path, const char *bytes, size_t size)
{
	FILE *file = fopen(path, "we");

	cr_assert_not_null(file);
	cr_assert_eq(fwrite(bytes, 1, size, file), size);
	cr_assert_eq(fclose(file), 0);
}

Test(store_damage, flipped_bytes, .timeout = 120)
{
	struct chance chance = { 4711 };
	const char *path = recording__path();
	size_t size, i;
	char *bytes;
	int round;

	recording__make(path, &plan);
	cr_expect(try_it(path));
	bytes = load(path, &size);
	for (round = 0; round < 150; round++) {
		char *copy = malloc(size);

		memcpy(copy, bytes, size);
		for (i = 0; i < 1U + round; i++)
			copy[chance__below(&chance, size)] = (char)chance__next(&chance);
		save(path, copy, size);
		try_it(path);
		free(copy);
	}
	free(bytes);
}

Test(store_damage, cut_anywhere, .timeout = 120)
{
	struct chance chance = { 4712 };
	const char *path = recording__path();
	size_t size;
	char *bytes;
	int round;

	recording__make(path, &plan);
	bytes = load(path, &size);
	for (round = 0; round < 60; round++) {
		save(path, bytes, chance__below(&chance, size));
		cr_expect_not(try_it(path));
	}
	free(bytes);
}

/* Statements of somebody who knows the schema. */
static void deceive(const char *path, const char *sql)
{
	char *error = NULL;
	sqlite3 *db;

	cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_exec(db, "PRAGMA writable_schema = ON; PRAGMA ignore_check_constraints = ON", NULL,
		     NULL, NULL);
	cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, &error), SQLITE_OK, "%s: %s", sql, error);
	sqlite3_close(db);
}

Test(store_damage, what_was_made_to_deceive, .timeout = 120)
{
	static const char *const lies[] = {
		"UPDATE process_rows SET voluntary = -5",
		"UPDATE process_rows SET comm = x'ff00fe'",
		"UPDATE process_rows SET pick_ns_buckets = zeroblob(100000)",
		"UPDATE process_rows SET pick_ns_count = 9000000000000000000",
		"UPDATE process_rows SET pid = 'many' WHERE pid = 5",
		"UPDATE thread_rows SET pid = 77777",
		"UPDATE thread_rows SET off_since_ns = -1",
		"UPDATE thread_rows SET off = 'dancing'",
		"UPDATE stacks SET caller = stack",
		"UPDATE stacks SET caller = stack + 1",
		"UPDATE stacks SET frame = 1234567",
		"UPDATE stacks SET stack = stack + 1000000 WHERE stack > 10",
		"UPDATE frames SET module = -1",
		"UPDATE frames SET name = zeroblob(3000000)",
		"UPDATE samples SET stack = 1000000000 WHERE stack = 1",
		"UPDATE samples SET sleep_ns = -4611686018427387904",
		"UPDATE samples SET sleep_ns = 'long'",
		"UPDATE samples SET sleep_ns = 1e300",
		"UPDATE periods SET duration_ns = 'x'",
		"INSERT INTO cpus VALUES(1, 4000000000, -1, 0, 0, 0, 0, 0, 0, NULL, 0)",
		"INSERT INTO spawns SELECT 1, 'process', 99, 99, 'thread', 1,0,0, "
		"0,0,0,NULL,1,1,1, 0,0,0,NULL,1,1,1, 0,0,0,NULL,1,1,1, 0,0,0,NULL,1,1,1, "
		"0,0,0,NULL,1,1,1",
		"INSERT INTO fork_sizes VALUES(1, 'target', 0, 0, 99, 0, 5, 0, 0, 0, NULL, 1, 1, 1)",
		"DROP TABLE samples",
		"DROP TABLE stacks; CREATE VIEW stacks AS WITH RECURSIVE n(stack, caller, frame) AS "
		"(SELECT 1, 0, 1 UNION ALL SELECT stack + 1, 0, 1 FROM n) SELECT * FROM n",
		"DROP TABLE threads; CREATE TABLE threads(thread INTEGER PRIMARY KEY, record AS "
		"(zeroblob(900000000)), tid, start_ns, pid, process_start_ns, comm, process_comm);"
		"INSERT INTO threads VALUES(1, 1, 1, 1, 1, 'a', 'b')",
	};
	const char *path = recording__path();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lies); i++) {
		recording__make(path, &plan);
		deceive(path, lies[i]);
		cr_expect_not(try_it(path), "it was believed: %s", lies[i]);
	}
}

/* ---- writers that die, and disks that are full ---- */

static int integrity(void *context, int columns, char **values, char **names)
{
	(void)columns;
	(void)names;
	*(bool *)context = !strcmp(values[0], "ok");
	return 0;
}

static bool is_intact(const char *path)
{
	bool intact = false;
	sqlite3 *db;

	cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000); /* who notes a recorder's end may have it locked */
	sqlite3_exec(db, "PRAGMA integrity_check", integrity, &intact, NULL);
	sqlite3_close(db);
	return intact;
}

/* Flushes for ever, the number of the flush in a sample. */
static void write_for_ever(int told)
{
	struct store_writer *writer = recording__create();
	struct profile *profile = profile__new();
	struct failure failure = { 0 };
	struct scene scene;
	__u32 i, n;

	scene__fill(&scene, 30, true, true);
	scene__describe(&scene.summary);
	for (i = 0; i < 8; i++)
		profile__stack(profile, i, profile__mark(profile, "root"));
	profile__thread(profile, &(struct profile_thread){ .comm = "a", .process_comm = "b" });
	for (n = 1;; n++) {
		recording__put(writer, 1, &scene, &scene.summary, SCENE_END);
		recording__begin(writer);
		if (store__put_profile(writer, profile, &failure))
			_exit(1);
		for (i = 0; i < 2000; i++) {
			struct sample sample = { .thread = 1, .stack = 1, .waker = 0 };

			sample.stack = 1 + i % 8;
			sample.weight[0] = 1;
			if (store__put_sample(writer, 1, &sample, &failure))
				_exit(1);
		}
		recording__commit(writer);
		if (write(told, &n, sizeof(n)) != sizeof(n))
			_exit(1);
	}
}

static int add_up(void *context, const struct sample *sample)
{
	*(__u64 *)context += (__u64)sample->weight[0];
	return 0;
}

/*
 * What was committed, in flushes; negative if it is not readable.  Asserts nothing: it also
 * runs in a child.
 */
static long flushes(const char *path)
{
	struct failure failure = { 0 };
	struct store *store;
	__u64 sum = 0;
	long result = -2;
	int err, tries = 0;

	/* who notes the recorder's end may need a while on a busy machine */
	while ((err = store__open(&store, path, &failure)) == -EBUSY && tries++ < 300)
		usleep(100000);
	if (err) {
		fprintf(stderr, "%s\n", failure.text);
		return -1;
	}
	if (!store__each_sample(store, 1, 1, add_up, &sum, &failure) && !store__is_damaged(store) &&
	    strstr(store__remark(store, 0), "was cut off") && sum % 2000 == 0)
		result = (long)(sum / 2000);
	store__free(store);
	return result;
}

/* The same, read by somebody who may not write there. */
static long flushes_for_nobody(const char *path)
{
	int pipes[2];
	long result = -3;
	pid_t pid;

	cr_assert_eq(pipe(pipes), 0);
	pid = fork();
	if (!pid) {
		if (geteuid() || (!setgid(TT_NOBODY) && !setuid(TT_NOBODY)))
			result = flushes(path);
		_exit(write(pipes[1], &result, sizeof(result)) != sizeof(result));
	}
	close(pipes[1]);
	cr_expect_eq(read(pipes[0], &result, sizeof(result)), (ssize_t)sizeof(result));
	close(pipes[0]);
	waitpid(pid, NULL, 0);
	return result;
}

Test(store_damage, killed_writer, .timeout = 120)
{
	struct chance chance = { 4713 };
	const char *path = recording__path();
	char folder[4096];
	int round, hot = 0;

	snprintf(folder, sizeof(folder), "%s", path);
	*strrchr(folder, '/') = 0;
	chmod(folder, 0755);
	for (round = 0; round < 30; round++) {
		char journal[4200];
		struct stat status;
		__u32 told = 0, n;
		int pipes[2];
		long kept, for_nobody;
		pid_t pid;

		cr_assert_eq(pipe(pipes), 0);
		pid = fork();
		if (!pid)
			write_for_ever(pipes[1]);
		close(pipes[1]);
		cr_assert_eq(read(pipes[0], &n, sizeof(n)), (ssize_t)sizeof(n));
		usleep((useconds_t)chance__below(&chance, 60000));
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		do
			told = n;
		while (read(pipes[0], &n, sizeof(n)) == sizeof(n));
		close(pipes[0]);
		snprintf(journal, sizeof(journal), "%s-journal", path);
		hot += !stat(journal, &status) && status.st_size;
		chmod(path, 0644);
		/* first, because who may write takes back what is half done */
		for_nobody = flushes_for_nobody(path);
		kept = flushes(path);
		cr_expect_eq(for_nobody, kept);
		/* the commit can have been told, or only be there */
		cr_expect(kept == told || kept == told + 1L, "%ld of %u flushes", kept, told);
		cr_expect(is_intact(path));
	}
	cr_log_info("%d of %d were killed in the middle of a commit", hot, round);
}

static void expect_no_journal(void)
{
	char journal[4096];

	snprintf(journal, sizeof(journal), "%s-journal", recording__path());
	cr_expect(access(journal, F_OK), "%s is left", journal);
}

/* Until there is no room; what was written before is there, and nothing beside it. */
static void fill_up(struct store_writer *writer, const struct scene *scene,
		    const struct summary *summary)
{
	struct failure failure = { 0 };
	struct store *store;
	__u32 period;
	int err = 0;

	for (period = 2; !err; period++) {
		cr_assert_eq(store__begin(writer, &failure), 0);
		err = store__put_period(writer, period, scene->model, summary, SCENE_END, &failure);
		if (!err)
			err = store__commit(writer, &failure);
	}
	cr_expect(strstr(failure.text, "cannot write the recording"), "%s", failure.text);
	cr_expect(strstr(failure.text, "what was recorded up to then is kept"), "%s", failure.text);
	cr_expect_neq(store__begin(writer, &failure), 0);
	store__close(writer, true, &failure);
	expect_no_journal();
	cr_expect(is_intact(recording__path()));
	store = recording__open();
	cr_expect_eq(store__periods(store), period - 2);
	cr_expect(strstr(store__remark(store, 0), "was cut off"));
	store__free(store);
}

/* limit: from the first period on; NULL: none but the disk's. */
static void record_until_full(const struct rlimit *limit)
{
	struct store_writer *writer = recording__create();
	struct summary summary;
	struct scene scene;

	signal(SIGXFSZ, SIG_IGN);
	scene__fill(&scene, 80, true, true);
	scene__describe(&summary);
	recording__put(writer, 1, &scene, &summary, SCENE_END);
	if (limit)
		cr_assert_eq(setrlimit(RLIMIT_FSIZE, limit), 0);
	fill_up(writer, &scene, &summary);
	model__free(scene.model);
}

Test(store_damage, full_file, .timeout = 60)
{
	record_until_full(&(struct rlimit){ 300000, 300000 });
}

Test(store_damage, full_disk, .timeout = 60)
{
	char directory[4096];

	snprintf(directory, sizeof(directory), "%s", recording__path());
	*strrchr(directory, '/') = 0;
	disk__make(directory, "600k");
	record_until_full(NULL);
	umount(directory);
}

/* ---- making one ---- */

Test(store_damage, nothing_is_overwritten_unasked)
{
	const char *path = recording__path();
	struct failure failure = { 0 };
	struct store_writer *writer;
	struct summary meta;

	scene__describe(&meta);
	save(path, "precious", 8);
	cr_expect_eq(store__create(&writer, path, false, &meta, &failure), -EEXIST);
	cr_expect(strstr(failure.text, "--force"), "%s", failure.text);
	cr_expect_not(try_it(path));
	cr_expect_eq(store__create(&writer, "/nowhere/x", true, &meta, &failure), -ENOENT);
	cr_expect_eq(store__create(&writer, "/dev/null", true, &meta, &failure), -EINVAL);
	recording__end(recording__create(), true);
	writer = recording__create();
	cr_assert_not_null(writer);
	recording__end(writer, true);
	cr_expect(is_intact(path));
}
