/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * odd MODE [-o FILE]
 *
 *   swallow    a debugger keeps a fatal signal from its process, which ends well
 *   deliver    a debugger lets it through: a crash
 *   zombies    a process crashes whose children have ended and were not reaped
 *   name       one crashes whose name is an escape code, a line break, a byte that is no text
 *   children=N one crashes that has N children
 *   quit       a thread crashes while its process ends
 * The facts are the pid of the one that it is about.
 */
#include <pthread.h>
#include <sys/ptrace.h>

#include "work.h"

__attribute__((noinline)) static void fault(void)
{
	static volatile long zero;

	*(volatile int *)zero = 1;
}

static pid_t begin(FILE *facts)
{
	struct rlimit no_core = { 0, RLIM_INFINITY };
	pid_t pid = fork();

	if (pid < 0)
		work__die("fork");
	if (!pid) {
		setrlimit(RLIMIT_CORE, &no_core);
		return 0;
	}
	fprintf(facts, "{\"pid\":%d}\n", pid);
	fclose(facts);
	return pid;
}

static void jump_over(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)info;
	(void)context;
	_exit(0);
}

/* What the debugger does when its process stops for a signal. */
static int debug(pid_t pid, bool deliver)
{
	int status;

	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		int signo = WSTOPSIG(status);

		if (signo == SIGSTOP)
			signo = 0;
		if (signo == SIGSEGV && !deliver)
			signo = SIGUSR1; /* another one in its place */
		ptrace(PTRACE_CONT, pid, 0, signo);
	}
	return 0;
}

static int debugged(FILE *facts, bool deliver)
{
	struct sigaction action = { .sa_sigaction = jump_over, .sa_flags = SA_SIGINFO };
	pid_t pid = begin(facts);

	if (pid)
		return debug(pid, deliver);
	ptrace(PTRACE_TRACEME, 0, 0, 0);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGSTOP);
	fault();
	return 1;
}

static int zombies(FILE *facts)
{
	pid_t pid = begin(facts);
	siginfo_t info;
	int i;

	if (pid)
		return waitpid(pid, NULL, 0) != pid;
	for (i = 0; i < 7; i++) {
		pid = fork();
		if (!pid)
			_exit(0);
		waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	}
	fault();
	return 1;
}

static int named(FILE *facts)
{
	pid_t pid = begin(facts);

	if (pid)
		return waitpid(pid, NULL, 0) != pid;
	prctl(PR_SET_NAME, "\033[7m\nx\r\xff\xc3(");
	fault();
	return 1;
}

static int children(FILE *facts, long count)
{
	pid_t *pids = work__shared(sizeof(*pids) * (size_t)count), pid = begin(facts);
	long i;

	if (pid) {
		waitpid(pid, NULL, 0);
		work__sleep_ns(500000000);
		for (i = 0; i < count; i++)
			kill(pids[i], SIGKILL);
		return 0;
	}
	for (i = 0; i < count; i++) {
		pid = fork();
		if (pid < 0)
			work__die("fork");
		if (!pid) {
			alarm(30);
			for (;;)
				pause();
		}
		pids[i] = pid;
	}
	fault();
	return 1;
}

static void *fault_late(void *arg)
{
	(void)arg;
	fault();
	return NULL;
}

static int quit(FILE *facts)
{
	pid_t pid = begin(facts);
	pthread_t id;

	if (pid)
		return waitpid(pid, NULL, 0) != pid;
	pthread_create(&id, NULL, fault_late, NULL);
	exit(0);
}

int main(int argc, char **argv)
{
	FILE *facts = work__facts(&argc, argv);
	const char *mode = argc == 2 ? argv[1] : "";

	if (!strcmp(mode, "swallow") || !strcmp(mode, "deliver"))
		return debugged(facts, *mode == 'd');
	if (!strcmp(mode, "zombies"))
		return zombies(facts);
	if (!strcmp(mode, "name"))
		return named(facts);
	if (!strcmp(mode, "quit"))
		return quit(facts);
	if (!strncmp(mode, "children=", 9))
		return children(facts, work__number(mode + 9));
	fprintf(stderr, "usage: odd MODE [-o FILE]\n");
	return 2;
}
