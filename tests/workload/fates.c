/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fates MODE [-o FILE]
 *
 * One process ends abnormally; the facts say who else there was.
 *   namespace       the init of a PID namespace crashes: with it go three of its
 *                   children, one of them the init of a namespace within, and a grandchild
 *   namespace-kill  the same, when it is killed
 *   tracer          a tracer with PTRACE_O_EXITKILL crashes
 *   tracer-kill     the same, when it is killed
 *   well, badly     a parent whose child crashed ends with status 0, or 3
 *   goes-on         with status 0, after another child and another program
 *   killer          a parent ends its child by SIGTERM, then itself with status 124
 *   renamed         a process crashes whose child has got a name of its own
 *   filesize        a process writes beyond the size that a file may have
 */
#include <fcntl.h>
#include <sys/ptrace.h>

#include "work.h"

#define SETTLE_NS 200000000LL

struct shared {
	pid_t init, inner;
	pid_t member[4]; /* of the namespace, as we see them */
	pid_t tracer, tracee, parent, child;
	int ready;
};

static struct shared *shared;

static void sleep_for_ever(void)
{
	alarm(30);
	for (;;)
		pause();
}

static void __attribute__((noinline)) fall(void)
{
	static volatile long nowhere = 8;

	*(volatile int *)nowhere = 1;
}

/* Our pid as those see it who mounted /proc. */
static pid_t outer_pid(void)
{
	char text[16] = "";

	if (readlink("/proc/self", text, sizeof(text) - 1) < 0)
		work__die("/proc/self");
	return (pid_t)work__number(text);
}

/* A child that ends only with its parent's namespace. */
static pid_t plain_fork(void)
{
	pid_t pid = fork();

	if (pid < 0)
		work__die("fork");
	return pid;
}

/* ---- PID namespaces ---- */

static void be_member(int number)
{
	prctl(PR_SET_NAME, "member");
	shared->member[number] = outer_pid();
	__atomic_fetch_add(&shared->ready, 1, __ATOMIC_SEQ_CST);
	sleep_for_ever();
}

static void be_inner_init(void)
{
	if (!plain_fork())
		be_member(3);
	shared->inner = outer_pid();
	__atomic_fetch_add(&shared->ready, 1, __ATOMIC_SEQ_CST);
	sleep_for_ever();
}

static void be_init(int killed)
{
	int i;

	shared->init = outer_pid();
	for (i = 0; i < 3; i++) {
		if (!plain_fork()) {
			if (i == 2)
				setsid();
			be_member(i);
		}
	}
	if (unshare(CLONE_NEWPID))
		work__die("unshare");
	if (!plain_fork())
		be_inner_init();
	while (__atomic_load_n(&shared->ready, __ATOMIC_SEQ_CST) < 5)
		work__sleep_ns(1000000);
	if (killed)
		sleep_for_ever();
	work__sleep_ns(SETTLE_NS);
	fall();
}

static void run_namespace(FILE *facts, int killed)
{
	pid_t init;

	if (unshare(CLONE_NEWPID))
		work__die("unshare");
	init = plain_fork(); /* whose parent has no number there */
	if (!init) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		be_init(killed);
	}
	while (__atomic_load_n(&shared->ready, __ATOMIC_SEQ_CST) < 5)
		work__sleep_ns(1000000);
	fprintf(facts,
		"{\"pid\":%d,\"init\":%d,\"inner\":%d,\"member0\":%d,\"member1\":%d,"
		"\"member2\":%d,\"member3\":%d}\n",
		getpid(), init, shared->inner, shared->member[0], shared->member[1],
		shared->member[2], shared->member[3]);
	if (killed) {
		work__sleep_ns(SETTLE_NS);
		kill(init, SIGKILL);
	}
	waitpid(init, NULL, 0);
}

/* ---- tracers ---- */

static void be_tracer(int killed)
{
	pid_t tracee = work__fork();

	if (!tracee)
		sleep_for_ever();
	shared->tracee = tracee;
	prctl(PR_SET_NAME, "tracer");
	/* its child, and one that is none */
	if (ptrace(PTRACE_SEIZE, shared->tracee, 0, PTRACE_O_EXITKILL) ||
	    ptrace(PTRACE_SEIZE, shared->child, 0, PTRACE_O_EXITKILL))
		work__die("ptrace");
	shared->ready = 1;
	if (killed)
		sleep_for_ever();
	work__sleep_ns(SETTLE_NS);
	fall();
}

static void run_tracer(FILE *facts, int killed)
{
	pid_t tracer, stranger = work__fork();

	if (!stranger)
		sleep_for_ever();
	shared->child = stranger;
	tracer = work__fork();
	if (!tracer)
		be_tracer(killed);
	while (!__atomic_load_n(&shared->ready, __ATOMIC_SEQ_CST))
		work__sleep_ns(1000000);
	fprintf(facts, "{\"pid\":%d,\"tracer\":%d,\"tracee\":%d,\"stranger\":%d}\n", getpid(),
		tracer, shared->tracee, shared->child);
	if (killed) {
		work__sleep_ns(SETTLE_NS);
		kill(tracer, SIGKILL);
	}
	waitpid(tracer, NULL, 0);
	waitpid(shared->child, NULL, 0);
}

/* ---- parents ---- */

static void be_parent(const char *mode)
{
	pid_t child = work__fork();

	prctl(PR_SET_NAME, "parent");
	if (child)
		shared->child = child;
	if (!child) {
		work__sleep_ns(SETTLE_NS);
		if (!strcmp(mode, "killer"))
			sleep_for_ever();
		fall();
	}
	if (!strcmp(mode, "killer")) {
		work__sleep_ns(SETTLE_NS);
		kill(child, SIGTERM);
	}
	waitpid(child, NULL, 0);
	if (!strcmp(mode, "killer"))
		_exit(124);
	if (!strcmp(mode, "badly"))
		_exit(3);
	if (!strcmp(mode, "goes-on")) {
		if (!work__fork())
			_exit(0);
		wait(NULL);
		execl("/bin/sh", "sh", "-c", "true; exit 0", NULL);
	}
	_exit(0);
}

static void run_parent(FILE *facts, const char *mode)
{
	pid_t parent = work__fork();

	if (!parent)
		be_parent(mode);
	waitpid(parent, NULL, 0);
	fprintf(facts, "{\"pid\":%d,\"parent\":%d,\"child\":%d}\n", getpid(), parent,
		shared->child);
}

/* ---- names ---- */

static void run_renamed(FILE *facts)
{
	pid_t server = work__fork();

	if (!server) {
		pid_t helper = plain_fork();

		if (helper) {
			shared->child = helper;
		} else {
			prctl(PR_SET_NAME, "helper");
			work__sleep_ns(3 * SETTLE_NS);
			prctl(PR_SET_NAME, "later");
			_exit(0);
		}
		work__sleep_ns(SETTLE_NS);
		fall();
	}
	waitpid(server, NULL, 0);
	fprintf(facts, "{\"pid\":%d,\"server\":%d,\"helper\":%d}\n", getpid(), server,
		shared->child);
}

/* ---- limits ---- */

static void run_filesize(FILE *facts)
{
	struct rlimit none = { 16, 16 }, no_core = { 0, 0 };
	pid_t pid = work__fork();

	if (!pid) {
		int fd = open("/tmp", O_TMPFILE | O_WRONLY, 0600);

		setrlimit(RLIMIT_CORE, &no_core);
		setrlimit(RLIMIT_FSIZE, &none);
		for (;;)
			(void)!write(fd, "more than there may be", 22);
	}
	waitpid(pid, NULL, 0);
	fprintf(facts, "{\"pid\":%d,\"writer\":%d}\n", getpid(), pid);
}

int main(int argc, char **argv)
{
	FILE *facts = work__facts(&argc, argv);
	const char *mode = argc == 2 ? argv[1] : "";
	struct rlimit no_core = { 0, RLIM_INFINITY };

	setrlimit(RLIMIT_CORE, &no_core);
	alarm(60); /* whatever goes wrong */
	shared = work__shared(sizeof(*shared));
	if (!strcmp(mode, "namespace") || !strcmp(mode, "namespace-kill"))
		run_namespace(facts, mode[9] == '-');
	else if (!strcmp(mode, "tracer") || !strcmp(mode, "tracer-kill"))
		run_tracer(facts, mode[6] == '-');
	else if (!strcmp(mode, "well") || !strcmp(mode, "badly") || !strcmp(mode, "goes-on") ||
		 !strcmp(mode, "killer"))
		run_parent(facts, mode);
	else if (!strcmp(mode, "renamed"))
		run_renamed(facts);
	else if (!strcmp(mode, "filesize"))
		run_filesize(facts);
	else
		return 2;
	return fclose(facts) ? 1 : 0;
}
