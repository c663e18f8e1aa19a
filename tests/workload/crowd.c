/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crowd SLEEPS MS SPINNERS [-o FILE]
 *
 * On one CPU: a child that sleeps SLEEPS times for MS milliseconds, beside SPINNERS that spin.
 * The child is left a zombie until its last switch is behind it, so that what the kernel says of
 * it is all of it: the fields of /proc/PID/schedstat, and by the child's own clock how long its
 * sleeps took with the waits for the CPU that ended them.
 */
#include "work.h"

struct spell {
	long long took_ns;		/* all sleeps, by the clock */
	unsigned long long ran, waited; /* meanwhile, by the kernel */
};

static bool schedstat(pid_t pid, unsigned long long *ran, unsigned long long *waited,
		      unsigned long long *times)
{
	char path[64];
	FILE *file;
	int n;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	n = fscanf(file, "%llu %llu %llu", ran, waited, times);
	fclose(file);
	return n == 3;
}

static void spin(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		;
}

static void nap(struct spell *spell, int sleeps, long long ns)
{
	unsigned long long ran, waited, times;
	long long begin;

	if (!schedstat(getpid(), &ran, &waited, &times))
		work__die("schedstat");
	begin = work__now_ns();
	while (sleeps--)
		work__sleep_ns(ns);
	spell->took_ns = work__now_ns() - begin;
	if (!schedstat(getpid(), &spell->ran, &spell->waited, &times))
		work__die("schedstat");
	spell->ran -= ran;
	spell->waited -= waited;
}

/* Until it has switched out for the last time: a zombie that is on no CPU counts no more. */
static void await_end(pid_t pid)
{
	unsigned long long ran, waited, times, before = ~0ULL;
	siginfo_t info;

	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT))
		work__die("waitid");
	while (schedstat(pid, &ran, &waited, &times) && ran != before) {
		before = ran;
		work__sleep_ns(50000000);
	}
}

int main(int argc, char **argv)
{
	FILE *facts = work__facts(&argc, argv);
	unsigned long long ran, waited, times;
	struct spell *spell;
	int sleeps, spinners, i;
	pid_t pid, *spinner;

	if (argc != 4) {
		fprintf(stderr, "usage: crowd SLEEPS MS SPINNERS [-o FILE]\n");
		return 2;
	}
	sleeps = atoi(argv[1]);
	spinners = atoi(argv[3]);
	spell = work__shared(sizeof(*spell));
	spinner = calloc((size_t)spinners + 1, sizeof(*spinner));
	if (!spinner)
		work__die("calloc");
	work__pin();
	for (i = 0; i < spinners; i++) {
		spinner[i] = work__fork();
		if (!spinner[i])
			spin();
	}
	pid = work__fork();
	if (!pid) {
		nap(spell, sleeps, atoll(argv[2]) * 1000000);
		_exit(0);
	}
	await_end(pid);
	for (i = 0; i < spinners; i++)
		kill(spinner[i], SIGKILL);
	if (!schedstat(pid, &ran, &waited, &times))
		work__die("schedstat");
	while (wait(NULL) > 0)
		;
	fprintf(facts,
		"{\"pid\":%d,\"ran\":%llu,\"waited\":%llu,\"times\":%llu,\"took\":%lld,"
		"\"ran_meanwhile\":%llu,\"waited_meanwhile\":%llu}\n",
		pid, ran, waited, times, spell->took_ns, spell->ran, spell->waited);
	return fclose(facts) ? 1 : 0;
}
