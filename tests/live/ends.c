/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends by class, against a program whose children end in every way; and crashes among them. */
#include <criterion/criterion.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/cgroup.h"
#include "../lib/check.h"
#include "../lib/js.h"
#include "../lib/tt.h"
#include "../lib/watch.h"

#define V1_MEMORY "/sys/fs/cgroup/memory"
#define MEMORY	  "8M"

static char oom_cgroup[PATH_MAX], oom_env[PATH_MAX + 16];

static bool make_v1_cgroup(void)
{
	if (access(V1_MEMORY "/memory.limit_in_bytes", W_OK))
		return false;
	snprintf(oom_cgroup, sizeof(oom_cgroup), V1_MEMORY "/tasktoll-test-%d", getpid());
	return !mkdir(oom_cgroup, 0755) &&
	       cgroup__write(oom_cgroup, "memory.limit_in_bytes", MEMORY);
}

static bool make_v2_cgroup(void)
{
	const char *path = cgroup__make_with("memory");

	if (!path)
		return false;
	snprintf(oom_cgroup, sizeof(oom_cgroup), "%s", path);
	return cgroup__write(oom_cgroup, "memory.max", MEMORY);
}

/* A cgroup with little memory; without one, nothing is run out of it. */
static void make_oom_cgroup(void)
{
	if (make_v1_cgroup() || make_v2_cgroup())
		snprintf(oom_env, sizeof(oom_env), "OOM_CGROUP=%s", oom_cgroup);
	else
		*oom_cgroup = 0;
}

static void begin(void)
{
	tt__require_live();
	make_oom_cgroup();
}

static void end(void)
{
	if (*oom_cgroup)
		rmdir(oom_cgroup);
	cgroup__remove();
	tt__cleanup();
}

TestSuite(ends, .init = begin, .fini = end);

/* In a directory of its own, for the cores. */
static json_t *run_enders(const char *const options[], const char *file, const char *facts_file)
{
	const char *args[TT_MAX_ARGS], *const load[] = {
		"--",	   tt__load("enders"), "-o",	   facts_file, "clean=101", "failed=53",
		"null=13", "abort=11",	       "divide=3", "trap=2",   "bus=3",	    "sys=2",
		"core=5",  "raise=7",	       "pipe=5",   "alarm=3",  "term=17",   "kill=19",
		"quit=3",  "segv=23",	       "abrt=5",   "queue=2",  "thread=5",  NULL
	};
	const char *const env[] = { oom_env, NULL };
	struct proc_opts opts = { .env = *oom_cgroup ? env : NULL, .dir = tt__temp("") };
	struct run run;
	size_t n = 0, i;

	for (; *options; options++)
		args[n++] = *options;
	args[n++] = "-o";
	args[n++] = file;
	for (i = 0; load[i]; i++)
		args[n++] = load[i];
	if (*oom_cgroup)
		args[n++] = "oom=3";
	args[n] = NULL;
	tt__run(&run, args, &opts);
	tt__expect_success(&run);
	run__free(&run);
	return js__parse_file(facts_file);
}

static void check_end(json_t *row, json_t *own)
{
	json_t *end = js__at(row, "end");
	char *text = json_dumps(end, JSON_COMPACT);
	const char *how = js__str(own, "how"), *signal = js__str(own, "signal");

	cr_expect_str_eq(js__str(end, "class"), js__str(own, "class"), "%s: %s", how, text);
	cr_expect_eq(js__u64(end, "code"), js__u64(own, "code"), "%s: %s", how, text);
	cr_expect_eq(js__bool(end, "core"), js__bool(own, "core"), "%s: %s", how, text);
	if (*signal)
		cr_expect_str_eq(js__str(end, "signal"), signal, "%s: %s", how, text);
	else
		cr_expect(json_is_null(js__at(end, "signal")), "%s: %s", how, text);
	if (js__u64(own, "sender"))
		cr_expect_eq(js__pid(end, "sender.pid"), js__pid(own, "sender"), "%s: %s", how,
			     text);
	else
		cr_expect(json_is_null(js__at(end, "sender")), "%s: %s", how, text);
	cr_expect_gt(js__u64(end, "life_ns"), 0);
	free(text);
}

static uint64_t count_class(json_t *list, const char *class)
{
	uint64_t count = 0;
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
		count += !strcmp(js__str(one, "class"), class);
	return count;
}

Test(ends, of_every_class)
{
	static const char *const classes[] = { "clean", "failed", "crash", "killed", "oom" };
	char file[PATH_MAX], facts_file[PATH_MAX];
	json_t *facts, *stat, *list, *own;
	size_t i;

	snprintf(file, sizeof(file), "%s", tt__temp("stat"));
	snprintf(facts_file, sizeof(facts_file), "%s", tt__temp("facts"));
	facts = run_enders(ARGS("stat", "--format", "json"), file, facts_file);
	stat = js__parse_file(file);
	list = js__at(facts, "ends");
	check__complete(stat);
	json_array_foreach(list, i, own)
		check_end(js__one(js__at(stat, "processes"), "pid", js__u64(own, "pid")), own);
	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		char path[32];

		snprintf(path, sizeof(path), "ends.%s", classes[i]);
		cr_expect_eq(js__u64(stat, path), count_class(list, classes[i]) + !i,
			     "%s: %lu, not %lu", classes[i], js__u64(stat, path),
			     count_class(list, classes[i]) + !i);
	}
	cr_expect_eq(json_array_size(js__at(stat, "crashes")), count_class(list, "crash"));
	json_decref(stat);
	json_decref(facts);
}

/* Each crash is told once, and nothing else is; with --all, each abnormal end. */
static void check_told(const char *option, size_t expected_classes)
{
	static const char *const classes[] = { "crash", "failed", "killed", "oom" };
	char file[PATH_MAX], facts_file[PATH_MAX];
	json_t *facts, *told, *list, *one;
	size_t i, expected = 0;
	char *text;

	snprintf(file, sizeof(file), "%s", tt__temp("told"));
	snprintf(facts_file, sizeof(facts_file), "%s", tt__temp("facts"));
	facts = run_enders(ARGS("crash", "-q", "--format", "json", "--window", "100ms", option),
			   file, facts_file);
	text = file__read(file);
	told = js__parse_lines(text);
	list = js__at(facts, "ends");
	for (i = 0; i < expected_classes; i++)
		expected += count_class(list, classes[i]);
	cr_expect_eq(json_array_size(told), expected, "%zu told, not %zu", json_array_size(told),
		     expected);
	json_array_foreach(told, i, one) {
		json_t *own = js__one(list, "pid", js__u64(one, "pid"));

		cr_expect_str_eq(js__str(one, "class"), js__str(own, "class"));
		cr_expect_eq(js__bool(one, "core"), js__bool(own, "core"));
	}
	free(text);
	json_decref(told);
	json_decref(facts);
}

Test(ends, only_crashes_are_told_as_such)
{
	check_told("-v", 1);
}

Test(ends, all_that_is_abnormal_on_demand)
{
	check_told("--all", 4);
}
