/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ring ROUNDS [-o FILE]
 *
 * Sixteen tasks on one CPU hand a token around over pipes, ROUNDS times: fourteen threads of one
 * process, then a process, then another process.  They are batch tasks, so that none preempts the one
 * that woke it: every sixteenth switch is of the same kind, between the same two tasks.
 */
#include <pthread.h>

#include "work.h"

#define MEMBERS	  16
#define THREADS	  14
#define PROCESSES (MEMBERS - THREADS)

struct member {
	int from;
	int to;
	long rounds;
	bool starts;
	struct counts *ret;
};

static void go_round(struct member *member)
{
	char token = 't';
	long i;

	for (i = 0; i < member->rounds; i++) {
		if ((i || !member->starts) && read(member->from, &token, 1) != 1)
			work__die("read");
		if (write(member->to, &token, 1) != 1)
			work__die("write");
	}
	work__last_words(member->ret);
}

static void *go_round_as_thread(void *arg)
{
	go_round(arg);
	return NULL;
}

static void play(struct member members[MEMBERS], pid_t pids[PROCESSES])
{
	pthread_t ids[THREADS];
	struct rusage usage;
	int i;

	for (i = 0; i < PROCESSES; i++) {
		pids[i] = work__fork();
		if (!pids[i]) {
			go_round(&members[THREADS + i]);
			_exit(0);
		}
	}
	for (i = THREADS - 1; i >= 0; i--) { /* who starts is the last */
		errno = pthread_create(&ids[i], NULL, go_round_as_thread, &members[i]);
		if (errno)
			work__die("pthread_create");
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(ids[i], NULL);
	for (i = 0; i < PROCESSES; i++)
		work__reap(pids[i], &usage);
}

int main(int argc, char **argv)
{
	FILE *facts = work__facts(&argc, argv);
	struct member members[MEMBERS];
	int ends[MEMBERS][2], i;
	struct counts *counts;
	pid_t pids[PROCESSES];
	long rounds;

	if (argc != 2) {
		fprintf(stderr, "usage: ring ROUNDS [-o FILE]\n");
		return 2;
	}
	rounds = work__number(argv[1]);
	counts = work__shared(MEMBERS * sizeof(*counts));
	for (i = 0; i < MEMBERS; i++) {
		if (pipe(ends[i]))
			work__die("pipe");
	}
	for (i = 0; i < MEMBERS; i++)
		members[i] = (struct member){ ends[i][0], ends[(i + 1) % MEMBERS][1], rounds, !i,
					      &counts[i] };
	work__pin();
	if (sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){ .sched_priority = 0 }))
		work__die("sched_setscheduler");
	play(members, pids);
	fprintf(facts, "{\"pid\":%d,\"pids\":[%d,%d],\"rounds\":%ld,\"tasks\":", getpid(), pids[0],
		pids[1], rounds);
	work__print_counts(facts, counts, MEMBERS);
	fprintf(facts, "}\n");
	return fclose(facts) ? 1 : 0;
}
