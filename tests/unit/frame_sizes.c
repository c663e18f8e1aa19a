/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Distances between return addresses, learned from stacks that somebody else has unwound. */
#include <criterion/criterion.h>
#include <string.h>

#include "trace/frame_sizes.h"

#define TABLE 16

/* Addresses of the kernel, innermost first: ours, then those of the stack. */
enum { OURS, INNER, MIDDLE, OUTER, LAST, FRAMES };

static const __u64 address[FRAMES] = { 0xffffffffc0000100, 0xffffffff81000200, 0xffffffff81000300,
				       0xffffffff81000400, 0xffffffff81000500 };

struct told {
	struct frame_size frame_size[TABLE];
	struct hook_frame_size hook;
	int frame_sizes, hooks;
};

static void take_frame_size(void *context, __u32 slot, const struct frame_size *frame_size)
{
	struct told *told = context;

	cr_assert_eq(slot, frame_size_slot(frame_size->packed >> 16 | 0xffffULL << 48));
	cr_assert_lt(told->frame_sizes, TABLE);
	told->frame_size[told->frame_sizes++] = *frame_size;
}

static void take_hook(void *context, __u32 hook, const struct hook_frame_size *frame_size)
{
	struct told *told = context;

	cr_assert_eq(hook, STACK_EVENT_SWITCH);
	told->hook = *frame_size;
	told->hooks++;
}

static struct frame_sizes *begin(struct told *told)
{
	struct frame_sizes_sink sink = { .context = told,
					 .frame_size = take_frame_size,
					 .hook = take_hook };
	struct frame_sizes *frame_sizes;

	memset(told, 0, sizeof(*told));
	frame_sizes = frame_sizes__new(&sink);
	cr_assert_not_null(frame_sizes);
	return frame_sizes;
}

/* What was last told of an address; NONE: nothing. */
static struct frame_size last_of(const struct told *told, __u64 which)
{
	struct frame_size found = { 0 };
	int i;

	for (i = 0; i < told->frame_sizes; i++) {
		if (told->frame_size[i].packed >> 16 == (which & 0xffffffffffffULL))
			found = told->frame_size[i];
	}
	return found;
}

static enum frame_size_kind kind_of(const struct told *told, __u64 which)
{
	return last_of(told, which).packed & 3;
}

static __u32 words_of(const struct told *told, __u64 which)
{
	return (last_of(told, which).packed >> 2) & 0x3fff;
}

/* A stack of 100 words; `gap` words lie between the outermost two, another number each time. */
static struct stack_layout layout(__u32 gap)
{
	struct stack_layout one = { .type = STACK_EVENT_LAYOUT,
				    .hook = STACK_EVENT_SWITCH,
				    .words = 60 + gap };

	memcpy(one.kernel, address, sizeof(address));
	one.kernel_count = FRAMES;
	one.raw[9] = address[INNER];
	one.raw[20] = address[MIDDLE];
	one.raw[27] = address[OUTER];
	one.raw[one.words - 1] = address[LAST];
	return one;
}

static void learn(struct frame_sizes *frame_sizes, __u32 times, __u64 stale, __u32 at)
{
	__u32 i;

	for (i = 0; i < times; i++) {
		struct stack_layout one = layout(10 + 3 * i);

		if (stale)
			one.raw[at + i] = stale; /* left over, elsewhere each time */
		frame_sizes__learn(frame_sizes, &one);
	}
}

Test(frame_sizes, what_is_constant_is_relied_on)
{
	struct told told;
	struct frame_sizes *frame_sizes = begin(&told);

	learn(frame_sizes, 1, 0, 0);
	cr_expect_eq(told.frame_sizes, 0, "once says nothing");
	learn(frame_sizes, 1, 0, 0);
	cr_expect_eq(kind_of(&told, address[INNER]), FRAME_SIZE_ON);
	cr_expect_eq(words_of(&told, address[INNER]), 11);
	cr_expect_eq(kind_of(&told, address[MIDDLE]), FRAME_SIZE_ON);
	cr_expect_eq(words_of(&told, address[MIDDLE]), 7);
	frame_sizes__free(frame_sizes);
}

/* The frame below the last one has no fixed size: what is above it is always the same. */
Test(frame_sizes, the_last_is_known_by_where_the_stack_ends)
{
	struct told told;
	struct frame_sizes *frame_sizes = begin(&told);

	learn(frame_sizes, 4, 0, 0);
	cr_expect_eq(kind_of(&told, address[OUTER]), FRAME_SIZE_LAST);
	cr_expect_eq(words_of(&told, address[OUTER]), 1);
	cr_expect_eq(last_of(&told, address[OUTER]).tail, address[LAST]);
	frame_sizes__free(frame_sizes);
}

/* An address that also lies elsewhere, by chance, does not lead astray. */
Test(frame_sizes, leftovers_are_told_apart)
{
	struct told told;
	struct frame_sizes *frame_sizes = begin(&told);

	learn(frame_sizes, 4, address[MIDDLE], 11);
	cr_expect_eq(kind_of(&told, address[INNER]), FRAME_SIZE_ON);
	cr_expect_eq(words_of(&told, address[INNER]), 11);
	cr_expect_eq(words_of(&told, address[MIDDLE]), 7);
	frame_sizes__free(frame_sizes);
}

Test(frame_sizes, a_frame_without_a_fixed_size_is_left_to_the_unwinder)
{
	struct told told;
	struct frame_sizes *frame_sizes = begin(&told);
	__u32 i;

	for (i = 0; i < 3; i++) {
		struct stack_layout one = layout(10);

		one.raw[20] = 0;
		one.raw[18 + i] = address[MIDDLE];
		frame_sizes__learn(frame_sizes, &one);
	}
	cr_expect_eq(kind_of(&told, address[INNER]), FRAME_SIZE_VARY);
	frame_sizes__free(frame_sizes);
}

/* What has always been the last but one is seen deeper: it is not the last any more. */
Test(frame_sizes, the_last_but_one_can_turn_out_not_to_be)
{
	struct told told;
	struct frame_sizes *frame_sizes = begin(&told);
	struct stack_layout one = layout(10);

	learn(frame_sizes, 3, 0, 0);
	cr_expect_eq(kind_of(&told, address[OUTER]), FRAME_SIZE_LAST);
	one.kernel[FRAMES] = 0xffffffff81000600;
	one.kernel_count = FRAMES + 1;
	frame_sizes__learn(frame_sizes, &one);
	cr_expect_neq(kind_of(&told, address[OUTER]), FRAME_SIZE_LAST);
	frame_sizes__free(frame_sizes);
}

Test(frame_sizes, what_led_astray_is_learned_again_but_not_for_ever)
{
	struct told told;
	struct frame_sizes *frame_sizes = begin(&told);
	struct stack_layout wrong = layout(10);
	int times;

	wrong.wrong = 1;
	for (times = 0; times < 2; times++) {
		learn(frame_sizes, 3, 0, 0);
		cr_expect_eq(kind_of(&told, address[INNER]), FRAME_SIZE_ON);
		frame_sizes__learn(frame_sizes, &wrong);
		cr_expect_eq(kind_of(&told, address[INNER]), FRAME_SIZE_NONE);
		told.frame_sizes = 0;
	}
	learn(frame_sizes, 3, 0, 0);
	frame_sizes__learn(frame_sizes, &wrong);
	cr_expect_eq(kind_of(&told, address[INNER]), FRAME_SIZE_VARY);
	frame_sizes__free(frame_sizes);
}

/* Where a hook's first frame lies; and again, when another program puts one in between. */
Test(frame_sizes, the_first_frame_is_found_again)
{
	struct told told;
	struct frame_sizes *frame_sizes = begin(&told);
	__u32 i;

	learn(frame_sizes, 8, 0, 0);
	cr_expect_eq(told.hooks, 1);
	cr_expect_eq(told.hook.first, 9);
	cr_expect_eq(told.hook.skip, 1);
	for (i = 0; i < 9; i++) {
		struct stack_layout one = layout(10 + 3 * i);

		memmove(one.kernel + 2, one.kernel + 1, (FRAMES - 1) * sizeof(one.kernel[0]));
		one.kernel[1] = 0xffffffff81000700;
		one.kernel_count++;
		one.raw[5] = one.kernel[1];
		frame_sizes__learn(frame_sizes, &one);
	}
	cr_expect_eq(told.hooks, 2);
	cr_expect_eq(told.hook.first, 5);
	cr_expect_eq(told.hook.skip, 1);
	frame_sizes__free(frame_sizes);
}

Test(frame_sizes, layouts_that_cannot_be_are_passed_over)
{
	struct told told;
	struct frame_sizes *frame_sizes = begin(&told);
	struct stack_layout one = layout(10);

	one.hook = STACK_EVENT_HOOKS;
	cr_expect_eq(frame_sizes__learn(frame_sizes, &one), 0);
	one = layout(10);
	one.kernel_count = STACK_EVENT_KERNEL + 1;
	cr_expect_eq(frame_sizes__learn(frame_sizes, &one), 0);
	one = layout(10);
	one.words = 0xffffffff;
	frame_sizes__learn(frame_sizes, &one);
	one.kernel_count = 0;
	frame_sizes__learn(frame_sizes, &one);
	frame_sizes__free(frame_sizes);
}
