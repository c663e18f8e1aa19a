/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * manystacks THREADS EACH [-o FILE]
 *
 * THREADS threads that each sleep once on EACH stacks, no two of which are the same:
 * the bits of a number say at each step to go left or right.
 */
#include <pthread.h>

#include "work.h"

#define FRAME_SIZES 16
#define STACK_SIZE  (64 * 1024)
#define KEPT	    __attribute__((noinline, noclone))

static long each;

static void go(unsigned long number, int steps);

/* Until it has: a timer that fires before its sleeper has left the CPU ends no sleep. */
static KEPT void sleeps_here(void)
{
	long before = work__own_nvcsw();

	do
		work__sleep_ns(1000000);
	while (work__own_nvcsw() == before);
	__asm__ volatile("" ::: "memory");
}

static KEPT void left(unsigned long number, int steps)
{
	go(number >> 1, steps - 1);
	__asm__ volatile("" ::: "memory");
}

static KEPT void right(unsigned long number, int steps)
{
	go(number >> 1, steps - 1);
	__asm__ volatile("nop" ::: "memory"); /* or the compiler makes one of both */
}

static KEPT void go(unsigned long number, int steps)
{
	if (!steps)
		sleeps_here();
	else if (number & 1)
		right(number, steps);
	else
		left(number, steps);
	__asm__ volatile("" ::: "memory");
}

static void *live(void *arg)
{
	unsigned long first = (unsigned long)arg * (unsigned long)each;
	long i;

	for (i = 0; i < each; i++)
		go(first + (unsigned long)i, FRAME_SIZES);
	return NULL;
}

int main(int argc, char **argv)
{
	FILE *facts = work__facts(&argc, argv);
	pthread_attr_t attr;
	pthread_t *threads;
	long count, i;

	if (argc != 3) {
		fprintf(stderr, "usage: manystacks THREADS EACH [-o FILE]\n");
		return 2;
	}
	count = work__number(argv[1]);
	each = work__number(argv[2]);
	threads = calloc((size_t)count, sizeof(*threads));
	if (!threads)
		work__die("calloc");
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	for (i = 0; i < count; i++) {
		errno = pthread_create(&threads[i], &attr, live, (void *)i);
		if (errno)
			work__die("pthread_create");
	}
	for (i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	fprintf(facts, "{\"pid\": %d, \"stacks\": %ld}\n", getpid(), count * each);
	free(threads);
	return fclose(facts) ? 1 : 0;
}
