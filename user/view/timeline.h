/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run switch by switch as a Perfetto trace: on the track of each thread what it did at every
 * moment, on a CPU or waiting for what, with who woke it; and the kernel's own events of the
 * scheduler, from which Perfetto draws the CPUs.
 */
#ifndef VIEW_TIMELINE_H
#define VIEW_TIMELINE_H

#include <stdbool.h>

#include "lifecycle.h"
#include "timeline_event.h"
#include "wire.h"

struct crash;
struct timeline;

/* What a trace holds, to be told at its end. */
struct timeline_sums {
	__u64 bytes;
	__u64 switches;	      /* of which it tells */
	__u64 in[KIND_COUNT]; /* by kind */
	__u64 lost;	      /* intervals that found no room on their way */
	__u64 cut;	      /* intervals after the file was full */
	__u64 wakes;	      /* wakeups with an arrow */
	__u64 crashes;
};

/*
 * start_ns: CLOCK_MONOTONIC, and how far CLOCK_BOOTTIME is ahead of that.  most: bytes of the file;
 * 0: no limit.  NULL without memory.
 */
struct timeline *timeline__new(int fd, __u64 most);
void timeline__free(struct timeline *timeline);

void timeline__begin(struct timeline *timeline, __u64 start_ns, __s64 boot_ahead_ns);

/* After the begin: no wait will say what ended it. */
void timeline__tell_unknown_wakers(struct timeline *timeline, const char *why);

/* Each returns 0 or a negative errno. */
int timeline__take(struct timeline *timeline, const union timeline_event *event);
int timeline__take_lifecycle(struct timeline *timeline, const struct lifecycle_event *event);

/* A task as it is at the end, or as it ended; again, the last one counts. */
int timeline__take_task(struct timeline *timeline, const struct wire_task *head,
			const struct task_rec *rec);

void timeline__take_crash(struct timeline *timeline, const struct crash *crash);

/* All that was taken is written.  Returns 0 or a negative errno. */
int timeline__end(struct timeline *timeline, __u64 stop_ns);

/* No more is taken: the file has reached its size, or cannot be written. */
bool timeline__is_full(const struct timeline *timeline);

void timeline__sum(const struct timeline *timeline, struct timeline_sums *ret_sums);

#endif
