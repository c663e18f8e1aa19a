/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands in place of a root that is not there. */
#include "callstack/helper/unwind_end.h"

#include <string.h>

#include "unit.h"

static const char *mark(enum walk_why why, __u32 detail)
{
	static char text[WALK_MARK];
	struct walk_end end = { why, detail };

	return walk_end__mark(&end, text);
}

Test(walk_end, complete_stack_has_no_mark)
{
	cr_expect_null(mark(WALK_COMPLETE, 0));
}

Test(walk_end, each_reason_has_its_words)
{
	SAME_TEXT(mark(WALK_NO_CFI, 0), "[truncated: no unwind information]");
	SAME_TEXT(mark(WALK_DEEP, 127), "[truncated: deeper than 127 frames]");
	SAME_TEXT(mark(WALK_NOT_COPIED, 8192), "[truncated: stack beyond 8 KiB not copied]");
	SAME_TEXT(mark(WALK_NOT_COPIED, 700), "[truncated: stack beyond 700 bytes not copied]");
	SAME_TEXT(mark(WALK_NO_MEMORY, 0), "[truncated: memory not there]");
	SAME_TEXT(mark(WALK_SLOW, 0), "[truncated: unwinding took too long]");
}

Test(walk_end, none_is_empty_or_too_long)
{
	__u32 why;

	for (why = 0; why < WALK_WHYS + 2; why++) {
		const char *text = mark(why, ~0U);

		cr_expect(why == WALK_COMPLETE || (text && strlen(text) < WALK_MARK - 1 &&
						   strlen(text) > sizeof("[truncated: ]")),
			  "%u", why);
	}
}
