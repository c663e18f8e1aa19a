/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Real output against the schema, by a validator that this project did not write. */
#include <criterion/criterion.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/js.h"
#include "../lib/tt.h"

static void require(void)
{
	const char *required = getenv("TASKTOLL_REQUIRE_LIVE");
	struct run run;
	int status;

	tt__require_live();
	run__do(&run, ARGS("python3", "-c", "import jsonschema"), NULL);
	status = run.status;
	run__free(&run);
	if (!status)
		return;
	cr_assert(!required || strcmp(required, "1"), "the Python module jsonschema is missing");
	cr_skip_test("the Python module jsonschema is missing");
}

TestSuite(schema, .init = require, .fini = tt__cleanup);

static const char *source(const char *name)
{
	static char paths[2][PATH_MAX];
	static unsigned int next;
	const char *top = getenv("TASKTOLL_SOURCE");
	char *path = paths[next++ % 2];

	snprintf(path, sizeof(paths[0]), "%s/tests/schema/%s", top ? top : ".", name);
	return path;
}

#define STAT	  "stat.schema.json"
#define CRASH	  "crash.schema.json"
#define STACKS	  "stacks.schema.json"
#define FUNCTIONS "functions.schema.json"
#define DIFF	  "diff.schema.json"

static void validate(const char *schema, const char *file, int status)
{
	struct run run;

	run__do(&run, ARGS("python3", source("validate.py"), source(schema), file), NULL);
	cr_expect_eq(run.status, status, "%s%s", run.out, run.err);
	run__free(&run);
}

static void json_to(const char *file, const char *command, const char *const args[])
{
	const char *all[TT_MAX_ARGS] = { command, "--format", "json", "-o", file };
	struct run run;
	size_t n = 5;

	while (*args)
		all[n++] = *args++;
	tt__run(&run, all, NULL);
	tt__expect_success(&run);
	run__free(&run);
}

static void stat_to(const char *file, const char *const args[])
{
	json_to(file, "stat", args);
}

Test(schema, machine)
{
	const char *file = tt__temp("machine.json");

	stat_to(file, ARGS("-d", "500ms"));
	validate(STAT, file, 0);
}

Test(schema, machine_with_threads_in_intervals)
{
	const char *file = tt__temp("threads.json");

	stat_to(file, ARGS("-d", "600ms", "-i", "200ms", "--threads"));
	validate(STAT, file, 0);
}

Test(schema, program)
{
	const char *file = tt__temp("program.json");

	stat_to(file, ARGS("--threads", "--", tt__load("switches"), "7", "101", "-o", "/dev/null"));
	validate(STAT, file, 0);
}

/* What is null there is null by the schema. */
Test(schema, without_some_probes)
{
	const char *file = tt__temp("fallback.json");

	stat_to(file, ARGS("-d", "200ms", "--force-rung", "COST=none,TLB=none,PICK=none"));
	validate(STAT, file, 0);
}

/* Forks, runs a program that fails, leaves an orphan, and dies of a fault. */
#define CRASHING                                                                                   \
	"python3", "-c",                                                                           \
		"import ctypes, os, subprocess, time\n"                                            \
		"subprocess.call(['sh', '-c', 'exit 3'])\n"                                        \
		"if not os.fork():\n"                                                              \
		"    time.sleep(0.1)\n"                                                            \
		"    os._exit(0)\n"                                                                \
		"ctypes.c_char.from_address(8).value\n"

static void crash_to(const char *file)
{
	struct run run;

	tt__run(&run,
		ARGS("crash", "--all", "--window", "300ms", "--format", "json", "-o", file, "--",
		     CRASHING),
		NULL);
	cr_assert_eq(run.status, 128 + SIGSEGV, "exit status %d: %s", run.status, run.err);
	run__free(&run);
}

/* The crash among the lines of a file; a failure with --all is another one. */
static json_t *the_crash(const char *file)
{
	char *text = file__read(file);
	json_t *lines = js__parse_lines(text), *line, *found = NULL;
	size_t i;

	json_array_foreach(lines, i, line) {
		if (!strcmp(js__str(line, "class"), "crash"))
			found = json_incref(line);
	}
	cr_assert(found, "no crash: %s", text);
	cr_expect_gt(json_array_size(lines), 1, "no failure: %s", text);
	json_decref(lines);
	free(text);
	return found;
}

Test(schema, crash)
{
	const char *file = tt__temp("crash.json");
	json_t *crash;

	crash_to(file);
	validate(CRASH, file, 0);
	crash = the_crash(file);
	cr_expect_str_eq(js__str(crash, "address"), "0x8");
	cr_expect_gt(json_array_size(js__at(crash, "victims")), 0);
	json_decref(crash);
}

/* Creations, ends, and the same crash in a summary. */
Test(schema, program_that_crashes)
{
	const char *file = tt__temp("lives.json");
	struct run run;
	json_t *stat;

	tt__run(&run, ARGS("stat", "--format", "json", "-o", file, "--", CRASHING), NULL);
	cr_assert_eq(run.status, 128 + SIGSEGV, "exit status %d: %s", run.status, run.err);
	run__free(&run);
	validate(STAT, file, 0);
	stat = js__parse_file(file);
	cr_expect_gt(js__u64(stat, "spawns.process.count"), 0);
	cr_expect_gt(js__u64(stat, "spawns.execs.count"), 0);
	cr_expect_gt(js__u64(stat, "ends.failed"), 0);
	cr_expect_eq(json_array_size(js__at(stat, "crashes")), 1);
	json_decref(stat);
}

Test(schema, without_probes_of_creation)
{
	const char *file = tt__temp("creation.json");

	stat_to(file, ARGS("--force-rung", "CREATE=none,FIRST_WAKEUP=none,EXEC_ENTRY=none", "--",
			   "sh", "-c", "true"));
	validate(STAT, file, 0);
}

/* A validator that finds nothing wrong with anything proves nothing. */
Test(schema, refuses_what_is_not_a_summary)
{
	const char *file = tt__temp("wrong.json"), *good = tt__temp("good.json");
	json_t *stat;

	stat_to(good, ARGS("-d", "100ms"));
	stat = js__parse_file(good);
	json_object_del(js__at(stat, "system"), "switches");
	json_dump_file(stat, file, 0);
	validate(STAT, file, 1);
	json_decref(stat);
	stat = js__parse_file(good);
	json_object_set_new(js__at(stat, "system.runq_ns"), "max", json_real(1.5));
	json_dump_file(stat, file, 0);
	validate(STAT, file, 1);
	json_decref(stat);
}

/* With this member, or without it: NULL.  Takes root and wrong. */
static void refuses_one(const char *schema, json_t *root, const char *path, const char *member,
			json_t *wrong)
{
	const char *changed = tt__temp("changed.json");
	json_t *object = *path ? js__at(root, path) : root;

	if (wrong)
		json_object_set_new(object, member, wrong);
	else
		json_object_del(object, member);
	json_dump_file(root, changed, 0);
	validate(schema, changed, 1);
	json_decref(root);
}

static void refuses(const char *file, const char *path, const char *member, json_t *wrong)
{
	refuses_one(CRASH, the_crash(file), path, member, wrong);
}

Test(schema, refuses_what_is_not_a_crash)
{
	const char *file = tt__temp("crash.json");

	crash_to(file);
	validate(STAT, file, 1);
	refuses(file, "", "schema", json_string("tasktoll.stat/2"));
	refuses(file, "", "class", json_string("clean"));
	refuses(file, "", "pid", json_integer(-1)); /* 0 is outside */
	refuses(file, "", "more", json_null());
	refuses(file, "culprit", "stack", json_null());
	refuses(file, "", "victims", json_pack("[{s:i}]", "ring", 5));
}

/* ---- what a recording says ---- */

static void record_to(const char *file, const char *const program[])
{
	const char *all[TT_MAX_ARGS] = { "record", "-q", "-i", "200ms", "-o", file, "--" };
	struct run run;
	size_t n = 7;

	while (*program)
		all[n++] = *program++;
	tt__run(&run, all, NULL);
	cr_assert(!run.status || run.status == 128 + SIGSEGV, "exit status %d: %s", run.status,
		  run.err);
	run__free(&run);
}

static void report_to(const char *file, const char *const args[])
{
	json_to(file, "report", args);
}

/* Each metric, also those of which there is nothing. */
Test(schema, stacks)
{
	static const char *const metrics[] = {
#define METRIC(name, unit, weights, help) name,
#include "model/profile/metrics.def"
	};
	const char *recording = tt__temp("crashing.tasktoll"), *file = tt__temp("stacks.json");
	json_t *stacks;
	size_t i;

	record_to(recording, ARGS(CRASHING));
	for (i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
		report_to(file, ARGS("--stacks", "1000", "--metric", metrics[i], recording));
		validate(STACKS, file, 0);
		report_to(file, ARGS("--functions", "--metric", metrics[i], recording));
		validate(FUNCTIONS, file, 0);
	}
	report_to(file, ARGS("--stacks", "3", recording));
	validate(STACKS, file, 0);
	stacks = js__parse_file(file);
	cr_expect_eq(json_array_size(js__at(stacks, "stacks")), 3);
	json_decref(stacks);
}

Test(schema, diff)
{
	const char *a = tt__temp("a.tasktoll"), *b = tt__temp("b.tasktoll");
	const char *file = tt__temp("diff.json");
	json_t *diff;

	record_to(a, ARGS(CRASHING));
	record_to(b, ARGS(tt__load("renamer"), "1", "-o", "/dev/null"));
	report_to(file, ARGS("--diff", a, b));
	validate(DIFF, file, 0);
	diff = js__parse_file(file);
	cr_expect_gt(json_array_size(js__at(diff, "processes")), 1);
	json_decref(diff);
}

struct change {
	const char *path, *member;
	const char *wrong; /* JSON; NULL: it is not there */
};

static void refuses_change(const char *schema, const char *file, const struct change *change)
{
	json_t *wrong = NULL;

	if (change->wrong) {
		wrong = json_loads(change->wrong, JSON_DECODE_ANY, NULL);
		cr_assert_not_null(wrong, "%s", change->wrong);
	}
	refuses_one(schema, js__parse_file(file), change->path, change->member, wrong);
}

Test(schema, refuses_what_are_no_stacks)
{
	static const struct change changes[] = {
		{ "", "schema", "\"tasktoll.stat/2\"" },
		{ "", "metric", "\"cycles\"" },
		{ "", "unit", "null" },
		{ "", "total", "-1" },
		{ "", "stack_count", NULL },
		{ "", "stacks", NULL },
		{ "", "stacks", "[{\"weight\": 1, \"share\": 0.5}]" },
		{ "", "stacks", "[{\"weight\": 0, \"share\": 0.5, \"frames\": []}]" },
		{ "", "stacks", "[{\"weight\": 1, \"share\": 50.0, \"frames\": []}]" },
		{ "", "stacks", "[{\"weight\": 1, \"share\": 0.5, \"frames\": [\"\\u001b[m\"]}]" },
		{ "", "stacks", "[{\"weight\": 1, \"share\": 0.5, \"frames\": [], \"x\": 1}]" },
	};
	const char *recording = tt__temp("a.tasktoll"), *file = tt__temp("stacks.json");
	size_t i;

	record_to(recording, ARGS(CRASHING));
	report_to(file, ARGS("--stacks", "3", recording));
	validate(STACKS, file, 0);
	validate(DIFF, file, 1);
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		refuses_change(STACKS, file, &changes[i]);
}

Test(schema, refuses_what_is_no_diff)
{
	static const struct change changes[] = {
		{ "", "schema", "\"tasktoll.diff/2\"" },
		{ "", "a", NULL },
		{ "b", "file", "\"\"" },
		{ "b", "cpus", "0" },
		{ "b", "more", "0" },
		{ "system", "runq_ns_p99", NULL },
		{ "system", "created_per_s", NULL },
		{ "system", "toll_ns_per_s", "1.5" },
		{ "system.toll_ns_per_s", "a", "-1.5" },
		{ "system.toll_ns_per_s", "b", NULL },
		{ "system.toll_ns_per_s", "c", "1.5" },
		{ "", "processes", "[{\"comm\": \"x\"}]" },
	};
	const char *recording = tt__temp("a.tasktoll"), *file = tt__temp("diff.json");
	size_t i;

	record_to(recording, ARGS(CRASHING));
	report_to(file, ARGS("--diff", recording, recording));
	validate(DIFF, file, 0);
	validate(STACKS, file, 1);
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		refuses_change(DIFF, file, &changes[i]);
}
