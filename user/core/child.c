/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void child__run(char **argv, const struct invoker *as, const struct halt *halt, int fate)
{
	int err;

	halt__restore(halt);
	err = invoker__become(as);
	if (!err) {
		execvp(argv[0], argv);
		err = -errno;
	}
	if (write(fate, &err, sizeof(err)) < 0)
		_exit(126);
	_exit(127);
}

/* Reads errno if exec failed, and end of file if it closed the pipe by working. */
static int child__fate(int fd)
{
	int err = 0;
	ssize_t n;

	do
		n = read(fd, &err, sizeof(err));
	while (n < 0 && errno == EINTR);
	return err;
}

int child__start(struct child *child, char **argv, const struct invoker *as,
		 const struct halt *halt, void (*forking)(void *context, bool now), void *context)
{
	int fate[2], err;
	pid_t pid;

	memset(child, 0, sizeof(*child));
	child->pidfd = -1;
	if (pipe2(fate, O_CLOEXEC))
		return -errno;
	if (forking)
		forking(context, true);
	pid = fork();
	err = pid < 0 ? -errno : 0;
	if (!pid)
		child__run(argv, as, halt, fate[1]);
	if (!err)
		child->pid = pid;
	if (forking)
		forking(context, false);
	close(fate[1]);
	if (!err) {
		child->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
		err = child__fate(fate[0]);
	}
	close(fate[0]);
	return err;
}

static bool child__look(const struct child *child, int flags)
{
	siginfo_t info = { 0 };

	if (!child->pid || child->ended)
		return false;
	return !waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOWAIT | flags) && info.si_pid;
}

bool child__has_ended(const struct child *child)
{
	return child__look(child, WNOHANG);
}

void child__await(const struct child *child)
{
	child__look(child, 0);
}

void child__reap(struct child *child)
{
	int status;

	if (waitpid(child->pid, &status, WNOHANG) != child->pid)
		return;
	child->ended = true;
	child->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
