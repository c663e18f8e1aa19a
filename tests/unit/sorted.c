/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/sorted.h"

#include "unit.h"

struct piece {
	__u32 other;
	__u64 start;
};

Test(sorted, counts_what_is_not_beyond)
{
	static const struct piece list[] = {
		{ 90, 3 }, { 80, 7 }, { 70, 7 }, { 60, 7 }, { 50, ~0ULL }
	};
	static const struct {
		__u64 value;
		size_t upto;
	} cases[] = { { 0, 0 }, { 2, 0 }, { 3, 1 },	    { 4, 1 },	 { 6, 1 },
		      { 7, 4 }, { 8, 4 }, { ~0ULL - 1, 4 }, { ~0ULL, 5 } };
	size_t i, count;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		SAME(SORTED_UPTO(list, ARRAY_SIZE(list), start, cases[i].value), cases[i].upto);
	for (count = 0; count <= ARRAY_SIZE(list); count++)
		SAME(SORTED_UPTO(list, count, start, ~0ULL), count);
}

Test(sorted, of_nothing_there_is_nothing)
{
	const struct piece *none = NULL;

	SAME(SORTED_UPTO(none, 0, start, ~0ULL), 0);
}
