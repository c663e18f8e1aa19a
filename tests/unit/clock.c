/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/clock.h"

#include "unit.h"

Test(clock, times_are_iso_8601_in_utc_with_nanoseconds)
{
	SAME_TEXT(clock__iso8601(0).text, "1970-01-01T00:00:00.000000000Z");
	SAME_TEXT(clock__iso8601(1).text, "1970-01-01T00:00:00.000000001Z");
	SAME_TEXT(clock__iso8601(1795348800123456789ULL).text, "2026-11-22T12:00:00.123456789Z");
	SAME_TEXT(clock__iso8601(951827696999999999ULL).text, "2000-02-29T12:34:56.999999999Z");
}

Test(clock, monotonic_time_does_not_go_back)
{
	__u64 before = clock__monotonic();
	int i;

	for (i = 0; i < 1000; i++) {
		__u64 now = clock__monotonic();

		cr_expect_geq(now, before);
		before = now;
	}
}
