/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/clock.h"

#include <stdio.h>

/* Of the process, as its time namespace is: it cannot change while a program runs. */
static __s64 clock_ahead_ns;

void clock__set_ahead(__s64 ns)
{
	clock_ahead_ns = ns;
}

__u64 clock__monotonic(void)
{
	return clock__read(CLOCK_MONOTONIC) - (__u64)clock_ahead_ns;
}

__u64 clock__to_own(__u64 monotonic_ns)
{
	return monotonic_ns + (__u64)clock_ahead_ns;
}

struct clock_text clock__iso8601(__u64 realtime_ns)
{
	time_t seconds = (time_t)(realtime_ns / 1000000000ULL);
	struct clock_text text;
	struct tm tm;
	size_t n;

	gmtime_r(&seconds, &tm);
	n = strftime(text.text, sizeof(text.text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text.text + n, sizeof(text.text) - n, ".%09lluZ", realtime_ns % 1000000000ULL);
	return text;
}
