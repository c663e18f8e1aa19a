/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last ten minutes of a run: each point has what came between two looks at its sums. */
#include "model/machine/recent.h"

#include <string.h>

#include "unit.h"

static struct recent recent;
static struct row all, idle;
static __u64 ends[END_CLASSES];
static struct summary run = { .system = &all, .idle = &idle, .ends = ends };

/* The n-th look: each sum has grown by another amount, which is another one the next time. */
static __u64 grown(__u64 n, __u64 what)
{
	return (n + 1) * (n + 2) * (100 + what);
}

static void look(__u64 n)
{
	int i;

	run.duration_ns += grown(n, 1);
	all.n[C_ONCPU] += grown(n, 2);
	idle.n[C_ONCPU] += grown(n, 3);
	all.n[C_VOLUNTARY] += grown(n, 4);
	all.n[C_INVOLUNTARY] += grown(n, 5);
	for (i = 0; i < END_CLASSES; i++)
		ends[i] += grown(n, 20 + (__u64)i);
	recent__take(&recent, &run);
}

static void expect_point(const struct recent_point *point, __u64 n)
{
	int i;

	cr_assert_not_null(point);
	SAME(point->duration_ns, grown(n, 1));
	SAME(point->busy, grown(n, 2));
	SAME(point->idle, grown(n, 3));
	SAME(point->switches, grown(n, 4) + grown(n, 5));
	SAME(point->state[STATE_ONCPU], grown(n, 2));
	for (i = 0; i < END_CLASSES; i++)
		SAME(point->ends[i], grown(n, 20 + (__u64)i));
}

Test(recent, each_point_is_what_came_since_the_last_one)
{
	size_t n, i;

	cr_expect_null(recent__last(&recent));
	cr_expect_null(recent__point(&recent, 0));
	for (n = 0; n < 2 * RECENT_POINTS + 3; n++) {
		size_t there = n + 1 < RECENT_POINTS ? n + 1 : RECENT_POINTS;

		look(n);
		expect_point(recent__last(&recent), n);
		for (i = 0; i < there; i++)
			expect_point(recent__point(&recent, i), n + 1 - there + i);
		cr_expect_null(recent__point(&recent, there));
	}
}

Test(recent, run_whose_ends_are_not_seen)
{
	int i;

	run.ends = NULL;
	look(0);
	look(1);
	for (i = 0; i < END_CLASSES; i++)
		SAME(recent__last(&recent)->ends[i], 0);
	SAME(recent__last(&recent)->duration_ns, grown(1, 1));
}
