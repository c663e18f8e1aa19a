/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clocks.  CLOCK_MONOTONIC is always the machine's, which bpf_ktime_get_ns()
 * and perf events read; in a time namespace clock_gettime() reads another one.
 */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <linux/types.h>
#include <time.h>

static inline __u64 clock__read(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (__u64)now.tv_sec * 1000000000ULL + (__u64)now.tv_nsec;
}

/*
 * By how much this process's CLOCK_MONOTONIC is ahead of the machine's: to be told
 * once, before any time is taken.
 */
void clock__set_ahead(__s64 ns);

/* The machine's CLOCK_MONOTONIC. */
__u64 clock__monotonic(void);

/* The same instant as this process's own clock has it: for timers that are set to an instant. */
__u64 clock__to_own(__u64 monotonic_ns);

static inline __u64 clock__realtime(void)
{
	return clock__read(CLOCK_REALTIME);
}

/* The earlier of two instants; 0 is never. */
static inline __u64 clock__earlier(__u64 a, __u64 b)
{
	return !a || (b && b < a) ? b : a;
}

/* "2026-11-22T12:00:00.123456789Z" */
struct clock_text {
	char text[40];
};

struct clock_text clock__iso8601(__u64 realtime_ns);

#endif
