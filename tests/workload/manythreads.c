/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * manythreads THREADS SECONDS [light|MS|pair|ring] [-o FILE]
 *
 * Very many threads in one process, for scale.
 *   light  each sleeps, and wakes now and then
 *   MS     the same, after so many milliseconds
 *   pair   two of them hand over a token all the time, the others sleep throughout
 *   ring   the token goes round all of them
 * The token is a futex each, so one hand-over is one wake and one switch. Says
 * when all threads are there, and again at the end how often the token moved.
 */
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>

#include "work.h"

#define LIGHT_SLEEP_NS 97000000LL

enum mode { LIGHT, PAIR, RING };

/* One cache line each, so that neighbours do not pay for each other. */
struct seat {
	_Alignas(64) atomic_int token;
	long index;
};

static struct seat *seats;
static long n_threads, n_players;
static long long sleep_ns = LIGHT_SLEEP_NS;
static enum mode mode;
static atomic_int stop;
static atomic_int running;
static atomic_long hand_overs;

static void futex_wait(atomic_int *word, int value)
{
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void futex_wake(atomic_int *word, int n)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, n, NULL, NULL, 0);
}

static void play(struct seat *seat)
{
	struct seat *next = &seats[(seat->index + 1) % n_players];

	while (!stop) {
		while (!seat->token && !stop)
			futex_wait(&seat->token, 0);
		if (stop)
			break;
		seat->token = 0;
		atomic_fetch_add_explicit(&hand_overs, 1, memory_order_relaxed);
		next->token = 1;
		futex_wake(&next->token, 1);
	}
}

static void *run(void *arg)
{
	struct seat *seat = arg;

	running++;
	if (seat->index < n_players)
		play(seat);
	while (!stop) {
		if (mode == LIGHT)
			work__sleep_ns(sleep_ns + seat->index * 1009);
		else
			futex_wait(&stop, 0);
	}
	return NULL;
}

static void start(pthread_t *ids)
{
	pthread_attr_t attr;
	long i;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	for (i = 0; i < n_threads; i++) {
		seats[i].index = i;
		errno = pthread_create(&ids[i], &attr, run, &seats[i]);
		if (errno)
			work__die("pthread_create");
	}
	pthread_attr_destroy(&attr);
	while (running < n_threads)
		work__sleep_ns(1000000);
}

static void finish(const pthread_t *ids)
{
	long i;

	stop = 1;
	futex_wake(&stop, INT_MAX);
	for (i = 0; i < n_players; i++)
		futex_wake(&seats[i].token, 1);
	for (i = 0; i < n_threads; i++)
		pthread_join(ids[i], NULL);
}

int main(int argc, char **argv)
{
	FILE *facts = work__facts(&argc, argv);
	const char *name = argc == 4 ? argv[3] : "light";
	pthread_t *ids;
	double seconds;

	mode = !strcmp(name, "pair") ? PAIR : !strcmp(name, "ring") ? RING : LIGHT;
	if (argc == 4 && *name >= '1' && *name <= '9')
		sleep_ns = work__number(name) * 1000000LL;
	else if (argc < 3 || argc > 4 || (mode == LIGHT && strcmp(name, "light"))) {
		fprintf(stderr,
			"usage: manythreads THREADS SECONDS [light|MS|pair|ring] [-o FILE]\n");
		return 2;
	}
	n_threads = work__number(argv[1]);
	seconds = work__seconds(argv[2]);
	if (n_threads < 2) {
		fprintf(stderr, "manythreads: at least two threads\n");
		return 2;
	}
	n_players = mode == PAIR ? 2 : mode == RING ? n_threads : 0;
	seats = aligned_alloc(64, (size_t)n_threads * sizeof(*seats));
	ids = calloc((size_t)n_threads, sizeof(*ids));
	if (!seats || !ids)
		work__die("calloc");
	memset(seats, 0, (size_t)n_threads * sizeof(*seats));
	start(ids);
	fprintf(facts, "{\"pid\":%d,\"threads\":%ld,\"mode\":\"%s\"}\n", getpid(), n_threads, name);
	fflush(facts);
	if (n_players) {
		seats[0].token = 1;
		futex_wake(&seats[0].token, 1);
	}
	work__sleep_ns((long long)(seconds * NS_PER_SEC));
	finish(ids);
	fprintf(facts, "{\"pid\":%d,\"hand_overs\":%ld}\n", getpid(), hand_overs);
	return fclose(facts) ? 1 : 0;
}
