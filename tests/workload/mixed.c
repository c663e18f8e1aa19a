/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mixed SECONDS [-o FILE]
 *
 * A busy machine in small: short and long sleeps, yields, threads that contend
 * for a mutex, processes and threads that hand a token over pipes, spinners that
 * get preempted, mappings that come and go, and short processes and threads
 * that are born and die all the time.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "work.h"

#define CONTENDERS  5
#define BIRTH_BATCH 3

static long long end_ns;

static bool time_is_up(void)
{
	return work__now_ns() >= end_ns;
}

static void sleep_a_bit(void)
{
	while (!time_is_up())
		work__sleep_ns(100000 + (work__now_ns() & 0xfffff));
}

static void yield(void)
{
	while (!time_is_up())
		sched_yield();
}

static void spin(void)
{
	while (!time_is_up())
		;
}

static void hand_over(void)
{
	int there[2], back[2];
	char token = 't';
	pid_t pid;

	if (pipe(there) || pipe(back))
		work__die("pipe");
	pid = work__fork();
	if (!pid) {
		/* Without this end of the pipe, the other side's death is the end of file. */
		close(there[1]);
		while (read(there[0], &token, 1) == 1 && write(back[1], &token, 1) == 1)
			;
		_exit(0);
	}
	while (!time_is_up())
		if (write(there[1], &token, 1) != 1 || read(back[0], &token, 1) != 1)
			break;
	close(there[1]);
	waitpid(pid, NULL, 0);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *contend(void *arg)
{
	volatile int work;

	(void)arg;
	while (!time_is_up()) {
		pthread_mutex_lock(&lock);
		for (work = 0; work < 2000; work++)
			;
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

static void contend_all(void)
{
	pthread_t ids[CONTENDERS];
	int i;

	for (i = 0; i < CONTENDERS; i++)
		if (pthread_create(&ids[i], NULL, contend, NULL))
			work__die("pthread_create");
	for (i = 0; i < CONTENDERS; i++)
		pthread_join(ids[i], NULL);
}

/* Threads that protect and unmap what they share: shootdowns. */
static void *remap(void *arg)
{
	const size_t size = 64 * 1024;
	char *mem;

	(void)arg;
	while (!time_is_up()) {
		mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (mem == MAP_FAILED)
			work__die("mmap");
		memset(mem, 1, size);
		mprotect(mem, size, PROT_READ);
		munmap(mem, size);
		work__sleep_ns(50000);
	}
	return NULL;
}

static void remap_in_two(void)
{
	pthread_t id;

	if (pthread_create(&id, NULL, remap, NULL))
		work__die("pthread_create");
	remap(NULL);
	pthread_join(id, NULL);
}

static void *nap(void *arg)
{
	(void)arg;
	work__sleep_ns(10000);
	return NULL;
}

static void give_birth(void)
{
	pthread_t ids[BIRTH_BATCH];
	pid_t pids[BIRTH_BATCH];
	int i;

	while (!time_is_up()) {
		for (i = 0; i < BIRTH_BATCH; i++) {
			if (pthread_create(&ids[i], NULL, nap, NULL))
				work__die("pthread_create");
			pids[i] = work__fork();
			if (!pids[i]) {
				nap(NULL);
				_exit(0);
			}
		}
		for (i = 0; i < BIRTH_BATCH; i++) {
			pthread_join(ids[i], NULL);
			waitpid(pids[i], NULL, 0);
		}
	}
}

int main(int argc, char **argv)
{
	static void (*const loads[])(void) = {
		sleep_a_bit, sleep_a_bit, yield,	yield,	    spin,
		hand_over,   contend_all, remap_in_two, give_birth,
	};
	FILE *facts = work__facts(&argc, argv);
	struct rusage usage;
	size_t i;

	if (argc != 2) {
		fprintf(stderr, "usage: mixed SECONDS [-o FILE]\n");
		return 2;
	}
	end_ns = work__now_ns() + (long long)(work__seconds(argv[1]) * NS_PER_SEC);
	for (i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
		if (!work__fork()) {
			loads[i]();
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
	getrusage(RUSAGE_CHILDREN, &usage);
	fprintf(facts, "{\"pid\":%d,\"ru_nvcsw\":%ld,\"ru_nivcsw\":%ld}\n", getpid(),
		usage.ru_nvcsw, usage.ru_nivcsw);
	return fclose(facts) ? 1 : 0;
}
