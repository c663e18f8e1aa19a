/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/debuginfod.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_SECONDS "60" /* for one file */

static void debuginfod__run(int output, const char *build_id, const struct invoker *invoker)
{
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	dup2(null, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	close_range(STDERR_FILENO + 1, ~0U, 0);
	if (invoker__become(invoker))
		_exit(126);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setenv("DEBUGINFOD_MAXTIME", MOST_SECONDS, false);
	execlp("debuginfod-find", "debuginfod-find", "debuginfo", build_id, (char *)NULL);
	_exit(127);
}

int debuginfod__start(struct debuginfod *find, const char *build_id, const struct invoker *invoker)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	find->pid = fork();
	if (!find->pid)
		debuginfod__run(ends[1], build_id, invoker);
	close(ends[1]);
	if (find->pid > 0) {
		find->output = ends[0];
		return 0;
	}
	find->pid = 0;
	close(ends[0]);
	return -EAGAIN;
}

static int debuginfod__reap(struct debuginfod *find)
{
	int status = -1;

	(void)TEMP_FAILURE_RETRY(waitpid(find->pid, &status, 0));
	close(find->output);
	find->pid = 0;
	return status;
}

/* It has written the name of a file, which is the user's: it can be anything. */
int debuginfod__finish(struct debuginfod *find)
{
	char path[PATH_MAX];
	ssize_t n = read(find->output, path, sizeof(path) - 1);
	struct stat st;
	int fd;

	if (n <= 0 || memchr(path, 0, (size_t)n)) {
		debuginfod__cancel(find);
		return -ENOENT;
	}
	path[n] = 0;
	path[strcspn(path, "\n")] = 0;
	if (debuginfod__reap(find) || path[0] != '/')
		return -ENOENT;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return -ENOENT;
}

void debuginfod__cancel(struct debuginfod *find)
{
	if (!find->pid)
		return;
	kill(find->pid, SIGKILL);
	debuginfod__reap(find);
}
