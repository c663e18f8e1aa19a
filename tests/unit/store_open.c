/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is no recording, by its first bytes, and what is one of another version. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/tt.h"
#include "make_store.h"
#include "unit.h"

TestSuite(store_open, .fini = tt__cleanup);

static void check(int expected, const char *text)
{
	struct failure failure = { 0 };
	struct store *store = NULL;

	SAME(store__open(&store, recording__path(), &failure), expected);
	cr_expect_null(store);
	cr_expect(strstr(failure.text, text), "%s", failure.text);
}

static void save(const char *bytes, size_t size)
{
	int fd = open(recording__path(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, bytes, size), (ssize_t)size);
	close(fd);
}

Test(store_open, what_is_no_file)
{
	check(-ENOENT, "tasktoll record makes one");
	cr_assert_eq(mkdir(recording__path(), 0700), 0);
	check(-EINVAL, "it is a directory");
	cr_assert_eq(rmdir(recording__path()), 0);
	cr_assert_eq(mkfifo(recording__path(), 0600), 0);
	check(-EINVAL, "it is not a regular file");
}

Test(store_open, what_is_no_database)
{
	char bytes[200] = "SQLite format 3";

	save("", 0);
	check(-EINVAL, "it is empty");
	save("SQLite", 6);
	check(-EINVAL, "not a tasktoll recording");
	save(bytes, 99);
	check(-EINVAL, "not a tasktoll recording");
	bytes[15] = ' ';
	save(bytes, 200);
	check(-EINVAL, "not a tasktoll recording");
}

Test(store_open, database_of_another_program)
{
	recording__change("CREATE TABLE t (a); PRAGMA application_id = 5");
	check(-EINVAL, "it is another program's database");
}

/* Others know a recording by these two, and we its version: see recording(5). */
Test(store_open, recording_says_what_it_is)
{
	recording__end(recording__create(), true);
	cr_expect_eq(recording__number("PRAGMA application_id"), 0x54546f6c, "%lx",
		     recording__number("PRAGMA application_id"));
	cr_expect_eq(recording__number("PRAGMA user_version"), 1);
}

Test(store_open, recording_of_a_later_version)
{
	recording__end(recording__create(), true);
	recording__change("PRAGMA user_version = 99");
	check(-EPROTO, "a newer tasktoll made it");
}

/* The header says how many pages there are. */
Test(store_open, file_whose_end_is_missing)
{
	struct stat status;
	char text[100];

	recording__end(recording__create(), true);
	cr_assert_eq(stat(recording__path(), &status), 0);
	cr_assert_eq(truncate(recording__path(), status.st_size - 1), 0);
	snprintf(text, sizeof(text), "its end is missing");
	check(-EIO, text);
	snprintf(text, sizeof(text), "of %lld bytes %lld are there", (long long)status.st_size,
		 (long long)status.st_size - 1);
	check(-EIO, text);
}

Test(store_open, pages_of_any_size)
{
	struct store *store;

	recording__end(recording__create(), true);
	recording__change("PRAGMA page_size = 65536; VACUUM");
	store = recording__open();
	store__free(store);
	recording__change("PRAGMA page_size = 512; VACUUM");
	store = recording__open();
	cr_expect(!store__is_damaged(store));
	store__free(store);
}

/* ---- samples of the first recordings ---- */

#define SLEEPS 4

static const __s64 old_samples[SLEEPS][WEIGHTS] = {
	{ [WEIGHT_RUNQ] = 10, [WEIGHT_PREEMPTED] = 3, [WEIGHT_SLEEP] = 100, [WEIGHT_DISK] = 50 },
	{ [WEIGHT_RUNQ] = 20, [WEIGHT_PREEMPTED] = 5, [WEIGHT_DISK] = 200, [WEIGHT_OTHER] = 60 },
	{ [WEIGHT_RUNQ] = 30, [WEIGHT_PREEMPTED] = 7, [WEIGHT_OTHER] = 300 },
	{ [WEIGHT_RUNQ] = 9, [WEIGHT_PREEMPTED] = 9, [WEIGHT_SLEEP] = 400 },
};

static struct sample samples[SLEEPS];
static size_t sample_count;

static int take(void *context, const struct sample *sample)
{
	(void)context;
	cr_assert_lt(sample_count, SLEEPS);
	samples[sample_count++] = *sample;
	return 0;
}

static void read_samples(bool old, __u32 weights)
{
	struct failure failure = { 0 };
	struct store_writer *writer;
	struct summary meta;
	struct store *store;
	size_t i;

	scene__describe(&meta);
	for (i = 0; i < ROW_COUNTERS; i++)
		meta.has_counter[i] = i != C_LIFETIME || !old;
	cr_assert_eq(store__create(&writer, recording__path(), true, &meta, &failure), 0);
	recording__begin(writer);
	for (i = 0; i < SLEEPS; i++) {
		struct sample sample = { .thread = 5, .stack = 6 + (__u32)i };

		memcpy(sample.weight, old_samples[i], sizeof(sample.weight));
		cr_assert_eq(store__put_sample(writer, 1, &sample, &failure), 0);
	}
	recording__commit(writer);
	recording__end(writer, true);
	store = recording__open();
	sample_count = 0;
	cr_assert_eq(store__each_sample(store, 1, weights, take, NULL, &failure), 0);
	SAME(sample_count, SLEEPS);
	for (i = 0; i < SLEEPS; i++) {
		SAME(samples[i].thread, 0); /* there are none of these numbers */
		SAME(samples[i].stack, 0);
	}
	cr_expect(store__is_damaged(store));
	store__free(store);
}

/* There, sleep and the wait after it were one. */
Test(store_open, sleeps_of_the_first_recordings_end_when_they_end)
{
	read_samples(true, 1U << WEIGHT_SLEEP | 1U << WEIGHT_DISK | 1U << WEIGHT_OTHER);
	SAME(samples[0].weight[WEIGHT_SLEEP], 93);
	SAME(samples[0].weight[WEIGHT_DISK], 50);
	SAME(samples[1].weight[WEIGHT_DISK], 185);
	SAME(samples[1].weight[WEIGHT_OTHER], 60);
	SAME(samples[2].weight[WEIGHT_OTHER], 277);
	SAME(samples[3].weight[WEIGHT_SLEEP], 400);
	read_samples(true, 1U << WEIGHT_SLEEP); /* whichever is asked for */
	SAME(samples[0].weight[WEIGHT_SLEEP], 93);
}

Test(store_open, sleeps_of_later_recordings_are_as_they_are)
{
	read_samples(false, (1U << WEIGHTS) - 1);
	SAME(samples[0].weight[WEIGHT_SLEEP], 100);
	SAME(samples[1].weight[WEIGHT_DISK], 200);
	SAME(samples[2].weight[WEIGHT_OTHER], 300);
	SAME(samples[0].weight[WEIGHT_RUNQ], 10);
}

/* ---- more than a model keeps ---- */

Test(store_open, so_many_crashes_are_read_and_no_more)
{
	const size_t more = MODEL_CRASHES_MAX + 3;
	struct scene scene, read;
	struct story story;
	struct summary summary;
	struct store_writer *writer = recording__create();
	struct store *store;
	char *sql = NULL;
	size_t size, i;
	FILE *out = open_memstream(&sql, &size);

	scene__fill_lifecycle(&scene, &story);
	scene__describe(&summary);
	recording__put(writer, 1, &scene, &summary, SCENE_END);
	recording__end(writer, true);
	scene__take(&scene);
	scene__release(&scene);
	story__end(&story);
	fputs("BEGIN; CREATE TABLE one AS SELECT * FROM crashes LIMIT 1; DELETE FROM crashes;",
	      out);
	for (i = 1; i <= more; i++)
		fprintf(out, "UPDATE one SET crash = %zu; INSERT INTO crashes SELECT * FROM one;",
			i);
	fputs("DROP TABLE one; COMMIT", out);
	fclose(out);
	recording__change(sql);
	free(sql);
	store = recording__open();
	recording__read(store, 1, &read);
	SAME(read.model->crash_count, MODEL_CRASHES_MAX);
	scene__release(&read);
	store__free(store);
}
