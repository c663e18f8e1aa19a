/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the workloads share.  Each of them is a program with a known number of
 * something (switches, threads, processes) that reports as one line of JSON
 * what it did, by the kernel's own counters, to stdout or to the file of -o.
 */
#ifndef TESTS_WORKLOAD_WORK_H
#define TESTS_WORKLOAD_WORK_H

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_SEC 1000000000LL

/* The kernel's own count of one task's switches, as the task itself read it. */
struct counts {
	pid_t tid;
	long nv;
	long niv;
};

static inline void work__die(const char *what)
{
	perror(what);
	exit(1);
}

static inline long work__number(const char *text)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	if (errno || *end || end == text || number < 0) {
		fprintf(stderr, "not a number: %s\n", text);
		exit(2);
	}
	return number;
}

static inline double work__seconds(const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	if (*end || end == text || seconds < 0) {
		fprintf(stderr, "not a number of seconds: %s\n", text);
		exit(2);
	}
	return seconds;
}

/* Takes "-o FILE" out of the arguments, wherever it is; stdout without it. */
static inline FILE *work__facts(int *argc, char **argv)
{
	FILE *facts = stdout;
	int i, kept = 1;

	for (i = 1; i < *argc; i++) {
		if (!strcmp(argv[i], "-o") && i + 1 < *argc) {
			facts = fopen(argv[++i], "we");
			if (!facts)
				work__die(argv[i]);
		} else {
			argv[kept++] = argv[i];
		}
	}
	*argc = kept;
	argv[kept] = NULL;
	return facts;
}

/* Zeroed memory that a forked child shares with its parent. */
static inline void *work__shared(size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		work__die("mmap");
	return mem;
}

/* A child that does not outlive its parent, whatever becomes of the test. */
static inline pid_t work__fork(void)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		work__die("fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
	}
	return pid;
}

static inline void work__sleep_ns(long long ns)
{
	struct timespec ts = { .tv_sec = ns / NS_PER_SEC, .tv_nsec = ns % NS_PER_SEC };

	nanosleep(&ts, NULL);
}

static inline long long work__now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_SEC + ts.tv_nsec;
}

static inline long work__own_nvcsw(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nvcsw;
}

/*
 * Sleeps until the calling thread has made this many voluntary switches in its
 * life.  By the kernel's count and not by the number of sleeps: a timer that
 * fires before its sleeper has left the CPU makes a sleep without a switch.
 */
static inline void work__switch_until(long total)
{
	while (work__own_nvcsw() < total)
		work__sleep_ns(1000);
}

/* The beginning of a task's file in /proc; false if there is none. */
static inline bool work__read_task(pid_t pid, pid_t tid, const char *name, char *line, int size)
{
	char path[64], *read = NULL;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", pid, tid, name);
	file = fopen(path, "re");
	if (file) {
		read = fgets(line, size, file);
		fclose(file);
	}
	return read != NULL;
}

static inline bool work__lives(pid_t pid, pid_t tid)
{
	char line[512];

	return work__read_task(pid, tid, "stat", line, sizeof(line));
}

/*
 * It has gone to sleep in a system call, until it is woken.  It says so ('S') before it leaves
 * its CPU, and who is woken between the two does not sleep at all; so its system call is asked
 * for, too, which the kernel tells of those only who have left ("running" of others).
 */
static inline bool work__sleeps(pid_t pid, pid_t tid)
{
	char line[512], *at;

	if (!work__read_task(pid, tid, "stat", line, sizeof(line)))
		return false;
	at = strrchr(line, ')');
	return at && at[2] == 'S' && work__read_task(pid, tid, "syscall", line, sizeof(line)) &&
	       line[0] >= '0' && line[0] <= '9';
}

/*
 * The calling thread's counters, read right before its end.  Not from /proc: the
 * directory entry that this leaves is taken down after wait4()'s account of the
 * thread is closed, in a loop that gives way to others (proc_flush_pid), and that
 * is one switch more than the identity knows.  For the same reason nobody may
 * preempt what is left of the thread's life, where that can be had.
 */
static inline void work__last_words(struct counts *ret)
{
	const struct sched_param param = { .sched_priority = 1 };
	struct rusage usage;

	sched_setscheduler(0, SCHED_FIFO, &param);
	getrusage(RUSAGE_THREAD, &usage);
	*ret = (struct counts){ (pid_t)syscall(SYS_gettid), usage.ru_nvcsw, usage.ru_nivcsw };
}

/*
 * Reaps a child and says what the kernel counted for it.  Looks before it
 * reaps, so that the leader normally has had its last switch and is counted in
 * full; a loaded machine can still delay that switch past any wait.
 */
static inline void work__reap(pid_t pid, struct rusage *ret)
{
	siginfo_t info;
	int status;

	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT))
		work__die("waitid");
	work__sleep_ns(2000000);
	if (wait4(pid, &status, 0, ret) != pid)
		work__die("wait4");
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		fprintf(stderr, "child %d ended with wait status 0x%x\n", pid,
			(unsigned int)status);
		exit(1);
	}
}

static inline void work__print_counts(FILE *facts, const struct counts *counts, long n)
{
	long i;

	fprintf(facts, "[");
	for (i = 0; i < n; i++)
		fprintf(facts, "%s{\"tid\":%d,\"nv\":%ld,\"niv\":%ld}", i ? "," : "", counts[i].tid,
			counts[i].nv, counts[i].niv);
	fprintf(facts, "]");
}

/* Everything this thread makes from now on runs on one CPU: the last allowed one. */
static inline int work__pin(void)
{
	cpu_set_t set;
	int cpu, last = -1;

	if (sched_getaffinity(0, sizeof(set), &set))
		work__die("sched_getaffinity");
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set))
			last = cpu;
	CPU_ZERO(&set);
	CPU_SET(last, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		work__die("sched_setaffinity");
	return last;
}

#endif
