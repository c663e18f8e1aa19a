/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recordings of the real kernel: the right stacks, which add up to what the summary
 * says, also of processes that are long gone, and of recorders that were killed.
 */
#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/js.h"
#include "../lib/tt.h"

TestSuite(record, .init = tt__require_live, .fini = tt__cleanup, .timeout = 120);

static bool emulated(void)
{
	return getenv("TASKTOLL_EMULATED");
}

/* ---- folded stacks ---- */

static char *flame(const char *file, const char *const more[])
{
	const char *args[TT_MAX_ARGS] = { "flame", file };
	struct run run;
	size_t i = 2;

	while (*more)
		args[i++] = *more++;
	args[i] = NULL;
	tt__run(&run, args, NULL);
	tt__expect_success(&run);
	free(run.err);
	return run.out;
}

static char *flame_of(const char *file, const char *metric)
{
	return flame(file, ARGS("--metric", metric, "-q"));
}

/* Sum of the lines in which needle is a whole frame; NULL: of all. */
static uint64_t folded__sum(const char *folded, const char *needle)
{
	char frame[256];
	uint64_t sum = 0;
	const char *line, *next;

	snprintf(frame, sizeof(frame), ";%s;", needle ? needle : "");
	for (line = folded; *line; line = next) {
		char text[65536];
		size_t length = strcspn(line, "\n");
		char *weight;

		next = line + length + (line[length] == '\n');
		cr_assert_lt(length, sizeof(text));
		memcpy(text, line, length);
		text[length] = 0;
		weight = strrchr(text, ' ');
		cr_assert_not_null(weight, "%s", text);
		*weight = ';'; /* the last frame ends like the others */
		if (!needle || strstr(text, frame))
			sum += strtoull(weight + 1, NULL, 10);
	}
	return sum;
}

/* ---- what the summary says of the same ---- */

static json_t *report_with(const char *const args[])
{
	struct run run;
	json_t *report;

	tt__run(&run, args, NULL);
	tt__expect_success(&run);
	report = js__parse_lines(run.out);
	run__free(&run);
	return report;
}

static json_t *report(const char *file)
{
	return report_with(ARGS("report", "--format", "json", file));
}

static uint64_t sum_at(json_t *summaries, const char *path)
{
	uint64_t sum = 0;
	json_t *summary;
	size_t i;

	json_array_foreach(summaries, i, summary)
		sum += js__find(summary, path) ? js__u64(summary, path) : 0;
	return sum;
}

static void check_total(const char *file, const char *metric, uint64_t want)
{
	json_t *stacks = report_with(
		ARGS("report", "--format", "json", "--stacks", "1", "--metric", metric, file));
	char *folded = flame_of(file, metric);

	cr_expect_eq(folded__sum(folded, NULL), want, "%s: stacks %lu, summary %lu", metric,
		     folded__sum(folded, NULL), want);
	cr_expect_eq(sum_at(stacks, "total"), want, "%s: report --stacks %lu, summary %lu", metric,
		     sum_at(stacks, "total"), want);
	free(folded);
	json_decref(stacks);
}

static void check_metric(const char *file, json_t *summaries, const char *metric,
			 const char *const paths[])
{
	uint64_t want = 0;

	while (*paths)
		want += sum_at(summaries, *paths++);
	check_total(file, metric, want);
}

/* What all crashes took down. */
static uint64_t fan_out_of(json_t *summaries)
{
	json_t *summary;
	uint64_t sum = 0;
	size_t i;

	json_array_foreach(summaries, i, summary)
		sum += js__sum(js__at(summary, "crashes"), "fan_out");
	return sum;
}

static void check_no(const char *file, const char *metric)
{
	struct run run;

	tt__run(&run, ARGS("flame", file, "--metric", metric, "-q"), NULL);
	tt__expect_failure(&run, 1, metric);
	run__free(&run);
}

#define SYSTEM(path) "system." path

static void check_sums(const char *file, bool spawns)
{
	json_t *summaries = report(file);

	check_metric(file, summaries, "offcpu",
		     ARGS(SYSTEM("offcpu_ns.sleep.sum"), SYSTEM("offcpu_ns.disk.sum"),
			  SYSTEM("offcpu_ns.other.sum"), SYSTEM("runq_ns.sum")));
	check_metric(file, summaries, "switches", ARGS(SYSTEM("switches")));
	check_metric(file, summaries, "runq", ARGS(SYSTEM("runq_ns.sum")));
	check_metric(file, summaries, "cost",
		     ARGS(SYSTEM("pick_ns.sum"), SYSTEM("switch_ns.thread.sum"),
			  SYSTEM("switch_ns.process.sum"), SYSTEM("switch_ns.resume.sum"),
			  SYSTEM("switch_ns.kernel.sum"), SYSTEM("switch_ns.idle.sum")));
	if (sum_at(summaries, SYSTEM("mm_switches")))
		check_metric(file, summaries, "mm", ARGS(SYSTEM("mm_switches")));
	if (spawns)
		check_metric(file, summaries, "spawn",
			     ARGS("spawns.thread.count", "spawns.process.count",
				  "spawns.vfork.count", "spawns.shared.count"));
	if (fan_out_of(summaries))
		check_total(file, "crash", fan_out_of(summaries));
	else
		check_no(file, "crash");
	json_decref(summaries);
}

/* ---- tests ---- */

/*
 * Functions that leave the CPU for times that they measured themselves, in C, C++
 * and code made at run time: each is there, and weighs what it says, within 2%.
 */
Test(record, stacks_are_right)
{
	const char *file = tt__temp("named.tasktoll"), *facts_file = tt__temp("facts"), *name;
	const char *ms = emulated() ? "60" : "600";
	json_t *facts, *ns, *own;
	struct run run;
	char *folded;

	tt__run(&run,
		ARGS("record", "-q", "-o", file, "--", tt__load("named"), ms, "-o", facts_file),
		NULL);
	tt__expect_success(&run);
	run__free(&run);
	facts = js__parse_file(facts_file);
	folded = flame_of(file, "offcpu");
	ns = js__at(facts, "ns");
	json_object_foreach(ns, name, own) {
		uint64_t want = (uint64_t)json_integer_value(own), got;
		char frame[128];

		/* a name of C++ has its arguments with it */
		snprintf(frame, sizeof(frame), "%s%s", name,
			 strchr(name, ':') ? "(std::vector<int, std::allocator<int> > const&)" :
					     "");
		got = folded__sum(folded, frame);
		cr_expect_gt(got, 0, "%s is in no stack:\n%s", frame, folded);
		cr_log_info("%s: %lu ns, by its own clock %lu", frame, got, want);
		if (!emulated())
			cr_expect(got * 100 <= want * 102 && got * 100 >= want * 98,
				  "%s: %lu ns of %lu", frame, got, want);
	}
	unlink(js__str(facts, "map"));
	free(folded);
	json_decref(facts);
	check_sums(file, true);
}

#define BUSY 3

/*
 * The whole machine, in intervals, with loads that do a bit of everything.  Many
 * intervals, and more work than CPUs: tasks come and go in the middle of a reading.
 */
Test(record, stacks_add_up)
{
	const char *file = tt__temp("machine.tasktoll"), *interval = emulated() ? "400ms" : "20ms";
	struct proc load, busy[BUSY];
	struct run run;
	int i;

	proc__start(&load, ARGS(tt__load("storm"), "1000", "50"), NULL);
	for (i = 0; i < BUSY && !emulated(); i++)
		proc__start(&busy[i], ARGS("/bin/sh", "-c", "while :; do :; done"), NULL);
	tt__run(&run, ARGS("record", "-q", "-d", "1.5", "-i", interval, "-o", file), NULL);
	for (i = 0; i < BUSY && !emulated(); i++)
		proc__kill(&busy[i]);
	proc__kill(&load);
	tt__expect_success(&run);
	run__free(&run);
	check_sums(file, true);
}

/*
 * What an interrupt wakes is not the doing of whatever it interrupted, be that the kernel
 * or a program: its stack is its own, and a few are enough for all.
 */
Test(record, stacks_of_interrupts_are_their_own)
{
	const char *file = tt__temp("interrupts.tasktoll");
	char *folded, *line, *save = NULL;
	size_t lines = 0;
	struct run run;

	tt__run(&run, ARGS("record", "-q", "-o", file, "--", tt__load("mixed"), "1"), NULL);
	tt__expect_success(&run);
	run__free(&run);
	folded = flame(file, ARGS("--metric", "wake", "-q", "-c", "mixed"));
	for (line = strtok_r(folded, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (!strstr(line, ";hrtimer_wakeup"))
			continue;
		lines++;
		cr_expect(strstr(line, "_[k];[interrupt] "), "%s", line);
	}
	cr_expect_gt(lines, 0, "no timer has woken anything");
	free(folded);
}

/*
 * Crashes that take others with them, in intervals: those that are told when their window has
 * closed, and those that the end of the run cuts short.
 */
Test(record, crashes_add_up)
{
	static const char *const seconds[] = { "2.5", "0" };
	static const char load[] = "\"$1\" -o /dev/null & \"$2\" -o /dev/null; wait; sleep \"$3\"";
	size_t i;

	for (i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		const char *file = tt__temp("crashes.tasktoll");
		json_t *summaries;
		struct run run;

		tt__run(&run,
			ARGS("record", "-q", "--force", "-i", "200ms", "-o", file, "--", "/bin/sh",
			     "-c", load, "sh", tt__load("peers"), tt__load("supervisor"),
			     seconds[i]),
			NULL);
		tt__expect_success(&run);
		run__free(&run);
		summaries = report(file);
		cr_log_info("%lu went down", fan_out_of(summaries));
		cr_expect_gt(fan_out_of(summaries), 0);
		json_decref(summaries);
		check_sums(file, true);
	}
}

/*
 * A thousand processes of 20 ms, gone before anybody looks: each sleeps twice, and the
 * function that it does that in has its name.
 */
Test(record, names_after_death)
{
	const char *file = tt__temp("short.tasktoll"), *each = emulated() ? "25" : "250";
	uint64_t sleeps = 4 * 2 * strtoull(each, NULL, 10), named;
	struct run run;
	char *folded;

	tt__run(&run,
		ARGS("record", "-q", "-o", file, "--", "/bin/sh", "-c",
		     "for j in 1 2 3 4; do (i=0; while [ $i -lt $2 ]; do \"$1\" nap 20;"
		     " i=$((i + 1)); done) & done; wait",
		     "sh", tt__load("named"), each),
		NULL);
	tt__expect_success(&run);
	run__free(&run);
	folded = flame(file, ARGS("--metric", "switches", "-q", "-c", "named"));
	named = folded__sum(folded, "sleeps_in_c");
	cr_log_info("%lu of %lu sleeps", named, sleeps);
	cr_expect_geq(named * 100, sleeps * 99, "%lu of %lu sleeps are in sleeps_in_c:\n%s", named,
		      sleeps, folded);
	free(folded);
}

/* Lines of a folded profile with this frame; those are stacks that differ. */
static size_t folded__count(const char *folded, const char *needle)
{
	size_t count = 0;
	const char *at;

	for (at = strstr(folded, needle); at; at = strstr(strchr(at, '\n'), needle))
		count++;
	return count;
}

/* Thirty thousand stacks that differ, of five thousand threads, all at once. */
Test(record, no_stack_is_dropped)
{
	const char *file = tt__temp("many.tasktoll");
	const char *threads = emulated() ? "50" : "5000";
	size_t stacks = 6 * strtoul(threads, NULL, 10), found;
	json_t *summaries;
	struct run run;
	char *folded;

	tt__run(&run, ARGS("record", "-q", "-o", file, "--", tt__load("manystacks"), threads, "6"),
		NULL);
	tt__expect_success(&run); /* it would be 3 if anything had been lost */
	run__free(&run);
	summaries = report(file);
	cr_expect_eq(sum_at(summaries, "lost.stacks"), 0);
	json_decref(summaries);
	folded = flame_of(file, "sleep");
	found = folded__count(folded, ";sleeps_here;");
	cr_log_info("%zu of %zu stacks", found, stacks);
	cr_expect_eq(found, stacks, "%zu of %zu stacks", found, stacks);
	cr_expect_null(strstr(folded, "[stack lost]"));
	free(folded);
	check_sums(file, true);
}

static void check_integrity(const char *file)
{
	struct run run;

	run__do(&run,
		ARGS("python3", "-c",
		     "import sqlite3, sys\n"
		     "print(sqlite3.connect(sys.argv[1]).execute('PRAGMA integrity_check')"
		     ".fetchone()[0])",
		     file),
		NULL);
	cr_assert_str_eq(run.out, "ok\n", "%s%s", run.out, run.err);
	run__free(&run);
}

/* Killed at whatever moment, what has been written can be read, and the reader is told. */
static long long size_of(const char *file)
{
	struct stat status;

	return stat(file, &status) ? 0 : (long long)status.st_size;
}

/*
 * Until what is known at the beginning has been committed: how long that takes depends on what
 * else the machine does.
 */
static void await_recording(const char *file)
{
	char journal[PATH_MAX];
	int ms;

	snprintf(journal, sizeof(journal), "%s-journal", file);
	for (ms = 0; (!size_of(file) || size_of(journal)) && ms < 60000; ms++)
		usleep(1000);
	cr_assert(size_of(file), "%s did not come", file);
}

Test(record, a_killed_recorder_leaves_what_it_had)
{
	long rounds = tt__runs(5), i, readable = 0;

	if (emulated())
		cr_skip_test("an emulated machine has no SQLite beside ours");

	for (i = 0; i < rounds; i++) {
		const char *file = tt__temp("killed.tasktoll");
		struct proc proc;
		struct run run;

		tt__start(&proc, ARGS("record", "-q", "--force", "-o", file), NULL);
		await_recording(file);
		usleep((useconds_t)(i * 137000 % 1500000));
		proc__signal(&proc, SIGKILL);
		proc__finish(&proc, &run);
		run__free(&run);
		check_integrity(file);
		tt__run(&run, ARGS("report", file), NULL);
		if (!run.status || run.status == 3) {
			readable++;
			cr_expect_not_null(strstr(run.err, "cut off"), "%s", run.err);
		} else {
			cr_expect_not_null(strstr(run.err, "nothing"), "%d: %s", run.status,
					   run.err);
		}
		run__free(&run);
		unlink(file);
	}
	cr_expect_gt(readable, 0, "none of %ld was readable", rounds);
}

Test(record, refuses_to_overwrite)
{
	const char *file = tt__temp("there.tasktoll");
	struct run run;

	tt__run(&run, ARGS("record", "-q", "-d", "100ms", "-o", file), NULL);
	tt__expect_success(&run);
	run__free(&run);
	tt__run(&run, ARGS("record", "-q", "-d", "100ms", "-o", file), NULL);
	tt__expect_failure(&run, 1, "--force");
	run__free(&run);
	tt__run(&run, ARGS("record", "-q", "-d", "100ms", "--force", "-o", file), NULL);
	tt__expect_success(&run);
	run__free(&run);
}
