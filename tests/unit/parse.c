/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/parse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

#define YEAR_NS (366 * 24 * 3600 * 1000000000ULL)

/* ---- lengths of time ---- */

Test(parse, duration_is_in_seconds_unless_a_unit_follows)
{
	static const struct {
		const char *text;
		__u64 ns;
	} good[] = {
		{ "10", 10000000000ULL },
		{ "1", 1000000000 },
		{ "0.5", 500000000 },
		{ ".5", 500000000 },
		{ "5.", 5000000000ULL },
		{ "500ms", 500000000 },
		{ "0.5ms", 500000 },
		{ "7us", 7000 },
		{ "1ns", 1 },
		{ "1s", 1000000000 },
		{ "2m", 120000000000ULL },
		{ "1.5h", 5400000000000ULL },
		{ "007", 7000000000ULL },
		{ "366", 366000000000ULL },
		{ "8784h", YEAR_NS },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		__u64 ns = 0;

		cr_expect_eq(parse__duration(good[i].text, &ns), 0, "\"%s\"", good[i].text);
		cr_expect_eq(ns, good[i].ns, "\"%s\" is %llu", good[i].text, ns);
	}
}

Test(parse, what_is_no_length_of_time_is_refused)
{
	static const char *const bad[] = {
		"",	    "s",
		"ms",	    " ",
		" 1",	    "1 ",
		"1 s",	    "\t1",
		"1\n",	    "-1",
		"+1",	    "-0",
		"-1s",	    "0",
		"0s",	    "0.0",
		"0h",	    "0.5ns",
		"0.9ns",    "inf",
		"infinity", "nan",
		"NaN",	    "1inf",
		"nan(1)",   "-inf",
		"INF",	    "0x10",
		"0X1p3",    "0x",
		"1e999",    "1e400h",
		"1e",	    "1e+",
		"e1",	    "1ee3",
		"1d",	    "1y",
		"1w",	    "1S",
		"1MS",	    "1min",
		"1sec",	    "1mss",
		"1s1",	    "1m30s",
		"1.2.3",    "..5",
		".",	    ".s",
		"1,5",	    "1_000",
		"10;",	    "ten",
		"8785h",    "1e9",
		"1e18",	    "99999999999999999999999999999999999999",
		"31622401",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		__u64 ns = 77;

		cr_expect_eq(parse__duration(bad[i], &ns), -EINVAL, "\"%s\" is taken for %llu",
			     bad[i], ns);
		cr_expect_eq(ns, 77, "\"%s\"", bad[i]);
	}
}

Test(parse, decimal_fractions_of_a_unit_are_exact)
{
	static const struct {
		const char *unit;
		__u64 ns; /* in a hundredth */
	} units[] = { { "us", 10 }, { "ms", 10000 }, { "s", 10000000 }, { "", 10000000 } };
	size_t u;
	int i;

	for (u = 0; u < ARRAY_SIZE(units); u++) {
		for (i = 1; i < 10000; i++) {
			char text[32];
			__u64 ns = 0;

			snprintf(text, sizeof(text), "%d.%02d%s", i / 100, i % 100, units[u].unit);
			cr_assert_eq(parse__duration(text, &ns), 0, "%s", text);
			cr_assert_eq(ns, (__u64)i * units[u].ns, "%s is %llu ns", text, ns);
		}
	}
}

/* ---- whole numbers ---- */

Test(parse, number_up_to_its_maximum_is_taken_and_no_more)
{
	static const __u64 maxima[] = {
		0,	 1,	     5,		9,    10, 11, 99, 100, 101, 4194304, 0xffffffffULL,
		1000000, ~0ULL >> 1, ~0ULL - 1, ~0ULL
	};
	char text[32];
	__u64 number;
	size_t i;
	int less;

	for (i = 0; i < ARRAY_SIZE(maxima); i++) {
		for (less = 0; less < 12 && (__u64)less <= maxima[i]; less++) {
			snprintf(text, sizeof(text), "%llu", maxima[i] - (__u64)less);
			cr_expect_eq(parse__number(text, maxima[i], &number), 0, "%s", text);
			SAME(number, maxima[i] - (__u64)less);
		}
		if (maxima[i] > ~0ULL - 12)
			continue;
		for (less = 1; less < 12; less++) {
			snprintf(text, sizeof(text), "%llu", maxima[i] + (__u64)less);
			cr_expect_eq(parse__number(text, maxima[i], &number), -EINVAL,
				     "%s of at most %llu", text, maxima[i]);
		}
	}
}

Test(parse, what_is_no_whole_number_is_refused)
{
	static const char *const bad[] = { "",
					   " ",
					   "-1",
					   "+1",
					   " 1",
					   "1 ",
					   "1.0",
					   "0x1",
					   "1e3",
					   "a",
					   "1a",
					   "\n1",
					   "१",
					   "18446744073709551616",
					   "99999999999999999999999999999999" };
	__u64 number = 77;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		cr_expect_eq(parse__number(bad[i], ~0ULL, &number), -EINVAL, "\"%s\"", bad[i]);
	SAME(number, 77);
}

Test(parse, zeros_in_front_change_nothing)
{
	__u64 number;

	cr_expect_eq(parse__number("0000000000000000000000000000012", 100, &number), 0);
	SAME(number, 12);
}

/* ---- lists of ids ---- */

Test(parse, ids_are_taken_in_their_order)
{
	size_t count = 0;
	__u32 *ids = NULL;

	cr_assert_eq(parse__ids("1,4194304,77,77,00012", &ids, &count), 0);
	cr_assert_eq(count, 5);
	SAME(ids[0], 1);
	SAME(ids[1], 4194304);
	SAME(ids[2], 77);
	SAME(ids[3], 77);
	SAME(ids[4], 12);
	free(ids);
}

Test(parse, list_may_be_long)
{
	size_t count = 0, i;
	__u32 *ids = NULL;
	char *all = calloc(10000, 8), *at = all;

	cr_assert(all);
	for (i = 1; i <= 10000; i++)
		at += snprintf(at, 8, "%s%zu", i > 1 ? "," : "", i);
	cr_assert_eq(parse__ids(all, &ids, &count), 0);
	cr_assert_eq(count, 10000);
	for (i = 0; i < count; i++)
		SAME(ids[i], i + 1);
	free(ids);
	free(all);
}

Test(parse, what_is_no_list_of_ids_is_refused)
{
	static const char *const bad[] = { "",
					   ",",
					   "1,",
					   ",1",
					   "1,,2",
					   "0",
					   "1,0",
					   "1,0,2",
					   "-1",
					   "1,-2",
					   "+1",
					   " 1",
					   "1, 2",
					   "1 ",
					   "1;2",
					   "1.5",
					   "0x10",
					   "a",
					   "1,a",
					   "1\n",
					   "4194305",
					   "4294967297",
					   "18446744073709551617",
					   "1,99999999999999999999" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		__u32 *ids = NULL;
		size_t count = 77;

		cr_expect_eq(parse__ids(bad[i], &ids, &count), -EINVAL, "\"%s\"", bad[i]);
		cr_expect_null(ids);
		SAME(count, 77);
	}
}
