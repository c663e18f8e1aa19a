/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * execer THREADS COUNT [-o FILE]
 *
 * A worker process with a leader and THREADS threads, each of which has made
 * COUNT voluntary switches when one of them, not the leader, calls exec: the
 * kernel kills the others, gives the caller the leader's tid, and the new
 * program goes on to make COUNT more. One process, before and after.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "work.h"

#define AFTER "after"

static atomic_long ready;
static long threads, count;

static void *rest(void *arg)
{
	(void)arg;
	work__switch_until(count);
	ready++;
	for (;;)
		pause();
	return NULL;
}

static void *change(void *arg)
{
	char text[32];
	char self[] = "execer", after[] = AFTER;
	char *const argv[] = { self, after, text, NULL };

	(void)arg;
	work__switch_until(count);
	while (ready < threads - 1)
		work__sleep_ns(1000000);
	/* The caller keeps its own counters across exec: so many more from here. */
	snprintf(text, sizeof(text), "%ld", work__own_nvcsw() + count);
	execv("/proc/self/exe", argv);
	_exit(127);
}

static void worker(void)
{
	pthread_t id;
	long i;

	for (i = 0; i < threads; i++)
		if (pthread_create(&id, NULL, i ? rest : change, NULL))
			work__die("pthread_create");
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	FILE *facts = work__facts(&argc, argv);
	struct rusage usage;
	pid_t pid;

	if (argc != 3) {
		fprintf(stderr, "usage: execer THREADS COUNT [-o FILE]\n");
		return 2;
	}
	if (!strcmp(argv[1], AFTER)) {
		work__switch_until(work__number(argv[2]));
		return 0;
	}
	threads = work__number(argv[1]);
	count = work__number(argv[2]);
	pid = work__fork();
	if (!pid)
		worker();
	work__reap(pid, &usage);
	/*
	 * The old leader is reaped by the thread that calls exec, so its last
	 * switch may be missing.
	 */
	fprintf(facts,
		"{\"pid\":%d,\"ru_nvcsw\":%ld,\"ru_nivcsw\":%ld,\"died_before_leader\":%ld,"
		"\"reaped\":2,\"count\":%ld}\n",
		pid, usage.ru_nvcsw, usage.ru_nivcsw, threads - 1, count);
	return fclose(facts) ? 1 : 0;
}
