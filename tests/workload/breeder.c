/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * breeder [-o FILE] [KIND=COUNT ...]
 *
 * Makes COUNT of each KIND, one after the other, and reports by its own clock how
 * long the calls took:
 *   thread    pthread_create
 *   process   fork, by the C library and by the bare system call in turn
 *   vfork     vfork and _exit in the child
 *   spawn     posix_spawn of itself: a vfork and an exec
 *   shared    clone3 with CLONE_VM and nothing else
 *   exec      fork and exec of itself
 *   namespace fork with a UTS namespace of its own
 *   invalid   clone with flags that contradict each other: EINVAL
 *   eagain    fork beyond the limit of processes: EAGAIN
 * resident=MIB: that much memory is touched first.
 */
#include <linux/sched.h>
#include <pthread.h>
#include <spawn.h>

#include "work.h"

#define CHILD	  "child"
#define LONE_USER 61234 /* has no processes but ours */

struct timing {
	long long sum, max;
};

static void *nothing(void *arg)
{
	return arg;
}

static void reap(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, __WALL) != pid || status)
		work__die("waitpid");
}

/* Each of these makes one and returns how long the call that makes it took. */

static long long make_thread(void)
{
	long long begin = work__now_ns(), end;
	pthread_t id;

	if (pthread_create(&id, NULL, nothing, NULL))
		work__die("pthread_create");
	end = work__now_ns();
	pthread_join(id, NULL);
	return end - begin;
}

static long long make_process(void)
{
	static int turn;
	long long begin = work__now_ns(), end;
	pid_t pid;

#ifdef SYS_fork
	pid = turn++ % 2 ? (pid_t)syscall(SYS_fork) : fork();
#else
	pid = fork();
	(void)turn;
#endif
	if (!pid)
		_exit(0);
	end = work__now_ns();
	reap(pid);
	return end - begin;
}

static long long make_vfork(void)
{
	long long begin = work__now_ns(), end;
	pid_t pid = vfork();

	if (!pid)
		_exit(0);
	end = work__now_ns();
	reap(pid);
	return end - begin;
}

static char self_name[] = "breeder", child_name[] = CHILD;
static char *const child_argv[] = { self_name, child_name, NULL };

static long long make_spawn(void)
{
	long long begin = work__now_ns(), end;
	pid_t pid;

	if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, child_argv, environ))
		work__die("posix_spawn");
	end = work__now_ns();
	reap(pid);
	return end - begin;
}

static long long make_exec(void)
{
	long long begin = work__now_ns(), end;
	pid_t pid = fork();

	if (!pid) {
		execv("/proc/self/exe", child_argv);
		_exit(127);
	}
	end = work__now_ns();
	reap(pid);
	return end - begin;
}

static long long make_namespace(void)
{
	struct clone_args args = { .flags = CLONE_NEWUTS, .exit_signal = SIGCHLD };
	long long begin = work__now_ns(), end;
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (!pid)
		_exit(0);
	end = work__now_ns();
	if (pid < 0)
		work__die("clone3");
	reap(pid);
	return end - begin;
}

/* The child has our stack: it must not touch it, so it ends without another line of C. */
static pid_t clone3_and_exit(struct clone_args *args)
{
	long pid;

#if defined(__x86_64__)
	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%edi, %%edi\n\t"
			 "mov %3, %%eax\n\t"
			 "syscall\n"
			 "1:"
			 : "=a"(pid)
			 : "a"((long)SYS_clone3), "D"(args), "i"(SYS_exit), "S"(sizeof(*args))
			 : "rcx", "r11", "memory");
#else
	register long x0 __asm__("x0") = (long)args;
	register long x1 __asm__("x1") = sizeof(*args);
	register long x8 __asm__("x8") = SYS_clone3;

	__asm__ volatile("svc #0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x8, %3\n\t"
			 "svc #0\n"
			 "1:"
			 : "+r"(x0), "+r"(x8)
			 : "r"(x1), "i"(SYS_exit)
			 : "memory");
	pid = x0;
#endif
	errno = pid < 0 ? (int)-pid : 0;
	return (pid_t)pid;
}

static long long make_shared(void)
{
	struct clone_args args = { .flags = CLONE_VM, .exit_signal = SIGCHLD };
	long long begin = work__now_ns(), end;
	pid_t pid = clone3_and_exit(&args);

	end = work__now_ns();
	if (pid < 0)
		work__die("clone3");
	reap(pid);
	return end - begin;
}

static long long make_invalid(void)
{
	long long begin = work__now_ns();

	if (syscall(SYS_clone, CLONE_THREAD | SIGCHLD, 0, 0, 0, 0) >= 0 || errno != EINVAL)
		work__die("clone that contradicts itself");
	return work__now_ns() - begin;
}

static long long make_eagain(void)
{
	long long begin = work__now_ns();

	if (fork() >= 0 || errno != EAGAIN)
		work__die("fork beyond the limit");
	return work__now_ns() - begin;
}

static const struct kind {
	const char *name;
	long long (*make)(void);
} kinds[] = {
	{ "thread", make_thread },	 { "process", make_process }, { "vfork", make_vfork },
	{ "spawn", make_spawn },	 { "exec", make_exec },	      { "shared", make_shared },
	{ "namespace", make_namespace }, { "invalid", make_invalid }, { "eagain", make_eagain },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* From here on this user, who has one process, may have one process: the last thing to be done. */
static void become_limited(void)
{
	struct rlimit limit = { 1, 1 };

	if (setresuid(LONE_USER, LONE_USER, LONE_USER) || setrlimit(RLIMIT_NPROC, &limit))
		work__die("setrlimit");
}

static void touch(long mib)
{
	size_t size = (size_t)mib << 20;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		work__die("mmap");
	/* small pages: their number is what a fork copies */
	madvise(memory, size, MADV_NOHUGEPAGE);
	memset(memory, 1, size);
}

static void make(FILE *facts, const char *name, const char *number)
{
	long count = work__number(number), i;
	struct timing timing = { 0 };
	size_t k = 0;

	while (k < KINDS && strcmp(kinds[k].name, name) != 0)
		k++;
	if (k == KINDS) {
		fprintf(stderr, "no such kind: %s\n", name);
		exit(2);
	}
	if (kinds[k].make == make_eagain && count)
		become_limited();
	for (i = 0; i < count; i++) {
		long long ns = kinds[k].make();

		timing.sum += ns;
		if (ns > timing.max)
			timing.max = ns;
	}
	fprintf(facts, ",\"%s\":{\"count\":%ld,\"sum\":%lld,\"max\":%lld}", name, count, timing.sum,
		timing.max);
}

int main(int argc, char **argv)
{
	FILE *facts;
	int i;

	if (argc == 2 && !strcmp(argv[1], CHILD))
		return 0;
	facts = work__facts(&argc, argv);
	fprintf(facts, "{\"pid\":%d", getpid());
	fflush(facts);
	for (i = 1; i < argc; i++) {
		char *number = strchr(argv[i], '=');

		if (!number) {
			fprintf(stderr, "usage: breeder [-o FILE] KIND=COUNT...\n");
			return 2;
		}
		*number++ = 0;
		if (!strcmp(argv[i], "resident"))
			touch(work__number(number));
		else
			make(facts, argv[i], number);
	}
	fprintf(facts, "}\n");
	return fclose(facts) ? 1 : 0;
}
