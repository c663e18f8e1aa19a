/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/hook.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/number.h"

#define HOOK_LAST_NS 2000000000ULL /* that the last ones get when tasktoll ends, and */
#define HOOK_HALT_NS 500000000ULL  /* after a signal */
#define HOOK_KILL_NS 200000000ULL  /* from being asked to end to being killed */

void hook__begin(struct hook *hook, const char *command)
{
	memset(hook, 0, sizeof(*hook));
	hook->command = command;
	invoker__read(&hook->as);
}

/* A file in memory: unlike a pipe it never makes us wait for the reader. */
static int hook__input(const char *text, size_t size)
{
	int fd = memfd_create("tasktoll-crash", MFD_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	while (size) {
		ssize_t n = write(fd, text, size);

		if (n <= 0) {
			err = n < 0 ? -errno : -EIO;
			close(fd);
			return err;
		}
		text += n;
		size -= (size_t)n;
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static void hook__become(const struct hook *hook, int input)
{
	setpgid(0, 0);
	halt__restore(hook->halt);
	if (dup2(input, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0 ||
	    invoker__become(&hook->as))
		_exit(126);
	execl("/bin/sh", "sh", "-c", hook->command, (char *)NULL);
	_exit(127);
}

int hook__run(struct hook *hook, const char *text, size_t size, __u64 now_ns)
{
	int i, input;
	pid_t pid;

	for (i = 0; i < HOOK_AT_ONCE && hook->running[i].pid; i++)
		;
	if (i == HOOK_AT_ONCE) {
		hook->missed++;
		return -EBUSY;
	}
	input = hook__input(text, size);
	if (input < 0)
		return input;
	pid = fork();
	if (!pid)
		hook__become(hook, input);
	close(input);
	if (pid < 0)
		return -errno;
	setpgid(pid, pid); /* whoever comes first: it has to be there before it is ended */
	halt__take_along(hook->halt, -pid);
	hook->running[i].pid = pid;
	hook->running[i].started_ns = now_ns;
	hook->running[i].reported_ns = 0;
	return 0;
}

static void hook__reap(struct hook *hook, int i)
{
	siginfo_t info = { 0 };
	int status;

	if (waitid(P_PID, (id_t)hook->running[i].pid, &info, WEXITED | WNOHANG | WNOWAIT) ||
	    !info.si_pid)
		return;
	halt__let_go(hook->halt, -hook->running[i].pid);
	waitpid(hook->running[i].pid, &status, WNOHANG);
	hook->running[i].pid = 0;
	status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	if (status > hook->worst_status)
		hook->worst_status = status;
}

static bool hook__end_late(struct hook *hook, __u64 now_ns, __u64 limit_ns)
{
	bool any = false;
	int i;

	for (i = 0; i < HOOK_AT_ONCE; i++) {
		if (!hook->running[i].pid)
			continue;
		hook__reap(hook, i);
		if (!hook->running[i].pid)
			continue;
		any = true;
		if (now_ns < hook->running[i].started_ns + limit_ns)
			continue;
		if (!hook->running[i].reported_ns) {
			kill(-hook->running[i].pid, SIGTERM);
			hook->running[i].reported_ns = now_ns;
		} else if (now_ns - hook->running[i].reported_ns > HOOK_KILL_NS) {
			kill(-hook->running[i].pid, SIGKILL);
		}
		hook->hung = true;
	}
	return any;
}

void hook__tick(struct hook *hook, __u64 now_ns)
{
	if (hook->command)
		hook__end_late(hook, now_ns, HOOK_TIME_NS);
}

void hook__end(struct hook *hook)
{
	__u64 begin = clock__monotonic(), now = begin;
	bool any = hook->command;

	while (any && now < begin + 2 * HOOK_LAST_NS) {
		bool last = now > begin + HOOK_LAST_NS || halt__is_due(hook->halt, HOOK_HALT_NS);

		any = hook__end_late(hook, now, last ? 0 : HOOK_TIME_NS);
		if (any)
			usleep(10000);
		now = clock__monotonic();
	}
}

void hook__tell(const struct hook *hook)
{
	if (hook->worst_status)
		fprintf(stderr, "tasktoll: the command of --exec ended with status %d%s\n",
			hook->worst_status,
			hook->worst_status == 127 ? ": there is no such command" : "");
	if (hook->hung)
		fputs("tasktoll: the command of --exec hung and was ended\n", stderr);
	if (hook->missed)
		fprintf(stderr,
			"tasktoll: --exec was not run for %s crashes: %d commands were still running\n",
			number__count(hook->missed).text, HOOK_AT_ONCE);
}
