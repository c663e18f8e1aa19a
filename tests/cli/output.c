/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the output goes can be full, closed, or gone; what a live summary does
 * then is tested live.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/disk.h"
#include "../lib/recording.h"
#include "../lib/tt.h"

TestSuite(output, .fini = tt__cleanup);

static const char *const commands[] = { "--help", "--version" };

Test(output, full)
{
	const struct proc_opts opts = { .stdout_path = "/dev/full" };
	struct run run;
	size_t i;

	for (i = 0; i < 2; i++) {
		tt__run(&run, ARGS(commands[i]), &opts);
		tt__expect_failure(&run, 1, NULL);
		run__free(&run);
	}
}

Test(output, closed)
{
	const struct proc_opts opts = { .close_stdout = true };
	struct run run;
	size_t i;

	for (i = 0; i < 2; i++) {
		tt__run(&run, ARGS(commands[i]), &opts);
		tt__expect_failure(&run, 1, NULL);
		run__free(&run);
	}
}

/* A reader that has enough is no failure. */
Test(output, reader_that_leaves)
{
	struct run run;

	run__do(&run, ARGS("sh", "-c", "\"$0\" stat --help | head -n 1", tt__path()), NULL);
	cr_expect_eq(run.status, 0);
	cr_expect_eq(run.err_len, 0, "on stderr: %s", run.err);
	run__free(&run);
}

/* ---- a file that is there already ---- */

static const struct recording_plan plan = { .processes = 3, .stacks = 5, .samples = 20 };
static const struct recording_plan large = { .processes = 60 };

static void save(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	cr_assert_not_null(file);
	fputs(text, file);
	fclose(file);
}

static void expect_text(const char *path, const char *text)
{
	char *got = file__read(path);

	cr_assert_not_null(got);
	cr_expect_str_eq(got, text);
	free(got);
}

static void expect_summary(const char *path)
{
	char *got = file__read(path);

	cr_assert_not_null(got);
	cr_expect(strstr(got, "\"schema\""), "%s", got);
	free(got);
}

static void report_to(const char *path, int status)
{
	struct run run;

	tt__run(&run, ARGS("report", "--format", "json", "-o", path, tt__temp("r.tasktoll")), NULL);
	cr_expect_eq(run.status, status, "%d: %s", run.status, run.err);
	run__free(&run);
}

/* Whatever fails, and when: it stays as it was. */
Test(output, what_fails_leaves_the_old_file)
{
	const char *recording = tt__temp("r.tasktoll"), *path = tt__temp("out");
	struct run run;

	recording__make(recording, &plan);
	save(path, "precious");
	tt__run(&run, ARGS("flame", "-q", "--metric", "crash", "-o", path, recording), NULL);
	tt__expect_failure(&run, 1, NULL);
	run__free(&run);
	tt__run(&run, ARGS("report", "-o", path, "/no/such/recording"), NULL);
	tt__expect_failure(&run, 1, NULL);
	run__free(&run);
	expect_text(path, "precious");
	unlink(path);
	tt__run(&run, ARGS("flame", "-q", "--metric", "crash", "-o", path, recording), NULL);
	tt__expect_failure(&run, 1, NULL);
	run__free(&run);
	cr_expect(access(path, F_OK), "an empty file is left");
}

Test(output, a_full_disk_leaves_the_old_file)
{
	const char *directory = tt__temp("disk"), *path = tt__temp("disk/out");
	struct run run;

	recording__make(tt__temp("r.tasktoll"), &large);
	cr_assert_eq(mkdir(directory, 0755), 0);
	disk__make(directory, "16k");
	save(path, "precious");
	report_to(path, 1);
	expect_text(path, "precious");
	run__do(&run, ARGS("ls", "-A", directory), NULL);
	cr_expect_str_eq(run.out, "out\n");
	run__free(&run);
	umount(directory);
	rmdir(directory);
}

Test(output, what_replaces_a_file_has_its_mode_and_its_links)
{
	const char *path = tt__temp("out"), *link_to = tt__temp("link"), *twin = tt__temp("twin");
	struct stat status;

	recording__make(tt__temp("r.tasktoll"), &plan);
	save(path, "old");
	chmod(path, 0640);
	cr_assert_eq(symlink("out", link_to), 0);
	report_to(link_to, 0);
	expect_summary(path);
	cr_expect(!lstat(link_to, &status) && S_ISLNK(status.st_mode));
	cr_expect(!stat(path, &status) && (status.st_mode & 07777) == 0640, "%o", status.st_mode);
	/* a file with two names is one file afterwards, too */
	cr_assert_eq(link(path, twin), 0);
	save(path, "old");
	report_to(path, 0);
	expect_summary(twin);
	/* a link to what is not there yet */
	cr_assert(!unlink(path) && !unlink(twin));
	report_to(link_to, 0);
	expect_summary(path);
}

Test(output, pipes_and_devices_are_written_to)
{
	const char *fifo = tt__temp("fifo"), *recording = tt__temp("r.tasktoll");
	struct stat status;
	struct run run;

	recording__make(recording, &plan);
	report_to("/dev/null", 0);
	report_to("/dev/full", 1);
	tt__run(&run, ARGS("report", "--format", "json", "-o", "/dev/stdout", recording), NULL);
	tt__expect_success(&run);
	cr_expect(strstr(run.out, "\"schema\""), "%s", run.out);
	run__free(&run);
	cr_assert_eq(mkfifo(fifo, 0600), 0);
	run__do(&run,
		ARGS("sh", "-c", "\"$0\" report --format json -o \"$1\" \"$2\" & cat \"$1\"; wait",
		     tt__path(), fifo, recording),
		NULL);
	cr_expect(strstr(run.out, "\"schema\""), "%s", run.out);
	cr_expect(!stat(fifo, &status) && S_ISFIFO(status.st_mode));
	run__free(&run);
}

Test(output, a_pipe_without_a_reader_is_told)
{
	const char *fifo = tt__temp("fifo"), *recording = tt__temp("r.tasktoll");
	struct run run;

	recording__make(recording, &plan);
	cr_assert_eq(mkfifo(fifo, 0600), 0);
	tt__run(&run, ARGS("report", "-o", fifo, recording), NULL);
	tt__expect_failure(&run, 1, "nobody reads that pipe (begin to read it first)");
	run__free(&run);
}
