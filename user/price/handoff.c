/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two tasks that take turns, each touching its own memory when it is its turn. */
#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/clock.h"
#include "price/channel.h"
#include "price/measure.h"

#define CACHE_LINE 64
#define WARM_UP	   8

/* What the two share, in memory that both see. */
struct game {
	struct link link;
	const struct channel *channel;
	__u64 bytes;
	int cpu[2];
	volatile int error; /* of the second task */
	volatile int ready;
};

/* A byte of each line, so that each line is in the cache and is written to. */
static void touch(char *memory, __u64 bytes)
{
	volatile char *line = memory;
	__u64 i;

	for (i = 0; i < bytes; i += CACHE_LINE)
		line[i]++;
}

/* The side that answers, until it is killed. */
static void answer(struct game *game)
{
	char *memory = price__memory(game->bytes);

	game->link.process[1] = getpid();
	game->link.task[1] = (pid_t)syscall(SYS_gettid);
	game->error = price_cpus__pin(game->cpu[1]);
	if (!game->error && game->bytes && !memory)
		game->error = -ENOMEM;
	game->ready = 1;
	while (!game->error && !game->channel->wait(&game->link, 1)) {
		touch(memory, game->bytes);
		if (game->channel->wake(&game->link, 0))
			break;
	}
}

static void *answering_thread(void *context)
{
	answer(context);
	return NULL;
}

static int start_second(struct game *game, enum price_shape shape)
{
	pthread_t thread;
	pid_t child;

	if (shape == SHAPE_THREAD)
		return -pthread_create(&thread, NULL, answering_thread, game);
	child = fork();
	if (!child) {
		answer(game);
		_exit(0);
	}
	return child < 0 ? -errno : 0;
}

/* ns for so many hand-offs in each direction. */
static int play(struct game *game, char *memory, __u64 rounds, __u64 *ret_ns)
{
	__u64 start = clock__read(CLOCK_MONOTONIC), i;
	int err = 0;

	for (i = 0; i < rounds && !err; i++) {
		touch(memory, game->bytes);
		err = game->channel->wake(&game->link, 1);
		if (!err)
			err = game->channel->wait(&game->link, 0);
	}
	*ret_ns = clock__read(CLOCK_MONOTONIC) - start;
	return err;
}

/* Rounds are doubled until a batch is long enough for the clock. */
static int sample(struct game *game, char *memory, double *ret_ns)
{
	__u64 rounds = game->bytes > (1 << 20) ? 2 : WARM_UP, ns;
	int err = play(game, memory, rounds, &ns); /* caches and page tables get warm */

	while (!err) {
		err = play(game, memory, rounds, &ns);
		if (ns >= PRICE_BATCH_NS)
			break;
		rounds *= 2;
	}
	if (!err)
		*ret_ns = (double)ns / (2.0 * (double)rounds);
	return err;
}

int price__handoff(const struct price_key *key, const struct price_cpus *cpus, double *ret_ns)
{
	struct game *game = mmap(NULL, sizeof(*game), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *memory;
	int err;

	if (game == MAP_FAILED)
		return -errno;
	game->channel = &channels[key->channel];
	game->bytes = key->bytes;
	game->cpu[0] = cpus->first;
	game->cpu[1] = key->other_cpu ? cpus->second : cpus->first;
	game->link.process[0] = getpid();
	game->link.task[0] = (pid_t)syscall(SYS_gettid);
	err = game->channel->open(&game->link);
	if (!err)
		err = start_second(game, key->shape);
	memory = price__memory(key->bytes);
	if (!err && key->bytes && !memory)
		err = -ENOMEM;
	while (!err && !game->ready)
		usleep(50);
	if (!err)
		err = game->error;
	if (!err)
		err = price_cpus__pin(game->cpu[0]);
	return err ? err : sample(game, memory, ret_ns);
}

int price__alone(const struct price_key *key, const struct price_cpus *cpus, double *ret_ns)
{
	char *memory = price__memory(key->bytes);
	__u64 start, ns, rounds = 1, i;

	if (key->bytes && !memory)
		return -ENOMEM;
	price_cpus__pin(cpus->first);
	touch(memory, key->bytes);
	for (;;) {
		start = clock__read(CLOCK_MONOTONIC);
		for (i = 0; i < rounds; i++)
			touch(memory, key->bytes);
		ns = clock__read(CLOCK_MONOTONIC) - start;
		if (ns >= PRICE_BATCH_NS)
			break;
		rounds *= 2;
	}
	*ret_ns = (double)ns / (double)rounds;
	return 0;
}
