/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Distances between return addresses, learned from stacks that somebody else has unwound. */
#include <criterion/criterion.h>
#include <string.h>

#include "trace/steps.h"

#define TABLE 16

/* Addresses of the kernel, innermost first: ours, then those of the stack. */
enum { OURS, INNER, MIDDLE, OUTER, LAST, FRAMES };

static const __u64 address[FRAMES] = { 0xffffffffc0000100, 0xffffffff81000200, 0xffffffff81000300,
				       0xffffffff81000400, 0xffffffff81000500 };

struct told {
	struct step step[TABLE];
	struct hook_step hook;
	int steps, hooks;
};

static void take_step(void *context, __u32 slot, const struct step *step)
{
	struct told *told = context;

	cr_assert_eq(slot, step_slot(step->step >> 16 | 0xffffULL << 48));
	cr_assert_lt(told->steps, TABLE);
	told->step[told->steps++] = *step;
}

static void take_hook(void *context, __u32 hook, const struct hook_step *step)
{
	struct told *told = context;

	cr_assert_eq(hook, SIGHT_SWITCH);
	told->hook = *step;
	told->hooks++;
}

static struct steps *begin(struct told *told)
{
	struct steps_sink sink = { .context = told, .step = take_step, .hook = take_hook };
	struct steps *steps;

	memset(told, 0, sizeof(*told));
	steps = steps__new(&sink);
	cr_assert_not_null(steps);
	return steps;
}

/* What was last told of an address; NONE: nothing. */
static struct step last_of(const struct told *told, __u64 which)
{
	struct step found = { 0 };
	int i;

	for (i = 0; i < told->steps; i++) {
		if (told->step[i].step >> 16 == (which & 0xffffffffffffULL))
			found = told->step[i];
	}
	return found;
}

static enum step_kind kind_of(const struct told *told, __u64 which)
{
	return last_of(told, which).step & 3;
}

static __u32 words_of(const struct told *told, __u64 which)
{
	return (last_of(told, which).step >> 2) & 0x3fff;
}

/* A stack of 100 words; `gap` words lie between the outermost two, another number each time. */
static struct sight_lesson lesson(__u32 gap)
{
	struct sight_lesson one = { .type = SIGHT_LESSON, .hook = SIGHT_SWITCH, .words = 60 + gap };

	memcpy(one.kernel, address, sizeof(address));
	one.kernel_count = FRAMES;
	one.raw[9] = address[INNER];
	one.raw[20] = address[MIDDLE];
	one.raw[27] = address[OUTER];
	one.raw[one.words - 1] = address[LAST];
	return one;
}

static void learn(struct steps *steps, __u32 times, __u64 stale, __u32 at)
{
	__u32 i;

	for (i = 0; i < times; i++) {
		struct sight_lesson one = lesson(10 + 3 * i);

		if (stale)
			one.raw[at + i] = stale; /* left over, elsewhere each time */
		steps__learn(steps, &one);
	}
}

Test(steps, what_is_constant_is_relied_on)
{
	struct told told;
	struct steps *steps = begin(&told);

	learn(steps, 1, 0, 0);
	cr_expect_eq(told.steps, 0, "once says nothing");
	learn(steps, 1, 0, 0);
	cr_expect_eq(kind_of(&told, address[INNER]), STEP_ON);
	cr_expect_eq(words_of(&told, address[INNER]), 11);
	cr_expect_eq(kind_of(&told, address[MIDDLE]), STEP_ON);
	cr_expect_eq(words_of(&told, address[MIDDLE]), 7);
	steps__free(steps);
}

/* The frame below the last one has no fixed size: what is above it is always the same. */
Test(steps, the_last_is_known_by_where_the_stack_ends)
{
	struct told told;
	struct steps *steps = begin(&told);

	learn(steps, 4, 0, 0);
	cr_expect_eq(kind_of(&told, address[OUTER]), STEP_LAST);
	cr_expect_eq(words_of(&told, address[OUTER]), 1);
	cr_expect_eq(last_of(&told, address[OUTER]).tail, address[LAST]);
	steps__free(steps);
}

/* An address that also lies elsewhere, by chance, does not lead astray. */
Test(steps, leftovers_are_told_apart)
{
	struct told told;
	struct steps *steps = begin(&told);

	learn(steps, 4, address[MIDDLE], 11);
	cr_expect_eq(kind_of(&told, address[INNER]), STEP_ON);
	cr_expect_eq(words_of(&told, address[INNER]), 11);
	cr_expect_eq(words_of(&told, address[MIDDLE]), 7);
	steps__free(steps);
}

Test(steps, a_frame_without_a_fixed_size_is_left_to_the_unwinder)
{
	struct told told;
	struct steps *steps = begin(&told);
	__u32 i;

	for (i = 0; i < 3; i++) {
		struct sight_lesson one = lesson(10);

		one.raw[20] = 0;
		one.raw[18 + i] = address[MIDDLE];
		steps__learn(steps, &one);
	}
	cr_expect_eq(kind_of(&told, address[INNER]), STEP_VARY);
	steps__free(steps);
}

/* What has always been the last but one is seen deeper: it is not the last any more. */
Test(steps, the_last_but_one_can_turn_out_not_to_be)
{
	struct told told;
	struct steps *steps = begin(&told);
	struct sight_lesson one = lesson(10);

	learn(steps, 3, 0, 0);
	cr_expect_eq(kind_of(&told, address[OUTER]), STEP_LAST);
	one.kernel[FRAMES] = 0xffffffff81000600;
	one.kernel_count = FRAMES + 1;
	steps__learn(steps, &one);
	cr_expect_neq(kind_of(&told, address[OUTER]), STEP_LAST);
	steps__free(steps);
}

Test(steps, what_led_astray_is_learned_again_but_not_for_ever)
{
	struct told told;
	struct steps *steps = begin(&told);
	struct sight_lesson wrong = lesson(10);
	int times;

	wrong.wrong = 1;
	for (times = 0; times < 2; times++) {
		learn(steps, 3, 0, 0);
		cr_expect_eq(kind_of(&told, address[INNER]), STEP_ON);
		steps__learn(steps, &wrong);
		cr_expect_eq(kind_of(&told, address[INNER]), STEP_NONE);
		told.steps = 0;
	}
	learn(steps, 3, 0, 0);
	steps__learn(steps, &wrong);
	cr_expect_eq(kind_of(&told, address[INNER]), STEP_VARY);
	steps__free(steps);
}

/* Where a hook's first frame lies; and again, when another program puts one in between. */
Test(steps, the_first_frame_is_found_again)
{
	struct told told;
	struct steps *steps = begin(&told);
	__u32 i;

	learn(steps, 8, 0, 0);
	cr_expect_eq(told.hooks, 1);
	cr_expect_eq(told.hook.first, 9);
	cr_expect_eq(told.hook.skip, 1);
	for (i = 0; i < 9; i++) {
		struct sight_lesson one = lesson(10 + 3 * i);

		memmove(one.kernel + 2, one.kernel + 1, (FRAMES - 1) * sizeof(one.kernel[0]));
		one.kernel[1] = 0xffffffff81000700;
		one.kernel_count++;
		one.raw[5] = one.kernel[1];
		steps__learn(steps, &one);
	}
	cr_expect_eq(told.hooks, 2);
	cr_expect_eq(told.hook.first, 5);
	cr_expect_eq(told.hook.skip, 1);
	steps__free(steps);
}

Test(steps, lessons_that_cannot_be_are_passed_over)
{
	struct told told;
	struct steps *steps = begin(&told);
	struct sight_lesson one = lesson(10);

	one.hook = SIGHT_HOOKS;
	cr_expect_eq(steps__learn(steps, &one), 0);
	one = lesson(10);
	one.kernel_count = SIGHT_KERNEL + 1;
	cr_expect_eq(steps__learn(steps, &one), 0);
	one = lesson(10);
	one.words = 0xffffffff;
	steps__learn(steps, &one);
	one.kernel_count = 0;
	steps__learn(steps, &one);
	steps__free(steps);
}
