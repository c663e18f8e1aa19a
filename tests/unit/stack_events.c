/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stacks that wait to be unwound, in as little room as they need, and what is known of each. */
#include "callstack/stack_events.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define ROOM (1 << 20)

static struct stack_events stack_events;
static struct {
	struct stack_event stack_event;
	__u8 bytes[STACK_EVENT_MOST];
} made;

static __u64 told[16];
static size_t told_count;

static void forget(void *context, __u64 id)
{
	(void)context;
	told[told_count++ % ARRAY_SIZE(told)] = id;
}

static void begin(void)
{
	stack_events.bytes_max = stack_events.numbers_max = ROOM;
	stack_events.numbers_few = 32768;
}

static void end(void)
{
	stack_events__free(&stack_events);
}

TestSuite(stack_events, .init = begin, .fini = end);

/* Every byte that an event can have is another one. */
static struct stack_event *make(__u64 id, enum stack_event_unwind unwind, __u32 bytes)
{
	struct chance chance = { .state = id + 1 };
	__u8 *at = (__u8 *)&made;
	size_t i;

	for (i = 0; i < sizeof(made); i++)
		at[i] = (__u8)chance__next(&chance);
	made.stack_event.id = id;
	made.stack_event.unwind = unwind;
	made.stack_event.kernel_count = STACK_EVENT_KERNEL;
	made.stack_event.unwound_count = made.stack_event.user_count = STACK_EVENT_USER;
	made.stack_event.stack_size = bytes;
	return &made.stack_event;
}

static void take(__u64 id)
{
	struct stack_event stack_event = { .id = id, .unwind = STACK_EVENT_UNWIND_NONE };

	cr_assert_eq(stack_events__take(&stack_events, &stack_event), 0);
}

/* ~0: nobody has seen it. */
static __u32 stack_of(__u64 id)
{
	__u32 stack;

	return stack_events__find(&stack_events, id, &stack) ? stack : ~0U;
}

Test(stack_events, comes_back_as_it_came)
{
	struct stack_event *stack_event = make(1, STACK_EVENT_UNWIND_PARTIAL, STACK_EVENT_SHORT),
			   *back;

	cr_assert_eq(stack_events__take(&stack_events, stack_event), 0);
	cr_assert_eq(stack_events.unwinds.count, 1);
	cr_expect(stack_events.unwinds.at[0]->unwinds);
	SAME(stack_events.unwinds.at[0]->tgid, stack_event->task_id.tgid);
	SAME(stack_events.unwinds.at[0]->leader_ns, stack_event->task_id.leader_ns);
	back = packed__unpack(stack_events.unwinds.at[0]);
	cr_assert_not_null(back);
	cr_expect_arr_eq((const char *)back, (const char *)stack_event,
			 sizeof(*stack_event) + STACK_EVENT_SHORT);
	free(back);
}

/* What lies behind the head of an event that was followed to its end is not its own. */
Test(stack_events, only_what_an_event_has_is_kept)
{
	struct stack_event *stack_event = make(1, STACK_EVENT_UNWIND_WHOLE, 0), *back;

	stack_event->kernel_count = 2;
	stack_event->unwound_count = 3;
	stack_event->user_count = 0;
	cr_assert_eq(stack_events__take(&stack_events, stack_event), 0);
	cr_expect_not(stack_events.ready.at[0]->unwinds);
	back = packed__unpack(stack_events.ready.at[0]);
	cr_assert_not_null(back);
	SAME(back->kernel[1], stack_event->kernel[1]);
	SAME(back->kernel[2], 0);
	SAME(back->unwound[2], stack_event->unwound[2]);
	SAME(back->unwound[3], 0);
	SAME(back->user[0], 0);
	SAME(back->regs[0], 0);
	free(back);
}

Test(stack_events, a_number_waits_then_is_a_stack)
{
	take(7);
	SAME(stack_of(7), 0);
	SAME(stack_of(8), ~0U);
	cr_assert_eq(stack_events__settle(&stack_events, 7, 70), 0);
	SAME(stack_of(7), 70);
}

/* Told of again, it is known as before until it is unwound again, and if it then is lost. */
Test(stack_events, what_is_lost_is_not_expected)
{
	take(7);
	stack_events__settle(&stack_events, 7, 0);
	SAME(stack_of(7), ~0U);
	stack_events__settle(&stack_events, 8, 80);
	take(8);
	SAME(stack_of(8), 80);
	stack_events__settle(&stack_events, 8, 0);
	SAME(stack_of(8), 80);
}

Test(stack_events, what_was_taken_makes_room_in_order)
{
	__u64 id;

	for (id = 1; id <= 6; id++)
		take(id);
	stack_events.ready.at[0]->taken = stack_events.ready.at[2]->taken =
		stack_events.ready.at[5]->taken = true;
	stack_events__drop_taken(&stack_events, &stack_events.ready,
				 4); /* the sixth is not looked at */
	cr_assert_eq(stack_events.ready.count, 4);
	SAME(stack_events.ready.at[0]->id, 2);
	SAME(stack_events.ready.at[1]->id, 4);
	SAME(stack_events.ready.at[2]->id, 5);
	SAME(stack_events.ready.at[3]->id, 6);
	stack_events.ready.at[0]->taken = stack_events.ready.at[1]->taken =
		stack_events.ready.at[2]->taken = true;
	stack_events__drop_taken(&stack_events, &stack_events.ready, 4);
	SAME(stack_events.ready.count, 0);
	SAME(stack_events.bytes, 0);
}

/* It is asked for again when there is room, so that it is not lost for good. */
Test(stack_events, without_room_it_is_lost_until_there_is_some)
{
	__u64 id = 1;

	while (stack_events.bytes < ROOM)
		cr_assert_eq(stack_events__take(&stack_events, make(id++, STACK_EVENT_UNWIND_STUCK,
								    STACK_EVENT_LONG)),
			     0);
	SAME(stack_events.left, 0);
	take(id);
	SAME(stack_events.left, 1);
	SAME(stack_of(id), ~0U);
	stack_events__next_turn(&stack_events, forget, NULL);
	SAME(told_count, 0); /* there is no room yet */
	while (stack_events.unwinds.count) {
		stack_events.unwinds.at[0]->taken = true;
		stack_events__drop_taken(&stack_events, &stack_events.unwinds, 1);
	}
	stack_events__next_turn(&stack_events, forget, NULL);
	cr_assert_eq(told_count, 1);
	SAME(told[0], id);
	take(id);
	SAME(stack_of(id), 0);
	SAME(stack_events.left, 1);
	stack_events__next_turn(&stack_events, forget, NULL);
	SAME(told_count, 1);
}

static void turn(int times)
{
	while (times--)
		stack_events__next_turn(&stack_events, forget, NULL);
}

/*
 * Told to forget it, the kernel's side sends a stack again and then thinks that it is known; what is
 * paid on it may come long after that.
 */
Test(stack_events, what_is_sent_again_is_not_forgotten_before_it_is_paid_on)
{
	stack_events.numbers_few = 0;
	stack_events.go_soon = true;
	stack_events__settle(&stack_events, 7, 70);
	stack_events__settle(&stack_events, 8, 80);
	while (told_count < 2)
		turn(1);
	take(7);
	turn(2);
	SAME(stack_of(7), 70);
	SAME(stack_of(8), ~0U);
}

/* Of what has no bit of its own, it is told by how much was copied. */
Test(stack_events, chunks_that_are_there)
{
	cr_expect(stack_there__has(1, 0));
	cr_expect_not(stack_there__has(1, 1));
	cr_expect(stack_there__has(1ULL << 63, 63));
	cr_expect_not(stack_there__has(~0ULL >> 1, 63));
	cr_expect(stack_there__has(0, 64));
}

/* More bytes than anything is copied of do not come from our kernel side. */
Test(stack_events, too_large)
{
	struct stack_event *stack_event = make(1, STACK_EVENT_UNWIND_STUCK, STACK_EVENT_MOST);

	cr_assert_eq(stack_events__take(&stack_events, stack_event), 0);
	SAME(stack_events.left, 0);
	stack_event->stack_size++;
	cr_assert_eq(stack_events__take(&stack_events, stack_event), 0);
	SAME(stack_events.left, 1);
	SAME(stack_events.unwinds.count, 1);
}
