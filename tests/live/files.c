/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where recordings and output may be put, by whom, and what is left of them when something fails. */
#include <criterion/criterion.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../lib/js.h"
#include "../lib/tt.h"

TestSuite(files, .init = tt__require_live, .fini = tt__cleanup, .timeout = 120);

static const char *const sudo_env[] = { "SUDO_UID=65534", "SUDO_GID=65534", "SUDO_USER=nobody",
					NULL };

static const struct place {
	const char *name;
	uid_t owner;
	mode_t mode;
} theirs = { "theirs", TT_NOBODY, 0755 }, readonly = { "readonly", 0, 0555 },
  closed = { "closed", TT_NOBODY, 0000 };

/* A directory of that owner and mode, and the name of a file in it. */
static const char *place__make(const struct place *place)
{
	static char file[PATH_MAX];
	const char *directory = tt__temp(place->name);

	cr_assert(!mkdir(directory, 0700) && !chown(directory, place->owner, place->owner) &&
			  !chmod(directory, place->mode),
		  "%s: %s", directory, strerror(errno));
	snprintf(file, sizeof(file), "%s/file", directory);
	return file;
}

/* What lies beside the file, with it, goes. */
static void place__remove(const char *file, const char *expected)
{
	struct run run;

	run__do(&run,
		ARGS("sh", "-c",
		     "cd \"$(dirname \"$1\")\" && ls -A && rm -f file* && rmdir \"$PWD\"", "sh",
		     file),
		NULL);
	cr_expect_str_eq(run.out, expected, "%s: there is\n%s", file, run.out);
	run__free(&run);
}

static void record(const char *file, const char *const env[])
{
	const struct proc_opts opts = { .env = env };
	struct run run;

	tt__run(&run, ARGS("record", "-q", "--force", "-o", file, "--", "true"), &opts);
	tt__expect_success(&run);
	run__free(&run);
	tt__run(&run, ARGS("report", "-n", "1", file), NULL);
	tt__expect_success(&run);
	run__free(&run);
}

static void stat_to(const char *file, const char *const env[])
{
	const struct proc_opts opts = { .env = env };
	struct run run;

	tt__run(&run, ARGS("stat", "-q", "-o", file, "--", "true"), &opts);
	tt__expect_success(&run);
	run__free(&run);
}

/* Root writes where root may: the right to, which is given up, comes back for that. */
Test(files, root_records_into_any_directory)
{
	static const struct place *const places[] = { &theirs, &readonly, &closed };
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const char *file = place__make(places[i]);

		record(file, NULL);
		record(file, NULL); /* in place of the first one */
		stat_to(file, NULL);
		place__remove(file, "file\n");
	}
}

/* Under sudo it is the invoker who writes, where the invoker may. */
Test(files, under_sudo_the_invoker_records)
{
	const struct proc_opts opts = { .env = sudo_env };
	const char *file = place__make(&theirs);
	struct stat status;
	struct run run;

	record(file, sudo_env);
	record(file, sudo_env);
	cr_expect(!stat(file, &status) && status.st_uid == TT_NOBODY);
	place__remove(file, "file\n");
	file = place__make(&readonly);
	tt__run(&run, ARGS("record", "-q", "-o", file, "--", "true"), &opts);
	tt__expect_failure(&run, 1, "Permission denied");
	run__free(&run);
	place__remove(file, "");
}

/* ---- while it is written ---- */

static void await_file(const char *file)
{
	struct stat status;
	int ms;

	for (ms = 0; (stat(file, &status) || !status.st_size) && ms < 30000; ms++)
		usleep(1000);
	cr_assert_lt(ms, 30000, "%s did not come", file);
}

static void expect_gone(const char *const change[])
{
	const char *file = place__make(&theirs);
	struct proc proc;
	struct run run;

	tt__start(&proc, ARGS("record", "-d", "30", "-o", file), NULL);
	await_file(file);
	run__do(&run, (const char *const[]){ change[0], change[1], change[2], file, NULL }, NULL);
	cr_expect_eq(run.status, 0, "%s", run.err);
	run__free(&run);
	proc__finish(&proc, &run);
	tt__expect_failure(&run, 1, "is gone");
	run__free(&run);
	run__do(&run, ARGS("sh", "-c", "rm -rf \"$(dirname \"$1\")\"", "sh", file), NULL);
	run__free(&run);
}

Test(files, a_recording_that_goes_away_is_missed)
{
	expect_gone(ARGS("rm", "-f", "--"));
	expect_gone(ARGS("sh", "-c", "mv \"$0\" \"$0.old\""));
	expect_gone(ARGS("sh", "-c", "cp \"$0\" \"$0.new\" && mv -f \"$0.new\" \"$0\""));
}

Test(files, two_recorders_do_not_share_a_file)
{
	const char *file = place__make(&theirs);
	struct proc proc;
	struct run run;

	tt__start(&proc, ARGS("record", "-q", "-d", "30", "-o", file), NULL);
	await_file(file);
	tt__run(&run, ARGS("record", "-q", "-d", "1", "--force", "-o", file), NULL);
	tt__expect_failure(&run, 1, "another recorder");
	run__free(&run);
	proc__signal(&proc, SIGINT);
	proc__finish(&proc, &run);
	tt__expect_success(&run);
	run__free(&run);
	record(file, NULL);
	place__remove(file, "file\n");
}

Test(files, a_recording_is_for_its_owner)
{
	const char *file = place__make(&theirs);
	struct stat status;
	int round;

	for (round = 0; round < 2; round++) {
		record(file, NULL);
		cr_expect(!stat(file, &status));
		cr_expect_eq(status.st_mode & 0777, 0600, "%o", status.st_mode);
		chmod(file, 0644); /* what is put in its place has not what it had */
	}
	place__remove(file, "file\n");
}

/* What was written stays, and nothing beside it. */
Test(files, a_limit_on_files_is_told)
{
	const char *file = place__make(&theirs);
	struct run run;

	run__do(&run,
		ARGS("sh", "-c",
		     "ulimit -f 1600; exec \"$0\" record -q -o \"$1\" -- sh -c 'sleep 2; exec \"$0\" "
		     "3000 6' \"$2\"",
		     tt__path(), file, tt__load("manystacks")),
		NULL);
	cr_expect_eq(run.status, 1, "%d: %s", run.status, run.err);
	cr_expect(strstr(run.err, "File too large"), "%s", run.err);
	run__free(&run);
	tt__run(&run, ARGS("report", "-n", "1", file), NULL);
	cr_expect_eq(run.status, 3, "%d: %s", run.status, run.err);
	cr_expect(strstr(run.err, "was cut off"), "%s", run.err);
	run__free(&run);
	place__remove(file, "file\n");
}

/* ---- output ---- */

Test(files, a_run_that_fails_leaves_the_old_output)
{
	const char *file = tt__temp("out");
	struct run run;
	char *text;

	run__do(&run, ARGS("sh", "-c", "echo precious > \"$0\"", file), NULL);
	run__free(&run);
	tt__run(&run, ARGS("stat", "-o", file, "--", "/no/such/program"), NULL);
	cr_expect_eq(run.status, 127, "%d: %s", run.status, run.err);
	run__free(&run);
	text = file__read(file);
	cr_expect_str_eq(text, "precious\n");
	free(text);
}

/* ---- recorders that are killed ---- */

static double seconds_of(const char *text)
{
	char unit[3] = "";
	double value = 0;

	cr_assert_eq(sscanf(text, "%lf%2[a-z]", &value, unit), 2, "%s", text);
	if (!strcmp(unit, "us"))
		return value / 1e6;
	return !strcmp(unit, "ms") ? value / 1e3 : value;
}

/* Up to when there is something in it, by the clock on the wall. */
static double end_of(const char *file)
{
	struct run run;
	double end;

	run__do(&run,
		ARGS("python3", "-c",
		     "import sqlite3, sys\n"
		     "print(sqlite3.connect(sys.argv[1]).execute('SELECT max(start_realtime_ns"
		     " + duration_ns) FROM periods').fetchone()[0])",
		     file),
		NULL);
	end = strtod(run.out, NULL) / 1e9;
	cr_assert_gt(end, 0, "%s%s", run.out, run.err);
	run__free(&run);
	return end;
}

static void kill_one(const char *file, useconds_t after)
{
	const char *told, *mark = "its last ";
	struct timespec now;
	struct proc proc;
	struct run run;
	double missing;

	/* what the last one left would be taken for what this one has written */
	unlink(file);
	tt__start(&proc, ARGS("record", "-q", "--force", "-o", file), NULL);
	await_file(file);
	usleep(after);
	clock_gettime(CLOCK_REALTIME, &now);
	proc__signal(&proc, SIGKILL);
	proc__finish(&proc, &run);
	run__free(&run);
	tt__run(&run, ARGS("report", "-n", "1", file), NULL);
	cr_assert_eq(run.status, 3, "%d: %s", run.status, run.err);
	told = strstr(run.err, mark);
	cr_assert_not_null(told, "%s", run.err);
	told += strlen(mark);
	missing = (double)now.tv_sec + (double)now.tv_nsec / 1e9 - end_of(file);
	cr_log_info("%.3f s are missing, told: %.6s", missing, told);
	cr_expect_geq(seconds_of(told), missing, "%s", run.err);
	run__free(&run);
}

/* With as many threads that writing takes a while, and stopped for longer than that. */
Test(files, what_a_killed_recorder_lacks_is_not_more_than_told)
{
	const char *file = tt__temp("killed");
	struct proc load;
	long i, rounds = tt__runs(4);

	if (getenv("TASKTOLL_EMULATED"))
		cr_skip_test("an emulated machine has no SQLite beside ours");
	proc__start(&load, ARGS(tt__load("manythreads"), "1000", "60", "light"), NULL);
	for (i = 0; i < rounds; i++)
		kill_one(file, 1500000 + (useconds_t)(i * 377000 % 1000000));
	proc__kill(&load);
}

Test(files, a_recorder_that_stood_still_is_told_as_such)
{
	const char *file = tt__temp("stopped");
	struct proc proc;
	struct run run;

	tt__start(&proc, ARGS("record", "-q", "-o", file), NULL);
	await_file(file);
	sleep(1);
	proc__signal(&proc, SIGSTOP);
	sleep(3);
	proc__signal(&proc, SIGKILL);
	proc__finish(&proc, &run);
	run__free(&run);
	tt__run(&run, ARGS("report", "-n", "1", file), NULL);
	cr_expect_eq(run.status, 3, "%d: %s", run.status, run.err);
	cr_expect_geq(seconds_of(strstr(run.err, "its last ") + 9), 3, "%s", run.err);
	run__free(&run);
}
