/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prices may be sampled, counts never: what the kernel itself counts is counted to the last
 * switch whatever is priced, and which switch is priced does not depend on the load's rhythm.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "../lib/check.h"
#include "../lib/js.h"
#include "../lib/tt.h"

TestSuite(price, .init = tt__require_live, .fini = tt__cleanup);

#define ROUNDS "4001"
#define N      16

static json_t *run_ring(const char *sample, json_t **ret_facts)
{
	const char *file = tt__temp("facts");
	json_t *stat = tt__stat(ARGS("--cost-sample", sample, "--threads", "--", tt__load("ring"),
				     ROUNDS, "-o", file));

	*ret_facts = js__parse_file(file);
	check__complete(stat);
	check__sane(stat);
	check__sums_up(stat);
	check__kinds(js__at(stat, "system"));
	return stat;
}

/* The row of a thread, in whichever process. */
static json_t *thread_row(json_t *stat, uint64_t tid)
{
	json_t *process;
	size_t i;

	json_array_foreach(js__at(stat, "processes"), i, process) {
		if (js__count(js__at(process, "threads"), "tid", tid))
			return js__one(js__at(process, "threads"), "tid", tid);
	}
	cr_assert(false, "no thread %lu", tid);
	return NULL;
}

/* Each was read just before its end: its last switch was to come. */
static void check_counts(json_t *stat, json_t *facts)
{
	json_t *own, *row;
	size_t i;

	json_array_foreach(js__at(facts, "tasks"), i, own) {
		row = thread_row(stat, js__u64(own, "tid"));
		cr_expect_geq(js__u64(row, "voluntary"), js__u64(own, "nv") + 1);
		cr_expect_leq(js__u64(row, "voluntary"), js__u64(own, "nv") + 3);
		cr_expect_geq(js__u64(row, "involuntary"), js__u64(own, "niv"));
		cr_expect_leq(js__u64(row, "involuntary"), js__u64(own, "niv") + 3);
		check__kinds(row);
		check__time(row);
	}
}

/* That many of `all` were drawn with chance 1/n, each for itself: within five sigma. */
static void check_drawn(uint64_t drawn, uint64_t all, uint64_t n, const char *what)
{
	double p = 1.0 / (double)n, expected = p * (double)all;
	double sigma = sqrt(expected * (1 - p));

	cr_expect(fabs((double)drawn - expected) <= 5 * sigma + 1,
		  "%s: %lu priced of %lu, expected %.0f +- %.0f", what, drawn, all, expected,
		  5 * sigma);
}

static bool has_cost(json_t *stat)
{
	return json_is_object(js__find(stat, "system.switch_ns.thread"));
}

Test(price, one_in_sixteen_counts_each)
{
	json_t *facts, *stat = run_ring("16", &facts), *system = js__at(stat, "system");
	uint64_t all = check__all_kinds(system);

	check_counts(stat, facts);
	cr_expect_eq(js__u64(stat, "sampled"), N);
	cr_expect_eq(js__u64(stat, "sampled_least"), N);
	if (json_is_object(js__at(system, "pick_ns"))) {
		check_drawn(js__u64(system, "pick_ns.count"), all, N, "pick");
		cr_expect_eq(js__u64(system, "pick_ns.weight"),
			     N * js__u64(system, "pick_ns.count"));
		cr_expect_gt(js__u64(system, "pick_ns.sum_error"), 0);
	}
	json_decref(facts);
	json_decref(stat);
}

/* Two switches of sixteen load another address space, always at the same place of the round. */
Test(price, load_with_a_period_of_sixteen_is_priced_at_each_of_its_places)
{
	json_t *facts, *stat = run_ring("16", &facts), *system = js__at(stat, "system"), *own;
	uint64_t processes = js__u64(system, "in.process"), all = check__all_kinds(system);
	size_t i;

	cr_expect_geq(processes * 100, all * 12, "%lu of %lu switches load another address space",
		      processes, all);
	if (!has_cost(stat)) {
		cr_skip_test("this kernel gives no cost of a switch");
		return;
	}
	check_drawn(js__u64(system, "switch_ns.process.count"), processes, N, "process");
	check_drawn(js__u64(system, "switch_ns.thread.count"), js__u64(system, "in.thread"), N,
		    "thread");
	json_array_foreach(js__at(facts, "tasks"), i, own) {
		json_t *row = thread_row(stat, js__u64(own, "tid"));

		check_drawn(js__u64(row, "switch_ns.thread.count") +
				    js__u64(row, "switch_ns.process.count") +
				    js__u64(row, "switch_ns.resume.count"),
			    check__all_kinds(row), N, "one of the sixteen");
	}
	json_decref(facts);
	json_decref(stat);
}

Test(price, each_switch_has_a_price_if_asked_for)
{
	json_t *facts, *stat = run_ring("1", &facts), *system = js__at(stat, "system");
	uint64_t in = js__u64(system, "in.process");

	check_counts(stat, facts);
	cr_expect_eq(js__u64(stat, "sampled"), 1);
	cr_expect_null(js__find(system, "pick_ns.weight"));
	/* not those of a task that has just been created */
	if (has_cost(stat))
		cr_expect_geq(js__u64(system, "switch_ns.process.count") + 20, in);
	json_decref(facts);
	json_decref(stat);
}

Test(price, auto_tells_what_it_priced_and_counts_each)
{
	json_t *facts, *stat = run_ring("auto", &facts), *system = js__at(stat, "system");
	uint64_t most = js__u64(stat, "sampled"), least = js__u64(stat, "sampled_least");

	check_counts(stat, facts);
	cr_expect_leq(least, most);
	cr_expect_leq(most, 64);
	cr_expect_eq(most & (most - 1), 0, "one in %lu", most);
	if (has_cost(stat) && most > 1) {
		uint64_t count = js__u64(system, "switch_ns.thread.count");
		uint64_t weight = js__u64(system, "switch_ns.thread.weight");

		cr_expect_geq(weight, least * count);
		cr_expect_leq(weight, most * count);
	}
	json_decref(facts);
	json_decref(stat);
}

/* A load that hardly switches, as long as nothing else does much: on a busy machine it is not asserted. */
Test(price, times_by_state_are_exact_when_prices_are_sampled)
{
	const char *file = tt__temp("facts");
	json_t *stat, *facts, *row;

	stat = tt__stat(ARGS("--cost-sample", "16", "--threads", "--", tt__load("crowd"), "30",
			     "10", "3", "-o", file));
	facts = js__parse_file(file);
	check__complete(stat);
	check__sane(stat);
	row = js__one(js__at(stat, "processes"), "pid", js__u64(facts, "pid"));
	cr_expect_eq(js__u64(row, "state_ns.waiting"), js__u64(facts, "waited"));
	cr_expect_eq(js__u64(row, "runq_ns.count"), js__u64(facts, "times"));
	check__time(row);
	json_decref(facts);
	json_decref(stat);
}

Test(price, machine_says_how_many_it_priced)
{
	json_t *stat = tt__stat(ARGS("--cost-sample", "7", "-d", "1"));

	check__complete(stat);
	cr_expect_eq(js__u64(stat, "sampled"), 7);
	check_drawn(js__u64(stat, "priced"), js__u64(stat, "proof.switches_seen"), 7, "all");
	json_decref(stat);
}

/* Without the entry of __schedule(), and with the end of the switch elsewhere. */
Test(price, is_drawn_the_same_without_the_pick_phase)
{
	json_t *stat = tt__stat(ARGS("--cost-sample", "16", "--force-rung", "pick=none", "--",
				     tt__load("ring"), ROUNDS, "-o", "/dev/null"));
	json_t *system = js__at(stat, "system");

	check__complete(stat);
	check__kinds(system);
	cr_expect(json_is_null(js__at(system, "pick_ns")));
	if (has_cost(stat))
		check_drawn(js__u64(system, "switch_ns.thread.count"), js__u64(system, "in.thread"),
			    N, "thread");
	json_decref(stat);
}

/* The TLB's hook asks whether a switch is under way, priced or not. */
Test(price, flushes_are_counted_at_switches_without_a_price)
{
	json_t *each = tt__stat(
		ARGS("--cost-sample", "1", "--", tt__load("ring"), ROUNDS, "-o", "/dev/null"));
	json_t *few = tt__stat(
		ARGS("--cost-sample", "65536", "--", tt__load("ring"), ROUNDS, "-o", "/dev/null"));

	check__complete(few);
	if (json_is_integer(js__at(each, "system.mm_switches_flushed")) &&
	    js__u64(each, "system.mm_switches_flushed") > 1000)
		cr_expect_gt(js__u64(few, "system.mm_switches_flushed"), 100);
	json_decref(each);
	json_decref(few);
}
