/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/pace.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/number.h"

void pace__begin(struct pace *pace, __u64 interval_ns, __u64 now_ns)
{
	memset(pace, 0, sizeof(*pace));
	pace->interval_ns = interval_ns;
	if (interval_ns)
		pace->due_ns = now_ns + interval_ns;
}

bool pace__is_due(const struct pace *pace, __u64 now_ns)
{
	return pace->due_ns && now_ns >= pace->due_ns;
}

static void pace__tell(struct pace *pace, __u64 work_ns, bool quiet)
{
	if (!pace->told && !quiet)
		fprintf(stderr,
			"tasktoll: intervals are longer than %s: reading one takes %s (choose a "
			"longer --interval, or a narrower target)\n",
			number__duration(pace->interval_ns).text, number__duration(work_ns).text);
	pace->told = true;
}

void pace__next(struct pace *pace, __u64 work_ns, bool quiet)
{
	__u64 now = clock__monotonic(), wait = pace->interval_ns;

	if (!pace->interval_ns)
		return;
	if (work_ns > wait) {
		pace__tell(pace, work_ns, quiet);
		wait = work_ns;
	}
	pace->due_ns += wait;
	if (pace->due_ns < now + wait && (work_ns >= wait || pace->due_ns <= now))
		pace->due_ns = now + wait; /* the reader is slow: skip, do not pile up */
}
