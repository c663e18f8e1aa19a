/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * switches THREADS COUNT [-o FILE]
 *
 * A worker process makes THREADS threads, each of which makes COUNT voluntary
 * switches and dies before the leader.  The parent says what wait4() counted:
 * every one of those threads has one switch more, its last, and so has the
 * leader if it was reaped before it.
 */
#include <pthread.h>

#include "work.h"

struct job {
	long count;
	struct counts *ret;
};

static void *run(void *arg)
{
	struct job *job = arg;

	work__switch_until(job->count);
	work__last_words(job->ret);
	return NULL;
}

static void worker(long threads, long count, struct counts *ret)
{
	pthread_t *ids = calloc((size_t)threads + 1, sizeof(*ids));
	struct job *jobs = calloc((size_t)threads + 1, sizeof(*jobs));
	long i;

	if (!ids || !jobs)
		work__die("calloc");
	for (i = 1; i <= threads; i++) {
		jobs[i] = (struct job){ .count = count, .ret = &ret[i] };
		errno = pthread_create(&ids[i], NULL, run, &jobs[i]);
		if (errno)
			work__die("pthread_create");
	}
	for (i = 1; i <= threads; i++)
		pthread_join(ids[i], NULL);
	work__last_words(&ret[0]);
	_exit(0);
}

int main(int argc, char **argv)
{
	FILE *facts = work__facts(&argc, argv);
	struct counts *counts;
	struct rusage usage;
	long threads, count;
	pid_t pid;

	if (argc != 3) {
		fprintf(stderr, "usage: switches THREADS COUNT [-o FILE]\n");
		return 2;
	}
	threads = work__number(argv[1]);
	count = work__number(argv[2]);
	counts = work__shared(((size_t)threads + 1) * sizeof(*counts));
	pid = work__fork();
	if (!pid)
		worker(threads, count, counts);
	work__reap(pid, &usage);
	fprintf(facts,
		"{\"pid\":%d,\"ru_nvcsw\":%ld,\"ru_nivcsw\":%ld,\"died_before_leader\":%ld,"
		"\"count\":%ld,\"threads\":",
		pid, usage.ru_nvcsw, usage.ru_nivcsw, threads, count);
	work__print_counts(facts, counts, threads + 1);
	fprintf(facts, "}\n");
	return fclose(facts) ? 1 : 0;
}
