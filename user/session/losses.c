/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/losses.h"

#include <stdio.h>

#include "core/number.h"

void losses__add(struct losses *losses, const struct summary_loss *lost, __u64 missed)
{
	losses->missed += missed;
	summary_loss__add(&losses->lost, lost);
}

__u64 losses__sum(const struct losses *losses)
{
	return losses->missed + summary_loss__sum(&losses->lost);
}

bool losses__tell(const struct losses *losses)
{
	const struct {
		__u64 count;
		const char *what;
	} list[] = {
		{ losses->missed, "switches" },
		{ losses->lost.events, "events (switches, births, ends or signals)" },
		{ losses->lost.tasks, "tasks" },
		{ losses->lost.stacks, "stacks" },
		{ losses->lost.edges, "closed pipes and sockets, or wakeups" },
	};
	const char *separator = "";
	size_t i;

	if (!losses__sum(losses))
		return false;
	fputs("tasktoll: the result is incomplete: lost ", stderr);
	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		if (!list[i].count)
			continue;
		fprintf(stderr, "%s%s %s", separator, number__count(list[i].count).text,
			list[i].what);
		separator = ", ";
	}
	fputs(" (give it a CPU of its own, or a narrower target)\n", stderr);
	return true;
}
