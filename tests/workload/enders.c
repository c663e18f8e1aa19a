/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * enders [-o FILE] [HOW=COUNT ...]
 *
 * COUNT processes that end in each way, and what there is to know of each: its
 * class, exit code, signal, whether a core was dumped, and who sent the signal.
 * Cores are written where the program is started.
 *
 *   clean failed                       exit 0, exit 3
 *   null abort divide trap bus sys     it goes wrong by itself
 *   core                               abort, with a core
 *   raise                              SIGTERM that it sends itself
 *   pipe alarm                         SIGPIPE, SIGALRM: nobody else's doing, but no crash
 *   term kill quit segv abrt queue     a signal from its parent; segv and abrt are no crash then
 *   thread                             SIGSEGV from its parent to a thread of it
 *   oom                                more memory than the cgroup of OOM_CGROUP allows
 */
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>

#include "work.h"

#define SETTLE_NS 3000000

static void fault_null(void)
{
	*(volatile int *)NULL = 1;
}

static void fault_divide(void)
{
	static volatile int zero;

#if defined(__x86_64__)
	zero = 7 / zero;
#else
	(void)zero; /* to divide by it is no fault there */
	raise(SIGFPE);
#endif
}

static void fault_trap(void)
{
#if defined(__x86_64__)
	__asm__ volatile("int3");
#else
	__asm__ volatile("brk #0");
#endif
}

/* Behind the end of a file. */
static void fault_bus(void)
{
	int fd = memfd_create("empty", MFD_CLOEXEC);
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	*(volatile char *)page = 1;
}

static void fault_sys(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { 4, filter };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		work__die("seccomp");
	syscall(SYS_getppid);
}

static void dump_core(void)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_CORE, &all);
	abort();
}

static void raise_term(void)
{
	raise(SIGTERM);
}

static void break_pipe(void)
{
	int ends[2];

	if (pipe(ends))
		work__die("pipe");
	close(ends[0]);
	(void)!write(ends[1], "x", 1);
}

static void set_alarm(void)
{
	ualarm(1000, 0);
	pause();
}

static void use_memory(void)
{
	const char *cgroup = getenv("OOM_CGROUP");
	size_t size = 64UL << 20;
	char path[512], *memory;
	FILE *procs;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup ? cgroup : "");
	procs = fopen(path, "we");
	if (!procs || fprintf(procs, "%d", getpid()) < 0 || fclose(procs))
		work__die(path);
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(memory, 1, size);
}

static void exit_clean(void)
{
	_exit(0);
}

static void exit_failed(void)
{
	_exit(3);
}

static void sleep_for_ever(void)
{
	for (;;)
		pause();
}

static void *thread(void *arg)
{
	(void)arg;
	sleep_for_ever();
	return NULL;
}

static void sleep_in_threads(void)
{
	pthread_t id;
	int i;

	for (i = 0; i < 3; i++)
		pthread_create(&id, NULL, thread, NULL);
	sleep_for_ever();
}

enum from { FROM_NOBODY, FROM_ITSELF, FROM_US };

#if defined(__x86_64__)
#define FROM_DIVISION FROM_NOBODY
#else
#define FROM_DIVISION FROM_ITSELF
#endif

static const struct how {
	const char *name, *class;
	void (*end)(void);
	int code, signal, core;
	enum from from;
	int queue; /* sent by sigqueue */
} hows[] = {
	{ "clean", "clean", exit_clean, 0, 0, 0, FROM_NOBODY, 0 },
	{ "failed", "failed", exit_failed, 3, 0, 0, FROM_NOBODY, 0 },
	{ "null", "crash", fault_null, 0, SIGSEGV, 0, FROM_NOBODY, 0 },
	{ "abort", "crash", abort, 0, SIGABRT, 0, FROM_ITSELF, 0 },
	{ "divide", "crash", fault_divide, 0, SIGFPE, 0, FROM_DIVISION, 0 },
	{ "trap", "crash", fault_trap, 0, SIGTRAP, 0, FROM_NOBODY, 0 },
	{ "bus", "crash", fault_bus, 0, SIGBUS, 0, FROM_NOBODY, 0 },
	{ "sys", "crash", fault_sys, 0, SIGSYS, 0, FROM_NOBODY, 0 },
	{ "core", "crash", dump_core, 0, SIGABRT, 1, FROM_ITSELF, 0 },
	{ "raise", "killed", raise_term, 0, SIGTERM, 0, FROM_ITSELF, 0 },
	{ "pipe", "killed", break_pipe, 0, SIGPIPE, 0, FROM_ITSELF, 0 },
	{ "alarm", "killed", set_alarm, 0, SIGALRM, 0, FROM_NOBODY, 0 },
	{ "term", "killed", sleep_for_ever, 0, SIGTERM, 0, FROM_US, 0 },
	{ "kill", "killed", sleep_for_ever, 0, SIGKILL, 0, FROM_US, 0 },
	{ "quit", "killed", sleep_for_ever, 0, SIGQUIT, 0, FROM_US, 0 },
	{ "segv", "killed", sleep_for_ever, 0, SIGSEGV, 0, FROM_US, 0 },
	{ "abrt", "killed", sleep_for_ever, 0, SIGABRT, 0, FROM_US, 0 },
	{ "queue", "killed", sleep_for_ever, 0, SIGBUS, 0, FROM_US, 1 },
	{ "thread", "killed", sleep_in_threads, 0, SIGSEGV, 0, FROM_US, 0 },
	{ "oom", "oom", use_memory, 0, SIGKILL, 0, FROM_NOBODY, 0 },
};

#define HOWS (sizeof(hows) / sizeof(hows[0]))

static void send_to(pid_t pid, const struct how *how)
{
	work__sleep_ns(SETTLE_NS);
	if (how->queue ? sigqueue(pid, how->signal, (union sigval){ 0 }) : kill(pid, how->signal))
		work__die("kill");
}

/* Did it end as it was meant to? */
static void check(pid_t pid, int status, const struct how *how)
{
	if (how->signal ? WIFSIGNALED(status) && WTERMSIG(status) == how->signal &&
				  !!WCOREDUMP(status) == how->core :
			  WIFEXITED(status) && WEXITSTATUS(status) == how->code)
		return;
	fprintf(stderr, "%s: %d ended with wait status 0x%x\n", how->name, pid,
		(unsigned int)status);
	exit(1);
}

static void make(FILE *facts, const struct how *how, bool first)
{
	struct rlimit no_core = { 0, RLIM_INFINITY };
	pid_t pid = work__fork();
	int status;

	if (!pid) {
		setrlimit(RLIMIT_CORE, &no_core);
		how->end();
		_exit(99);
	}
	if (how->from == FROM_US)
		send_to(pid, how);
	if (waitpid(pid, &status, 0) != pid)
		work__die("waitpid");
	check(pid, status, how);
	fprintf(facts,
		"%s{\"pid\":%d,\"how\":\"%s\",\"class\":\"%s\",\"code\":%d,\"signal\":\"%s%s\","
		"\"core\":%s,\"sender\":%d}",
		first ? "" : ",", pid, how->name, how->class, how->code, how->signal ? "SIG" : "",
		how->signal ? sigabbrev_np(how->signal) : "", how->core ? "true" : "false",
		how->from == FROM_US	 ? getpid() :
		how->from == FROM_ITSELF ? pid :
					   0);
}

int main(int argc, char **argv)
{
	FILE *facts = work__facts(&argc, argv);
	bool first = true;
	int i;

	fprintf(facts, "{\"pid\":%d,\"ends\":[", getpid());
	for (i = 1; i < argc; i++) {
		char *number = strchr(argv[i], '=');
		long count;
		size_t h;

		if (!number)
			return 2;
		*number++ = 0;
		for (h = 0; h < HOWS && strcmp(hows[h].name, argv[i]) != 0; h++)
			;
		if (h == HOWS) {
			fprintf(stderr, "no such end: %s\n", argv[i]);
			return 2;
		}
		fflush(facts);
		for (count = work__number(number); count; count--) {
			make(facts, &hows[h], first);
			fflush(facts);
			first = false;
		}
	}
	fprintf(facts, "]}\n");
	return fclose(facts) ? 1 : 0;
}
