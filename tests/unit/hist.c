/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arithmetic that kernel and user space share: they must not disagree by a single bucket. */
#include "hist.h"

#include "unit.h"

#define LONGEST (~0ULL >> 1) /* 292 years */

/* Both grains of the three layouts. */
static const struct layout {
	const char *name;
	__u32 first, octaves, buckets, parts;
} layouts[] = {
#define LAYOUT(name, L)                                                                            \
	{ name, HIST_##L##_FIRST, HIST_##L##_OCTAVES, HIST_BUCKETS(HIST_##L##_OCTAVES), 4 },       \
	{                                                                                          \
		name ", fine", HIST_##L##_FIRST, HIST_##L##_OCTAVES,                               \
			HIST_FINE_BUCKETS(HIST_##L##_OCTAVES), 32                                  \
	}
	LAYOUT("cost", COST),
	LAYOUT("wait", WAIT),
	LAYOUT("sleep", SLEEP),
};

static __u32 bucket(const struct layout *l, __u64 v)
{
	return l->parts == 4 ? hist_bucket(v, l->first, l->octaves) :
			       hist_fine_bucket(v, l->first, l->octaves);
}

static __u64 floor_of(const struct layout *l, __u32 i)
{
	return l->parts == 4 ? hist_floor(i, l->first) : hist_fine_floor(i, l->first);
}

Test(hist, log2_is_exact_for_every_power_and_its_neighbours)
{
	__u32 e;

	for (e = 0; e < 63; e++) {
		SAME(hist_log2(1ULL << e), e);
		if (e)
			SAME(hist_log2((1ULL << e) + 1), e);
		if (e > 1)
			SAME(hist_log2((1ULL << e) - 1), e - 1);
	}
	SAME(hist_log2(LONGEST), 62);
}

Test(hist, log2_is_the_position_of_the_highest_bit)
{
	struct chance chance = { 1 };
	int i;

	for (i = 0; i < 100000; i++) {
		__u64 v = chance__spread(&chance, 63) | 1;

		SAME(hist_log2(v), 63 - __builtin_clzll(v));
	}
}

Test(hist, floor_of_every_bucket_lies_in_it_and_one_less_in_the_one_before)
{
	const struct layout *l;
	__u32 i;

	for (l = layouts; l < layouts + ARRAY_SIZE(layouts); l++) {
		for (i = 0; i < l->buckets; i++) {
			cr_expect_eq(bucket(l, floor_of(l, i)), i, "%s %u", l->name, i);
			if (i)
				cr_expect_eq(bucket(l, floor_of(l, i) - 1), i - 1, "%s %u", l->name,
					     i);
		}
	}
}

Test(hist, floors_only_grow)
{
	const struct layout *l;
	__u32 i;

	for (l = layouts; l < layouts + ARRAY_SIZE(layouts); l++) {
		cr_expect_eq(floor_of(l, 0), 0);
		for (i = 1; i < l->buckets; i++)
			cr_expect_gt(floor_of(l, i), floor_of(l, i - 1), "%s %u", l->name, i);
	}
}

Test(hist, every_value_lies_between_the_floors_around_its_bucket)
{
	struct chance chance = { 2 };
	const struct layout *l;
	int n;

	for (l = layouts; l < layouts + ARRAY_SIZE(layouts); l++) {
		for (n = 0; n < 100000; n++) {
			__u64 v = chance__spread(&chance, 63);
			__u32 i = bucket(l, v);

			cr_assert_lt(i, l->buckets);
			cr_expect_geq(v, floor_of(l, i), "%s %llu", l->name, v);
			if (i + 1 < l->buckets)
				cr_expect_lt(v, floor_of(l, i + 1), "%s %llu", l->name, v);
		}
	}
}

Test(hist, bucket_never_falls_as_the_value_grows)
{
	struct chance chance = { 3 };
	const struct layout *l;
	int n;

	for (l = layouts; l < layouts + ARRAY_SIZE(layouts); l++) {
		for (n = 0; n < 100000; n++) {
			__u64 a = chance__spread(&chance, 63), b = chance__spread(&chance, 63);
			__u64 low = a < b ? a : b, high = a < b ? b : a;

			cr_expect_leq(bucket(l, low), bucket(l, high), "%s %llu %llu", l->name, low,
				      high);
		}
	}
}

/* All of an octave at once, in pairs, and never more than there are. */
Test(hist, end_is_behind_the_bucket_of_every_value_up_to_it)
{
	int e;

	for (e = 8; e < 62; e++) {
		__u32 end = hist_end(1ULL << e, 8, 27);
		__u32 highest = hist_bucket((2ULL << e) - 1, 8, 27);

		cr_expect_gt(end, highest, "2^%d", e);
		cr_expect_leq(end, highest + 2, "2^%d", e);
		cr_expect_eq(end % 2, 0, "2^%d", e);
		cr_expect_eq(hist_end((2ULL << e) - 1, 8, 27), end, "2^%d", e);
	}
	cr_expect_eq(hist_end(0, 8, 27), 6);
	cr_expect_eq(hist_end(~0ULL >> 1, 8, 27), HIST_BUCKETS(27));
}

Test(hist, what_is_below_and_above_the_range_is_clamped)
{
	const struct layout *l;

	for (l = layouts; l < layouts + ARRAY_SIZE(layouts); l++) {
		__u64 last = floor_of(l, l->buckets - 1);

		cr_expect_eq(bucket(l, 0), 0, "%s", l->name);
		cr_expect_eq(bucket(l, 1), 0, "%s", l->name);
		cr_expect_eq(bucket(l, (1ULL << l->first) - 1), 0, "%s", l->name);
		cr_expect_eq(bucket(l, 1ULL << l->first), 1, "%s", l->name);
		cr_expect_eq(bucket(l, last), l->buckets - 1, "%s", l->name);
		cr_expect_eq(bucket(l, 2 * last), l->buckets - 1, "%s", l->name);
		cr_expect_eq(bucket(l, LONGEST), l->buckets - 1, "%s", l->name);
	}
}

/* What is told of a bucket is off from either end by (to - from) / (to + from). */
Test(hist, buckets_are_as_narrow_as_promised)
{
	const struct layout *l;
	__u32 i;

	for (l = layouts; l < layouts + ARRAY_SIZE(layouts); l++) {
		for (i = 1; i + 1 < l->buckets; i++) {
			double from = (double)floor_of(l, i), to = (double)floor_of(l, i + 1) - 1;

			cr_expect_leq((to - from) / (to + from), l->parts == 4 ? 0.088 : 0.016,
				      "%s %u", l->name, i);
		}
	}
}

Test(hist, ranges_are_those_that_are_documented)
{
	SAME(floor_of(&layouts[0], 1), 64);
	SAME(floor_of(&layouts[0], layouts[0].buckets - 1), 1ULL << 22); /* 4 ms */
	SAME(floor_of(&layouts[2], 1), 256);
	SAME(floor_of(&layouts[2], layouts[2].buckets - 1), 1ULL << 35); /* 34 s */
	SAME(floor_of(&layouts[4], 1), 1024);
	SAME(floor_of(&layouts[4], layouts[4].buckets - 1), 1ULL << 39); /* 9 minutes */
}

Test(hist, both_grains_have_the_same_ranges)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(layouts); i += 2) {
		SAME(floor_of(&layouts[i], 1), floor_of(&layouts[i + 1], 1));
		SAME(floor_of(&layouts[i], layouts[i].buckets - 1),
		     floor_of(&layouts[i + 1], layouts[i + 1].buckets - 1));
	}
}
