/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sleeper SECONDS [deep|renamed] [-o FILE]
 *
 * A process whose second thread sleeps in one single call from before the
 * tracer comes until after it has gone, while its leader ticks.  Deep: far below
 * the function that it was started with.  Renamed: at each tick it gets another name.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "work.h"

#define TICK_NS 5000000

static atomic_int sleeper_tid;

static __attribute__((noinline)) void *sleep_throughout(void *arg)
{
	(void)arg;
	sleeper_tid = (int)syscall(SYS_gettid);
	for (;;)
		pause();
	return NULL;
}

static void *sleep_deep(void *arg)
{
	volatile char room[100 << 10];

	room[0] = 1;
	sleep_throughout(arg);
	return (void *)(long)room[0];
}

int main(int argc, char **argv)
{
	FILE *facts = work__facts(&argc, argv);
	long long end_ns;
	pthread_t id;
	bool deep = argc == 3 && !strcmp(argv[2], "deep");
	bool renamed = argc == 3 && !strcmp(argv[2], "renamed");
	long ticks = 0;

	if (argc != 2 + (deep || renamed)) {
		fprintf(stderr, "usage: sleeper SECONDS [deep|renamed] [-o FILE]\n");
		return 2;
	}
	end_ns = work__now_ns() + (long long)(work__seconds(argv[1]) * NS_PER_SEC);
	if (pthread_create(&id, NULL, deep ? sleep_deep : sleep_throughout, NULL))
		work__die("pthread_create");
	while (!sleeper_tid)
		work__sleep_ns(TICK_NS);
	work__sleep_ns(10 * TICK_NS); /* for it to be asleep, not about to be */
	fprintf(facts, "{\"pid\":%d,\"sleeper\":%d}\n", getpid(), sleeper_tid);
	fflush(facts);
	while (work__now_ns() < end_ns) {
		char name[32];

		work__sleep_ns(TICK_NS);
		snprintf(name, sizeof(name), "nap %ld", ticks++ % 1000000);
		if (renamed && pthread_setname_np(id, name))
			work__die("pthread_setname_np");
	}
	return fclose(facts) ? 1 : 0;
}
