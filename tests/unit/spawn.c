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
