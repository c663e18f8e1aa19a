/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * callers TIMES
 *
 * Sleeps under callers that differ only above a large frame: of 600 bytes, 4 KiB and
 * 16 KiB, in functions with a frame pointer and without one.  Each first_N sleeps TIMES
 * times, each second_N twice as often.
 */
#include "work.h"

#define KEPT   __attribute__((noipa))
#define BARE   KEPT __attribute__((optimize("omit-frame-pointer")))
#define FRAMED KEPT __attribute__((optimize("no-omit-frame-pointer")))

static BARE void sleeps_bare(void)
{
	work__sleep_ns(1000000);
	__asm__ volatile("" ::: "memory");
}

static FRAMED void sleeps_framed(void)
{
	work__sleep_ns(1000000);
	__asm__ volatile("" ::: "memory");
}

/* The two callers must not be one function. */
#define CALLERS(size, kind, how)                                                                   \
	static how void large_##kind##_##size(void)                                                \
	{                                                                                          \
		volatile char buffer[size];                                                        \
                                                                                                   \
		buffer[0] = 1;                                                                     \
		buffer[sizeof(buffer) - 1] = 2;                                                    \
		sleeps_##kind();                                                                   \
		buffer[1] = buffer[0];                                                             \
	}                                                                                          \
	static how void first_##kind##_##size(void)                                                \
	{                                                                                          \
		large_##kind##_##size();                                                           \
		__asm__ volatile("" ::: "memory");                                                 \
	}                                                                                          \
	static how void second_##kind##_##size(void)                                               \
	{                                                                                          \
		large_##kind##_##size();                                                           \
		__asm__ volatile("nop" ::: "memory");                                              \
	}

CALLERS(600, bare, BARE)
CALLERS(4096, bare, BARE)
CALLERS(16384, bare, BARE)
CALLERS(600, framed, FRAMED)
CALLERS(4096, framed, FRAMED)
CALLERS(16384, framed, FRAMED)

#define SLEEP(size, kind)                                                                          \
	do {                                                                                       \
		first_##kind##_##size();                                                           \
		second_##kind##_##size();                                                          \
		second_##kind##_##size();                                                          \
	} while (0)

int main(int argc, char **argv)
{
	long times = argc == 2 ? work__number(argv[1]) : -1, i;

	if (times < 0) {
		fprintf(stderr, "usage: callers TIMES\n");
		return 2;
	}
	for (i = 0; i < times; i++) {
		SLEEP(600, bare);
		SLEEP(4096, bare);
		SLEEP(16384, bare);
		SLEEP(600, framed);
		SLEEP(4096, framed);
		SLEEP(16384, framed);
	}
	return 0;
}
