/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "js.h"

static const char *const kinds[] = { "in.thread", "in.process", "in.resume", "in.kernel",
				     "in.idle" };

/* Members of a row that add up from threads to processes to the whole. */
static const char *const additive[] = {
	"switches",  "voluntary", "involuntary", "in.thread",  "in.process",
	"in.resume", "in.kernel", "oncpu_ns",	 "migrations", "mm_switches",
};

#define N_ADDITIVE (sizeof(additive) / sizeof(additive[0]))

void check__complete(json_t *stat)
{
	json_t *lost = js__at(stat, "lost");
	json_t *number;
	const char *name;

	cr_expect_eq(js__u64(stat, "proof.switches_seen"), js__u64(stat, "proof.switches_kernel"),
		     "seen %" JSON_INTEGER_FORMAT ", the kernel says %" JSON_INTEGER_FORMAT,
		     json_integer_value(js__at(stat, "proof.switches_seen")),
		     json_integer_value(js__at(stat, "proof.switches_kernel")));
	json_object_foreach(lost, name, number)
		cr_expect_eq(json_integer_value(number), 0, "lost %s: %" JSON_INTEGER_FORMAT, name,
			     json_integer_value(number));
	cr_expect(js__bool(stat, "complete"), "the summary calls itself incomplete");
}

/* Of no samples there is no percentile. */
static void check_nothing(json_t *dist, const char *name)
{
	static const char *const figures[] = { "min", "p50", "p90", "p99" };
	size_t i;

	cr_expect_eq(js__u64(dist, "sum"), 0, "%s: sum of nothing", name);
	for (i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
		cr_expect(json_is_null(json_object_get(dist, figures[i])), "%s: %s of nothing",
			  name, figures[i]);
}

static void check_dist(json_t *dist, const char *name, uint64_t elapsed, bool whole)
{
	uint64_t count = js__u64(dist, "count"), sum = js__u64(dist, "sum"), weight = count;
	uint64_t min, p50, p90, p99, max;

	if (!count) {
		check_nothing(dist, name);
		return;
	}
	min = js__u64(dist, "min");
	p50 = js__u64(dist, "p50");
	p90 = js__u64(dist, "p90");
	p99 = js__u64(dist, "p99");
	max = js__u64(dist, "max");
	cr_expect(min <= p50 && p50 <= p90 && p90 <= p99 && p99 <= max,
		  "%s: min %lu p50 %lu p90 %lu p99 %lu max %lu", name, min, p50, p90, p99, max);
	cr_expect_leq(max, elapsed, "%s: max %lu in a run of %lu", name, max, elapsed);
	if (!whole)
		return;
	cr_expect_leq(max, sum, "%s: max %lu, sum %lu", name, max, sum);
	if (json_object_get(dist, "weight")) /* what the samples stand for */
		weight = js__u64(dist, "weight");
	cr_expect_leq(count, weight, "%s: %lu samples stand for %lu", name, count, weight);
	/* A sample of no length is possible; an average above the longest is not. */
	cr_expect_leq(sum / weight, max, "%s: sum %lu of %lu samples up to %lu", name, sum, weight,
		      max);
}

static bool is_dist(json_t *value)
{
	return json_object_get(value, "p50") && json_object_get(value, "max");
}

/*
 * What a row's threads did with their time is their lifetime: but for the rounding of the few
 * waits that were told in an earlier interval, too.
 */
#define TIME_SLACK_NS 10000

/*
 * Where an emulated CPU stands still between two readings, or the kernel takes its clock for
 * unstable and keeps those of the CPUs together by the tick only, a wait is cut elsewhere.
 */
#define EMULATED_SLACK_NS 20000000

void check__time(json_t *row)
{
	uint64_t slack = getenv("TASKTOLL_EMULATED") ? EMULATED_SLACK_NS : TIME_SLACK_NS;
	json_t *states = json_object_get(row, "state_ns"), *value;
	uint64_t lifetime = js__u64(row, "lifetime_ns"), sum = 0;
	const char *name;

	cr_assert(json_is_object(states), "no time by state");
	json_object_foreach(states, name, value)
		sum += (uint64_t)json_integer_value(value);
	cr_expect(sum <= lifetime + slack && lifetime <= sum + slack,
		  "the states add up to %lu ns, the lifetime is %lu", sum, lifetime);
	cr_expect_eq(js__u64(states, "oncpu"), js__u64(row, "oncpu_ns"));
	cr_expect_eq(js__u64(states, "waiting"), js__u64(row, "runq_ns.sum"));
	cr_expect_eq(js__u64(states, "sleep"), js__u64(row, "offcpu_ns.sleep.sum"));
}

static void check_row(json_t *row, uint64_t elapsed, bool whole)
{
	json_t *value, *inner;
	const char *name, *inner_name;
	uint64_t out = js__u64(row, "voluntary") + js__u64(row, "involuntary");

	cr_expect_eq(js__u64(row, "switches"), out, "%lu switches, voluntary + involuntary %lu",
		     js__u64(row, "switches"), out);
	json_object_foreach(row, name, value) {
		if (is_dist(value))
			check_dist(value, name, elapsed, whole);
		else if (json_is_object(value))
			json_object_foreach(value, inner_name, inner)
				if (is_dist(inner))
					check_dist(inner, inner_name, elapsed, whole);
	}
}

static void check_sum(json_t *whole, json_t *parts, const char *what)
{
	uint64_t expected, sum;
	size_t i;

	for (i = 0; i < N_ADDITIVE; i++) {
		expected = js__u64(whole, additive[i]);
		sum = js__sum(parts, additive[i]);
		cr_expect_eq(sum, expected, "%s: %s is %lu, its parts add up to %lu", what,
			     additive[i], expected, sum);
	}
}

static void check_rows(json_t *stat, uint64_t elapsed, bool whole)
{
	json_t *process, *thread, *threads;
	size_t i, j;

	check_row(js__at(stat, "system"), elapsed, whole);
	json_array_foreach(js__at(stat, "processes"), i, process) {
		check_row(process, elapsed, whole);
		check__time(process);
		threads = js__find(process, "threads");
		json_array_foreach(threads, j, thread) {
			check_row(thread, elapsed, whole);
			check__time(thread);
		}
		if (threads)
			check_sum(process, threads, js__str(process, "comm"));
	}
}

void check__sane(json_t *stat)
{
	check_rows(stat, js__u64(stat, "duration_ns"), true);
}

void check__sane_interval(json_t *stat, uint64_t elapsed)
{
	check_rows(stat, elapsed, elapsed == js__u64(stat, "duration_ns"));
}

void check__intervals(json_t *lines, bool has_target)
{
	uint64_t elapsed = 0;
	json_t *line;
	size_t i;

	json_array_foreach(lines, i, line) {
		elapsed += js__u64(line, "duration_ns");
		check__complete(line);
		check__sane_interval(line, elapsed);
		if (has_target)
			check__sums_up(line);
	}
}

void check__sums_up(json_t *stat)
{
	check_sum(js__at(stat, "system"), js__at(stat, "processes"), "system");
}

uint64_t check__all_kinds(json_t *row)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		sum += js__u64(row, kinds[i]);
	return sum;
}

void check__kinds(json_t *row)
{
	cr_expect_eq(check__all_kinds(row), js__u64(row, "switches"),
		     "the five kinds add up to %lu, switches are %lu", check__all_kinds(row),
		     js__u64(row, "switches"));
}

uint64_t check__identity(uint64_t seen, json_t *facts, uint64_t slack)
{
	uint64_t expected = js__u64(facts, "ru_nvcsw") + js__u64(facts, "ru_nivcsw") +
			    js__u64(facts, "died_before_leader");

	cr_expect(
		seen >= expected && seen <= expected + slack,
		"seen %lu, wait4 and the last switches of threads make %lu (up to %lu more allowed)",
		seen, expected, slack);
	return seen - expected;
}

static int compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

char *check__set(json_t *array, const char *name)
{
	size_t i, n = json_array_size(array), len = 0;
	uint64_t *values = calloc(n + 1, sizeof(*values));
	char *text = calloc(n + 1, 24);
	json_t *object;

	cr_assert(values && text);
	json_array_foreach(array, i, object)
		values[i] = js__u64(object, name);
	qsort(values, n, sizeof(*values), compare);
	for (i = 0; i < n; i++)
		if (!i || values[i] != values[i - 1])
			len += (size_t)sprintf(text + len, "%s%lu", len ? " " : "", values[i]);
	free(values);
	return text;
}

json_t *check__all_processes(json_t *lines)
{
	json_t *all = json_array();
	json_t *line;
	size_t i;

	json_array_foreach(lines, i, line)
		json_array_extend(all, js__at(line, "processes"));
	return all;
}
