/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * metronome RATE SECONDS [-o FILE]
 *
 * Sleeps RATE times a second by the clock, so that whoever looks at it, whenever, sees the
 * same rate.  A tick that comes late is made up for; and it goes before all else where it
 * may, for each preemption would be a switch more.
 */
#include <sched.h>

#include "work.h"

int main(int argc, char **argv)
{
	FILE *facts = work__facts(&argc, argv);
	long long at, end, period;
	struct timespec until;

	if (argc != 3) {
		fprintf(stderr, "usage: metronome RATE SECONDS [-o FILE]\n");
		return 2;
	}
	period = NS_PER_SEC / work__number(argv[1]);
	fprintf(facts, "{\"pid\":%d}\n", getpid());
	fclose(facts);
	sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){ .sched_priority = 1 });
	at = work__now_ns();
	end = at + (long long)(work__seconds(argv[2]) * NS_PER_SEC);
	while ((at += period) < end) {
		until.tv_sec = at / NS_PER_SEC;
		until.tv_nsec = at % NS_PER_SEC;
		if (at > work__now_ns())
			clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
		else
			work__sleep_ns(1); /* leaves its CPU nonetheless */
	}
	return 0;
}
