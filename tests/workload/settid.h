/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clone3() with a tid of the caller's choice, so that one tid is used again and
 * again.  Needs CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN.
 */
#ifndef TESTS_WORKLOAD_SETTID_H
#define TESTS_WORKLOAD_SETTID_H

#include <linux/futex.h>
#include <linux/sched.h>
#include <stdint.h>

#include "work.h"

/* A tid that nobody has, and that the kernel hands out again only after all the others. */
static inline void settid__pick(struct counts *ret_first_owner)
{
	struct rusage usage;
	pid_t pid = work__fork();

	if (!pid)
		_exit(0);
	if (wait4(pid, NULL, 0, &usage) != pid)
		work__die("wait4");
	*ret_first_owner = (struct counts){ pid, usage.ru_nvcsw, usage.ru_nivcsw };
}

/*
 * fork() with a given pid.  It is free as soon as its last owner was reaped,
 * which can be before that one's last switch: the hardest case for a tracer.
 */
static inline pid_t settid__fork(pid_t want)
{
	struct clone_args args = { .exit_signal = SIGCHLD,
				   .set_tid = (uintptr_t)&want,
				   .set_tid_size = 1 };
	long pid;

	do {
		pid = syscall(SYS_clone3, &args, sizeof(args));
		if (pid < 0 && errno == EEXIST)
			sched_yield();
	} while (pid < 0 && errno == EEXIST);
	if (pid < 0)
		work__die("clone3 with set_tid");
	return (pid_t)pid;
}

/*
 * A thread with a given tid, by hand, because no library call can do it: it runs
 * fn(arg) on the given stack and ends.  It shares the caller's thread-local
 * storage, so the caller must do nothing but wait while it runs.
 */
static inline long settid__clone_thread(struct clone_args *args, void (*fn)(void *), void *arg)
{
	long ret;

#if defined(__x86_64__)
	void **top = (void **)(uintptr_t)(args->stack + args->stack_size - 16);

	top[0] = arg;
	top[1] = (void *)fn;
	args->stack_size -= 16;
	__asm__ volatile("syscall\n\t"
			 "test %%eax, %%eax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "pop %%rdi\n\t"
			 "pop %%rax\n\t"
			 "call *%%rax\n\t"
			 "mov $60, %%eax\n\t" /* exit, of this thread alone */
			 "xor %%edi, %%edi\n\t"
			 "syscall\n"
			 "1:"
			 : "=a"(ret)
			 : "a"(SYS_clone3), "D"(args), "S"(sizeof(*args))
			 : "rcx", "r11", "memory", "cc");
#elif defined(__aarch64__)
	void **top = (void **)(uintptr_t)(args->stack + args->stack_size - 16);
	register long x0 __asm__("x0") = (long)args;
	register long x1 __asm__("x1") = sizeof(*args);
	register long x8 __asm__("x8") = SYS_clone3;

	top[0] = arg;
	top[1] = (void *)fn;
	args->stack_size -= 16;
	__asm__ volatile("svc #0\n\t"
			 "cbnz x0, 1f\n\t"
			 "ldp x0, x9, [sp], #16\n\t"
			 "blr x9\n\t"
			 "mov x8, #93\n\t" /* exit, of this thread alone */
			 "mov x0, #0\n\t"
			 "svc #0\n"
			 "1:"
			 : "+r"(x0)
			 : "r"(x1), "r"(x8)
			 : "x9", "x30", "memory", "cc");
	ret = x0;
#else
	(void)args;
	(void)fn;
	(void)arg;
	ret = -ENOSYS;
#endif
	return ret;
}

/*
 * Runs fn(arg) as a thread with this tid and comes back when it is gone (but for
 * its last switch).
 */
static inline void settid__run_thread(pid_t want, void (*fn)(void *), void *arg, void *stack,
				      size_t stack_size)
{
	static volatile int alive;
	long tid;

	do {
		struct clone_args args = {
			.flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
				 CLONE_SYSVSEM | CLONE_CHILD_CLEARTID,
			.child_tid = (uintptr_t)&alive,
			.stack = (uintptr_t)stack,
			.stack_size = stack_size,
			.set_tid = (uintptr_t)&want,
			.set_tid_size = 1,
		};

		alive = 1;
		tid = settid__clone_thread(&args, fn, arg);
		if (tid == -EEXIST) /* its last owner is still on its way out */
			sched_yield();
	} while (tid == -EEXIST);
	if (tid < 0) {
		errno = (int)-tid;
		work__die("clone3 with set_tid");
	}
	while (alive)
		syscall(SYS_futex, &alive, FUTEX_WAIT, 1, NULL, NULL, 0);
}

#endif
