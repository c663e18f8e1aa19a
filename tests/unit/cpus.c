/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/cpus.h"

#include "unit.h"

Test(cpus, highest_number_counts)
{
	SAME(cpus__read("0\n"), 1);
	SAME(cpus__read("0-3\n"), 4);
	SAME(cpus__read("0-3,8-11\n"), 12);
	SAME(cpus__read("1,5\n"), 6);
}

Test(cpus, other_texts_are_none)
{
	SAME(cpus__read(""), 0);
	SAME(cpus__read("\n"), 0);
	SAME(cpus__read("0-\n"), 0);
	SAME(cpus__read("99999999999999999999\n"), 0);
}

Test(cpus, there_is_one)
{
	cr_expect_gt(cpus__possible(), 0);
}
