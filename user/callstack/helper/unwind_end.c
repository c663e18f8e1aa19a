/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/helper/unwind_end.h"

#include <stdio.h>

const char *unwind_end__mark(const struct unwind_end *end, char text[UNWIND_MARK])
{
	static const char *const whys[UNWIND_WHYS] = {
		[UNWIND_NOT_TRIED] = "unwinding failed",
		[UNWIND_NO_CFI] = "no unwind information",
		[UNWIND_NO_MAPS] = "mappings not known",
		[UNWIND_NO_MEMORY] = "memory not there",
		[UNWIND_DAMAGED] = "damaged",
		[UNWIND_ALIKE] = "callers not told apart",
		[UNWIND_SLOW] = "unwinding took too long",
		[UNWIND_NO_FILE] = "file not readable",
	};

	switch (end->why) {
	case UNWIND_COMPLETE:
		return NULL;
	case UNWIND_DEEP:
		snprintf(text, UNWIND_MARK, "[truncated: deeper than %u frames]", end->detail);
		return text;
	case UNWIND_NOT_COPIED:
		if (end->detail % 1024)
			snprintf(text, UNWIND_MARK, "[truncated: stack beyond %u bytes not copied]",
				 end->detail);
		else
			snprintf(text, UNWIND_MARK, "[truncated: stack beyond %u KiB not copied]",
				 end->detail / 1024);
		return text;
	default:
		snprintf(text, UNWIND_MARK, "[truncated: %s]",
			 whys[end->why < UNWIND_WHYS ? end->why : UNWIND_NOT_TRIED]);
		return text;
	}
}
