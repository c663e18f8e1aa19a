/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When summaries are due that take longer than the interval that was asked for. */
#include "session/pace.h"

#include "core/clock.h"
#include "unit.h"

#define HOUR 3600000000000ULL

Test(pace, without_an_interval_nothing_is_due)
{
	struct pace pace;

	pace__begin(&pace, 0, clock__monotonic());
	SAME(pace.due_ns, 0);
	cr_expect_not(pace__is_due(&pace, ~0ULL));
	pace__next(&pace, HOUR, true);
	SAME(pace.due_ns, 0);
}

Test(pace, intervals_are_counted_from_the_beginning)
{
	__u64 begin = clock__monotonic();
	struct pace pace;

	pace__begin(&pace, HOUR, begin);
	cr_expect_not(pace__is_due(&pace, begin + HOUR - 1));
	cr_expect(pace__is_due(&pace, begin + HOUR));
	pace__next(&pace, 1000, true);
	SAME(pace.due_ns, begin + 2 * HOUR);
	cr_expect_not(pace.told);
}

Test(pace, what_was_missed_is_not_made_up_for)
{
	__u64 begin = clock__monotonic() - 10 * HOUR, now;
	struct pace pace;

	pace__begin(&pace, HOUR, begin);
	now = clock__monotonic();
	pace__next(&pace, 1000, true); /* its reader took ten hours */
	cr_expect_geq(pace.due_ns, now + HOUR);
	cr_expect_not(pace.told, "the work was short");
}

Test(pace, an_interval_shorter_than_the_work_stretches)
{
	struct pace pace;
	__u64 now;

	pace__begin(&pace, 10000000, clock__monotonic());
	now = clock__monotonic();
	pace__next(&pace, HOUR, true);
	cr_expect_geq(pace.due_ns, now + HOUR, "half of the time is for others");
	cr_expect(pace.told);
}
