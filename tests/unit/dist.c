/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/dist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "make_reading.h"
#include "unit.h"

static const int one_of_each_layout[] = { D_PICK, D_RUNQ, D_OFF_SLEEP };

static __u64 floor_of(int which, __u32 i)
{
	const struct dist_info *info = &dist_infos[which];

	return hist_floor(i, info->first, info->sub, info->coarse);
}

static __u32 bucket_of(int which, __u64 v)
{
	const struct dist_info *info = &dist_infos[which];

	return hist_bucket(v, info->first, info->sub, info->coarse, info->buckets);
}

static int compare(const void *a, const void *b)
{
	const __u64 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* ---- on the wire ---- */

Test(dist, place_on_the_wire_is_behind_those_that_are_there)
{
	struct task task = task__make(1, 1, 1);
	__u32 mask;
	int d;

	for (d = 0; d < D_COUNT; d++)
		task__sample(&task, d, 1000000ULL + d); /* tells them apart by their sums */
	for (mask = 0; mask <= WIRE_ALL_DISTS; mask++) {
		void *wire = task__wire(&task, mask);

		for (d = 0; d < D_COUNT; d++) {
			const __u64 *sum = dist__on_wire(wire, mask, d);

			if (mask & (1U << d))
				cr_expect(sum && *sum == 1000000ULL + d, "mask %x dist %d", mask,
					  d);
			else
				cr_expect_null(sum, "mask %x dist %d", mask, d);
		}
		free(wire);
	}
}

Test(dist, all_on_the_wire_are_the_record_without_its_head)
{
	SAME(dist__wire_size(0), 0);
	SAME(dist__wire_size(WIRE_ALL_DISTS), sizeof(struct task_rec) - WIRE_REC_HEAD);
	SAME(dist__wire_size(1U << D_PICK), sizeof(struct hist_COST));
	SAME(dist__wire_size(1U << D_RUNQ), sizeof(struct hist_WAIT));
	SAME(dist__wire_size(1U << D_OFF_SLEEP), sizeof(struct hist_SLEEP));
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
		bytes = task__wire(&task, 1U << d);
		dist__add_wire(&wire, d, bytes, NULL);
		cr_expect_arr_eq(&wire, &samples, sizeof(wire), "%s", dist_infos[d].name);
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
	before = task__wire(&task, 1U << D_RUNQ);
	task__sample(&task, D_RUNQ, 5100);
	task__sample(&task, D_RUNQ, 9000000000ULL);
	now = task__wire(&task, 1U << D_RUNQ);
	dist__add_wire(&dist, D_RUNQ, now, before);
	SAME(dist.count, 2);
	SAME(dist.sum, 9000005100ULL);
	SAME(dist.max, 9000000000ULL);
	SAME(dist.bucket[bucket_of(D_RUNQ, 5100)], 1);
	SAME(dist.bucket[HIST_WAIT_BUCKETS - 1], 1);
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
	now.sum += 7 * 230;
	dist__add_wire(&dist, D_PICK, &now, &before);
	SAME(dist.count, 7);
	SAME(dist.bucket[3], 7);
	SAME(dist.sum, 7 * 230);
}

Test(dist, nothing_new_adds_nothing)
{
	struct hist_COST hist = { .sum = 900, .max = 900, .bucket = { [11] = 1 } };
	struct dist dist = { 0 }, nothing = { 0 };

	dist__add_wire(&dist, D_PICK, &hist, &hist);
	cr_expect_arr_eq(&dist, &nothing, sizeof(dist));
}

/* ---- the maximum ---- */

Test(dist, maximum_that_grew_is_of_this_period)
{
	struct hist_COST before = { .sum = 200, .max = 200, .bucket = { [2] = 1 } }, now = before;
	struct dist dist = { 0 };

	now.sum += 777;
	now.max = 777;
	now.bucket[bucket_of(D_PICK, 777)]++;
	dist__add_wire(&dist, D_PICK, &now, &before);
	SAME(dist.max, 777);
}

Test(dist, maximum_that_did_not_grow_is_that_of_the_highest_new_bucket)
{
	struct hist_COST before = { .sum = 90000, .max = 90000 }, now;
	struct dist dist = { 0 };

	before.bucket[bucket_of(D_PICK, 90000)] = 1;
	now = before;
	now.bucket[2]++;
	now.sum += 200;
	dist__add_wire(&dist, D_PICK, &now, &before);
	cr_expect_geq(dist.max, 200);
	SAME(dist.max, floor_of(D_PICK, 3));
}

Test(dist, maximum_is_never_above_what_was_ever_seen)
{
	struct hist_COST before = { .sum = 201, .max = 201, .bucket = { [2] = 1 } }, now = before;
	struct dist dist = { 0 };

	now.bucket[2]++;
	now.sum += 195;
	dist__add_wire(&dist, D_PICK, &now, &before);
	SAME(dist.max, 201);
}

Test(dist, open_last_bucket_has_the_maximum_as_its_end)
{
	struct dist dist = { 0 };

	dist__add_sample(&dist, D_PICK, 50000000);
	SAME(dist.max, 50000000);
	SAME(dist__percentile(&dist, D_PICK, 1), 50000000);
	cr_expect_geq(dist__percentile(&dist, D_PICK, 0.5),
		      floor_of(D_PICK, HIST_COST_BUCKETS - 1));
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
	dist__add(&a, &b);
	cr_expect_arr_eq(&a, &both, sizeof(a));
}

/* ---- percentiles ---- */

static const double shares[] = { 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1 };

/* The estimate may be off by the width of the bucket in which the exact value lies, not more. */
static void check_percentiles(int which, size_t count, struct chance *chance, unsigned int bits)
{
	__u64 *samples = calloc(count, sizeof(*samples)), last = 0;
	struct dist dist = { 0 };
	size_t i, s;

	cr_assert(samples);
	for (i = 0; i < count; i++) {
		samples[i] = chance__spread(chance, bits);
		dist__add_sample(&dist, which, samples[i]);
	}
	qsort(samples, count, sizeof(*samples), compare);
	for (s = 0; s < ARRAY_SIZE(shares); s++) {
		size_t rank = (size_t)ceil(shares[s] * (double)count);
		__u64 exact = samples[rank ? rank - 1 : 0], low, high;
		__u64 found = dist__percentile(&dist, which, shares[s]);
		__u32 b = bucket_of(which, exact);

		low = floor_of(which, b);
		high = b + 1 < dist_infos[which].buckets ? floor_of(which, b + 1) : dist.max;
		cr_expect(found >= low && found <= high,
			  "%s: p%g of %zu is %llu, exactly %llu in %llu..%llu",
			  dist_infos[which].name, 100 * shares[s], count, found, exact, low, high);
		cr_expect_leq(found, dist.max, "%s: p%g of %zu is %llu, the maximum %llu",
			      dist_infos[which].name, 100 * shares[s], count, found, dist.max);
		cr_expect_geq(found, last, "%s: p%g of %zu is below the one before",
			      dist_infos[which].name, 100 * shares[s], count);
		last = found;
	}
	free(samples);
}

Test(dist, percentiles_are_exact_but_for_the_width_of_a_bucket)
{
	static const size_t counts[] = { 1, 2, 3, 10, 99, 100, 1000, 20000 };
	struct chance chance = { 6 };
	size_t l, c;
	int again;

	for (l = 0; l < ARRAY_SIZE(one_of_each_layout); l++) {
		for (c = 0; c < ARRAY_SIZE(counts); c++) {
			for (again = 0; again < 5; again++)
				check_percentiles(one_of_each_layout[l], counts[c], &chance, 42);
		}
	}
}

Test(dist, percentiles_hold_for_values_of_any_size)
{
	struct chance chance = { 7 };
	size_t l;
	int again;

	for (l = 0; l < ARRAY_SIZE(one_of_each_layout); l++) {
		for (again = 0; again < 200; again++)
			check_percentiles(one_of_each_layout[l], 7, &chance, 63);
	}
}

Test(dist, percentile_of_equal_samples_is_in_their_bucket)
{
	struct dist dist = { 0 };
	int n;

	for (n = 0; n < 1000; n++)
		dist__add_sample(&dist, D_SWITCH_IDLE, 315);
	cr_expect_geq(dist__percentile(&dist, D_SWITCH_IDLE, 0.5), 256);
	cr_expect_leq(dist__percentile(&dist, D_SWITCH_IDLE, 0.99), 315);
	SAME(dist__percentile(&dist, D_SWITCH_IDLE, 1), 315);
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
