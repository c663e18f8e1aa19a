/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands in place of a root that is not there. */
#include "callstack/helper/unwind_end.h"

#include <string.h>

#include "unit.h"

static const char *mark(enum unwind_why why, __u32 detail)
{
	static char text[UNWIND_MARK];
	struct unwind_end end = { why, detail };

	return unwind_end__mark(&end, text);
}

Test(unwind_end, complete_stack_has_no_mark)
{
	cr_expect_null(mark(UNWIND_COMPLETE, 0));
}

Test(unwind_end, each_reason_has_its_words)
{
	SAME_TEXT(mark(UNWIND_NO_CFI, 0), "[truncated: no unwind information]");
	SAME_TEXT(mark(UNWIND_DEEP, 127), "[truncated: deeper than 127 frames]");
	SAME_TEXT(mark(UNWIND_NOT_COPIED, 8192), "[truncated: stack beyond 8 KiB not copied]");
	SAME_TEXT(mark(UNWIND_NOT_COPIED, 700), "[truncated: stack beyond 700 bytes not copied]");
	SAME_TEXT(mark(UNWIND_NO_MEMORY, 0), "[truncated: memory not there]");
	SAME_TEXT(mark(UNWIND_SLOW, 0), "[truncated: unwinding took too long]");
	SAME_TEXT(mark(UNWIND_NO_FILE, 0), "[truncated: file not readable]");
}

Test(unwind_end, none_is_empty_or_too_long)
{
	__u32 why;

	for (why = 0; why < UNWIND_WHYS + 2; why++) {
		const char *text = mark(why, ~0U);

		cr_expect(why == UNWIND_COMPLETE || (text && strlen(text) < UNWIND_MARK - 1 &&
						     strlen(text) > sizeof("[truncated: ]")),
			  "%u", why);
	}
}
