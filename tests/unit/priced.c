/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prices of some of the switches: what they stand for, and how well the sum is known. */
#include "model/switching/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "make_reading.h"
#include "unit.h"

/* ---- on the wire ---- */

static struct dist read_dist(const struct task *task, const struct task *before, enum measure d)
{
	void *now = task__hist(task, d), *then = before ? task__hist(before, d) : NULL;
	struct dist dist = { 0 };

	dist__add_wire(&dist, d, now, then);
	free(now);
	free(then);
	return dist;
}

Test(priced, count_is_of_samples_and_sum_of_what_they_stand_for)
{
	struct task task = task__make(1, 1, 1);
	struct dist dist;

	task__price(&task, D_PICK, 500, 16);
	task__price(&task, D_PICK, 700, 16);
	task__price(&task, D_PICK, 900, 16);
	dist = read_dist(&task, NULL, D_PICK);
	SAME(dist.count, 3);
	SAME(dist.sum, 16 * 2100);
	SAME(dist__weight(&dist), 48);
	SAME(dist.min, 500);
	SAME(dist.max, 900);
}

Test(priced, one_or_two_samples_are_exact)
{
	struct task task = task__make(1, 1, 1), before;
	struct dist dist;

	task__price(&task, D_PICK, 100, 16);
	task__price(&task, D_PICK, 90000, 16);
	before = task;
	task__price(&task, D_PICK, 777, 16);
	dist = read_dist(&task, &before, D_PICK);
	SAME(dist.count, 1);
	SAME(dist.min, 777);
	SAME(dist.max, 777);
	SAME(dist__percentile(&dist, D_PICK, 0.5), 777);
	task__price(&task, D_PICK, 99, 16);
	dist = read_dist(&task, &before, D_PICK);
	SAME(dist.min, 99);
	SAME(dist.max, 777);
}

/* Then the sum of the two does not say what either was. */
Test(priced, two_samples_that_stand_for_different_numbers_stay_within_their_buckets)
{
	struct task task = task__make(1, 1, 1), before;
	struct dist dist;

	task__price(&task, D_PICK, 100, 1);
	before = task;
	task__price(&task, D_PICK, 800, 1);
	task__price(&task, D_PICK, 500, 64);
	dist = read_dist(&task, &before, D_PICK);
	SAME(dist.count, 2);
	SAME(dist.max, 800);
	cr_expect_leq(dist.min, 500);
	cr_expect_gt(dist.min, 500 * 0.8);
}

Test(priced, minimum_has_32_bits_and_is_never_too_high)
{
	static const __u64 prices[] = {
		1, 2, 4294967293, 4294967294, 4294967295, 4294967296, 9e10
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(prices); i++) {
		struct task task = task__make(1, 1, 1);
		struct dist dist;
		int n;

		for (n = 0; n < 3; n++)
			task__price(&task, D_PICK, prices[i], 1);
		dist = read_dist(&task, NULL, D_PICK);
		SAME(dist.max, prices[i]);
		SAME(dist.min, prices[i] < 4294967294 ? prices[i] : 4294967294);
	}
}

/* ---- a sum, drawn ---- */

#define POPULATION 20000
#define DRAWS	   400

struct load {
	const char *name;
	__u64 (*price)(struct chance *chance, int n);
};

static __u64 price__even(struct chance *chance, int n)
{
	(void)n;
	return 300 + chance__below(chance, 200);
}

static __u64 price__same(struct chance *chance, int n)
{
	(void)chance;
	(void)n;
	return 412;
}

static __u64 price__peaks(struct chance *chance, int n)
{
	(void)n;
	return chance__below(chance, 10) ? 300 + chance__below(chance, 50) :
					   9000 + chance__below(chance, 900);
}

static __u64 price__periodic(struct chance *chance, int n)
{
	return n % 16 ? 300 + chance__below(chance, 50) : 3000 + chance__below(chance, 50);
}

static __u64 price__tail(struct chance *chance, int n)
{
	(void)n;
	return 200 + chance__spread(chance, 14);
}

static const struct load loads[] = { { "even", price__even },
				     { "one value", price__same },
				     { "two peaks", price__peaks },
				     { "every sixteenth", price__periodic },
				     { "long tail", price__tail } };

/* Each with chance 1/n, as bpf/switch/price.bpf.h draws; n(i): may change with time. */
static void draw(struct dist *dist, const __u64 *prices, struct chance *chance, __u32 (*n)(int i))
{
	struct task task = task__make(1, 1, 1);
	int i;

	for (i = 0; i < POPULATION; i++) {
		if ((chance__next(chance) >> 32) * n(i) >> 32 == 0)
			task__price(&task, D_SWITCH_THREAD, prices[i], n(i));
	}
	*dist = read_dist(&task, NULL, D_SWITCH_THREAD);
}

static __u32 sixteen(int i)
{
	(void)i;
	return 16;
}

static __u32 more_and_more(int i)
{
	return i < POPULATION / 2 ? 1 : i < 3 * POPULATION / 4 ? 16 : 64;
}

/* Of so many draws at least 93 in a hundred are within the bound, and the mean is the truth. */
static void check_draws(const struct load *load, __u32 (*n)(int i), __u32 most)
{
	static __u64 prices[POPULATION];
	struct chance chance = { 4711 };
	double truth = 0, mean = 0, squares = 0, bound = 0;
	int i, within = 0;

	for (i = 0; i < POPULATION; i++) {
		prices[i] = load->price(&chance, i);
		truth += (double)prices[i];
	}
	for (i = 0; i < DRAWS; i++) {
		struct dist dist;
		double error, off;

		draw(&dist, prices, &chance, n);
		error = dist__sum_error(&dist, D_SWITCH_THREAD, most);
		off = (double)dist.sum - truth;
		within += fabs(off) <= error;
		mean += off / DRAWS;
		squares += off * off / DRAWS;
		bound += error / DRAWS;
	}
	cr_expect_geq(within * 100, 93 * DRAWS, "%s: %d of %d draws within the bound", load->name,
		      within, DRAWS);
	cr_expect_lt(fabs(mean), 4 * sqrt(squares / DRAWS), "%s: off by %g on average", load->name,
		     mean);
	/* nor is it told as much worse than it is */
	cr_expect_lt(bound, 3 * 1.96 * sqrt(squares), "%s: bound %g, deviation %g", load->name,
		     bound, sqrt(squares));
}

Test(priced, sum_is_within_its_bound)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(loads); i++)
		check_draws(&loads[i], sixteen, 16);
}

Test(priced, sum_is_right_though_the_number_changes)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(loads); i++)
		check_draws(&loads[i], more_and_more, 64);
}

/* Switches are cheap while few are priced, and expensive while each is: a percentile is of all. */
Test(priced, percentiles_are_of_all_switches_though_the_number_changes)
{
	struct task task = task__make(1, 1, 1);
	struct dist dist;
	int i;

	for (i = 0; i < 1000; i++)
		task__price(&task, D_SWITCH_THREAD, 3000 + (__u64)i % 7, 1);
	for (i = 0; i < 500; i++)
		task__price(&task, D_SWITCH_THREAD, 300 + (__u64)i % 7, 16);
	dist = read_dist(&task, NULL, D_SWITCH_THREAD);
	SAME(dist.count, 1500);
	cr_expect_lt(dist__percentile(&dist, D_SWITCH_THREAD, 0.5), 340);
	cr_expect_lt(dist__percentile(&dist, D_SWITCH_THREAD, 0.88), 340);
	cr_expect_gt(dist__percentile(&dist, D_SWITCH_THREAD, 0.9), 2700);
}

Test(priced, nothing_is_uncertain_if_each_was_priced)
{
	struct task task = task__make(1, 1, 1);
	struct dist dist;
	int i;

	for (i = 0; i < 100; i++)
		task__price(&task, D_PICK, 300 + (__u64)i, 1);
	dist = read_dist(&task, NULL, D_PICK);
	cr_expect_eq(dist__sum_error(&dist, D_PICK, 1), 0);
	cr_expect_eq(dist__sum_error(&dist, D_PICK, 64), 0); /* others were not: these all were */
}

/* ---- a period ---- */

static struct model *model;

static void set_up(void)
{
	model = model__new(false, true);
	cr_assert_not_null(model);
}

static void tear_down(void)
{
	model__free(model);
}

TestSuite(priced_period, .init = set_up, .fini = tear_down);

static void apply(int cpu, __u64 each, __u64 one_in_four, __u64 one_in_32)
{
	struct cpu_slot slot = { .switches = 1000000,
				 .nr_switches = 1000000,
				 .priced = { each, 0, one_in_four, 0, 0, one_in_32 } };

	cr_assert_eq(model__apply_cpu(model, cpu, &slot), 0);
}

static void check(__u32 least, __u32 most, __u64 switches)
{
	struct priced priced = model__priced(model);

	SAME(priced.least, least);
	SAME(priced.most, most);
	SAME(priced.switches, switches);
}

Test(priced_period, has_the_numbers_of_all_its_cpus)
{
	model->price = PRICE_AUTO;
	check(1, 1, 0);
	apply(0, 100, 0, 0);
	check(1, 1, 100);
	apply(1, 0, 20, 3);
	check(1, 32, 123);
	model__close(model, 1);
	model__begin(model);
	check(1, 1, 0);
	apply(1, 0, 21, 3);
	check(4, 4, 1);
}

Test(priced_period, has_the_number_that_was_asked_for)
{
	model->price = 7;
	apply(0, 100, 0, 0);
	check(7, 7, 100);
}

Test(priced_period, of_a_recording_that_does_not_say_has_priced_each)
{
	apply(0, 0, 0, 0);
	check(1, 1, 1000000);
}

Test(priced_period, error_of_the_toll_is_that_of_both_phases)
{
	struct task task = task__make(1, 1, 1);
	struct row row;
	struct reading now, before = { 0 };
	void *wire;
	double pick, thread, process;
	int i;

	memset(&row, 0, sizeof(row));
	for (i = 0; i < 100; i++) {
		task__price(&task, D_PICK, 700, 16);
		task__price(&task, i % 2 ? D_SWITCH_THREAD : D_SWITCH_PROCESS, 400, 16);
	}
	wire = task__wire(&task, reading__all);
	now = (struct reading){ .rec = &task.rec, .dists = wire, .ends = reading__all };
	cr_assert_eq(row__add_readings(&row, &now, &before, 0), 0);
	pick = dist__sum_error(row.dist[D_PICK], D_PICK, 16);
	thread = dist__sum_error(row.dist[D_SWITCH_THREAD], D_SWITCH_THREAD, 16);
	process = dist__sum_error(row.dist[D_SWITCH_PROCESS], D_SWITCH_PROCESS, 16);
	cr_expect_gt(pick, 0);
	cr_expect_float_eq(row__toll_error(&row, 16),
			   pick + sqrt(thread * thread + process * process), 1e-6);
	cr_expect_eq(row__toll_error(&row, 1), 0);
	row__clear(&row);
	free(wire);
}
