/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which frames of a stack are those of all stacks with its number. */
#include <stdlib.h>

#include "callstack/unwind.h"
#include "unit.h"

static struct stack_event stack_event;
static struct unwind_frame frames[8];
static struct symbolizer_chain chain;

static void begin(void)
{
	size_t i;

	for (i = 0; i < 8; i++)
		frames[i].pc = 100 + i;
	chain = (struct symbolizer_chain){ .frames = frames, .count = 8 };
	for (i = 0; i < 7; i++)
		stack_event.unwound[i] = 101 + i;
	stack_event.unwound_count = 7;
}

TestSuite(known_frames, .init = begin);

Test(known_frames, all_that_were_followed)
{
	SAME(stack_event__known_frames(&stack_event, &chain), 8);
	stack_event.unwound_count = 100;
	SAME(stack_event__known_frames(&stack_event, &chain), 8);
}

Test(known_frames, up_to_where_it_was_followed)
{
	stack_event.unwound_count = 3;
	SAME(stack_event__known_frames(&stack_event, &chain), 4);
	stack_event.unwound_count = 0;
	SAME(stack_event__known_frames(&stack_event, &chain), 1);
}

Test(known_frames, up_to_where_both_differ)
{
	stack_event.unwound[4] = 1;
	SAME(stack_event__known_frames(&stack_event, &chain), 5);
	stack_event.unwound[0] = 1;
	SAME(stack_event__known_frames(&stack_event, &chain), 1);
}

Test(known_frames, all_of_a_stack_with_a_number_of_its_own)
{
	stack_event.unwound_count = 0;
	stack_event.once = 1;
	SAME(stack_event__known_frames(&stack_event, &chain), 8);
}

Test(known_frames, none_of_none)
{
	chain.count = 0;
	SAME(stack_event__known_frames(&stack_event, &chain), 0);
	stack_event.once = 1;
	SAME(stack_event__known_frames(&stack_event, &chain), 0);
}
