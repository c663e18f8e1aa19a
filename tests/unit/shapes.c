/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two shapes of one program: rounds, sums, and the verdict on them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/process_memory.h"
#include "model/comparison/shapes.h"
#include "unit.h"

#define MS 1000000ULL

/* A run on two CPUs: so many threads in so many processes, one CPU's time each. */
static struct shape run_of(__u64 elapsed_ms, __u64 oncpu_ms, __u64 sleep_ms, __u64 processes)
{
	struct shape run = { .runs = 1, .cpus = 2, .has_states = true };
	int i;

	run.elapsed_ns = run.duration_ns = elapsed_ms * MS;
	run.n[C_ONCPU] = oncpu_ms * MS;
	run.dist[D_OFF_SLEEP].sum = sleep_ms * MS;
	run.idle_ns = 2 * elapsed_ms * MS - oncpu_ms * MS;
	run.processes = processes;
	run.threads = 5;
	run.most_threads = processes > 1 ? 1 : 5;
	for (i = 0; i < ROW_DISTS; i++)
		run.has_dist[i] = true;
	return run;
}

static void add_rounds(struct shapes *shapes, int side, const struct shape *run, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		shapes__add(shapes, side, run);
}

Test(shapes, medians_and_ranges)
{
	static const __u64 ms[] = { 30, 10, 20, 50 };
	struct shapes shapes = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ms); i++) {
		struct shape run = run_of(ms[i], 1, 1, 1);

		shapes__add(&shapes, 0, &run);
	}
	SAME(shapes_side__elapsed(&shapes.side[0], 0), 10 * MS);
	SAME(shapes_side__elapsed(&shapes.side[0], 0.5), 25 * MS);
	SAME(shapes_side__elapsed(&shapes.side[0], 1), 50 * MS);
	SAME(shapes_side__elapsed(&shapes.side[1], 0.5), 0);
}

Test(shapes, sums_and_shares)
{
	struct shape sum = { 0 }, one = run_of(100, 150, 50, 1), two = run_of(300, 250, 150, 1);

	shape__add(&sum, &one);
	shape__add(&sum, &two);
	SAME(sum.runs, 2);
	SAME(sum.elapsed_ns, 400 * MS);
	cr_expect_float_eq(shape__cpus_obtained(&sum), 1, 1e-12);
	cr_expect_float_eq(shape__state_share(&sum, STATE_ONCPU), 400.0 / 600, 1e-12);
	cr_expect_float_eq(shape__state_share(&sum, STATE_SLEEP), 200.0 / 600, 1e-12);
	cr_expect_float_eq(shape__state_share(&sum, STATE_WAITING), 0, 1e-12);
	SAME(sum.threads, 5);
}

/* The slower one has a CPU idle and wants none: the factor is CPUs obtained, and no work. */
Test(shapes, one_lock_against_none)
{
	struct shape threads = run_of(1200, 1200, 3600, 1), processes = run_of(600, 1200, 600, 5);
	struct shapes shapes = { 0 };
	const struct verdict *verdict = &shapes.verdict;

	add_rounds(&shapes, 0, &threads, 5);
	add_rounds(&shapes, 1, &processes, 5);
	shapes__judge(&shapes, NAN);
	SAME_TEXT(verdict->outcome, "b");
	SAME_TEXT(verdict->confidence, "sure");
	SAME_TEXT(
		verdict->sentences[0],
		"B (processes) is faster: 600ms against 1.20s, 2.00 times, ahead in 5 of 5 rounds.");
	SAME_TEXT(
		verdict->sentences[1],
		"Why: B ran on 2.00 CPUs and A on 1.00, a factor of 2.00; B used 1.20s of CPU time "
		"a run and A 1.20s, a factor of 1.00.");
	SAME_TEXT(
		verdict->sentences[2],
		"A wanted no more than 1.00 CPUs: its tasks slept for 75.0% of their time while 1.00 "
		"CPUs were idle; what they slept for is not known here.");
	cr_expect(strstr(verdict->sentences[3], "is not known"), "%s", verdict->sentences[3]);
	cr_expect(strstr(verdict->doubt, "none:"), "%s", verdict->doubt);
	cr_expect(strstr(verdict->unsaid, "waits for I/O"), "%s", verdict->unsaid);
}

Test(shapes, too_few_rounds_and_overlapping_ones)
{
	struct shape slow = run_of(1000, 100, 100, 1), fast = run_of(900, 100, 100, 5);
	struct shapes shapes = { 0 };

	add_rounds(&shapes, 0, &slow, 2);
	add_rounds(&shapes, 1, &fast, 2);
	shapes__judge(&shapes, NAN);
	SAME_TEXT(shapes.verdict.outcome, "not enough data");
	SAME_TEXT(shapes.verdict.sentences[0],
		  "Not enough data: 2 rounds of each do not show how far rounds "
		  "differ (use -n 5).");
	memset(&shapes, 0, sizeof(shapes));
	add_rounds(&shapes, 0, &slow, 3);
	add_rounds(&shapes, 1, &fast, 1);
	shapes__judge(&shapes, NAN);
	SAME_TEXT(shapes.verdict.sentences[0],
		  "Not enough data: 1 round of each does not show how far rounds "
		  "differ (use -n 5).");
	/* two more in which the other is far ahead: three of four won are not four of five */
	memset(&shapes, 0, sizeof(shapes));
	add_rounds(&shapes, 0, &slow, 3);
	add_rounds(&shapes, 1, &fast, 3);
	add_rounds(&shapes, 0, &fast, 1);
	add_rounds(&shapes, 1, &slow, 1);
	shapes__judge(&shapes, NAN);
	SAME_TEXT(shapes.verdict.outcome, "same");
	SAME_TEXT(shapes.verdict.confidence, "none");
}

/* A round is won by less time than the other's of the same turn: none by as much, or alone. */
Test(shapes, rounds_that_are_won)
{
	static const __u64 a[] = { 10, 20, 10, 30, 5, 5 }, b[] = { 20, 20, 30, 10 };
	struct shapes shapes = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(a); i++) {
		struct shape run = run_of(a[i], 1, 1, 1);

		shapes__add(&shapes, 0, &run);
	}
	for (i = 0; i < ARRAY_SIZE(b); i++) {
		struct shape run = run_of(b[i], 1, 1, 1);

		shapes__add(&shapes, 1, &run);
	}
	shapes__judge(&shapes, NAN);
	SAME_TEXT(shapes.verdict.sentences[0],
		  "Neither is faster: A takes 10.0ms and B takes 20.0ms, and A was ahead in 2 of 4 "
		  "rounds.");
}

Test(shapes, more_rounds_than_are_kept)
{
	struct shape run = run_of(1, 1, 1, 1);
	struct shapes shapes = { 0 };

	add_rounds(&shapes, 0, &run, SHAPES_ROUNDS + 1);
	SAME(shapes.side[0].rounds, SHAPES_ROUNDS);
	SAME(shapes.side[0].all.runs, SHAPES_ROUNDS);
	SAME(shapes_side__elapsed(&shapes.side[0], 1), MS);
}

Test(shapes, what_others_do_is_told_and_takes_the_certainty)
{
	struct shape slow = run_of(1000, 100, 100, 1), fast = run_of(500, 100, 100, 5);
	struct shapes shapes = { 0 };

	slow.others_ns = 1000 * MS; /* half of two CPUs */
	fast.others_ns = 500 * MS;
	add_rounds(&shapes, 0, &slow, 5);
	add_rounds(&shapes, 1, &fast, 5);
	shapes__judge(&shapes, NAN);
	SAME_TEXT(shapes.verdict.outcome, "b");
	SAME_TEXT(shapes.verdict.confidence, "likely");
	SAME_TEXT(shapes.verdict.doubt,
		  "other tasks disturbed 10 of 10 rounds, with up to 50.0% of the CPUs' time");
}

Test(shapes, a_failed_program_has_no_verdict)
{
	struct shape good = run_of(1000, 100, 100, 1), bad = run_of(1, 1, 1, 1);
	struct shapes shapes = { 0 };

	bad.failed = 1;
	bad.status = 3;
	add_rounds(&shapes, 0, &good, 5);
	add_rounds(&shapes, 1, &good, 4);
	add_rounds(&shapes, 1, &bad, 1);
	shapes__judge(&shapes, NAN);
	SAME_TEXT(shapes.verdict.outcome, "failed");
	SAME(shapes.verdict.count, 1);
	cr_expect(strstr(shapes.verdict.sentences[0], "B ended with status 3 in 1 of 5 rounds"));
}

/* Of its own switches, else with threads of the other, else by the price list. */
Test(shapes, what_address_spaces_cost_is_known_by)
{
	struct shape threads = run_of(1000, 500, 500, 1), processes = run_of(1000, 500, 500, 5);
	struct shapes shapes = { 0 };
	int i;

	processes.n[C_IN_PROCESS] = 50000;
	add_rounds(&shapes, 0, &threads, 3);
	add_rounds(&shapes, 1, &processes, 3);
	shapes__judge(&shapes, NAN);
	cr_expect(isnan(shapes.side[1].address_space_ns));
	shapes__judge(&shapes, 200);
	cr_expect(shapes.side[1].from_price_list);
	cr_expect_float_eq(shapes.side[1].address_space_ns, 200.0 * 150000, 1e-6);
	cr_expect(strstr(shapes.verdict.sentences[1], "at most 1.0% of a CPU at 50.0k process") &&
			  strstr(shapes.verdict.sentences[1], "(by the price list): it matters"),
		  "%s", shapes.verdict.sentences[1]);
	for (i = 0; i < SHAPE_SAMPLES; i++) {
		dist__add_sample(&shapes.side[0].all.dist[D_SWITCH_THREAD], D_SWITCH_THREAD, 300);
		dist__add_sample(&shapes.side[1].all.dist[D_SWITCH_PROCESS], D_SWITCH_PROCESS, 300);
	}
	shapes__judge(&shapes, 200);
	cr_expect_not(shapes.side[1].from_price_list);
	cr_expect_float_eq(shapes.side[1].address_space_ns, 0, 1e-6);
}

Test(shapes, the_largest_sample_of_memory_is_kept)
{
	struct shape_memory memory = { 0 }, sample = { .samples = 1, .processes = 2 };

	sample.sum.pss = 10;
	shape_memory__keep(&memory, &sample);
	sample.sum.pss = 30;
	sample.processes = 3;
	shape_memory__keep(&memory, &sample);
	sample.sum.pss = 20;
	sample.processes = 9;
	shape_memory__keep(&memory, &sample);
	SAME(memory.samples, 3);
	SAME(memory.processes, 3);
	SAME(memory.sum.pss, 30);
}

Test(process_memory, smaps_rollup_is_read)
{
	static char text[] = "55d0-7ffe ---p 00000000 00:00 0  [rollup]\n"
			     "Rss:  400 kB\nPss: 250 kB\nPss_Dirty: 7 kB\nShared_Clean: 100 kB\n"
			     "Shared_Dirty: 80 kB\nPrivate_Clean: 20 kB\nPrivate_Dirty: 200 kB\n"
			     "Swap: 9 kB\nSwapPss: 4 kB\n";
	static char nothing[] = "\n";
	struct process_memory memory;
	FILE *file = fmemopen(text, sizeof(text) - 1, "r");

	SAME(process_memory__parse(&memory, file), 0);
	fclose(file);
	SAME(memory.rss, 400 * 1024);
	SAME(memory.pss, 250 * 1024);
	SAME(memory.shared, 180 * 1024);
	SAME(memory.private, 220 * 1024);
	SAME(memory.swap, 4 * 1024);
	file = fmemopen(nothing, 1, "r");
	cr_expect(process_memory__parse(&memory, file) < 0);
	fclose(file);
	SAME(memory.rss, 400 * 1024);
	cr_expect(process_memory__read(&memory, 2) < 0, "kthreadd has no memory");
}
