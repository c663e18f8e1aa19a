/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shapes threads|processes WORKERS TURNS [SHARED_MIB OWN_MIB HOLD_MS] [-o FILE]
 *
 * The same work in two shapes: so many workers hand a token round in a ring of pipes, so many
 * times.  Before that the first task fills SHARED_MIB, and then each worker OWN_MIB of its own;
 * when all have, what all processes hold by smaps_rollup is printed, and held for HOLD_MS.
 */
#include <fcntl.h>
#include <pthread.h>

#include "work.h"

#define WORKERS_MAX 64
#define MIB	    (1024UL * 1024)

struct ring {
	int pipes[WORKERS_MAX][2];
	int ready[2], go[2];
	long workers, turns, own_mib;
};

struct worker {
	struct ring *ring;
	long number;
};

static void fill(long mib)
{
	char *memory;
	size_t i;

	if (!mib)
		return;
	memory = mmap(NULL, (size_t)mib * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		      -1, 0);
	if (memory == MAP_FAILED)
		work__die("mmap");
	for (i = 0; i < (size_t)mib * MIB; i += 4096)
		memory[i] = (char)(i + 1);
}

static void work(const struct worker *worker)
{
	struct ring *ring = worker->ring;
	char token = 'r';
	long i;

	fill(ring->own_mib);
	if (write(ring->ready[1], &token, 1) != 1 || read(ring->go[0], &token, 1) != 1)
		work__die("ready");
	for (i = 0; i < ring->turns; i++) {
		if (read(ring->pipes[worker->number][0], &token, 1) != 1 ||
		    write(ring->pipes[(worker->number + 1) % ring->workers][1], &token, 1) != 1)
			work__die("pass on");
	}
}

static void *work_as_thread(void *worker)
{
	work(worker);
	return NULL;
}

/* Adds what smaps_rollup says, KiB. */
static void add_memory(pid_t pid, long *pss, long *private)
{
	char path[64], line[256];
	FILE *file;
	long kib;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	file = fopen(path, "re");
	if (!file)
		work__die(path);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "Pss: %ld", &kib) == 1)
			*pss += kib;
		if (sscanf(line, "Private_Clean: %ld", &kib) == 1 ||
		    sscanf(line, "Private_Dirty: %ld", &kib) == 1)
			*private += kib;
	}
	fclose(file);
}

int main(int argc, char **argv)
{
	FILE *facts = work__facts(&argc, argv);
	struct worker workers[WORKERS_MAX];
	pthread_t threads[WORKERS_MAX];
	pid_t pids[WORKERS_MAX];
	long i, pss = 0, private = 0;
	struct rusage usage;
	struct ring ring;
	bool as_threads;
	char token = 't';

	as_threads = argc > 1 && !strcmp(argv[1], "threads");
	if ((argc != 4 && argc != 7) || (!as_threads && strcmp(argv[1], "processes")) ||
	    work__number(argv[2]) < 1 || work__number(argv[2]) > WORKERS_MAX) {
		fprintf(stderr, "usage: shapes threads|processes WORKERS TURNS "
				"[SHARED_MIB OWN_MIB HOLD_MS] [-o FILE]\n");
		return 2;
	}
	ring.workers = work__number(argv[2]);
	ring.turns = work__number(argv[3]);
	ring.own_mib = argc == 7 ? work__number(argv[5]) : 0;
	if (pipe(ring.ready) || pipe(ring.go))
		work__die("pipe");
	for (i = 0; i < ring.workers; i++)
		if (pipe(ring.pipes[i]))
			work__die("pipe");
	if (argc == 7)
		fill(work__number(argv[4]));
	for (i = 0; i < ring.workers; i++) {
		workers[i] = (struct worker){ &ring, i };
		if (as_threads) {
			errno = pthread_create(&threads[i], NULL, work_as_thread, &workers[i]);
			if (errno)
				work__die("pthread_create");
			continue;
		}
		pids[i] = work__fork();
		if (!pids[i]) {
			work(&workers[i]);
			_exit(0);
		}
	}
	for (i = 0; i < ring.workers; i++)
		if (read(ring.ready[0], &token, 1) != 1)
			work__die("ready");
	add_memory(getpid(), &pss, &private);
	for (i = 0; i < ring.workers && !as_threads; i++)
		add_memory(pids[i], &pss, &private);
	if (argc == 7)
		work__sleep_ns(work__number(argv[6]) * 1000000);
	for (i = 0; i < ring.workers; i++)
		if (write(ring.go[1], &token, 1) != 1)
			work__die("go");
	if (ring.turns && write(ring.pipes[0][1], &token, 1) != 1)
		work__die("begin");
	for (i = 0; i < ring.workers; i++) {
		if (as_threads)
			pthread_join(threads[i], NULL);
		else
			work__reap(pids[i], &usage);
	}
	fprintf(facts, "{\"pss_kib\":%ld,\"private_kib\":%ld}\n", pss, private);
	return fclose(facts) ? 1 : 0;
}
