/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void child__run(char **argv, const struct invoker *as, int hold, int fate)
{
	sigset_t none;
	char byte;
	int err;

	while (read(hold, &byte, 1) < 0 && errno == EINTR)
		;
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	err = invoker__become(as);
	if (!err) {
		execvp(argv[0], argv);
		err = -errno;
	}
	if (write(fate, &err, sizeof(err)) < 0)
		_exit(126);
	_exit(127);
}

int child__hold(struct child *child, char **argv, const struct invoker *as)
{
	int hold[2], fate[2];

	memset(child, 0, sizeof(*child));
	if (pipe2(hold, O_CLOEXEC))
		return -errno;
	if (pipe2(fate, O_CLOEXEC)) {
		close(hold[0]);
		close(hold[1]);
		return -errno;
	}
	child->pid = fork();
	if (!child->pid) {
		close(hold[1]); /* if we die, it reads end of file and runs untraced */
		child__run(argv, as, hold[0], fate[1]);
	}
	close(hold[0]);
	close(fate[1]);
	child->hold = hold[1];
	child->fate = fate[0];
	if (child->pid < 0) {
		child->pid = 0;
		close(child->hold);
		close(child->fate);
		return -EAGAIN;
	}
	child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	return 0;
}

int child__let_go(struct child *child)
{
	int err = 0;
	ssize_t n;

	if (write(child->hold, "", 1) < 0)
		err = -errno;
	close(child->hold);
	do
		n = read(child->fate, &err, sizeof(err));
	while (n < 0 && errno == EINTR);
	close(child->fate);
	return err;
}

void child__reap(struct child *child, bool wait)
{
	int status;
	pid_t pid;

	if (!child->pid || child->ended)
		return;
	do
		pid = waitpid(child->pid, &status, wait ? 0 : WNOHANG);
	while (pid < 0 && errno == EINTR);
	if (pid != child->pid)
		return;
	child->ended = true;
	child->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
