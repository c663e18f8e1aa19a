/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll flame, of recordings that are made here. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/stacks.h"
#include "../lib/tt.h"
#include "store/store.h"

TestSuite(flame_command, .fini = tt__cleanup);

#define SECOND 1000000000ULL

static void put(struct store_writer *writer, __u32 thread, __u32 stack, __s64 sleep)
{
	struct failure failure = { 0 };
	struct sample sample = { .thread = thread, .stack = stack };

	sample.weight[WEIGHT_SLEEP] = sleep;
	sample.weight[WEIGHT_SWITCHES] = 1;
	cr_assert_eq(store__put_sample(writer, 1, &sample, &failure), 0, "%s", failure.text);
}

static void put_all(struct store_writer *writer, __s64 sleep)
{
	struct profile *profile = profile__new();
	struct failure failure = { 0 };
	__u32 web = stacks__thread(profile, 10, 11, "web"),
	      cron = stacks__thread(profile, 20, 21, "cron"),
	      reading = stacks__add(profile, "main + loop > read@k"),
	      writing = stacks__add(profile, "main > write");

	cr_assert_eq(store__put_profile(writer, profile, &failure), 0, "%s", failure.text);
	put(writer, web, reading, sleep);
	put(writer, web, reading, 1);
	put(writer, cron, writing, 7);
	profile__free(profile);
}

/* A run of ten seconds in which web slept so long. */
static const char *make_recording(const char *name, __s64 sleep)
{
	const char *path = tt__temp(name);
	struct failure failure = { 0 };
	struct store_writer *writer;
	struct model *model = model__new(false, true);
	struct summary summary = { .host = "vm",
				   .target = "the whole machine",
				   .duration_ns = 10 * SECOND,
				   .start_realtime_ns = 1795521600 * SECOND };

	cr_assert_eq(store__create(&writer, path, true, &summary, &failure), 0, "%s", failure.text);
	cr_assert_eq(store__begin(writer, &failure), 0, "%s", failure.text);
	put_all(writer, sleep);
	cr_assert_eq(store__put_period(writer, 1, model, &summary, 10 * SECOND, &failure), 0, "%s",
		     failure.text);
	cr_assert_eq(store__commit(writer, &failure), 0, "%s", failure.text);
	cr_assert_eq(store__close(writer, true, &failure), 0, "%s", failure.text);
	model__free(model);
	return path;
}

static void shows(const char *const args[], const char *expected)
{
	struct run run;

	tt__run(&run, args, NULL);
	tt__expect_success(&run);
	cr_expect_str_eq(run.out, expected, "%s", run.out);
	run__free(&run);
}

static void fails(const char *const args[], const char *needle)
{
	struct run run;

	tt__run(&run, args, NULL);
	tt__expect_failure(&run, 1, needle);
	run__free(&run);
}

Test(flame_command, writes_folded_stacks)
{
	const char *path = make_recording("a", 5);

	shows(ARGS("flame", "-q", path), "cron;main;write 7\nweb;main;loop_[i];read_[k] 6\n");
	shows(ARGS("flame", "-q", path, "--metric", "switches", "-c", "w*"),
	      "web;main;loop_[i];read_[k] 2\n");
	shows(ARGS("flame", "-q", "--per-thread", "--no-kernel", "-p", "10", path),
	      "web-11;main;loop_[i] 6\n");
}

Test(flame_command, compares_two)
{
	const char *a = make_recording("a", 5), *b = make_recording("b", 9);

	shows(ARGS("flame", "-q", "--diff", a, b),
	      "cron;main;write 7 7\nweb;main;loop_[i];read_[k] 6 10\n");
}

Test(flame_command, says_why_there_is_nothing)
{
	const char *path = make_recording("a", 5);

	fails(ARGS("flame", "-q", path, "--metric", "crash"), "no crash in");
	fails(ARGS("flame", "-q", path, "-t", "99"), "no thread in it matches");
	fails(ARGS("flame", "-q", "/nonexistent"), "/nonexistent");
}

Test(flame_command, never_writes_over_what_it_reads)
{
	const char *path = make_recording("a", 5);

	fails(ARGS("flame", "-q", path, "-o", path), "it is the recording itself");
	shows(ARGS("flame", "-q", path, "-t", "21"), "cron;main;write 7\n");
}

Test(flame_command, makes_no_file_if_it_fails)
{
	const char *path = make_recording("a", 5), *out = tt__temp("out");
	FILE *file;

	fails(ARGS("flame", "-q", path, "--metric", "crash", "-o", out), "no crash in");
	file = fopen(out, "r");
	cr_expect_null(file, "there is an output");
}

Test(flame_command, tells_that_it_could_not_write)
{
	const struct proc_opts full = { .stdout_path = "/dev/full" };
	const char *path = make_recording("a", 5);
	struct run run;

	tt__run(&run, ARGS("flame", "-q", path), &full);
	tt__expect_failure(&run, 1, "No space left");
	run__free(&run);
	fails(ARGS("flame", "-q", path, "-o", "/nonexistent/out"), "/nonexistent/out");
}

Test(flame_command, spares_terminals_what_is_binary)
{
	const struct proc_opts terminal = { .want_tty = true };
	const char *path = make_recording("a", 5);
	struct run run;

	tt__run(&run, ARGS("flame", "-q", path, "--format", "pprof"), &terminal);
	cr_expect_eq(run.status, 1);
	cr_expect_str_eq(run.out,
			 "tasktoll: cannot write pprof to a terminal: it is binary (name a file "
			 "with -o)\r\n");
	run__free(&run);
}

Test(flame_command, draws_a_picture_of_the_run)
{
	struct run run;

	tt__run(&run, ARGS("flame", "-q", make_recording("a", 5), "--format", "svg"), NULL);
	tt__expect_success(&run);
	cr_expect(strstr(run.out, "the whole machine on vm, 2026-11-24 12:00:00 UTC, for 10.0s"));
	run__free(&run);
}

/* It is in the total, and in its place, unless one asks for it apart. */
Test(flame_command, tells_what_waited_through_the_run)
{
	const char *path = make_recording("a", 10 * SECOND);
	struct run run;

	tt__run(&run, ARGS("flame", path), NULL);
	tt__expect_success(&run);
	cr_expect_str_eq(run.out, "cron;main;write 7\nweb;main;loop_[i];read_[k] 10000000001\n");
	cr_expect(strstr(run.err,
			 "10.0s of 10.0s is of 1 thread that waited through the run (--no-idle "
			 "sets it apart)"),
		  "%s", run.err);
	run__free(&run);
	shows(ARGS("flame", "-q", "--no-idle", path),
	      "[waited through the run];web;main;loop_[i];read_[k] 10000000001\ncron;main;write 7\n");
	tt__run(&run, ARGS("flame", "-q", path, "--format", "svg"), NULL);
	cr_expect(strstr(run.out, "10.0s put aside"));
	run__free(&run);
	tt__run(&run, ARGS("flame", "-q", path, "--format", "svg", "--idle"), NULL);
	cr_expect(!strstr(run.out, "10.0s put aside"));
	run__free(&run);
}

Test(flame_command, refuses_what_cannot_be_set_apart)
{
	struct run run;

	tt__run(&run, ARGS("flame", "--no-idle", "--idle", "x"), NULL);
	tt__expect_failure(&run, 2, "says the opposite");
	run__free(&run);
	tt__run(&run, ARGS("flame", "--no-idle", "--format", "pprof", "x"), NULL);
	tt__expect_failure(&run, 2, "pprof has all of it");
	run__free(&run);
	tt__run(&run, ARGS("flame", "--no-idle", "--diff", "x", "y"), NULL);
	tt__expect_failure(&run, 2, "compares all of both");
	run__free(&run);
}

Test(flame_command, takes_a_part_of_the_time_off_cpu)
{
	const char *path = make_recording("a", 5);
	struct run run;

	shows(ARGS("flame", "-q", "--state", "disk,sleep", path),
	      "cron;main;write 7\nweb;main;loop_[i];read_[k] 6\n");
	fails(ARGS("flame", "-q", "--state", "disk", path), "offcpu");
	tt__run(&run, ARGS("flame", "--state", "asleep", "x"), NULL);
	tt__expect_failure(&run, 2, "there is no such state");
	run__free(&run);
	tt__run(&run, ARGS("flame", "--state", "sleep", "--metric", "runq", "x"), NULL);
	tt__expect_failure(&run, 2, "only the metric offcpu has states");
	run__free(&run);
	shows(ARGS("report", "-q", "--functions", "--state", "sleep", "--format", "csv", path),
	      "metric,unit,function,self,total\noffcpu,nanoseconds,write,7,7\n"
	      "offcpu,nanoseconds,read_[k],6,6\noffcpu,nanoseconds,main,0,13\n"
	      "offcpu,nanoseconds,loop_[i],0,6\n");
}
