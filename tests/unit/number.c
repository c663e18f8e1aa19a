/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/number.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

Test(number, counts_have_a_comma_every_three_digits)
{
	SAME_TEXT(number__count(0).text, "0");
	SAME_TEXT(number__count(7).text, "7");
	SAME_TEXT(number__count(999).text, "999");
	SAME_TEXT(number__count(1000).text, "1,000");
	SAME_TEXT(number__count(12345).text, "12,345");
	SAME_TEXT(number__count(123456).text, "123,456");
	SAME_TEXT(number__count(1234567).text, "1,234,567");
	SAME_TEXT(number__count(~0ULL).text, "18,446,744,073,709,551,615");
}

Test(number, short_ones_keep_three_digits)
{
	SAME_TEXT(number__short(0).text, "0");
	SAME_TEXT(number__short(999).text, "999");
	SAME_TEXT(number__short(1000).text, "1.00k");
	SAME_TEXT(number__short(1234567).text, "1.23M");
	SAME_TEXT(number__short(12345).text, "12.3k");
	SAME_TEXT(number__short(123456).text, "123k");
	SAME_TEXT(number__short(5e9).text, "5.00G");
	SAME_TEXT(number__short(5e12).text, "5.00T");
	SAME_TEXT(number__short(0.5).text, "0.50");
	SAME_TEXT(number__short(12.34).text, "12.3");
}

Test(number, what_rounds_up_to_the_next_unit_is_shown_in_it)
{
	SAME_TEXT(number__short(999499).text, "999k");
	SAME_TEXT(number__short(999600).text, "1.00M");
	SAME_TEXT(number__short(999999).text, "1.00M");
	SAME_TEXT(number__duration(999999).text, "1.00ms");
	SAME_TEXT(number__duration(999999999).text, "1.00s");
	SAME_TEXT(number__bytes(1024 * 1024 - 1).text, "1.00MiB");
}

Test(number, durations_have_the_unit_that_fits)
{
	SAME_TEXT(number__duration(0).text, "0ns");
	SAME_TEXT(number__duration(1).text, "1ns");
	SAME_TEXT(number__duration(999).text, "999ns");
	SAME_TEXT(number__duration(1000).text, "1.00us");
	SAME_TEXT(number__duration(1234).text, "1.23us");
	SAME_TEXT(number__duration(12345678).text, "12.3ms");
	SAME_TEXT(number__duration(2500000000ULL).text, "2.50s");
	SAME_TEXT(number__duration(3600000000000ULL).text, "3600s");
}

Test(number, bytes_count_in_powers_of_1024)
{
	SAME_TEXT(number__bytes(1024).text, "1.00KiB");
	SAME_TEXT(number__bytes(1536).text, "1.50KiB");
	SAME_TEXT(number__bytes(10 * 1024 * 1024).text, "10.0MiB");
	SAME_TEXT(number__bytes(3ULL << 30).text, "3.00GiB");
	SAME_TEXT(number__bytes(3ULL << 40).text, "3.00TiB");
}

Test(number, there_is_no_part_of_a_byte)
{
	SAME_TEXT(number__bytes(0).text, "0B");
	SAME_TEXT(number__bytes(5).text, "5B");
	SAME_TEXT(number__bytes(64).text, "64B");
	SAME_TEXT(number__bytes(512).text, "512B");
	SAME_TEXT(number__bytes(1000).text, "1000B");
}

Test(number, shares_are_percent_of_the_whole)
{
	SAME_TEXT(number__share(0, 10).text, "0.0%");
	SAME_TEXT(number__share(1, 8).text, "12.5%");
	SAME_TEXT(number__share(10, 10).text, "100.0%");
	SAME_TEXT(number__share(0, 0).text, "-");
	SAME_TEXT(number__share_bound(1, 8, "at most ").text, "at most 12.5%");
	SAME_TEXT(number__share_bound(1, 8, NULL).text, "12.5%");
	SAME_TEXT(number__share_bound(0.0005, 1, NULL).text, "0.1%");
	SAME_TEXT(number__share_bound(0.00049, 1, "at most ").text, "less than 0.1%");
	SAME_TEXT(number__share_bound(-1, 1, "at most ").text, "less than 0.1%");
	SAME_TEXT(number__share_bound(1, 0, "at most ").text, "-");
	SAME_TEXT(number__share(5, 0).text, "-");
}

/* What was printed, read back: no more than half a step of the last digit away. */
static void check_near(const char *text, double value, const char *const *units, double step)
{
	double scale = 1, found;
	char *end;

	found = strtod(text, &end);
	for (; *units && strcmp(end, *units); units++)
		scale *= step;
	cr_assert(*units, "\"%s\" has no known unit", text);
	cr_expect(found * scale >= value * 0.99499 && found * scale <= value * 1.00501,
		  "%.17g is shown as \"%s\"", value, text);
}

static size_t digits(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += isdigit((unsigned char)*text) != 0;
	return count;
}

Test(number, rounding_is_right_everywhere)
{
	static const char *const times[] = { "ns", "us", "ms", "s", NULL };
	static const char *const counts[] = { "", "k", "M", "G", "T", NULL };
	static const char *const bytes[] = { "B", "KiB", "MiB", "GiB", "TiB", NULL };
	struct chance chance = { 10 };
	int i;

	for (i = 0; i < 200000; i++) {
		__u64 n = chance__spread(&chance, 40);

		check_near(number__duration(n).text, (double)n, times, 1000);
		check_near(number__short((double)n).text, (double)n, counts, 1000);
		check_near(number__bytes(n).text, (double)n, bytes, 1024);
		if (n >= 1000 && n < 999000000000ULL)
			cr_expect_eq(digits(number__duration(n).text), 3, "%s",
				     number__duration(n).text);
	}
}

Test(number, two_digits_are_shown_where_no_more_are_known)
{
	SAME_TEXT(number__duration_digits(0, 2).text, "0ns");
	SAME_TEXT(number__duration_digits(7, 2).text, "7ns");
	SAME_TEXT(number__duration_digits(94, 2).text, "94ns");
	SAME_TEXT(number__duration_digits(494, 2).text, "490ns");
	SAME_TEXT(number__duration_digits(996, 2).text, "1.0us");
	SAME_TEXT(number__duration_digits(1249, 2).text, "1.2us");
	SAME_TEXT(number__duration_digits(12490, 2).text, "12us");
	SAME_TEXT(number__duration_digits(83600000, 2).text, "84ms");
	SAME_TEXT(number__duration_digits(836000000, 2).text, "840ms");
	SAME_TEXT(number__duration_digits(999999999, 2).text, "1.0s");
	SAME_TEXT(number__duration_digits(123456789012, 2).text, "120s");
	SAME_TEXT(number__duration_digits(12490, 3).text, "12.5us");
}
