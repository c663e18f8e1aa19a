/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is not found leaves what was there before. */
#include "callstack/kernel_symbols.h"
#include "unit.h"

Test(kernel_symbols, range_that_is_not_known_changes_nothing)
{
	struct kernel_symbols *symbols = kernel_symbols__open();
	__u64 start = 7, end = 8;

	cr_assert_not_null(symbols);
	cr_expect_not(kernel_symbols__range(symbols, "no such symbol", "_stext", &start, &end));
	cr_expect_not(kernel_symbols__range(symbols, "_stext", "no such symbol", &start, &end));
	cr_expect_not(kernel_symbols__range(symbols, "_stext", "_stext", &start, &end));
	SAME(start, 7);
	SAME(end, 8);
	kernel_symbols__close(symbols);
}
