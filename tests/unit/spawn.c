/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/switching/spawn.h"

#include <errno.h>
#include <string.h>

#include "unit.h"

#define MIB (1ULL << 20)

static void check_error(const struct spawn *spawn, int at, __u32 error, __u64 count)
{
	SAME(spawn->errors[at].error, error);
	SAME(spawn->errors[at].count, count);
}

/* Powers of two from 1 us on are where buckets begin: their medians are exact. */
static void fork_of_size(struct spawns *spawns, __u64 mib, __u64 ns_per_mib)
{
	cr_assert_eq(spawns__fork_size(spawns, mib * MIB, mib * ns_per_mib), 0);
}

/* ---- failures ---- */

Test(spawn, failures_are_counted_by_errno)
{
	struct spawn spawn = { 0 };

	spawn__fail(&spawn, EAGAIN);
	spawn__fail(&spawn, ENOMEM);
	spawn__fail(&spawn, EAGAIN);
	SAME(spawn.failed, 3);
	SAME(spawn.count, 0);
	check_error(&spawn, 0, EAGAIN, 2);
	check_error(&spawn, 1, ENOMEM, 1);
	check_error(&spawn, 2, 0, 0);
}

Test(spawn, errors_that_do_not_fit_share_the_last_place)
{
	struct spawn spawn = { 0 };
	__u32 error;

	for (error = 1; error <= 10; error++)
		spawn__fail(&spawn, error);
	spawn__fail(&spawn, 3);
	spawn__fail(&spawn, 9);
	SAME(spawn.failed, 12);
	check_error(&spawn, 0, 1, 1);
	check_error(&spawn, 2, 3, 2);
	check_error(&spawn, SPAWN_ERRORS - 2, SPAWN_ERRORS - 1, 1);
	check_error(&spawn, SPAWN_ERRORS - 1, 0, 6);
}

/* ---- phases ---- */

Test(spawn, phases_are_apart)
{
	struct spawns spawns = { 0 };
	struct spawn *fork = &spawns.kind[SPAWN_PROCESS];
	int phase;

	for (phase = 0; phase < PHASES; phase++) {
		SAME(spawn__phase(fork, (enum phase)phase)->count, 0);
		cr_assert_eq(spawn__sample(fork, (enum phase)phase, 1000 + (__u64)phase), 0);
		cr_assert_eq(spawn__sample(fork, (enum phase)phase, 5000), 0);
	}
	for (phase = 0; phase < PHASES; phase++) {
		const struct dist *dist = spawn__phase(fork, (enum phase)phase);

		SAME(dist->count, 2);
		SAME(dist->sum, 6000 + (__u64)phase);
		SAME(dist->max, 5000);
		cr_expect_str_eq(phase_names[phase], dist_infos[D_COPY + phase].name);
	}
	SAME(spawn__phase(&spawns.kind[SPAWN_VFORK], PHASE_COPY)->count, 0);
	spawns__clear(&spawns);
}

Test(spawn, anything_at_all_counts_as_something)
{
	struct spawns spawns = { 0 };

	cr_expect_not(spawns__any(&spawns));
	cr_assert_eq(spawns__exec(&spawns, 1000), 0);
	cr_expect(spawns__any(&spawns));
	spawns__clear(&spawns);
	cr_expect_not(spawns__any(&spawns));
	spawns.kind[SPAWN_KERNEL].count = 1;
	cr_expect(spawns__any(&spawns));
	spawns__clear(&spawns);
	spawn__fail(&spawns.kind[SPAWN_THREAD], EAGAIN);
	cr_expect(spawns__any(&spawns));
}

/* ---- what a fork costs by size ---- */

Test(spawn, slope_of_forks_on_a_line_is_that_of_the_line)
{
	struct spawns spawns = { 0 };
	double slope;
	__u64 mib;

	for (mib = 1; mib <= 1024; mib *= 2)
		fork_of_size(&spawns, mib, 8192);
	cr_assert(spawns__slope(&spawns, &slope));
	cr_expect_float_eq(slope, 8192, 1e-3, "it is %g", slope);
	spawns__clear(&spawns);
}

Test(spawn, fork_that_costs_the_same_at_every_size_has_no_slope)
{
	struct spawns spawns = { 0 };
	double slope;

	cr_assert_eq(spawns__fork_size(&spawns, 1 * MIB, 65536), 0);
	cr_assert_eq(spawns__fork_size(&spawns, 512 * MIB, 65536), 0);
	cr_assert(spawns__slope(&spawns, &slope));
	cr_expect_float_eq(slope, 0, 1e-6, "it is %g", slope);
	spawns__clear(&spawns);
}

/* Two sizes at 8192 ns a MiB, one of them seen often, and one far off the line seen once. */
Test(spawn, sizes_weigh_as_much_as_they_were_seen)
{
	struct spawns spawns = { 0 };
	double slope;
	int i;

	for (i = 0; i < 1000; i++) {
		fork_of_size(&spawns, 1, 8192);
		fork_of_size(&spawns, 256, 8192);
	}
	fork_of_size(&spawns, 16, 1 << 16);
	cr_assert(spawns__slope(&spawns, &slope));
	cr_expect_float_eq(slope, 8192, 100, "it is %g", slope);
	spawns__clear(&spawns);
}

Test(spawn, sizes_that_are_close_are_no_line)
{
	struct spawns spawns = { 0 };
	double slope = 7;

	cr_expect_not(spawns__slope(&spawns, &slope));
	fork_of_size(&spawns, 4, 8192);
	cr_expect_not(spawns__slope(&spawns, &slope));
	fork_of_size(&spawns, 7, 8192); /* the same power of two */
	cr_expect_not(spawns__slope(&spawns, &slope));
	fork_of_size(&spawns, 16, 8192);
	cr_expect_not(spawns__slope(&spawns, &slope));
	cr_expect_eq(slope, 7);
	fork_of_size(&spawns, 32, 8192);
	cr_expect(spawns__slope(&spawns, &slope));
	spawns__clear(&spawns);
}

Test(spawn, forks_of_any_size_have_their_place)
{
	struct spawns spawns = { 0 };

	cr_assert_eq(spawns__fork_size(&spawns, 0, 1000), 0);
	cr_assert_eq(spawns__fork_size(&spawns, MIB - 1, 1000), 0);
	cr_assert_eq(spawns__fork_size(&spawns, MIB, 1000), 0);
	cr_assert_eq(spawns__fork_size(&spawns, ~0ULL, 1000), 0);
	SAME(spawns.sizes[0]->count, 2);
	SAME(spawns.sizes[0]->rss, MIB - 1);
	SAME(spawns.sizes[1]->count, 1);
	SAME(spawns.sizes[FORK_SIZES - 1]->count, 1);
	spawns__clear(&spawns);
}

/* ---- sums ---- */

static void fill(struct spawns *spawns, __u32 seed)
{
	struct spawn *fork = &spawns->kind[SPAWN_PROCESS];

	fork->count += seed;
	fork->namespaces += 1;
	spawn__fail(fork, seed);
	cr_assert_eq(spawn__sample(fork, PHASE_COPY, 1000ULL * seed), 0);
	cr_assert_eq(spawn__sample(&spawns->kind[SPAWN_THREAD], PHASE_LIFE, 50ULL * seed), 0);
	cr_assert_eq(spawns__fork_size(spawns, seed * MIB, 1000ULL * seed), 0);
	cr_assert_eq(spawns__exec(spawns, 2000ULL * seed), 0);
}

Test(spawn, clearing_leaves_nothing)
{
	struct spawns spawns = { 0 }, nothing;

	memset(&nothing, 0, sizeof(nothing));
	fill(&spawns, 3);
	spawns__clear(&spawns);
	cr_expect_arr_eq(&spawns, &nothing, sizeof(nothing));
}

/* Into nothing, then into what is there: each figure is another one, and each is doubled. */
Test(spawn, sums_of_everything)
{
	struct spawns one = { 0 }, sum = { 0 };
	__u64 times;
	int i, phase;

	for (i = 0; i < SPAWN_KINDS; i++) {
		struct spawn *spawn = &one.kind[i];

		spawn->count = 101 + (__u64)i;
		spawn->failed = 211 + (__u64)i;
		spawn->namespaces = 307 + (__u64)i;
		spawn->errors[0] = (struct spawn_error){ 11, 401 + (__u64)i };
		spawn->errors[1] = (struct spawn_error){ 12, 503 + (__u64)i };
		for (phase = 0; phase < PHASES; phase++)
			cr_assert_eq(spawn__sample(spawn, (enum phase)phase,
						   1000 * (1 + (__u64)i) + (__u64)phase),
				     0);
	}
	cr_assert_eq(spawns__fork_size(&one, 5 * MIB, 7000), 0);
	cr_assert_eq(spawns__fork_size(&one, 6 * MIB, 9000), 0);
	cr_assert_eq(spawns__fork_size(&one, 99 * MIB, 11000), 0);
	cr_assert_eq(spawns__exec(&one, 13000), 0);
	one.execs = 17;
	for (times = 1; times <= 3; times++) {
		cr_assert_eq(spawns__add(&sum, &one), 0);
		for (i = 0; i < SPAWN_KINDS; i++) {
			const struct spawn *spawn = &sum.kind[i];

			SAME(spawn->count, times * (101 + (__u64)i));
			SAME(spawn->failed, times * (211 + (__u64)i));
			SAME(spawn->namespaces, times * (307 + (__u64)i));
			check_error(spawn, 0, 11, times * (401 + (__u64)i));
			check_error(spawn, 1, 12, times * (503 + (__u64)i));
			check_error(spawn, 2, 0, 0);
			for (phase = 0; phase < PHASES; phase++) {
				SAME(spawn->phase[phase]->count, times);
				SAME(spawn->phase[phase]->sum,
				     times * (1000 * (1 + (__u64)i) + (__u64)phase));
			}
		}
		SAME(sum.sizes[3]->count, 2 * times);
		SAME(sum.sizes[3]->rss, 11 * MIB * times);
		SAME(sum.sizes[3]->copy.sum, 16000 * times);
		SAME(sum.sizes[7]->count, times);
		SAME(sum.sizes[7]->rss, 99 * MIB * times);
		SAME(sum.execs, 17 * times);
		SAME(sum.exec->count, times);
		SAME(sum.exec->sum, 13000 * times);
	}
	spawns__clear(&one);
	spawns__clear(&sum);
}

/* Where all places are taken, the others share the last one. */
Test(spawn, sums_of_more_errors_than_there_is_room_for)
{
	struct spawns one = { 0 }, sum = { 0 };
	__u32 i;

	for (i = 0; i < SPAWN_ERRORS; i++)
		one.kind[SPAWN_VFORK].errors[i] = (struct spawn_error){ 20 + i, 3 + i };
	one.kind[SPAWN_VFORK].errors[SPAWN_ERRORS - 1].error = 0;
	for (i = 0; i < SPAWN_ERRORS - 1; i++)
		sum.kind[SPAWN_VFORK].errors[i] = (struct spawn_error){ 21 + i, 100 };
	cr_assert_eq(spawns__add(&sum, &one), 0);
	for (i = 0; i < SPAWN_ERRORS - 2; i++)
		check_error(&sum.kind[SPAWN_VFORK], (int)i, 21 + i, 104 + i);
	check_error(&sum.kind[SPAWN_VFORK], SPAWN_ERRORS - 2, 20 + SPAWN_ERRORS - 1, 100);
	check_error(&sum.kind[SPAWN_VFORK], SPAWN_ERRORS - 1, 0, 3 + 3 + SPAWN_ERRORS - 1);
}
