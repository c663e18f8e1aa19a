/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which frames of a stack are those of all stacks with its number. */
#include <stdlib.h>

#include "callstack/unwind.h"
#include "unit.h"

static struct sight sight;
static struct walk_frame frames[8];
static struct namer_chain chain;

static void begin(void)
{
	size_t i;

	for (i = 0; i < 8; i++)
		frames[i].pc = 100 + i;
	chain = (struct namer_chain){ .frames = frames, .count = 8 };
	for (i = 0; i < 7; i++)
		sight.walked[i] = 101 + i;
	sight.walked_count = 7;
}

TestSuite(known_frames, .init = begin);

Test(known_frames, all_that_were_followed)
{
	SAME(sight__known_frames(&sight, &chain), 8);
	sight.walked_count = 100;
	SAME(sight__known_frames(&sight, &chain), 8);
}

Test(known_frames, up_to_where_it_was_followed)
{
	sight.walked_count = 3;
	SAME(sight__known_frames(&sight, &chain), 4);
	sight.walked_count = 0;
	SAME(sight__known_frames(&sight, &chain), 1);
}

Test(known_frames, up_to_where_both_differ)
{
	sight.walked[4] = 1;
	SAME(sight__known_frames(&sight, &chain), 5);
	sight.walked[0] = 1;
	SAME(sight__known_frames(&sight, &chain), 1);
}

Test(known_frames, all_of_a_stack_with_a_number_of_its_own)
{
	sight.walked_count = 0;
	sight.once = 1;
	SAME(sight__known_frames(&sight, &chain), 8);
}

Test(known_frames, none_of_none)
{
	chain.count = 0;
	SAME(sight__known_frames(&sight, &chain), 0);
	sight.once = 1;
	SAME(sight__known_frames(&sight, &chain), 0);
}
