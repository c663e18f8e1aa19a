/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When the next summary of an interval is due: later than asked for if they take too long. */
#ifndef SESSION_PACE_H
#define SESSION_PACE_H

#include <linux/types.h>
#include <stdbool.h>

struct pace {
	__u64 interval_ns; /* 0: no intervals */
	__u64 due_ns;	   /* CLOCK_MONOTONIC; 0: never */
	bool told;
};

void pace__begin(struct pace *pace, __u64 interval_ns, __u64 now_ns);

bool pace__is_due(const struct pace *pace, __u64 now_ns);

/*
 * A summary has been made, which took `work_ns`, apart from what its reader took.  If that is
 * more than the interval, the intervals stretch, so that half of the time is left for others;
 * this is told, unless quiet.
 */
void pace__next(struct pace *pace, __u64 work_ns, bool quiet);

#endif
