/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clocks: CLOCK_MONOTONIC is what bpf_ktime_get_ns() reads. */
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

static inline __u64 clock__monotonic(void)
{
	return clock__read(CLOCK_MONOTONIC);
}

static inline __u64 clock__realtime(void)
{
	return clock__read(CLOCK_REALTIME);
}

/* "2026-11-22T12:00:00.123456789Z" */
struct clock_text {
	char text[40];
};

struct clock_text clock__iso8601(__u64 realtime_ns);

#endif
