/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a kernel preempts itself, by what it says of itself. */
#include "trace/preempt.h"
#include "unit.h"

#define DYNAMIC "#1 SMP PREEMPT_DYNAMIC Debian 6.12.117-1 (2026-11-12)"

Test(preempt, built_without)
{
	SAME(preempt__judge("#1 SMP Debian 5.10.223-1", ""), false);
}

Test(preempt, built_with_it_alone)
{
	SAME(preempt__judge("#2 SMP PREEMPT Wed Nov 4 2026", ""), true);
	SAME(preempt__judge("#1 SMP PREEMPT_RT Debian 6.1.176-1", ""), true);
	SAME(preempt__judge("#1 SMP PREEMPT_LAZY", "none voluntary"), true);
}

Test(preempt, as_it_was_booted)
{
	SAME(preempt__judge(DYNAMIC, "(none) voluntary full lazy\n"), false);
	SAME(preempt__judge(DYNAMIC, "none (voluntary) full lazy\n"), false);
	SAME(preempt__judge(DYNAMIC, "none voluntary (full) lazy\n"), true);
	SAME(preempt__judge(DYNAMIC, "full (lazy)\n"), true);
}

Test(preempt, unknown_counts_as_on)
{
	SAME(preempt__judge(DYNAMIC, ""), true);
}
