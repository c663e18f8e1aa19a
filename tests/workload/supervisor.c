/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * supervisor [-o FILE]
 *
 * A supervisor with five workers.  The first one crashes; the supervisor asks the
 * others to end - two of them do what SIGTERM does by default, two end in its
 * handler - and starts five new ones.  Two clients, whose parent is somebody
 * else, write to a worker and die of it when that is gone.  A helper of the
 * supervisor's is told, and goes on; another is left alone.
 *
 * supervisor session [-o FILE]
 *
 * The leader of a session with a terminal crashes: the kernel hangs up on the
 * process group in the foreground.
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/ioctl.h>

#include "work.h"

#define WORKERS	 5
#define HANDLERS 3 /* workers from this one on have a handler */
#define CLIENTS	 2
#define END_NS	 900000000LL

struct shared {
	atomic_int ready;
	atomic_int go;
	pid_t supervisor, worker[WORKERS], fresh[WORKERS], client[CLIENTS], told, left;
	pid_t leader, front;
};

static struct shared *shared;

static void sleep_for_ever(void)
{
	for (;;)
		pause();
}

static void end_in_handler(int signo)
{
	(void)signo;
	_exit(2);
}

static void go_on(int signo)
{
	(void)signo;
}

static void wait_for_go(void)
{
	shared->ready++;
	while (!shared->go)
		work__sleep_ns(500000);
}

/* ---- the supervisor and what is below it ---- */

static int to_worker[CLIENTS][2]; /* pipes: client i writes to worker i + 1 */

/* A child, whose pid goes where others see it: from the parent only, it is 0 in the child. */
static pid_t fork_into(pid_t *ret_pid)
{
	pid_t pid = work__fork();

	if (pid)
		*ret_pid = pid;
	return pid;
}

/* Ends that are not one's own: keep is a client's number, or none of them; end 0 is to be read. */
static void keep_pipe(int keep, int end)
{
	int c;

	for (c = 0; c < CLIENTS; c++) {
		close(to_worker[c][!end]);
		if (c != keep)
			close(to_worker[c][end]);
	}
}

static void be_worker(int number)
{
	keep_pipe(number - 1, 0);
	if (number >= HANDLERS)
		signal(SIGTERM, end_in_handler);
	wait_for_go();
	if (!number)
		*(volatile int *)NULL = 1;
	sleep_for_ever();
}

static void have_helper(pid_t *ret_pid, bool told)
{
	if (fork_into(ret_pid))
		return;
	keep_pipe(-1, 0);
	if (told)
		signal(SIGUSR1, go_on);
	shared->ready++;
	sleep_for_ever();
}

static void react(void)
{
	int i;

	waitpid(shared->worker[0], NULL, 0);
	kill(shared->told, SIGUSR1);
	for (i = 1; i < WORKERS; i++)
		kill(shared->worker[i], SIGTERM);
	for (i = 1; i < WORKERS; i++)
		waitpid(shared->worker[i], NULL, 0);
	for (i = 0; i < WORKERS; i++) {
		if (!fork_into(&shared->fresh[i]))
			sleep_for_ever();
	}
}

static void be_supervisor(void)
{
	int i;

	have_helper(&shared->told, true);
	have_helper(&shared->left, false);
	for (i = 0; i < WORKERS; i++) {
		if (!fork_into(&shared->worker[i]))
			be_worker(i);
	}
	keep_pipe(-1, 0);
	shared->ready++;
	react();
	sleep_for_ever();
}

static void be_client(int number)
{
	keep_pipe(number, 1);
	wait_for_go();
	for (;;) {
		(void)!write(to_worker[number][1], "x", 1);
		work__sleep_ns(5000000);
	}
}

static void run_supervisor(FILE *facts)
{
	int i;

	for (i = 0; i < CLIENTS; i++) {
		if (pipe(to_worker[i]))
			work__die("pipe");
	}
	if (!fork_into(&shared->supervisor))
		be_supervisor();
	for (i = 0; i < CLIENTS; i++) {
		if (!fork_into(&shared->client[i]))
			be_client(i);
	}
	keep_pipe(-1, 0);
	while (shared->ready < 1 + WORKERS + CLIENTS + 2)
		work__sleep_ns(500000);
	work__sleep_ns(20000000);
	shared->go = 1;
	work__sleep_ns(END_NS);
	fprintf(facts, "{\"pid\":%d,\"supervisor\":%d,\"told\":%d,\"left\":%d", getpid(),
		shared->supervisor, shared->told, shared->left);
	for (i = 0; i < WORKERS; i++)
		fprintf(facts, ",\"worker%d\":%d,\"fresh%d\":%d", i, shared->worker[i], i,
			shared->fresh[i]);
	for (i = 0; i < CLIENTS; i++)
		fprintf(facts, ",\"client%d\":%d", i, shared->client[i]);
	kill(shared->supervisor, SIGKILL); /* its children have asked to go with it */
	waitpid(shared->supervisor, NULL, 0);
	for (i = 0; i < CLIENTS; i++) {
		kill(shared->client[i], SIGKILL);
		waitpid(shared->client[i], NULL, 0);
	}
}

/* ---- a session ---- */

static void be_leader(const char *terminal)
{
	int fd;

	setsid();
	fd = open(terminal, O_RDWR);
	if (fd < 0 || ioctl(fd, TIOCSCTTY, 0))
		work__die(terminal);
	if (!fork_into(&shared->front)) {
		prctl(PR_SET_PDEATHSIG, 0); /* it is the session's end that it is to feel */
		signal(SIGHUP, SIG_DFL);    /* though it be started by nohup */
		setpgid(0, 0);
		shared->ready++;
		sleep_for_ever();
	}
	setpgid(shared->front, shared->front);
	signal(SIGTTOU, SIG_IGN);
	if (tcsetpgrp(fd, shared->front))
		work__die("tcsetpgrp");
	wait_for_go();
	*(volatile int *)NULL = 1;
}

static void run_session(FILE *facts)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);

	if (master < 0 || grantpt(master) || unlockpt(master))
		work__die("posix_openpt");
	if (!fork_into(&shared->leader)) {
		const char *terminal = ptsname(master);

		close(master);
		be_leader(terminal);
	}
	while (shared->ready < 2)
		work__sleep_ns(500000);
	shared->go = 1;
	work__sleep_ns(END_NS);
	waitpid(shared->leader, NULL, 0);
	kill(shared->front, SIGKILL);
	fprintf(facts, "{\"pid\":%d,\"leader\":%d,\"front\":%d", getpid(), shared->leader,
		shared->front);
}

int main(int argc, char **argv)
{
	FILE *facts = work__facts(&argc, argv);
	struct rlimit no_core = { 0, RLIM_INFINITY };

	setrlimit(RLIMIT_CORE, &no_core);
	shared = work__shared(sizeof(*shared));
	if (argc == 2 && !strcmp(argv[1], "session"))
		run_session(facts);
	else
		run_supervisor(facts);
	fprintf(facts, "}\n");
	return fclose(facts) ? 1 : 0;
}
