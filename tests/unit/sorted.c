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

struct range {
	__u64 start, other, end;
};

Test(sorted, range_begins_at_its_start_and_ends_before_its_end)
{
	static const struct range list[] = { { 5, 0, 8 }, { 8, 0, 9 }, { 20, 0, ~0ULL } };
	static const struct {
		__u64 value;
		const struct range *range;
	} cases[] = { { 0, NULL },	{ 4, NULL },
		      { 5, &list[0] },	{ 7, &list[0] },
		      { 8, &list[1] },	{ 9, NULL },
		      { 19, NULL },	{ 20, &list[2] },
		      { 21, &list[2] }, { ~0ULL - 1, &list[2] },
		      { ~0ULL, NULL } };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		cr_expect_eq(SORTED_RANGE(list, ARRAY_SIZE(list), cases[i].value), cases[i].range,
			     "%llu", cases[i].value);
	cr_expect_null(SORTED_RANGE(list, 0, 5));
	cr_expect_null(SORTED_RANGE(list, 2, 20));
}
