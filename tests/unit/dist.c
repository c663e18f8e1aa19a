/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/switching/dist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "make_reading.h"
#include "unit.h"

static const int one_of_each_layout[] = { D_PICK, D_RUNQ, D_OFF_SLEEP };

static __u64 floor_of(int which, __u32 i)
{
	const struct dist_info *info = &dist_infos[which];

	return hist_floor(i, info->first);
}

static __u32 bucket_of(int which, __u64 v)
{
	const struct dist_info *info = &dist_infos[which];

	return hist_bucket(v, info->first, info->octaves);
}

static int compare(const void *a, const void *b)
{
	const __u64 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* ---- on the wire ---- */

Test(dist, all_on_the_wire_are_the_record_without_its_head)
{
	const __u8 none[D_COUNT] = { 0 };
	__u8 ends[D_COUNT];

	SAME(wire__dists_size(none), 0);
	wire__tell_all(ends);
	cr_assert_arr_eq(ends, reading__all, sizeof(ends));
	SAME(wire__dists_size(ends), offsetof(struct task_rec, told) - WIRE_REC_HEAD);
	SAME(WIRE_HIST_SIZE(ends[D_PICK]), sizeof(struct hist_COST));
	SAME(WIRE_HIST_SIZE(ends[D_RUNQ]), sizeof(struct hist_WAIT));
	SAME(WIRE_HIST_SIZE(ends[D_OFF_SLEEP]), sizeof(struct hist_SLEEP));
}

/* ---- differences ---- */

Test(dist, first_reading_is_what_the_samples_were)
{
	struct chance chance = { 4 };
	size_t l;
	int n;

	for (l = 0; l < ARRAY_SIZE(one_of_each_layout); l++) {
		int d = one_of_each_layout[l];
		struct task task = task__make(1, 1, 1);
		struct dist wire = { 0 }, samples = { 0 };
		void *bytes;

		for (n = 0; n < 1000; n++) {
			__u64 ns = chance__spread(&chance, 45);

			task__sample(&task, d, ns);
			dist__add_sample(&samples, d, ns);
		}
		bytes = task__hist(&task, d);
		dist__add_wire(&wire, d, bytes, NULL);
		cr_expect_arr_eq(&wire, &samples, sizeof(wire), "%s", dist_infos[d].name);
		SAME(wire.min, samples.min);
		free(bytes);
	}
}

Test(dist, between_two_readings_is_what_came_between)
{
	struct task task = task__make(1, 1, 1);
	struct dist dist = { 0 };
	void *before, *now;

	task__sample(&task, D_RUNQ, 5000);
	task__sample(&task, D_RUNQ, 7000000);
	before = task__hist(&task, D_RUNQ);
	task__sample(&task, D_RUNQ, 5100);
	task__sample(&task, D_RUNQ, 90000000000ULL);
	now = task__hist(&task, D_RUNQ);
	dist__add_wire(&dist, D_RUNQ, now, before);
	SAME(dist.count, 2);
	SAME(dist.sum, 90000005100ULL);
	SAME(dist.max, 90000000000ULL);
	SAME(dist.min, 5100); /* the sum of two says it */
	SAME(dist.bucket[bucket_of(D_RUNQ, 5100)], 1);
	SAME(dist.bucket[dist_infos[D_RUNQ].buckets - 1], 1);
	free(before);
	free(now);
}

Test(dist, bucket_of_32_bits_may_wrap)
{
	struct hist_COST before = { 0 }, now;
	struct dist dist = { 0 };

	before.bucket[3] = 0xfffffffe;
	before.sum = 1000;
	before.max = 250;
	now = before;
	now.bucket[3] = 5; /* seven more */
	now.priced = 7;
	now.sum += 7 * 230;
	dist__add_wire(&dist, D_PICK, &now, &before);
	SAME(dist.count, 7);
	SAME(dist.bucket[3], 7);
	SAME(dist.sum, 7 * 230);
}

Test(dist, nothing_new_adds_nothing)
{
	struct hist_COST hist = { .sum = 900, .max = 900, .priced = 1, .bucket = { [11] = 1 } };
	struct dist dist = { 0 }, nothing = { 0 };

	dist__add_wire(&dist, D_PICK, &hist, &hist);
	cr_expect_arr_eq(&dist, &nothing, sizeof(dist));
}

/* ---- the maximum ---- */

Test(dist, maximum_that_grew_is_of_this_period)
{
	struct hist_COST before = { .sum = 200, .max = 200, .low = ~200U }, now = before;
	struct dist dist = { 0 };

	now.sum += 777 + 300 + 300;
	now.max = 777;
	now.bucket[bucket_of(D_PICK, 777)]++;
	now.bucket[bucket_of(D_PICK, 300)] += 2;
	now.priced += 3;
	dist__add_wire(&dist, D_PICK, &now, &before);
	SAME(dist.max, 777);
}

Test(dist, maximum_that_did_not_grow_is_that_of_the_highest_new_bucket)
{
	struct hist_COST before = { .sum = 90000, .max = 90000, .low = ~90000U }, now;
	struct dist dist = { 0 };

	before.bucket[bucket_of(D_PICK, 90000)] = 1;
	now = before;
	now.bucket[bucket_of(D_PICK, 200)] += 3;
	now.priced += 3;
	now.sum += 600;
	now.low = ~200U;
	dist__add_wire(&dist, D_PICK, &now, &before);
	SAME(dist.min, 200);
	SAME(dist.max, floor_of(D_PICK, bucket_of(D_PICK, 200) + 1) - 1);
}

Test(dist, maximum_is_never_above_what_was_ever_seen)
{
	struct hist_COST before = { .sum = 201, .max = 201, .low = ~201U }, now = before;
	struct dist dist = { 0 };

	now.bucket[bucket_of(D_PICK, 195)] += 3;
	now.priced += 3;
	now.sum += 3 * 195;
	dist__add_wire(&dist, D_PICK, &now, &before);
	SAME(dist.max, 201);
}

Test(dist, minimum_that_did_not_fall_is_that_of_the_lowest_new_bucket)
{
	struct hist_COST before = { .sum = 300, .max = 200, .low = ~100U }, now;
	struct dist dist = { 0 };

	now = before;
	now.bucket[bucket_of(D_PICK, 500)] += 3;
	now.priced += 3;
	now.sum += 1500;
	now.max = 510;
	dist__add_wire(&dist, D_PICK, &now, &before);
	SAME(dist.min, floor_of(D_PICK, bucket_of(D_PICK, 500)));
	SAME(dist.max, 510);
}

Test(dist, one_sample_between_two_readings_is_its_sum)
{
	struct hist_COST before = { .sum = 90100, .max = 90000, .low = ~100U }, now = before;
	struct dist dist = { 0 };

	now.bucket[bucket_of(D_PICK, 777)]++;
	now.priced++;
	now.sum += 777;
	dist__add_wire(&dist, D_PICK, &now, &before);
	SAME(dist.min, 777);
	SAME(dist.max, 777);
}

Test(dist, open_last_bucket_has_the_maximum_as_its_end)
{
	struct dist dist = { 0 };
	int n;

	for (n = 0; n < 3; n++)
		dist__add_sample(&dist, D_PICK, 50000000 + (__u64)n);
	SAME(dist.max, 50000002);
	SAME(dist__percentile(&dist, D_PICK, 1), 50000002);
	cr_expect_geq(dist__percentile(&dist, D_PICK, 0.5), 50000000);
}

/* ---- sums ---- */

Test(dist, adding_two_is_having_had_the_samples_of_both)
{
	struct dist a = { 0 }, b = { 0 }, both = { 0 };
	struct chance chance = { 5 };
	int n;

	for (n = 0; n < 500; n++) {
		__u64 ns = chance__spread(&chance, 40);

		dist__add_sample(n % 3 ? &a : &b, D_RUNQ, ns);
		dist__add_sample(&both, D_RUNQ, ns);
	}
	SAME(dist__add(&a, D_RUNQ, &b), 0);
	cr_expect_arr_eq(&a, &both, sizeof(a));
}

/* ---- percentiles ---- */

static const double shares[] = { 0.001, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1 };

/* The samples of a distribution, in both grains, and themselves. */
struct samples {
	struct dist row, machine;
	__u64 *at;
	size_t count;
};

static void samples__take(struct samples *samples, int which, size_t count,
			  __u64 (*draw)(struct chance *, size_t i), struct chance *chance)
{
	size_t i;

	memset(samples, 0, sizeof(*samples));
	samples->count = count;
	samples->at = calloc(count, sizeof(*samples->at));
	cr_assert(samples->at);
	for (i = 0; i < count; i++) {
		samples->at[i] = draw(chance, i);
		dist__add_sample(&samples->row, which, samples->at[i]);
		dist__add_sample(&samples->machine, which, samples->at[i]);
		samples->machine.count--;
		SAME(dist__add_fine_sample(&samples->machine, which, samples->at[i]), 0);
	}
	qsort(samples->at, count, sizeof(*samples->at), compare);
}

static void samples__release(struct samples *samples)
{
	free(samples->machine.fine);
	free(samples->at);
}

static void check_share(const struct samples *samples, const struct dist *dist, int which,
			double share, double bound)
{
	size_t rank = (size_t)ceil(share * (double)samples->count - 1e-6);
	__u64 exact = samples->at[rank ? rank - 1 : 0];
	__u64 found = dist__percentile(dist, which, share);

	cr_expect_leq(fabs((double)found - (double)exact), bound * (double)exact + 1,
		      "%s: p%g of %zu is %llu, exactly %llu", dist_infos[which].name, 100 * share,
		      samples->count, found, exact);
	cr_expect(found >= samples->at[0] && found <= samples->at[samples->count - 1],
		  "%s: p%g of %zu is %llu, and all were %llu to %llu", dist_infos[which].name,
		  100 * share, samples->count, found, samples->at[0],
		  samples->at[samples->count - 1]);
}

static void check_samples(int which, size_t count, __u64 (*draw)(struct chance *, size_t i))
{
	struct chance chance = { 6 + count };
	struct samples samples;
	__u64 last = 0;
	size_t s;

	samples__take(&samples, which, count, draw, &chance);
	for (s = 0; s < ARRAY_SIZE(shares); s++) {
		__u64 found = dist__percentile(&samples.row, which, shares[s]);

		check_share(&samples, &samples.row, which, shares[s], count <= 2 ? 0 : 0.088);
		check_share(&samples, &samples.machine, which, shares[s], count <= 2 ? 0 : 0.016);
		cr_expect_geq(found, last, "p%g of %zu is below the one before", 100 * shares[s],
			      count);
		last = found;
	}
	samples__release(&samples);
}

static double unit(struct chance *chance)
{
	return (double)(chance__next(chance) >> 11) / (double)(1ULL << 53);
}

static __u64 draw_single(struct chance *chance, size_t i)
{
	(void)chance;
	(void)i;
	return 100000123;
}

static __u64 draw_even(struct chance *chance, size_t i)
{
	(void)i;
	return 2000 + (__u64)(unit(chance) * 2000000);
}

static __u64 draw_exponential(struct chance *chance, size_t i)
{
	(void)i;
	return 1100 + (__u64)(-log(1 - unit(chance)) * 50000);
}

/* Four in five are short, and the others a thousand times longer. */
static __u64 draw_two_peaks(struct chance *chance, size_t i)
{
	__u64 peak = i % 5 ? 2400 : 2400000;

	return peak + (__u64)(unit(chance) * 0.02 * (double)peak);
}

/* Over all that a cost can be told of. */
static __u64 draw_any_size(struct chance *chance, size_t i)
{
	(void)i;
	return (__u64)exp2(10 + 11.9 * unit(chance));
}

static __u64 (*const draws[])(struct chance *, size_t) = { draw_single, draw_even, draw_exponential,
							   draw_two_peaks, draw_any_size };

Test(dist, percentiles_are_within_their_bound_whatever_the_distribution)
{
	static const size_t counts[] = { 3, 10, 99, 100, 1000, 10000 };
	size_t l, c, d;

	for (l = 0; l < ARRAY_SIZE(one_of_each_layout); l++) {
		for (d = 0; d < ARRAY_SIZE(draws); d++) {
			for (c = 0; c < ARRAY_SIZE(counts); c++)
				check_samples(one_of_each_layout[l], counts[c], draws[d]);
		}
	}
}

Test(dist, percentiles_of_one_and_of_two_samples_are_exact)
{
	size_t l, d;

	for (l = 0; l < ARRAY_SIZE(one_of_each_layout); l++) {
		for (d = 0; d < ARRAY_SIZE(draws); d++) {
			check_samples(one_of_each_layout[l], 1, draws[d]);
			check_samples(one_of_each_layout[l], 2, draws[d]);
		}
	}
}

Test(dist, percentiles_of_one_value_are_that_value)
{
	struct dist dist = { 0 };
	size_t s;
	int n;

	for (n = 0; n < 1000; n++)
		dist__add_sample(&dist, D_SWITCH_IDLE, 315);
	for (s = 0; s < ARRAY_SIZE(shares); s++)
		SAME(dist__percentile(&dist, D_SWITCH_IDLE, shares[s]), 315);
	SAME(dist__digits(&dist), 3);
}

Test(dist, percentiles_outside_of_the_range_are_between_the_extremes)
{
	struct chance chance = { 7 };
	size_t l;
	int n, again;

	for (l = 0; l < ARRAY_SIZE(one_of_each_layout); l++) {
		for (again = 0; again < 200; again++) {
			struct dist dist = { 0 };
			size_t s;

			for (n = 0; n < 7; n++)
				dist__add_sample(&dist, one_of_each_layout[l],
						 chance__spread(&chance, 63));
			for (s = 0; s < ARRAY_SIZE(shares); s++) {
				__u64 found =
					dist__percentile(&dist, one_of_each_layout[l], shares[s]);

				cr_expect(found >= dist.min && found <= dist.max);
			}
		}
	}
}

Test(dist, without_samples_every_percentile_is_zero)
{
	struct dist dist = { 0 };
	size_t s;
	int d;

	for (d = 0; d < ROW_DISTS; d++) {
		for (s = 0; s < ARRAY_SIZE(shares); s++)
			SAME(dist__percentile(&dist, d, shares[s]), 0);
	}
}

Test(dist, samples_of_zero_length_count)
{
	struct dist dist = { 0 };

	dist__add_sample(&dist, D_PICK, 0);
	SAME(dist.count, 1);
	SAME(dist.max, 0);
	SAME(dist__percentile(&dist, D_PICK, 0.99), 0);
}

/* Two medians in one bucket differ by where they lie in it; nothing lies beyond what was seen. */
Test(dist, median_between_the_ends_of_its_bucket)
{
	struct dist dist = { 0 };
	double floor, next;
	__u32 i;

	cr_expect_eq(dist__median(&dist, D_SWITCH_THREAD), 0);
	dist__add_sample(&dist, D_SWITCH_THREAD, 1000);
	cr_expect_eq(dist__median(&dist, D_SWITCH_THREAD), 1000);
	for (i = 0; dist.bucket[i] == 0; i++)
		;
	floor = (double)hist_floor(i, HIST_COST_FIRST);
	next = (double)hist_floor(i + 1, HIST_COST_FIRST);
	dist.min = 1;
	dist.max = 100000;
	dist.count = 4;
	dist.bucket[i] = 4;
	cr_expect_float_eq(dist__median(&dist, D_SWITCH_THREAD), (floor + next) / 2, 1e-9);
	dist.bucket[i - 1] = 1;
	dist.count = 5;
	cr_expect_float_eq(dist__median(&dist, D_SWITCH_THREAD), floor + (next - floor) * 1.5 / 4,
			   1e-9);
	dist.min = (__u64)next - 2;
	cr_expect_geq(dist__median(&dist, D_SWITCH_THREAD), next - 2);
	dist.min = 1;
	dist.max = (__u64)floor + 1;
	cr_expect_leq(dist__median(&dist, D_SWITCH_THREAD), floor + 1);
}

/* 3 in a bucket, and 2 above it: in each bucket, up to the last one, which has no end. */
Test(dist, median_in_each_bucket)
{
	size_t l;
	__u32 i;

	for (l = 0; l < ARRAY_SIZE(one_of_each_layout); l++) {
		int d = one_of_each_layout[l];
		__u32 buckets = dist_infos[d].buckets;

		for (i = 0; i < buckets; i++) {
			double from = (double)floor_of(d, i), max = 16e18,
			       to = i + 1 < buckets ? (double)floor_of(d, i + 1) : max;
			struct dist dist = { .count = 5, .max = (__u64)max };

			dist.bucket[i] = i + 1 < buckets ? 3 : 5;
			if (i + 1 < buckets)
				dist.bucket[i + 1] = 2;
			cr_expect_float_eq(dist__median(&dist, d),
					   from + (to - from) * 2.5 / (double)dist.bucket[i],
					   to / 1e9, "%s, bucket %u", dist_infos[d].name, i);
		}
	}
}

/* ---- the fine grain ---- */

Test(dist, fine_grain_between_two_readings_may_wrap)
{
	static __u32 before[HIST_MAX_FINE_BUCKETS], now[HIST_MAX_FINE_BUCKETS];
	struct dist dist = { 0 };

	before[70] = 0xffffffff;
	now[70] = 4;
	SAME(dist__add_fine(&dist, D_PICK, now, before), 0);
	SAME(dist.count, 5);
	SAME(dist.fine[70], 5);
	free(dist.fine);
}

Test(dist, fine_grain_of_a_sum_is_known_if_it_is_of_both)
{
	struct dist sum = { 0 }, fine = { 0 }, coarse = { 0 };

	SAME(dist__add_fine_sample(&fine, D_PICK, 1000), 0);
	SAME(dist__add(&sum, D_PICK, &fine), 0);
	SAME(dist__add(&sum, D_PICK, &fine), 0);
	cr_assert_not_null(sum.fine);
	SAME(sum.fine[hist_fine_bucket(1000, HIST_COST_FIRST, HIST_COST_OCTAVES)], 2);
	dist__add_sample(&coarse, D_PICK, 1000);
	SAME(dist__add(&sum, D_PICK, &coarse), 0);
	cr_expect_null(sum.fine);
	SAME(dist__add(&sum, D_PICK, &fine), 0);
	cr_expect_null(sum.fine);
	SAME(sum.count, 4);
	free(fine.fine);
}
