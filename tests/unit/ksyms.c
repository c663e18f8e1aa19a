/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions among the kernel's symbols, by the names that compilers give their clones. */
#include "trace/ksyms.h"
#include "unit.h"

static void finds(const char *text, const char *expected)
{
	char symbol[64] = "";

	SAME(ksyms__find_in(text, "finish_task_switch", symbol, sizeof(symbol)), !!*expected);
	SAME_TEXT(symbol, expected);
}

Test(ksyms, itself)
{
	finds("0 t a\n0 t finish_task_switch\n0 t b\n", "finish_task_switch");
	finds("0 T finish_task_switch", "finish_task_switch");
	finds("0 t finish_task_switch\t[module]\n", "finish_task_switch");
}

Test(ksyms, clones)
{
	finds("0 t finish_task_switch.isra.0\n", "finish_task_switch.isra.0");
	finds("0 t finish_task_switch.constprop.0.isra.3\n",
	      "finish_task_switch.constprop.0.isra.3");
}

Test(ksyms, what_only_looks_like_it)
{
	finds("", "");
	finds("0 t finish_task_switch_more\n", "");
	finds("0 t __pfx_finish_task_switch\n", "");
	finds("0 d finish_task_switch\n", "");
	finds("0 t finish_task_switch.cold\n", "");
	finds("0 t finish_task_switch.isra.0.cold\n0 t finish_task_switch.isra.0\n",
	      "finish_task_switch.isra.0");
	finds("finish_task_switch", "");
}

Test(ksyms, longer_than_there_is_room_for)
{
	char symbol[8] = "";

	SAME(ksyms__find_in("0 t finish_task_switch\n", "finish_task_switch", symbol,
			    sizeof(symbol)),
	     false);
}
