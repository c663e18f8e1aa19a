/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pingpong thread|process COUNT [--alone] [-o FILE]
 *
 * Two threads of one process, or two processes, on one CPU, hand a token to
 * each other over two pipes, COUNT times each: nearly every switch is from one
 * to the other, so its kind is known.  With --alone no ordinary task can come
 * between them, on a machine that has other things to do (needs root).
 */
#include <pthread.h>

#include "work.h"

struct player {
	int from;
	int to;
	long count;
	bool starts;
	struct counts *ret;
};

static void play(struct player *player)
{
	char token = 't';
	long i;

	for (i = 0; i < player->count; i++) {
		if ((i || !player->starts) && read(player->from, &token, 1) != 1)
			work__die("read");
		if (write(player->to, &token, 1) != 1)
			work__die("write");
	}
	work__last_words(player->ret);
}

static void *play_as_thread(void *arg)
{
	play(arg);
	return NULL;
}

static void as_threads(struct player players[2])
{
	pthread_t ids[2];
	int i;

	for (i = 0; i < 2; i++) {
		errno = pthread_create(&ids[i], NULL, play_as_thread, &players[i]);
		if (errno)
			work__die("pthread_create");
	}
	for (i = 0; i < 2; i++)
		pthread_join(ids[i], NULL);
}

static void as_processes(struct player players[2], pid_t pids[2])
{
	struct rusage usage;
	int i;

	for (i = 0; i < 2; i++) {
		pids[i] = work__fork();
		if (!pids[i]) {
			play(&players[i]);
			_exit(0);
		}
	}
	for (i = 0; i < 2; i++)
		work__reap(pids[i], &usage);
}

int main(int argc, char **argv)
{
	FILE *facts = work__facts(&argc, argv);
	pid_t pids[2] = { getpid(), getpid() };
	int there[2], back[2], cpu;
	struct player players[2];
	struct counts *counts;
	bool threads, alone;
	long count;

	alone = argc == 4 && !strcmp(argv[3], "--alone");
	threads = argc == 3 + alone && !strcmp(argv[1], "thread");
	if (argc != 3 + alone || (!threads && strcmp(argv[1], "process"))) {
		fprintf(stderr, "usage: pingpong thread|process COUNT [--alone] [-o FILE]\n");
		return 2;
	}
	count = work__number(argv[2]);
	if (pipe(there) || pipe(back))
		work__die("pipe");
	counts = work__shared(2 * sizeof(*counts));
	players[0] = (struct player){ back[0], there[1], count, true, &counts[0] };
	players[1] = (struct player){ there[0], back[1], count, false, &counts[1] };
	cpu = work__pin();
	if (alone &&
	    sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){ .sched_priority = 1 }))
		work__die("sched_setscheduler");
	if (threads)
		as_threads(players);
	else
		as_processes(players, pids);
	fprintf(facts,
		"{\"mode\":\"%s\",\"cpu\":%d,\"count\":%ld,\"pids\":[%d,%d],\"tasks\":", argv[1],
		cpu, count, pids[0], pids[1]);
	work__print_counts(facts, counts, 2);
	fprintf(facts, "}\n");
	return fclose(facts) ? 1 : 0;
}
