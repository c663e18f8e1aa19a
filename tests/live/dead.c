/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tasks that are born and die during the run: none missing, none merged, though a
 * tid comes again.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/check.h"
#include "../lib/js.h"
#include "../lib/tt.h"

TestSuite(dead, .init = tt__require_live, .fini = tt__cleanup);

static json_t *trace(const char *load, const char *mode, const char *option, json_t **ret_facts)
{
	const char *file = tt__temp("facts"), *many = getenv("TASKTOLL_MANY");
	json_t *stat;

	if (mode)
		stat = tt__stat(ARGS("--threads", "--", tt__load(load), mode, many ? many : "2000",
				     "-o", file, option));
	else
		stat = tt__stat(ARGS("--threads", "--", tt__load(load), "211", "-o", file));
	*ret_facts = js__parse_file(file);
	check__complete(stat);
	check__sane(stat);
	check__sums_up(stat);
	check__kinds(js__at(stat, "system"));
	return stat;
}

static void check_threads(json_t *stat, json_t *facts)
{
	json_t *rows = js__at(stat, "processes"), *own = js__at(facts, "threads"), *row;
	char *expected, *tids;
	json_t *leader;

	cr_expect_eq(js__count(rows, "pid", js__u64(facts, "pid")), 1);
	row = js__one(rows, "pid", js__u64(facts, "pid"));
	check__identity(js__u64(row, "switches"), facts, 1);
	rows = js__at(row, "threads");
	cr_expect_eq(json_array_size(rows), json_array_size(own) + 1, "%zu rows, %zu threads",
		     json_array_size(rows), json_array_size(own) + 1);
	leader = json_pack("{s:I}", "tid", (json_int_t)js__u64(facts, "pid"));
	json_array_append_new(own, leader);
	expected = check__set(own, "tid");
	tids = check__set(rows, "tid");
	cr_expect_str_eq(tids, expected);
	free(expected);
	free(tids);
}

Test(dead, threads)
{
	json_t *facts, *stat = trace("shortlived", "threads", NULL, &facts);

	check_threads(stat, facts);
	json_decref(facts);
	json_decref(stat);
}

Test(dead, threads_with_one_tid)
{
	json_t *facts, *stat = trace("shortlived", "threads", "--same-tid", &facts), *own;

	own = js__at(facts, "threads");
	cr_assert_eq(js__count(own, "tid", js__u64(json_array_get(own, 0), "tid")),
		     json_array_size(own), "the load did not use one tid");
	check_threads(stat, facts);
	json_decref(facts);
	json_decref(stat);
}

/* What wait4() said of each process is all, or all but the last switch. */
static void check_process(json_t *row, json_t *own)
{
	uint64_t seen = js__u64(row, "switches"), kernel = js__u64(own, "nv") + js__u64(own, "niv");

	cr_expect(seen == kernel || seen == kernel + 1, "pid %lu: seen %lu, wait4 says %lu",
		  js__u64(own, "tid"), seen, kernel);
}

/* Rows of one pid, in order of their start: jansson keeps arrays as they are, so pick the next. */
static json_t *next_started(json_t *rows, uint64_t pid, uint64_t after)
{
	json_t *row, *next = NULL;
	size_t i;

	json_array_foreach(rows, i, row)
		if (js__u64(row, "pid") == pid && js__u64(row, "start_ns") > after &&
		    (!next || js__u64(row, "start_ns") < js__u64(next, "start_ns")))
			next = row;
	return next;
}

static void check_processes(json_t *stat, json_t *facts)
{
	json_t *rows = js__at(stat, "processes"), *list = js__at(facts, "processes"), *own, *row;
	uint64_t pid, last_pid = 0, last_start = 0;
	size_t i;

	/* The program itself, too. */
	cr_expect_eq(json_array_size(rows), json_array_size(list) + 1, "%zu rows, %zu processes",
		     json_array_size(rows), json_array_size(list) + 1);
	json_array_foreach(list, i, own) {
		pid = js__u64(own, "tid");
		row = next_started(rows, pid, pid == last_pid ? last_start : 0);
		cr_assert(row, "process %zu (pid %lu) is missing", i, pid);
		check_process(row, own);
		last_pid = pid;
		last_start = js__u64(row, "start_ns");
	}
}

Test(dead, processes)
{
	json_t *facts, *stat = trace("shortlived", "processes", NULL, &facts);

	check_processes(stat, facts);
	json_decref(facts);
	json_decref(stat);
}

Test(dead, processes_with_one_pid)
{
	json_t *facts, *stat = trace("shortlived", "processes", "--same-tid", &facts), *own;

	own = js__at(facts, "processes");
	cr_assert_eq(js__count(own, "tid", js__u64(json_array_get(own, 0), "tid")),
		     json_array_size(own), "the load did not use one pid");
	check_processes(stat, facts);
	json_decref(facts);
	json_decref(stat);
}

/* Dead before the run and reaped during it: nothing of theirs is there to be lost. */
Test(dead, before_the_run)
{
	struct proc tracer;
	struct run run;
	pid_t pids[17];
	json_t *stat;
	char *line;
	size_t i;

	for (i = 0; i < 17; i++) {
		pids[i] = fork();
		if (!pids[i])
			_exit(0);
	}
	for (i = 0; i < 17; i++)
		waitid(P_PID, (id_t)pids[i], &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
	tt__start(&tracer, ARGS("stat", "--format", "json", "-i", "100ms"), NULL);
	line = proc__line(&tracer, 0);
	cr_assert(line);
	free(line);
	for (i = 0; i < 17; i++)
		waitpid(pids[i], NULL, 0);
	proc__signal(&tracer, SIGINT);
	proc__finish(&tracer, &run);
	tt__expect_success(&run);
	stat = js__parse_lines(run.out);
	check__intervals(stat, false);
	json_decref(stat);
	run__free(&run);
}

Test(dead, processes_by_vfork_and_exec)
{
	json_t *facts, *stat = trace("vforker", NULL, NULL, &facts);

	check_processes(stat, facts);
	json_decref(facts);
	json_decref(stat);
}
