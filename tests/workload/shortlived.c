/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shortlived threads|processes COUNT [--same-tid] [-o FILE]
 *
 * COUNT tasks that each make a few voluntary switches and die: threads of a
 * worker process, in small batches, or processes, one after the other.  With
 * --same-tid all of them have the same tid.
 */
#include <pthread.h>

#include "settid.h"
#include "work.h"

#define SWITCHES_EACH 3
#define BATCH	      11
#define STACK_SIZE    (256 * 1024)

static void live(void *arg)
{
	work__switch_until(SWITCHES_EACH);
	work__last_words(arg);
}

static void *live_as_thread(void *arg)
{
	live(arg);
	return NULL;
}

static void threads_in_batches(long count, struct counts *ret)
{
	pthread_t ids[BATCH];
	long i, n;

	while (count) {
		n = count < BATCH ? count : BATCH;
		for (i = 0; i < n; i++) {
			errno = pthread_create(&ids[i], NULL, live_as_thread, &ret[i]);
			if (errno)
				work__die("pthread_create");
		}
		for (i = 0; i < n; i++)
			pthread_join(ids[i], NULL);
		ret += n;
		count -= n;
	}
}

static void threads_of_one_tid(pid_t tid, long count, struct counts *ret)
{
	char *stack = work__shared(STACK_SIZE);
	long i;

	for (i = 0; i < count; i++)
		settid__run_thread(tid, live, &ret[i], stack, STACK_SIZE);
}

static void threads(FILE *facts, long count, bool same_tid)
{
	struct counts *counts = work__shared((size_t)count * sizeof(*counts));
	struct counts first = { 0 };
	struct rusage usage;
	pid_t pid;

	/* Not by the worker: wait4() adds children that were reaped to their parent. */
	if (same_tid)
		settid__pick(&first);
	pid = work__fork();
	if (!pid) {
		if (same_tid)
			threads_of_one_tid(first.tid, count, counts);
		else
			threads_in_batches(count, counts);
		_exit(0);
	}
	work__reap(pid, &usage);
	fprintf(facts,
		"{\"mode\":\"threads\",\"pid\":%d,\"ru_nvcsw\":%ld,\"ru_nivcsw\":%ld,"
		"\"died_before_leader\":%ld,\"threads\":",
		pid, usage.ru_nvcsw, usage.ru_nivcsw, count);
	work__print_counts(facts, counts, count);
	fprintf(facts, "}\n");
}

/* Here the counts are those of wait4(): one switch more if it came before the last one. */
static void processes(FILE *facts, long count, bool same_tid)
{
	struct counts *counts = calloc((size_t)count, sizeof(*counts));
	struct counts last;
	struct rusage usage;
	int status;
	pid_t pid;
	long i = 0;

	if (!counts)
		work__die("calloc");
	if (same_tid)
		settid__pick(&counts[i++]);
	for (; i < count; i++) {
		pid = same_tid ? settid__fork(counts[0].tid) : work__fork();
		if (!pid) {
			live(&last); /* after which nothing takes its CPU: wait4() would not know */
			_exit(0);
		}
		if (wait4(pid, &status, 0, &usage) != pid || status)
			work__die("wait4");
		counts[i] = (struct counts){ pid, usage.ru_nvcsw, usage.ru_nivcsw };
	}
	fprintf(facts, "{\"mode\":\"processes\",\"parent\":%d,\"processes\":", getpid());
	work__print_counts(facts, counts, count);
	fprintf(facts, "}\n");
	free(counts);
}

int main(int argc, char **argv)
{
	FILE *facts = work__facts(&argc, argv);
	bool same_tid = argc == 4 && !strcmp(argv[3], "--same-tid");
	long count;

	if (argc != 3 + same_tid)
		goto usage;
	count = work__number(argv[2]);
	if (!strcmp(argv[1], "threads"))
		threads(facts, count, same_tid);
	else if (!strcmp(argv[1], "processes"))
		processes(facts, count, same_tid);
	else
		goto usage;
	return fclose(facts) ? 1 : 0;
usage:
	fprintf(stderr, "usage: shortlived threads|processes COUNT [--same-tid] [-o FILE]\n");
	return 2;
}
