/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/patience.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define STACK_BYTES (256 * 1024)

/* Of the caller and of the thread: the one who comes last frees it. */
struct piece {
	pthread_mutex_t mutex;
	pthread_cond_t done_now;
	bool done, given_up;
	void (*work)(void *job);
	void (*drop)(void *job);
	void *job;
};

static void piece__free(struct piece *piece)
{
	pthread_cond_destroy(&piece->done_now);
	pthread_mutex_destroy(&piece->mutex);
	free(piece);
}

static void *piece__run(void *context)
{
	struct piece *piece = context;
	bool given_up;

	/* should it never come back, it keeps nothing open */
	if (!unshare(CLONE_FILES))
		close_range(3, ~0U, 0);
	piece->work(piece->job);
	pthread_mutex_lock(&piece->mutex);
	piece->done = true;
	given_up = piece->given_up;
	pthread_cond_signal(&piece->done_now);
	pthread_mutex_unlock(&piece->mutex);
	if (given_up) {
		piece->drop(piece->job);
		piece__free(piece);
	}
	return NULL;
}

/* Detached, and without signals: those are for the caller. */
static int piece__begin(struct piece *piece)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	pthread_t thread;
	int err;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&thread, &attributes, piece__run, piece);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return -err;
}

static struct piece *piece__new(void)
{
	struct piece *piece = calloc(1, sizeof(*piece));
	pthread_condattr_t attributes;

	if (!piece)
		return NULL;
	pthread_mutex_init(&piece->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&piece->done_now, &attributes);
	pthread_condattr_destroy(&attributes);
	return piece;
}

static struct timespec time__in(unsigned int ms)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += ms / 1000;
	end.tv_nsec += ms % 1000 * 1000000L;
	if (end.tv_nsec >= 1000000000L) {
		end.tv_sec++;
		end.tv_nsec -= 1000000000L;
	}
	return end;
}

int patience__do(struct patience *patience, void (*work)(void *job), void (*drop)(void *job),
		 void *job, unsigned int ms)
{
	struct timespec end = time__in(ms);
	struct piece *piece;
	bool done;
	int err;

	if (patience->stuck >= PATIENCE_STUCK)
		return -EBUSY;
	piece = piece__new();
	if (!piece)
		return -ENOMEM;
	piece->work = work;
	piece->drop = drop;
	piece->job = job;
	err = piece__begin(piece);
	if (err) {
		piece__free(piece);
		return err;
	}
	pthread_mutex_lock(&piece->mutex);
	while (!piece->done &&
	       pthread_cond_timedwait(&piece->done_now, &piece->mutex, &end) != ETIMEDOUT)
		;
	done = piece->done;
	piece->given_up = !done;
	pthread_mutex_unlock(&piece->mutex);
	if (!done) {
		patience->stuck++;
		return -ETIMEDOUT;
	}
	piece__free(piece);
	return 0;
}
