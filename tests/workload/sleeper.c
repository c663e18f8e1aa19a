/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sleeper SECONDS [-o FILE]
 *
 * A process whose second thread sleeps in one single call from before the
 * tracer comes until after it has gone, while its leader ticks.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "work.h"

#define TICK_NS 5000000

static atomic_int sleeper_tid;

static void *sleep_throughout(void *arg)
{
	(void)arg;
	sleeper_tid = (int)syscall(SYS_gettid);
	for (;;)
		pause();
	return NULL;
}

int main(int argc, char **argv)
{
	FILE *facts = work__facts(&argc, argv);
	long long end_ns;
	pthread_t id;

	if (argc != 2) {
		fprintf(stderr, "usage: sleeper SECONDS [-o FILE]\n");
		return 2;
	}
	end_ns = work__now_ns() + (long long)(work__seconds(argv[1]) * NS_PER_SEC);
	if (pthread_create(&id, NULL, sleep_throughout, NULL))
		work__die("pthread_create");
	while (!sleeper_tid)
		work__sleep_ns(TICK_NS);
	work__sleep_ns(10 * TICK_NS); /* for it to be asleep, not about to be */
	fprintf(facts, "{\"pid\":%d,\"sleeper\":%d}\n", getpid(), sleeper_tid);
	fflush(facts);
	while (work__now_ns() < end_ns)
		work__sleep_ns(TICK_NS);
	return fclose(facts) ? 1 : 0;
}
