/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Distributions that have memory only for the buckets that hold something are as those that have all. */
#include <stdlib.h>

#include "make_reading.h"
#include "model/switching/row.h"
#include "unit.h"

static const double shares[] = { 0, 0.01, 0.5, 0.9, 0.99, 1 };

static void same(const struct dist *thin, const struct dist *all, int which)
{
	__u32 i;

	SAME(thin->count, all->count);
	SAME(thin->sum, all->sum);
	SAME(thin->min, all->min);
	SAME(thin->max, all->max);
	SAME(dist__weight(thin), dist__weight(all));
	for (i = 0; i < HIST_MAX_BUCKETS; i++)
		SAME(dist__bucket(thin, i), all->bucket[i]);
	for (i = 0; i < ARRAY_SIZE(shares); i++)
		SAME(dist__percentile(thin, which, shares[i]),
		     dist__percentile(all, which, shares[i]));
	cr_expect_float_eq(dist__median(thin, which), dist__median(all, which), 1e-9);
	cr_expect_float_eq(dist__sum_error(thin, which, 16), dist__sum_error(all, which, 16), 1e-9);
}

static void same_rows(const struct row *thin, const struct row *all)
{
	int d;

	for (d = 0; d < ROW_DISTS; d++) {
		SAME(thin->dist[d] != NULL, all->dist[d] != NULL);
		same(row__dist(thin, d), row__dist(all, d), d);
	}
}

static void add(struct row *thin, struct row *all, int which, __u64 ns)
{
	cr_assert_eq(row__add_sample(thin, which, ns), 0);
	cr_assert_eq(row__add_sample(all, which, ns), 0);
}

/* Samples of every size, in no order: it grows to both sides. */
Test(thin, samples_are_those_of_a_whole_one)
{
	struct chance chance = { 7 };
	struct row thin = { .thin = true }, all = { 0 };
	int n, d;

	for (n = 0; n < 300; n++) {
		for (d = 0; d < ROW_DISTS; d++)
			add(&thin, &all, d, chance__spread(&chance, 45));
		if (n < 5 || n == 299)
			same_rows(&thin, &all);
	}
	row__clear(&thin);
	row__clear(&all);
}

/* The lowest bucket, the highest one, and what is beyond either. */
Test(thin, ends_of_the_scale)
{
	static const __u64 ns[] = { 0, ~0ULL >> 2, 1, 1ULL << 40, 63, 1ULL << 39 };
	struct row thin = { .thin = true }, all = { 0 };
	size_t i;
	int d;

	for (d = 0; d < ROW_DISTS; d++)
		for (i = 0; i < ARRAY_SIZE(ns); i++) {
			add(&thin, &all, d, ns[i]);
			same_rows(&thin, &all);
		}
	row__clear(&thin);
	row__clear(&all);
}

/*
 * Differences of readings, the one before as it came or remembered: period after period in the same
 * memory.
 */
Test(thin, readings_period_after_period)
{
	const struct reading nothing = { 0 };
	struct reading kept = { 0 };
	void *memory = NULL, *wire;
	struct chance chance = { 3 };
	struct row thin = { .thin = true }, all = { 0 }, again = { 0 };
	struct row *const rows[] = { &thin, &all };
	struct task task = task__make(1, 1, 1), before;
	__u8 ends[D_COUNT];
	int period, n, d;

	for (period = 0; period < 50; period++) {
		struct reading now = { .rec = &task.rec,
				       .dists = &task.rec.PICK,
				       .ends = reading__all };
		struct reading old = { .rec = &before.rec,
				       .dists = &before.rec.PICK,
				       .ends = reading__all };

		before = task;
		for (d = 0; d < D_COUNT; d++)
			for (n = period % (d + 2); n > 0; n--)
				task__sample(&task, d, chance__spread(&chance, 40));
		cr_assert_eq(rows__add_readings(rows, 2, &now, period ? &old : &nothing, 0), 0);
		same_rows(&thin, &all);
		cr_assert_eq(row__add_readings(&again, &now, &kept, 0), 0);
		same_rows(&again, &all);
		task__ends(&task, ALL_DISTS, false, ends);
		now.dists = wire = task__wire(&task, ends);
		now.ends = ends;
		memory = reading__copy(&now, memory, &kept);
		cr_assert_not_null(memory);
		free(wire);
		row__restart(&thin);
		for (d = 0; d < ROW_DISTS; d++)
			cr_expect_null(thin.dist[d]);
		row__clear(&again);
		row__clear(&all);
	}
	free(memory);
	row__clear(&thin);
}

/* What is only a sum has no bucket; what comes later has. */
Test(thin, a_sum_without_samples)
{
	struct row thin = { .thin = true }, all = { 0 };

	cr_assert_eq(row__give_back(&thin, D_RUNQ, 777), 0);
	cr_assert_eq(row__give_back(&all, D_RUNQ, 777), 0);
	same_rows(&thin, &all);
	add(&thin, &all, D_RUNQ, 1000000000);
	row__take_back(&thin, D_RUNQ, 77);
	row__take_back(&all, D_RUNQ, 77);
	same_rows(&thin, &all);
	row__clear(&thin);
	row__clear(&all);
}

Test(thin, sums_of_both_kinds)
{
	struct chance chance = { 11 };
	struct row thin = { .thin = true }, all = { 0 }, thin_sum = { .thin = true }, sum = { 0 };
	int n, d;

	for (n = 0; n < 9; n++) {
		row__clear(&thin);
		row__clear(&all);
		for (d = 0; d < ROW_DISTS; d++)
			add(&thin, &all, d, chance__spread(&chance, 45));
		cr_assert_eq(row__add(&sum, n & 1 ? &thin : &all), 0);
		cr_assert_eq(row__add(&thin_sum, n & 1 ? &all : &thin), 0);
		same_rows(&thin_sum, &sum);
	}
	row__clear(&thin);
	row__clear(&all);
	row__clear(&thin_sum);
	row__clear(&sum);
}
