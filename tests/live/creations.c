/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Creations are exact: a program that makes a known number of each kind, and its
 * own clock around the calls.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "../lib/check.h"
#include "../lib/csv.h"
#include "../lib/js.h"
#include "../lib/tt.h"

TestSuite(creations, .init = tt__require_live, .fini = tt__cleanup);

#define SPAWNS "29"
#define EXECS  "17"
#define ALL_KINDS                                                                                  \
	"thread=101", "process=53", "vfork=31", "spawn=" SPAWNS, "shared=23", "exec=" EXECS,       \
		"namespace=7", "invalid=11", "eagain=13"

/* What the calls of one kind of creation are called by the load. */
static const struct made {
	const char *kind;
	const char *calls[3];
	uint64_t execs;
} made[] = {
	{ "thread", { "thread" }, 0 },
	{ "process", { "process", "exec", "namespace" }, 17 },
	{ "vfork", { "vfork", "spawn" }, 29 },
	{ "shared", { "shared" }, 0 },
};

static json_t *breed(const char *const options[], json_t **ret_facts)
{
	const char *file = tt__temp("facts");
	const char *args[TT_MAX_ARGS], *load[] = { "--", NULL, "-o", NULL, ALL_KINDS, NULL };
	size_t n = 0, i;
	json_t *stat;

	load[1] = tt__load("breeder");
	load[3] = file;
	for (; *options; options++)
		args[n++] = *options;
	for (i = 0; load[i]; i++)
		args[n++] = load[i];
	args[n] = NULL;
	stat = tt__stat(args);
	*ret_facts = js__parse_file(file);
	return stat;
}

static uint64_t dist(json_t *spawn, const char *phase, const char *part)
{
	return js__u64(js__at(spawn, phase), part);
}

/*
 * The program's clock runs from before the call to after it, so it contains the
 * two phases; of a vfork the second one ends when the child has let go.
 */
static void check_clock(json_t *spawn, const struct made *of, json_t *facts)
{
	uint64_t sum = 0, max = 0;
	size_t i;

	for (i = 0; i < 3 && of->calls[i]; i++) {
		json_t *call = js__at(facts, of->calls[i]);

		sum += js__u64(call, "sum");
		if (js__u64(call, "max") > max)
			max = js__u64(call, "max");
	}
	cr_expect_leq(dist(spawn, "copy_ns", "sum") + dist(spawn, "return_ns", "sum"), sum,
		      "%s: %lu + %lu ns, by its own clock %lu", of->kind,
		      dist(spawn, "copy_ns", "sum"), dist(spawn, "return_ns", "sum"), sum);
	cr_expect_leq(dist(spawn, "copy_ns", "max"), max);
	cr_expect_leq(dist(spawn, "return_ns", "max"), max);
	cr_expect_gt(dist(spawn, "copy_ns", "p50"), 0);
}

static void check_kind(json_t *spawns, const struct made *of, json_t *facts)
{
	json_t *spawn = js__at(spawns, of->kind);
	uint64_t count = 0;
	size_t i;

	for (i = 0; i < 3 && of->calls[i]; i++)
		count += js__u64(js__at(facts, of->calls[i]), "count");
	cr_expect_eq(js__u64(spawn, "count"), count, "%s: %lu of %lu", of->kind,
		     js__u64(spawn, "count"), count);
	cr_expect_eq(dist(spawn, "copy_ns", "count"), count);
	cr_expect_eq(dist(spawn, "return_ns", "count"), count);
	cr_expect_eq(dist(spawn, "start_ns", "count"), count);
	cr_expect_eq(dist(spawn, "life_ns", "count"), count);
	cr_expect_eq(dist(spawn, "exec_ns", "count"), of->execs);
	check_clock(spawn, of, facts);
}

static void check_failures(json_t *spawns, json_t *facts)
{
	cr_expect_eq(js__u64(spawns, "thread.failed"), js__u64(facts, "invalid.count"));
	cr_expect_eq(js__u64(spawns, "thread.errors.EINVAL"), js__u64(facts, "invalid.count"));
	cr_expect_eq(js__u64(spawns, "process.failed"), js__u64(facts, "eagain.count"));
	cr_expect_eq(js__u64(spawns, "process.errors.EAGAIN"), js__u64(facts, "eagain.count"));
	cr_expect_eq(js__u64(spawns, "vfork.failed"), 0);
	cr_expect_eq(js__u64(spawns, "shared.failed"), 0);
}

static void check_spawns(json_t *spawns, json_t *facts)
{
	size_t i;

	for (i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		check_kind(spawns, &made[i], facts);
	cr_expect_eq(js__u64(spawns, "process.namespaces"), js__u64(facts, "namespace.count"));
	cr_expect_eq(js__u64(spawns, "kernel.count"), 0);
	check_failures(spawns, facts);
}

Test(creations, of_a_program_by_kind_and_phase)
{
	long i, runs = tt__runs(5);

	for (i = 0; i < runs; i++) {
		json_t *facts, *stat = breed(ARGS("-q"), &facts), *row;
		uint64_t processes = 53 + 31 + 29 + 23 + 17 + 7;

		check__complete(stat);
		row = js__one(js__at(stat, "processes"), "pid", js__u64(facts, "pid"));
		check_spawns(js__at(row, "spawns"), facts);
		/* nobody else in the target creates anything */
		check_spawns(js__at(stat, "spawns"), facts);
		cr_expect_eq(js__u64(stat, "spawns.execs.count"), 29 + 17 + 1);
		cr_expect_eq(js__u64(stat, "ends.clean"), processes + 1);
		json_decref(facts);
		json_decref(stat);
	}
}

/* Of all intervals together. */
static uint64_t sum_of(json_t *rows, uint64_t pid, const char *figure)
{
	uint64_t sum = 0;
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		if (js__u64(row, "pid") == pid && js__find(row, "spawns"))
			sum += js__u64(js__at(row, "spawns"), figure);
	}
	return sum;
}

/* The figure of its own is the same when everybody else is counted, too. */
Test(creations, of_a_program_among_all)
{
	struct proc tracer, load;
	const char *file = tt__temp("facts");
	json_t *facts, *stat, *rows;
	struct run run;
	uint64_t pid;
	char *line;

	tt__start(&tracer, ARGS("stat", "--format", "json", "-i", "100ms"), NULL);
	line = proc__line(&tracer, 0);
	cr_assert(line);
	free(line);
	proc__start(&load, ARGS(tt__load("breeder"), "-o", file, ALL_KINDS), NULL);
	proc__finish(&load, &run);
	cr_assert_eq(run.status, 0, "%s", run.err);
	run__free(&run);
	proc__signal(&tracer, SIGINT);
	proc__finish(&tracer, &run);
	tt__expect_success(&run);
	facts = js__parse_file(file);
	stat = js__parse_lines(run.out);
	rows = check__all_processes(stat);
	pid = js__u64(facts, "pid");
	cr_expect_eq(sum_of(rows, pid, "thread.count"), 101);
	cr_expect_eq(sum_of(rows, pid, "process.count"), 77);
	cr_expect_eq(sum_of(rows, pid, "vfork.copy_ns.count"), 60);
	cr_expect_eq(sum_of(rows, pid, "shared.return_ns.count"), 23);
	cr_expect_eq(sum_of(rows, pid, "process.failed"), 13);
	cr_expect_eq(sum_of(rows, pid, "process.life_ns.count"), 77);
	json_decref(rows);
	json_decref(facts);
	json_decref(stat);
	run__free(&run);
}

Test(creations, in_csv_are_those_in_json)
{
	struct run run;
	json_t *rows, *system;

	tt__run(&run,
		ARGS("stat", "--format", "csv", "--", tt__load("breeder"), "-o", "/dev/null",
		     ALL_KINDS),
		NULL);
	tt__expect_success(&run);
	rows = csv__parse(run.out);
	system = json_array_get(rows, 0);
	cr_expect_str_eq(js__str(system, "spawns_thread_count"), "101");
	cr_expect_str_eq(js__str(system, "spawns_thread_failed"), "11");
	cr_expect_str_eq(js__str(system, "spawns_process_copy_ns_count"), "77");
	cr_expect_str_eq(js__str(system, "spawns_vfork_exec_ns_count"), SPAWNS);
	cr_expect_str_eq(js__str(system, "ends_clean"), "161");
	json_decref(rows);
	run__free(&run);
}

/* A fork copies page tables: the more the parent has, the longer it takes. */
Test(creations, of_large_parents_take_longer)
{
	json_t *small, *large, *both;
	struct run run;

	if (getenv("TASKTOLL_EMULATED"))
		cr_skip_test("durations mean nothing here");
	small = tt__stat(ARGS("--", tt__load("breeder"), "-o", "/dev/null", "process=31"));
	large = tt__stat(
		ARGS("--", tt__load("breeder"), "-o", "/dev/null", "resident=256", "process=31"));
	cr_expect_gt(js__u64(large, "spawns.process.copy_ns.p50"),
		     js__u64(small, "spawns.process.copy_ns.p50"));
	cr_expect(json_is_null(js__at(small, "spawns.fork_ns_per_mib")));
	cr_expect_geq(js__u64(json_array_get(js__at(large, "spawns.fork_sizes"), 0), "rss_bytes"),
		      256 << 20);
	json_decref(small);
	json_decref(large);
	tt__run(&run,
		ARGS("stat", "--format", "json", "--", "sh", "-c",
		     "\"$0\" -o /dev/null process=31 && \"$0\" -o /dev/null resident=256 process=31",
		     tt__load("breeder")),
		NULL);
	tt__expect_success(&run);
	both = js__parse(run.out);
	cr_expect_gt(json_real_value(js__at(both, "spawns.fork_ns_per_mib")), 0);
	json_decref(both);
	run__free(&run);
}
