/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * turns HOW THREADS AMOUNT: threads that take turns, or do not.
 *
 *   baton  AMOUNT times one thread computes and wakes the next one, by futex
 *   mutex  for AMOUNT ms each computes, always under one lock
 *   free   the same, without a lock
 *   short  the same, with the lock for a thousandth of it
 *   pool   one thread computes, and gives tiny jobs to the others
 *   sleep  each sleeps most of the time, and computes a little under one lock
 */
#include <linux/futex.h>
#include <pthread.h>
#include <stdint.h>

#include "work.h"

#define MOST 64

static const char *how;
static long threads, amount;
static long long end_ns;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint32_t turn[MOST]; /* 1: it is this one's */
static long passed;
static volatile pid_t tids[MOST];
static pthread_cond_t jobs_cond = PTHREAD_COND_INITIALIZER;
static long jobs;
static bool over;

static bool is(const char *name)
{
	return !strcmp(how, name);
}

static void compute_us(long us)
{
	long long until = work__now_ns() + 1000LL * us;

	while (work__now_ns() < until)
		;
}

static void call_futex(const uint32_t *word, int op, uint32_t value)
{
	syscall(SYS_futex, word, op, value, NULL, NULL, 0);
}

/* It waits for the baton, or has ended. */
static bool sleeps(long which)
{
	return tids[which] &&
	       (work__sleeps(getpid(), tids[which]) || !work__lives(getpid(), tids[which]));
}

static void pass_baton(long me)
{
	long next = (me + 1) % threads;

	tids[me] = (pid_t)syscall(SYS_gettid);
	for (;;) {
		while (!__atomic_load_n(&turn[me], __ATOMIC_SEQ_CST))
			call_futex(&turn[me], FUTEX_WAIT, 0);
		turn[me] = 0;
		if (passed < amount)
			compute_us(300);
		passed++;
		while (!sleeps(next))
			work__sleep_ns(100000);
		__atomic_store_n(&turn[next], 1, __ATOMIC_SEQ_CST);
		call_futex(&turn[next], FUTEX_WAKE, 1);
		if (passed > amount)
			return;
	}
}

static void take_jobs(void)
{
	pthread_mutex_lock(&lock);
	while (!over) {
		while (!jobs && !over)
			pthread_cond_wait(&jobs_cond, &lock);
		jobs = 0;
	}
	pthread_mutex_unlock(&lock);
}

static void give_jobs(void)
{
	while (work__now_ns() < end_ns) {
		compute_us(1000);
		pthread_mutex_lock(&lock);
		jobs = 1;
		pthread_cond_signal(&jobs_cond);
		pthread_mutex_unlock(&lock);
	}
	pthread_mutex_lock(&lock);
	over = true;
	pthread_cond_broadcast(&jobs_cond);
	pthread_mutex_unlock(&lock);
}

static void compute_locked(long us)
{
	pthread_mutex_lock(&lock);
	compute_us(us);
	pthread_mutex_unlock(&lock);
}

static void *work(void *which)
{
	long me = (long)which;

	if (is("baton")) {
		pass_baton(me);
		return NULL;
	}
	if (is("pool")) {
		if (me)
			take_jobs();
		else
			give_jobs();
		return NULL;
	}
	while (work__now_ns() < end_ns) {
		if (is("free")) {
			compute_us(1000);
		} else if (is("short")) {
			compute_us(1000);
			compute_locked(1);
		} else if (is("sleep")) {
			work__sleep_ns(5000000);
			compute_locked(100);
		} else {
			compute_locked(1000);
			compute_us(20);
		}
	}
	return NULL;
}

int main(int argc, char **argv)
{
	FILE *facts = work__facts(&argc, argv);
	pthread_t list[MOST];
	long i;

	if (argc < 4 || work__number(argv[2]) > MOST) {
		fprintf(stderr, "turns HOW THREADS AMOUNT\n");
		return 2;
	}
	how = argv[1];
	threads = work__number(argv[2]);
	amount = work__number(argv[3]);
	end_ns = work__now_ns() + 1000000LL * amount;
	turn[0] = 1;
	for (i = 0; i < threads; i++) {
		if (pthread_create(&list[i], NULL, work, (void *)i))
			work__die("pthread_create");
	}
	for (i = 0; i < threads; i++)
		pthread_join(list[i], NULL);
	fprintf(facts, "{\"pid\":%d}\n", getpid());
	return 0;
}
