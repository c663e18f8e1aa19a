/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/helper/unwind_end.h"

#include <stdio.h>

const char *walk_end__mark(const struct walk_end *end, char text[WALK_MARK])
{
	static const char *const whys[WALK_WHYS] = {
		[WALK_NOT_TRIED] = "unwinding failed",
		[WALK_NO_CFI] = "no unwind information",
		[WALK_NO_MAPS] = "mappings not known",
		[WALK_NO_MEMORY] = "memory not there",
		[WALK_DAMAGED] = "damaged",
		[WALK_ALIKE] = "callers not told apart",
		[WALK_SLOW] = "unwinding took too long",
	};

	switch (end->why) {
	case WALK_COMPLETE:
		return NULL;
	case WALK_DEEP:
		snprintf(text, WALK_MARK, "[truncated: deeper than %u frames]", end->detail);
		return text;
	case WALK_NOT_COPIED:
		if (end->detail % 1024)
			snprintf(text, WALK_MARK, "[truncated: stack beyond %u bytes not copied]",
				 end->detail);
		else
			snprintf(text, WALK_MARK, "[truncated: stack beyond %u KiB not copied]",
				 end->detail / 1024);
		return text;
	default:
		snprintf(text, WALK_MARK, "[truncated: %s]",
			 whys[end->why < WALK_WHYS ? end->why : WALK_NOT_TRIED]);
		return text;
	}
}
