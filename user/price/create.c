/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What creating takes: the call alone, until it returns to its caller. */
#include <errno.h>
#include <pthread.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "price/measure.h"

#define COW_PAGES 512
#define CALLS	  16
/* Executed where a program is needed; it does nothing. */
#define NOTHING "/bin/true"

char *price__memory(__u64 bytes)
{
	__u64 page = (__u64)sysconf(_SC_PAGESIZE), i;
	char *memory;

	if (!bytes)
		return NULL;
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return NULL;
	/* Most programs have small pages, and of huge ones a fork copies next to nothing. */
	madvise(memory, bytes, MADV_NOHUGEPAGE);
	for (i = 0; i < bytes; i += page)
		memory[i] = 1;
	return memory;
}

static void *end_at_once(void *context)
{
	return context;
}

/* Each stores how long the call took; returns 0 or a negative errno. */
static int create_thread(__u64 *ret_ns)
{
	__u64 start = clock__read(CLOCK_MONOTONIC);
	pthread_t thread;
	int err = pthread_create(&thread, NULL, end_at_once, NULL);

	*ret_ns = clock__read(CLOCK_MONOTONIC) - start;
	if (!err)
		pthread_join(thread, NULL);
	return -err;
}

static int collect(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -ENOEXEC;
}

static int create_spawn(__u64 *ret_ns)
{
	char *argv[] = { (char[]){ NOTHING }, NULL };
	__u64 start = clock__read(CLOCK_MONOTONIC);
	pid_t child;
	int err = posix_spawn(&child, NOTHING, NULL, NULL, argv, environ);

	*ret_ns = clock__read(CLOCK_MONOTONIC) - start;
	return err ? -err : collect(child);
}

static int create_vfork(__u64 *ret_ns)
{
	__u64 start = clock__read(CLOCK_MONOTONIC);
	pid_t child = vfork();

	if (!child) {
		execl(NOTHING, NOTHING, (char *)NULL);
		_exit(127);
	}
	*ret_ns = clock__read(CLOCK_MONOTONIC) - start;
	return child < 0 ? -errno : collect(child);
}

static int create_fork(__u64 *ret_ns)
{
	__u64 start = clock__read(CLOCK_MONOTONIC);
	pid_t child = fork();

	if (!child)
		_exit(0);
	*ret_ns = clock__read(CLOCK_MONOTONIC) - start;
	return child < 0 ? -errno : collect(child);
}

static int ascending(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return (x > y) - (x < y);
}

int price__create(const struct price_key *key, const struct price_cpus *cpus, double *ret_ns)
{
	static int (*const calls[PRICE_CALLS])(__u64 *) = {
		[CALL_THREAD] = create_thread,
		[CALL_SPAWN] = create_spawn,
		[CALL_VFORK] = create_vfork,
		[CALL_FORK] = create_fork,
	};
	size_t count = key->bytes > (64 << 20) ? 3 : CALLS, i, middle;
	__u64 ns[CALLS + 1];
	int err;

	(void)cpus; /* a child that shares the only CPU would delay the return */
	if (key->bytes && !price__memory(key->bytes))
		return -ENOMEM;
	for (i = 0; i <= count; i++) { /* the first one is to warm up */
		err = calls[key->call](&ns[i]);
		if (err)
			return err;
	}
	qsort(ns + 1, count, sizeof(*ns), ascending);
	middle = 1 + count / 2;
	*ret_ns = (double)ns[middle];
	return 0;
}

int price__cow(const struct price_key *key, const struct price_cpus *cpus, double *ret_ns)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), i;
	char *memory = price__memory(COW_PAGES * page);
	__u64 start;
	pid_t child;

	(void)key;
	price_cpus__pin(cpus->first);
	if (!memory)
		return -ENOMEM;
	child = fork();
	if (child < 0)
		return -errno;
	if (!child) {
		pause(); /* it keeps its pages until it is killed */
		_exit(0);
	}
	start = clock__read(CLOCK_MONOTONIC);
	for (i = 0; i < COW_PAGES; i++)
		((volatile char *)memory)[i * page] = 2;
	*ret_ns = (double)(clock__read(CLOCK_MONOTONIC) - start) / COW_PAGES;
	return 0;
}
