/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stacks that paid most. */
#include <limits.h>
#include <stdlib.h>

#include "model/profile/top.h"
#include "unit.h"

#define STACKS 4

static struct profile *profile;
static struct top top;

static void begin(void)
{
	__u32 i;

	profile = profile__new();
	for (i = 0; i < STACKS; i++)
		cr_assert(profile__stack(profile, i, 1));
	cr_assert_eq(top__begin(&top, profile, metric__find("switches")), 0);
}

static void end(void)
{
	top__end(&top);
	profile__free(profile);
}

TestSuite(top, .init = begin, .fini = end);

static void add(__u32 stack, __s64 switches)
{
	struct sample sample = { .stack = stack, .weight = { [WEIGHT_SWITCHES] = switches } };

	cr_assert_eq(top__add(&top, &sample), 0);
}

/* These stacks, with these weights, are all that there are. */
static void expect(const struct top_stack *expected, size_t expected_count)
{
	struct top_stack *stacks;
	size_t count, i;

	top__finish(&top);
	SAME(top.paying, expected_count);
	stacks = top__take(&top, 100, &count);
	cr_assert_not_null(stacks);
	cr_assert_eq(count, expected_count);
	for (i = 0; i < count; i++) {
		SAME(stacks[i].stack, expected[i].stack);
		SAME(stacks[i].weight, expected[i].weight);
	}
	free(stacks);
}

Test(top, dearest_first_and_the_earlier_of_equals)
{
	add(3, 5);
	add(1, 2);
	add(2, 5);
	add(1, 1);
	add(0, 9);
	expect((struct top_stack[]){ { 0, 9 }, { 2, 5 }, { 3, 5 }, { 1, 3 } }, 4);
	SAME(top.total, 22);
}

Test(top, what_was_told_too_early_is_taken_back)
{
	add(1, 7);
	add(1, -4);
	add(2, 1);
	add(2, -1);
	add(3, -2);
	add(3, 3);
	expect((struct top_stack[]){ { 1, 3 }, { 3, 1 } }, 2);
	SAME(top.total, 4);
}

Test(top, damaged_weights_end_at_the_largest)
{
	add(1, LLONG_MAX);
	add(1, LLONG_MAX);
	add(2, LLONG_MAX);
	add(3, LLONG_MAX);
	add(4, LLONG_MIN);
	add(4, LLONG_MIN);
	add(STACKS + 1, 1);
	expect((struct top_stack[]){ { 1, LLONG_MAX }, { 2, LLONG_MAX }, { 3, LLONG_MAX } }, 3);
	SAME(top.total, ~0ULL);
}

static void add_of(__u32 thread, __u32 stack, __s64 switches)
{
	struct sample sample = { .thread = thread,
				 .stack = stack,
				 .weight = { [WEIGHT_SWITCHES] = switches } };

	cr_assert_eq(top__add(&top, &sample), 0);
}

/* A thread that nobody knows is none of those that are asked for. */
Test(top, of_threads_that_are_asked_for)
{
	static const __u32 pids[] = { 11 }, others[] = { 10 };
	const struct profile_thread web = {
		.pid = 10, .tid = 10, .comm = "web", .process_comm = "web"
	};
	const struct profile_thread cron = {
		.pid = 11, .tid = 21, .comm = "cron", .process_comm = "cron"
	};
	__u32 first = profile__thread(profile, &web), second = profile__thread(profile, &cron);

	top__end(&top);
	cr_assert_eq(top__begin(&top, profile, metric__find("switches")), 0);
	top.filter = (struct thread_filter){ .pids = pids, .pid_count = 1 };
	add_of(first, 1, 5);
	add_of(0, 1, 3);
	add_of(second, 2, 7);
	add_of(second + 9, 3, 7);
	expect((const struct top_stack[]){ { 2, 7 } }, 1);
	cr_expect(top.seen);
	top__end(&top);
	cr_assert_eq(top__begin(&top, profile, metric__find("switches")), 0);
	top.filter = (struct thread_filter){ .pids = others, .pid_count = 1 };
	add_of(first, 1, 5);
	add_of(second, 2, 7);
	expect((const struct top_stack[]){ { 1, 5 } }, 1);
}
