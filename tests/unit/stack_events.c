/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stacks that wait to be unwound, in as little room as they need, and what is known of each. */
#include "callstack/stack_events.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define ROOM (1 << 20)

static struct sights sights;
static struct {
	struct sight sight;
	__u8 bytes[SIGHT_DEEP];
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
	sights.bytes_max = sights.numbers_max = ROOM;
}

static void end(void)
{
	sights__free(&sights);
}

TestSuite(stack_events, .init = begin, .fini = end);

/* Every byte that an event can have is another one. */
static struct sight *make(__u64 id, enum sight_walk walk, __u32 bytes)
{
	struct chance chance = { .state = id + 1 };
	__u8 *at = (__u8 *)&made;
	size_t i;

	for (i = 0; i < sizeof(made); i++)
		at[i] = (__u8)chance__next(&chance);
	made.sight.id = id;
	made.sight.walk = walk;
	made.sight.kernel_count = SIGHT_KERNEL;
	made.sight.walked_count = made.sight.user_count = SIGHT_USER;
	made.sight.stack_size = bytes;
	return &made.sight;
}

static void take(__u64 id)
{
	struct sight sight = { .id = id, .walk = SIGHT_WALK_NONE };

	cr_assert_eq(sights__take(&sights, &sight), 0);
}

/* ~0: nobody has seen it. */
static __u32 stack_of(__u64 id)
{
	__u32 stack;

	return sights__find(&sights, id, &stack) ? stack : ~0U;
}

Test(stack_events, comes_back_as_it_came)
{
	struct sight *sight = make(1, SIGHT_WALK_PARTIAL, SIGHT_SHORT), *back;

	cr_assert_eq(sights__take(&sights, sight), 0);
	cr_assert_eq(sights.count, 1);
	cr_expect(sights.list[0]->unwinds);
	SAME(sights.list[0]->tgid, sight->who.tgid);
	SAME(sights.list[0]->leader_ns, sight->who.leader_ns);
	back = packed__unpack(sights.list[0]);
	cr_assert_not_null(back);
	cr_expect_arr_eq((const char *)back, (const char *)sight, sizeof(*sight) + SIGHT_SHORT);
	free(back);
}

/* What lies behind the head of an event that was followed to its end is not its own. */
Test(stack_events, only_what_an_event_has_is_kept)
{
	struct sight *sight = make(1, SIGHT_WALK_WHOLE, 0), *back;

	sight->kernel_count = 2;
	sight->walked_count = 3;
	sight->user_count = 0;
	cr_assert_eq(sights__take(&sights, sight), 0);
	cr_expect_not(sights.list[0]->unwinds);
	back = packed__unpack(sights.list[0]);
	cr_assert_not_null(back);
	SAME(back->kernel[1], sight->kernel[1]);
	SAME(back->kernel[2], 0);
	SAME(back->walked[2], sight->walked[2]);
	SAME(back->walked[3], 0);
	SAME(back->user[0], 0);
	SAME(back->regs[0], 0);
	free(back);
}

Test(stack_events, a_number_waits_then_is_a_stack)
{
	take(7);
	SAME(stack_of(7), 0);
	SAME(stack_of(8), ~0U);
	cr_assert_eq(sights__settle(&sights, 7, 70), 0);
	SAME(stack_of(7), 70);
}

/* Told of again, it is known as before until it is unwound again, and if it then is lost. */
Test(stack_events, what_is_lost_is_not_expected)
{
	take(7);
	sights__settle(&sights, 7, 0);
	SAME(stack_of(7), ~0U);
	sights__settle(&sights, 8, 80);
	take(8);
	SAME(stack_of(8), 80);
	sights__settle(&sights, 8, 0);
	SAME(stack_of(8), 80);
}

Test(stack_events, what_was_taken_makes_room_in_order)
{
	__u64 id;

	for (id = 1; id <= 6; id++)
		take(id);
	sights.list[0]->taken = sights.list[2]->taken = sights.list[5]->taken = true;
	sights__drop_taken(&sights, 4); /* the sixth is not looked at */
	cr_assert_eq(sights.count, 4);
	SAME(sights.list[0]->id, 2);
	SAME(sights.list[1]->id, 4);
	SAME(sights.list[2]->id, 5);
	SAME(sights.list[3]->id, 6);
	sights.list[0]->taken = sights.list[1]->taken = sights.list[2]->taken = true;
	sights__drop_taken(&sights, 4);
	SAME(sights.count, 0);
	SAME(sights.bytes, 0);
}

/* It is asked for again when there is room, so that it is not lost for good. */
Test(stack_events, without_room_it_is_lost_until_there_is_some)
{
	__u64 id = 1;

	while (sights.bytes < ROOM)
		cr_assert_eq(sights__take(&sights, make(id++, SIGHT_WALK_STUCK, SIGHT_LONG)), 0);
	SAME(sights.left, 0);
	take(id);
	SAME(sights.left, 1);
	SAME(stack_of(id), ~0U);
	sights__next_turn(&sights, forget, NULL);
	SAME(told_count, 0); /* there is no room yet */
	while (sights.count) {
		sights.list[0]->taken = true;
		sights__drop_taken(&sights, 1);
	}
	sights__next_turn(&sights, forget, NULL);
	cr_assert_eq(told_count, 1);
	SAME(told[0], id);
	take(id);
	SAME(stack_of(id), 0);
	SAME(sights.left, 1);
	sights__next_turn(&sights, forget, NULL);
	SAME(told_count, 1);
}

/* More bytes than anything is copied of do not come from our kernel side. */
Test(stack_events, too_large)
{
	struct sight *sight = make(1, SIGHT_WALK_STUCK, SIGHT_DEEP);

	cr_assert_eq(sights__take(&sights, sight), 0);
	SAME(sights.left, 0);
	sight->stack_size++;
	cr_assert_eq(sights__take(&sights, sight), 0);
	SAME(sights.left, 1);
	SAME(sights.count, 1);
}
