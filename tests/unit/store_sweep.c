/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stacks of a window that only forgotten periods refer to go, and what is needed stays. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "make_store.h"
#include "store/usage.h"
#include "unit.h"

#define MOST	(16ULL << 20)
#define PERIODS 6
#define FIRST	4 /* that is not forgotten */

static struct store_writer *writer;
static struct profile *profile;

static void begin(void)
{
	struct failure failure = { 0 };
	struct summary meta;

	scene__describe(&meta);
	cr_assert_eq(store__create_rolling(&writer, recording__path(), true, MOST, &meta, &failure),
		     0, "%s", failure.text);
	profile = profile__new();
}

TestSuite(store_sweep, .init = begin, .fini = recording__remove);

/* main() of this file, and a function of it below. */
static __u32 make_stack(const char *path, __u64 function)
{
	__u32 module = profile__module(profile, MODULE_FILE, path, 7, "ab");
	__u32 outer = profile__frame(profile, module, 16);
	__u32 inner = profile__frame(profile, module, function);

	return profile__stack(profile, profile__stack(profile, 0, outer), inner);
}

static void pay(__u32 period, __u32 stack, __u32 waker)
{
	struct profile_thread thread = { .id = 1, .comm = "a", .process_comm = "a" };
	struct sample sample = { .thread = profile__thread(profile, &thread),
				 .stack = stack,
				 .waker = waker };
	struct failure failure = { 0 };

	sample.weight[WEIGHT_SWITCHES] = 1;
	cr_assert_eq(store__put_sample(writer, period, &sample, &failure), 0);
}

static void end_period(__u32 period)
{
	struct failure failure = { 0 };
	struct summary summary;
	struct scene scene;

	scene__begin(&scene, true, true);
	scene__describe(&summary);
	cr_assert_eq(store__put_profile(writer, profile, &failure), 0);
	cr_assert_eq(store__put_period(writer, period, scene.model, &summary, SCENE_END, &failure),
		     0);
	recording__commit(writer);
	model__free(scene.model);
}

/* Each period has a file of its own, and all have one stack in common. */
static __u32 put_periods(void)
{
	__u32 period, common = make_stack("/bin/common", 32);
	char path[32];

	for (period = 1; period <= PERIODS; period++) {
		recording__begin(writer);
		snprintf(path, sizeof(path), "/bin/%u", period);
		pay(period, make_stack(path, 32), make_stack(path, 48));
		pay(period, common, 0);
		end_period(period);
	}
	return common;
}

static void sweep(void)
{
	struct failure failure = { 0 };

	cr_assert_eq(store__roll(writer, FIRST, &failure), 0, "%s", failure.text);
	cr_assert_eq(store__sweep(writer, profile, &failure), 0, "%s", failure.text);
}

struct found {
	struct profile *profile;
	__u64 own, common;
};

static const char *path_of(const struct profile *read, __u32 stack, __u64 function)
{
	const struct profile_stack *inner = profile__get_stack(read, stack);
	const struct profile_stack *outer = inner ? profile__get_stack(read, inner->caller) : NULL;
	const struct profile_frame *in = inner ? profile__get_frame(read, inner->frame) : NULL;
	const struct profile_frame *out = outer ? profile__get_frame(read, outer->frame) : NULL;

	cr_assert(in && out);
	SAME(in->offset, function);
	SAME(out->offset, 16);
	SAME(in->module, out->module);
	return profile__get_module(read, in->module)->path;
}

static int take(void *context, const struct sample *sample)
{
	struct found *found = context;
	const char *path = path_of(found->profile, sample->stack, 32);

	if (!strcmp(path, "/bin/common")) {
		found->common++;
	} else {
		found->own++;
		cr_assert_geq(path[5], '0' + FIRST);
		SAME_TEXT(path_of(found->profile, sample->waker, 48), path);
	}
	return 0;
}

static void expect_read(__u64 own, __u64 common)
{
	struct failure failure = { 0 };
	struct found found = { 0 };
	struct store *store;

	recording__end(writer, true);
	store = recording__open();
	cr_assert_eq(store__read_profile(store, &found.profile, &failure), 0, "%s", failure.text);
	cr_assert_eq(store__each_sample(store, 0, ~0U, take, &found, &failure), 0);
	cr_expect_not(store__is_damaged(store));
	SAME(found.own, own);
	SAME(found.common, common);
	profile__free(found.profile);
	profile__free(profile);
	store__free(store);
}

Test(store_sweep, what_no_period_refers_to_goes)
{
	put_periods();
	profile__forget_places(profile);
	sweep();
	SAME(recording__number_now("SELECT count(*) FROM modules"), 4);
	SAME(recording__number_now("SELECT count(*) FROM frames"), 2 + 3 * 3);
	SAME(recording__number_now("SELECT count(*) FROM stacks"), 2 + 3 * 3);
	SAME(recording__number_now("SELECT count(*) FROM stacks WHERE caller NOT IN "
				   "(SELECT stack FROM stacks) AND caller > 0"),
	     0);
	expect_read(3, 3);
}

/* The profile may hand them out again, or somebody else who has said so. */
Test(store_sweep, what_may_be_paid_on_later_stays)
{
	__u32 held;

	held = make_stack("/bin/held", 32);
	recording__begin(writer);
	end_period(1);
	profile__forget_places(profile);
	put_periods();
	store__use_stack(writer, held);
	sweep();
	SAME(recording__number_now("SELECT count(*) FROM stacks"), 2 + 2 + 3 * PERIODS);
	recording__begin(writer);
	pay(PERIODS + 1, make_stack("/bin/common", 32), 0);
	end_period(PERIODS + 1);
	profile__forget_stacks(profile);
	sweep(); /* frames are still there: they may become stacks again */
	SAME(recording__number_now("SELECT count(*) FROM stacks"), 2 + 3 * 3 + 2);
	SAME(recording__number_now("SELECT count(*) FROM modules"), 1 + PERIODS + 1);
	expect_read(3, 4);
}

/* What comes again has other numbers, and what is swept once is not looked at again. */
Test(store_sweep, goes_on_from_one_to_the_next)
{
	struct failure failure = { 0 };
	__u32 period, i;

	SAME(store__litter(writer), LITTER_NONE);
	for (period = 1; period <= 4; period++) {
		recording__begin(writer);
		for (i = 0; i < 3000; i++)
			pay(period, make_stack("/bin/common", 32 + 16 * (i + 3000 * period)), 0);
		end_period(period);
		if (period > 1)
			cr_assert_eq(store__roll(writer, period, &failure), 0);
		if (store__litter(writer) == LITTER_NONE)
			continue;
		SAME(store__litter(writer), LITTER_PLACES);
		profile__forget_places(profile);
		cr_assert_eq(store__sweep(writer, profile, &failure), 0, "%s", failure.text);
		SAME(store__litter(writer), LITTER_NONE);
		SAME(recording__number_now("SELECT count(*) FROM stacks"), 3001);
		SAME(recording__number_now("SELECT count(*) FROM frames"), 3001);
	}
	SAME(recording__number_now("SELECT count(*) FROM modules"), 1);
	recording__end(writer, true);
	profile__free(profile);
}

Test(store_sweep, numbers_that_lie_far_apart)
{
	struct usage usage = { 0 };

	SAME(usage__get(&usage, 5), 0);
	cr_assert_eq(usage__note(&usage, 5000000, 3), 0);
	cr_assert_eq(usage__note(&usage, 7, 4), 0);
	cr_assert_eq(usage__note(&usage, 7, 2), 0);
	SAME(usage__get(&usage, 5000000), 3);
	SAME(usage__get(&usage, 7), 4);
	SAME(usage__get(&usage, 5000001), 0);
	SAME(usage__get(&usage, 2500000), 0);
	SAME(usage__get(&usage, ~0U), 0);
	usage__free(&usage);
	profile__free(profile);
	recording__end(writer, true);
}
