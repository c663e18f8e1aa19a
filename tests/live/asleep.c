/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What slept before a recording began has a stack, and is paid on it. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/js.h"
#include "../lib/stacks.h"
#include "../lib/tt.h"

TestSuite(asleep, .init = tt__require_live, .fini = tt__cleanup, .timeout = 120);

#define PAST "[off CPU since before the recording]"

static char *fold(const char *file)
{
	struct run run;

	tt__run(&run, ARGS("flame", file, "--metric", "offcpu", "-q"), NULL);
	tt__expect_success(&run);
	free(run.err);
	return run.out;
}

static char *record_and_fold(const char *pids)
{
	const char *file = tt__temp("run.tasktoll");
	struct run run;

	tt__run(&run, ARGS("record", "-q", "--force", "-d", "0.5", "-o", file, "-p", pids), NULL);
	tt__expect_success(&run);
	run__free(&run);
	return fold(file);
}

/* The facts of a load, once it has told them. */
static json_t *facts__await(const char *path)
{
	json_t *facts = NULL;
	int tries;

	for (tries = 0; tries < 500 && !facts; tries++) {
		facts = json_load_file(path, JSON_DISABLE_EOF_CHECK, NULL);
		if (!facts)
			usleep(10000);
	}
	cr_assert_not_null(facts);
	return facts;
}

static void pid_text(const json_t *facts, char text[16])
{
	snprintf(text, 16, "%lld", json_integer_value(json_object_get(facts, "pid")));
}

/* Of the interval that was open from the first moment to the last, all is on its stack. */
Test(asleep, a_thread_that_sleeps_throughout)
{
	const char *path = tt__temp("facts.json");
	struct proc sleeper;
	char pid[16], *folded;
	json_t *facts;

	proc__start(&sleeper, ARGS(tt__load("sleeper"), "30", "-o", path), NULL);
	facts = facts__await(path);
	pid_text(facts, pid);
	folded = record_and_fold(pid);
	cr_expect_geq(folded__weight(folded, ";sleep_throughout;pause;", ""), 499000000ULL, "%s",
		      folded);
	cr_expect_eq(folded__weight(folded, "pause", ""),
		     folded__weight(folded, ";sleep_throughout;pause;", "_[k]"), "%s", folded);
	cr_expect_eq(folded__weight(folded, PAST, ""), 0, "%s", folded);
	cr_expect_eq(folded__weight(folded, "[truncated: ", "pause"), 0, "%s", folded);
	json_decref(facts);
	free(folded);
	proc__kill(&sleeper);
}

/* It is paid on its whole stack, though its frames are large. */
Test(asleep, a_thread_far_below_its_start)
{
	const char *path = tt__temp("facts.json");
	struct proc sleeper;
	char pid[16], *folded;
	json_t *facts;

	proc__start(&sleeper, ARGS(tt__load("sleeper"), "30", "deep", "-o", path), NULL);
	facts = facts__await(path);
	pid_text(facts, pid);
	folded = record_and_fold(pid);
	cr_expect_geq(folded__weight(folded, ";sleep_deep;sleep_throughout;pause;", ""),
		      499000000ULL, "%s", folded);
	cr_expect_eq(folded__weight(folded, "[truncated: ", "pause"), 0, "%s", folded);
	json_decref(facts);
	free(folded);
	proc__kill(&sleeper);
}

static unsigned long long total_of(const char *file)
{
	json_t *stacks;
	struct run run;
	unsigned long long total;

	tt__run(&run,
		ARGS("report", file, "--stacks", "1", "--metric", "offcpu", "--format", "json"),
		NULL);
	tt__expect_success(&run);
	stacks = json_loads(run.out, 0, NULL);
	total = (unsigned long long)json_integer_value(json_object_get(stacks, "total"));
	json_decref(stacks);
	run__free(&run);
	return total;
}

/* Of a whole machine hardly anything is left without; kernel threads have stacks, too. */
Test(asleep, the_whole_machine)
{
	const char *file = tt__temp("machine.tasktoll"), *path = tt__temp("facts.json");
	unsigned long long all;
	struct proc sleeper;
	struct run run;
	char *folded;

	proc__start(&sleeper, ARGS(tt__load("sleeper"), "30", "-o", path), NULL);
	json_decref(facts__await(path));
	tt__run(&run, ARGS("record", "-q", "--force", "-d", "0.5", "-o", file), NULL);
	cr_expect(!run.status || run.status == 3, "%s", run.err);
	run__free(&run);
	folded = fold(file);
	all = folded__weight(folded, "", "");
	cr_expect_eq(all, total_of(file));
	cr_expect_lt(folded__weight(folded, PAST, ""), all / 20, "%llu of %llu",
		     folded__weight(folded, PAST, ""), all);
	cr_expect_gt(folded__weight(folded, ";kthread_[k];", ""), 0, "%s", folded);
	cr_expect_gt(folded__weight(folded, ";sleep_throughout;pause;", ""), 0, "%s", folded);
	free(folded);
	proc__kill(&sleeper);
}

/* One whose memory cannot be read holds up nobody, and says so. */
Test(asleep, a_process_that_keeps_its_memory_back)
{
	const char *one = tt__temp("one.json"), *other = tt__temp("other.json");
	struct proc withholder, sleeper;
	char pids[2][16], both[40], *folded;
	json_t *facts;
	int i;

	proc__start(&withholder, ARGS(tt__load("withholder"), "-o", one), NULL);
	proc__start(&sleeper, ARGS(tt__load("sleeper"), "30", "-o", other), NULL);
	for (i = 0; i < 2; i++) {
		facts = facts__await(i ? other : one);
		pid_text(facts, pids[i]);
		json_decref(facts);
	}
	usleep(50000); /* until it sleeps there */
	snprintf(both, sizeof(both), "%s,%s", pids[0], pids[1]);
	folded = record_and_fold(both);
	/* up to where its memory is there: that says what it called, or why there is no more */
	cr_expect_geq(folded__weight(folded, "withholder;", ""), 499000000ULL, "%s", folded);
	cr_expect_eq(folded__weight(folded, "withholder;", ""),
		     folded__weight(folded, "withholder;", "[truncated: ") +
			     folded__weight(folded, "withholder;", ";sleep_for_good;pause;"),
		     "%s", folded);
	cr_expect_geq(folded__weight(folded, ";sleep_throughout;pause;", ""), 499000000ULL, "%s",
		      folded);
	cr_expect_eq(folded__weight(folded, "sleeper;[truncated: ", ""), 0, "%s", folded);
	free(folded);
	proc__kill(&withholder);
	proc__kill(&sleeper);
}

/* A kernel that cannot do it: told, and put together as before. */
Test(asleep, told_where_it_cannot_be)
{
	const char *file = tt__temp("none.tasktoll"), *path = tt__temp("facts.json");
	struct proc sleeper;
	struct run run;
	char pid[16], *folded;
	json_t *facts;

	proc__start(&sleeper, ARGS(tt__load("sleeper"), "30", "-o", path), NULL);
	facts = facts__await(path);
	pid_text(facts, pid);
	json_decref(facts);
	tt__run(&run,
		ARGS("record", "--force", "--force-rung", "asleep=none", "-d", "0.3", "-o", file,
		     "-p", pid),
		NULL);
	tt__expect_success(&run);
	cr_expect_not_null(strstr(run.err, "tasktoll doctor: ASLEEP"), "%s", run.err);
	run__free(&run);
	folded = fold(file);
	cr_expect_geq(folded__weight(folded, PAST, ""), 299000000ULL, "%s", folded);
	free(folded);
	proc__kill(&sleeper);
}
