/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * handlers MODE [-o FILE]
 *
 * A process with a handler for the signals of a crash:
 *   fault      faults, and the handler raises the signal again
 *   fault-abort  faults, and the handler aborts
 *   killed     gets SIGSEGV from its parent, and the handler raises it again
 *   killed-abort  the same, and the handler aborts
 *   term       gets SIGTERM, cleans up outside of the handler, and raises it again
 *   leaves     faults, and the handler leaves the program with status 9
 *   asked      gets SIGABRT from its parent, and leaves with status 1 outside of the handler
 *   no-room    uses up the stack that its handler would need
 */
#include "work.h"

#define SETTLE_NS 200000000LL

static const char *mode;
static volatile sig_atomic_t asked;
static volatile long zero;

static void on_fault(int signo)
{
	if (!strcmp(mode, "leaves"))
		_exit(9);
	if (strstr(mode, "-abort"))
		abort();
	signal(signo, SIG_DFL);
	kill(getpid(), signo);
}

static void on_request(int signo)
{
	asked = signo;
}

static void __attribute__((noinline)) wreck(void)
{
	*(volatile int *)zero = 1;
}

static long __attribute__((noinline)) dig(long depth)
{
	volatile char room[4096];

	room[0] = (char)depth;
	if (depth < zero)
		return 0;
	return dig(depth + 1) + room[0];
}

static void handle(int signo, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_NODEFER };

	sigaction(signo, &action, NULL);
}

static void be_child(void)
{
	handle(SIGSEGV, on_fault);
	handle(SIGTERM, on_request);
	if (!strcmp(mode, "asked"))
		handle(SIGABRT, on_request);
	if (!strncmp(mode, "fault", 5) || !strcmp(mode, "leaves"))
		wreck();
	if (!strcmp(mode, "no-room"))
		zero = dig(0);
	while (!asked)
		work__sleep_ns(1000000);
	if (asked == SIGABRT)
		_exit(1);
	signal(asked, SIG_DFL);
	raise(asked);
}

int main(int argc, char **argv)
{
	FILE *facts = work__facts(&argc, argv);
	struct rlimit no_core = { 0, RLIM_INFINITY };
	pid_t pid;

	if (argc != 2)
		return 2;
	mode = argv[1];
	alarm(60);
	setrlimit(RLIMIT_CORE, &no_core);
	pid = work__fork();
	if (!pid) {
		be_child();
		_exit(99);
	}
	work__sleep_ns(SETTLE_NS);
	if (!strncmp(mode, "killed", 6))
		kill(pid, SIGSEGV);
	else if (!strcmp(mode, "term"))
		kill(pid, SIGTERM);
	else if (!strcmp(mode, "asked"))
		kill(pid, SIGABRT);
	waitpid(pid, NULL, 0);
	fprintf(facts, "{\"pid\":%d,\"child\":%d}\n", getpid(), pid);
	return fclose(facts) ? 1 : 0;
}
