/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What makes a result incomplete, whatever it is that was lost: the exit status hangs on it. */
#include "session/losses.h"
#include "unit.h"

Test(losses, nothing)
{
	const struct losses none = { 0 };

	SAME(losses__sum(&none), 0);
	cr_expect_not(losses__tell(&none));
}

Test(losses, each_kind_by_itself)
{
	static const struct summary_loss lost[] = {
		{ .events = 3 }, { .tasks = 3 }, { .stacks = 3 }, { .edges = 3 }
	};
	struct losses losses;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lost); i++) {
		losses = (struct losses){ 0 };
		losses__add(&losses, &lost[i], 0);
		SAME(losses__sum(&losses), 3);
		cr_expect(losses__tell(&losses), "%zu", i);
	}
	losses = (struct losses){ 0 };
	losses__add(&losses, &(struct summary_loss){ 0 }, 4);
	SAME(losses__sum(&losses), 4);
	cr_expect(losses__tell(&losses));
}

Test(losses, of_all_periods)
{
	const struct summary_loss first = { 1, 10, 99, 100, 1000 }, then = { 2, 20, 99, 200, 2000 };
	struct losses losses = { 0 };

	losses__add(&losses, &first, 10000);
	losses__add(&losses, &then, 20000);
	SAME(losses.lost.events, 3);
	SAME(losses.lost.tasks, 30);
	SAME(losses.lost.stacks, 300);
	SAME(losses.lost.edges, 3000);
	SAME(losses.lost.switches, 198);
	SAME(losses.missed, 30000);
	SAME(losses__sum(&losses), 33333);
}
