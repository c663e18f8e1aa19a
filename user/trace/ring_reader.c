/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/ring_reader.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/capabilities.h"
#include "core/confine.h"
#include "core/record_queue.h"

#define READER_STACK (256 * 1024)
#define READER_NICE  (-20) /* where it may not run before all others */
#define READER_NAP_US                                                                              \
	2000 /* else it would take each record as it comes, at the cost of the others */

struct ring_reader {
	struct ring_buffer *ring; /* under the lock, as are come and err */
	struct record_queue come; /* by the thread */
	struct record_queue out;  /* the caller's: to be passed on */
	size_t most, held;	  /* bytes; held: in out, when it was last looked at */
	volatile __u64 *waiting;  /* told what lies in memory */
	int err;
	bool over, begun;
	pthread_mutex_t lock; /* its holder inherits the thread's priority */
	pthread_cond_t room;
	pthread_t thread;
	int stop, ready; /* eventfds */
};

/* What the kernel gives is gone from the ring, whatever this returns: it is kept first. */
static int ring_reader__on_record(void *context, void *data, size_t size)
{
	struct ring_reader *reader = context;

	reader->err = record_queue__put(&reader->come, data, size);
	if (reader->err)
		return reader->err;
	return reader->come.bytes + reader->held < reader->most ? 0 : -EAGAIN;
}

static bool ring_reader__is_full(const struct ring_reader *reader)
{
	return reader->err || reader->come.bytes + reader->held >= reader->most;
}

/* Under the lock: all that is in the ring and has room. */
static void ring_reader__consume(struct ring_reader *reader)
{
	if (!ring_reader__is_full(reader))
		(void)ring_buffer__consume(reader->ring);
	*reader->waiting = reader->come.bytes + reader->held;
}

static void ring_reader__go_first(void)
{
	const struct sched_param first = { .sched_priority = 1 };

	if (pthread_setschedparam(pthread_self(), SCHED_FIFO, &first))
		(void)setpriority(PRIO_PROCESS, (id_t)gettid(), READER_NICE);
}

/* What it does needs none. */
static void ring_reader__drop_privileges(void)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	confine__forbid_needless(); /* without it there is more to be had, and no harm done */
	(void)capabilities__keep(NULL, 0, NULL, 0);
}

static void *ring_reader__run(void *context)
{
	struct ring_reader *reader = context;
	struct pollfd wait[] = { { .fd = ring_buffer__epoll_fd(reader->ring), .events = POLLIN },
				 { .fd = reader->stop, .events = POLLIN } };

	ring_reader__go_first();
	ring_reader__drop_privileges();
	for (;;) {
		(void)poll(wait, 2, -1);
		pthread_mutex_lock(&reader->lock);
		while (!reader->over && ring_reader__is_full(reader))
			pthread_cond_wait(&reader->room, &reader->lock);
		if (!reader->over)
			ring_reader__consume(reader);
		if (reader->come.first)
			(void)eventfd_write(reader->ready, 1);
		if (reader->over)
			break;
		pthread_mutex_unlock(&reader->lock);
		usleep(READER_NAP_US);
	}
	pthread_mutex_unlock(&reader->lock);
	return NULL;
}

static int ring_reader__start(struct ring_reader *reader)
{
	pthread_mutexattr_t inherits;
	pthread_attr_t attributes;
	sigset_t all, own;
	int err;

	pthread_mutexattr_init(&inherits);
	pthread_mutexattr_setprotocol(&inherits, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&reader->lock, &inherits);
	pthread_mutexattr_destroy(&inherits);
	pthread_cond_init(&reader->room, NULL);
	sigfillset(&all);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, READER_STACK);
	pthread_sigmask(SIG_SETMASK, &all, &own);
	err = -pthread_create(&reader->thread, &attributes, ring_reader__run, reader);
	pthread_sigmask(SIG_SETMASK, &own, NULL);
	pthread_attr_destroy(&attributes);
	reader->begun = !err;
	return err;
}

int ring_reader__open(struct ring_reader **ret_reader, int map, size_t most,
		      volatile __u64 *waiting)
{
	struct ring_reader *reader = calloc(1, sizeof(*reader));
	int err = 0;

	if (!reader)
		return -ENOMEM;
	reader->most = most;
	reader->waiting = waiting;
	reader->stop = eventfd(0, EFD_CLOEXEC);
	reader->ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (reader->stop < 0 || reader->ready < 0)
		err = -errno;
	if (!err) {
		reader->ring = ring_buffer__new(map, ring_reader__on_record, reader, NULL);
		err = reader->ring ? ring_reader__start(reader) : -errno;
	}
	if (err) {
		ring_reader__close(reader);
		return err;
	}
	*ret_reader = reader;
	return 0;
}

/* What lies in memory, and what lies in the ring, is the caller's from now on. */
static int ring_reader__collect(struct ring_reader *reader)
{
	eventfd_t count;
	int err;

	(void)eventfd_read(reader->ready, &count);
	pthread_mutex_lock(&reader->lock);
	ring_reader__consume(reader);
	err = reader->err;
	reader->err = 0;
	record_queue__move(&reader->out, &reader->come);
	reader->held = reader->out.bytes;
	pthread_cond_signal(&reader->room);
	pthread_mutex_unlock(&reader->lock);
	return err;
}

/* What has been passed on waits no more, and who sends is to know it. */
static void ring_reader__tell_taken(struct ring_reader *reader)
{
	pthread_mutex_lock(&reader->lock);
	reader->held = reader->out.bytes;
	*reader->waiting = reader->come.bytes + reader->held;
	pthread_cond_signal(&reader->room);
	pthread_mutex_unlock(&reader->lock);
}

int ring_reader__take(struct ring_reader *reader, size_t bytes, ring_record_fn take, void *context)
{
	int err = ring_reader__collect(reader);
	size_t taken = 0, size;
	void *data;

	while (!err && (!bytes || taken < bytes) &&
	       record_queue__take(&reader->out, &data, &size)) {
		err = take(context, data, size);
		taken += size;
	}
	if (taken)
		ring_reader__tell_taken(reader);
	if (!err && bytes && taken >= bytes) {
		(void)eventfd_write(reader->ready, 1);
		return 1;
	}
	return err;
}

int ring_reader__fd(const struct ring_reader *reader)
{
	return reader->ready;
}

void ring_reader__close(struct ring_reader *reader)
{
	if (!reader)
		return;
	if (reader->begun) {
		pthread_mutex_lock(&reader->lock);
		reader->over = true;
		pthread_cond_signal(&reader->room);
		pthread_mutex_unlock(&reader->lock);
		(void)eventfd_write(reader->stop, 1);
		pthread_join(reader->thread, NULL);
		pthread_cond_destroy(&reader->room);
		pthread_mutex_destroy(&reader->lock);
	}
	ring_buffer__free(reader->ring);
	record_queue__clear(&reader->come);
	record_queue__clear(&reader->out);
	if (reader->stop >= 0)
		close(reader->stop);
	if (reader->ready >= 0)
		close(reader->ready);
	free(reader);
}
