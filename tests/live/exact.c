/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts are exact: a program with a known number of switches, against what the
 * kernel itself counted for it (see the identity in check.h).
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "../lib/check.h"
#include "../lib/csv.h"
#include "../lib/js.h"
#include "../lib/tt.h"

static struct proc others;

static void end(void)
{
	if (others.pid)
		proc__kill(&others);
	tt__cleanup();
}

TestSuite(exact, .init = tt__require_live, .fini = end);

#define DEFAULT_RUNS 10

/* The leader's own last switch can come after it was reaped. */
#define LEADER 1

static void check_program(json_t *stat, json_t *facts)
{
	json_t *rows = js__at(stat, "processes"), *row;

	check__complete(stat);
	check__sane(stat);
	check__sums_up(stat);
	check__kinds(js__at(stat, "system"));
	cr_expect_eq(js__count(rows, "pid", js__u64(facts, "pid")), 1);
	row = js__one(rows, "pid", js__u64(facts, "pid"));
	check__identity(js__u64(row, "switches"), facts, LEADER);
	check__kinds(row);
}

static void one_run(const char *threads, const char *count)
{
	const char *file = tt__temp("facts");
	json_t *stat = tt__stat(ARGS("--", tt__load("switches"), threads, count, "-o", file));
	json_t *facts = js__parse_file(file);

	check_program(stat, facts);
	json_decref(facts);
	json_decref(stat);
}

Test(exact, program_against_wait4)
{
	static const char *const threads[] = { "2", "7", "13", "31" };
	static const char *const counts[] = { "101", "211", "53" };
	long i, n = tt__runs(DEFAULT_RUNS);

	for (i = 0; i < n; i++)
		one_run(threads[i % 4], counts[i % 3]);
}

/* A thread's own reading is from just before its end: at least its last switch is still to come. */
static void check_thread(json_t *rows, json_t *own)
{
	json_t *row = js__one(rows, "tid", js__u64(own, "tid"));

	cr_expect_eq(js__count(rows, "tid", js__u64(own, "tid")), 1);
	cr_expect_geq(js__u64(row, "voluntary"), js__u64(own, "nv") + 1, "tid %lu: %lu, own %lu",
		      js__u64(own, "tid"), js__u64(row, "voluntary"), js__u64(own, "nv"));
	cr_expect_geq(js__u64(row, "involuntary"), js__u64(own, "niv"), "tid %lu: %lu, own %lu",
		      js__u64(own, "tid"), js__u64(row, "involuntary"), js__u64(own, "niv"));
	check__kinds(row);
}

Test(exact, each_thread_against_its_own_reading)
{
	const char *file = tt__temp("facts");
	json_t *stat, *facts, *row, *own;
	size_t i;

	stat = tt__stat(ARGS("--threads", "--", tt__load("switches"), "13", "211", "-o", file));
	facts = js__parse_file(file);
	check_program(stat, facts);
	row = js__one(js__at(stat, "processes"), "pid", js__u64(facts, "pid"));
	cr_expect_eq(json_array_size(js__at(row, "threads")), 14, "%zu rows of 14 threads",
		     json_array_size(js__at(row, "threads")));
	json_array_foreach(js__at(facts, "threads"), i, own)
		check_thread(js__at(row, "threads"), own);
	json_decref(facts);
	json_decref(stat);
}

static void intervals_of_a_program(void)
{
	const char *file = tt__temp("facts");
	json_t *lines, *facts, *row, *all;
	uint64_t seen = 0, pid;
	size_t i;

	lines = tt__stat_lines(
		ARGS("-i", "50ms", "--", tt__load("switches"), "7", "4001", "-o", file));
	facts = js__parse_file(file);
	pid = js__u64(facts, "pid");
	cr_expect_gt(json_array_size(lines), 2, "only %zu intervals", json_array_size(lines));
	check__intervals(lines, true);
	all = check__all_processes(lines);
	json_array_foreach(all, i, row)
		if (js__u64(row, "pid") == pid)
			seen += js__u64(row, "switches");
	check__identity(seen, facts, LEADER);
	json_decref(all);
	json_decref(facts);
	json_decref(lines);
}

Test(exact, nothing_falls_between_intervals)
{
	intervals_of_a_program();
}

/* Switches between others go by without a look, and without a stamp: until one of the target comes. */
Test(exact, nor_beside_others_that_switch_all_the_time)
{
	json_decref(tt__load_start(&others, ARGS("manythreads", "2", "600", "pair"), true));
	intervals_of_a_program();
}

Test(exact, csv_has_the_same_numbers)
{
	const char *file = tt__temp("facts");
	json_t *facts, *rows, *row;
	char pid[32];
	size_t i, found = 0;
	struct run run;

	tt__run(&run,
		ARGS("stat", "--format", "csv", "--", tt__load("switches"), "7", "101", "-o", file),
		NULL);
	tt__expect_success(&run);
	facts = js__parse_file(file);
	rows = csv__parse(run.out);
	snprintf(pid, sizeof(pid), "%d", js__pid(facts, "pid"));
	json_array_foreach(rows, i, row) {
		if (strcmp(js__str(row, "pid"), pid))
			continue;
		found++;
		check__identity(strtoull(js__str(row, "switches"), NULL, 10), facts, LEADER);
		cr_expect_eq(atol(js__str(row, "voluntary")) + atol(js__str(row, "involuntary")),
			     atol(js__str(row, "switches")));
	}
	cr_expect_eq(found, 1, "%zu rows of pid %s", found, pid);
	json_decref(rows);
	json_decref(facts);
	run__free(&run);
}

/*
 * A thread that calls exec takes over the leader's tid: one process all along,
 * and neither the old leader's switches nor the thread's own are forgotten.
 */
Test(exact, exec_by_a_thread_that_is_not_the_leader)
{
	const char *file = tt__temp("facts");
	json_t *stat, *facts, *rows, *row;

	stat = tt__stat(ARGS("--threads", "--", tt__load("execer"), "7", "101", "-o", file));
	facts = js__parse_file(file);
	check__complete(stat);
	check__sane(stat);
	check__sums_up(stat);
	rows = js__at(stat, "processes");
	cr_expect_eq(js__count(rows, "pid", js__u64(facts, "pid")), 1, "%zu rows of one process",
		     js__count(rows, "pid", js__u64(facts, "pid")));
	row = js__one(rows, "pid", js__u64(facts, "pid"));
	check__identity(js__u64(row, "switches"), facts, js__u64(facts, "reaped"));
	check__kinds(row);
	json_decref(facts);
	json_decref(stat);
}
