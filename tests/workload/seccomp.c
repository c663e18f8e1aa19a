/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * seccomp MODE [-o FILE]
 *
 * One of two threads, named "culprit", makes a system call that seccomp forbids.
 *   worker   the other thread of a process; only the thread ends, and the process leaves
 *            with status 0
 *   leader   the leader of a process; the other thread leaves with status 0, later
 *   strict   as worker, in the strict mode
 *   process  the other thread, and the process ends
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>

#include "work.h"

#define SETTLE_NS 100000000LL

struct shared {
	pid_t tid; /* of the culprit */
};

static struct shared *shared;
static unsigned int action = SECCOMP_RET_KILL_THREAD;
static bool strict;

static void forbid(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		work__die("no_new_privs");
	if (strict ? prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) :
		     prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		work__die("seccomp");
}

static void __attribute__((noinline)) transgress(void)
{
	shared->tid = (pid_t)syscall(SYS_gettid);
	prctl(PR_SET_NAME, "culprit");
	forbid();
	syscall(SYS_getppid);
	abort(); /* it was allowed */
}

static void *be_culprit(void *none)
{
	transgress();
	return none;
}

static void *stay(void *none)
{
	work__sleep_ns(2 * SETTLE_NS);
	syscall(SYS_exit, 0); /* this thread only */
	return none;
}

static void be_process(bool leader)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, leader ? stay : be_culprit, NULL))
		work__die("pthread_create");
	work__sleep_ns(SETTLE_NS);
	if (leader)
		transgress();
	work__sleep_ns(SETTLE_NS);
	_exit(0);
}

int main(int argc, char **argv)
{
	FILE *facts = work__facts(&argc, argv);
	const char *mode = argc == 2 ? argv[1] : "";
	struct rlimit no_core = { 0, RLIM_INFINITY };
	int status;
	pid_t pid;

	setrlimit(RLIMIT_CORE, &no_core);
	strict = !strcmp(mode, "strict");
	if (!strcmp(mode, "process"))
		action = SECCOMP_RET_KILL_PROCESS;
	shared = work__shared(sizeof(*shared));
	pid = work__fork();
	if (!pid)
		be_process(!strcmp(mode, "leader"));
	waitpid(pid, &status, 0);
	fprintf(facts, "{\"pid\":%d,\"process\":%d,\"culprit\":%d,\"syscall\":%d,\"status\":%d}\n",
		getpid(), pid, shared->tid, (int)SYS_getppid, status);
	return fclose(facts) ? 1 : 0;
}
