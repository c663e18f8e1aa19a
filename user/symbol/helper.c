/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "symbol/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

/* ---- messages ---- */

int helper__send(int socket, const void *data, size_t size, const int *fds, __u32 count)
{
	char control[CMSG_SPACE(sizeof(int) * STACK_MAPS)] = { 0 };
	struct iovec part = { .iov_base = (void *)(unsigned long)data, .iov_len = size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t n;

	if (count) {
		struct cmsghdr *head = (struct cmsghdr *)(void *)control;

		message.msg_control = control;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(head), fds, sizeof(int) * count);
	}
	do
		n = sendmsg(socket, &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

/* Returns the bytes received; stores the descriptors, -1 where there is none. */
static ssize_t helper__receive(int socket, void *data, size_t size, int fds[STACK_MAPS])
{
	char control[CMSG_SPACE(sizeof(int) * STACK_MAPS)];
	struct iovec part = { .iov_base = data, .iov_len = size };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *head;
	ssize_t n;
	int i;

	for (i = 0; i < STACK_MAPS; i++)
		fds[i] = -1;
	do
		n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	head = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (head && head->cmsg_type == SCM_RIGHTS)
		memcpy(fds, CMSG_DATA(head), head->cmsg_len - CMSG_LEN(0));
	return n;
}

/* ---- without rights ---- */

static void limit(int what, rlim_t most)
{
	struct rlimit limit = { most, most };

	setrlimit(what, &limit);
}

static bool helper__give_up_rights(int socket)
{
	cap_t none = cap_init();
	int null = open("/dev/null", O_RDWR);

	signal(SIGINT, SIG_IGN); /* Ctrl-C is for tasktoll, which ends us by closing the socket */
	signal(SIGQUIT, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	dup2(socket, STDERR_FILENO + 1);
	close_range(STDERR_FILENO + 2, ~0U, 0);
	if (!geteuid() && (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
			   setresuid(NOBODY, NOBODY, NOBODY)))
		return false;
	if (nice(HELPER_NICE) < 0) /* names can wait, those who earn the money cannot */
		errno = 0;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* not earlier: a change of user forgets it */
	limit(RLIMIT_AS, 1UL << 30);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_CORE, 0);
	unsetenv("DEBUGINFOD_URLS");
	return none && !cap_set_proc(none) && !cap_free(none) && chdir("/") == 0;
}

static void helper__name(int socket, const struct helper_request *request, const int *fds)
{
	struct helper_reply *reply = calloc(1, sizeof(*reply));
	int files[STACK_MAPS], i;

	if (!reply)
		_exit(1);
	alarm(HELPER_SECONDS);
	for (i = 0; i < STACK_MAPS; i++) {
		int at = request->file[i];

		files[i] = at >= 0 && at < STACK_MAPS ? fds[at] : -1;
	}
	unwind__name(&request->stack, files, &reply->names);
	_exit(helper__send(socket, reply, sizeof(*reply), NULL, 0) != 0);
}

static void helper__serve(int socket, struct helper_request *request)
{
	struct helper_reply *failed = calloc(1, sizeof(*failed));
	int fds[STACK_MAPS], i, status;

	while (failed && helper__receive(socket, request, sizeof(*request), fds) ==
				 (ssize_t)sizeof(*request)) {
		pid_t pid = fork();

		if (!pid)
			helper__name(socket, request, fds);
		for (i = 0; i < STACK_MAPS; i++) {
			if (fds[i] >= 0)
				close(fds[i]);
		}
		status = -1;
		while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		failed->error = EIO;
		if (status && helper__send(socket, failed, sizeof(*failed), NULL, 0))
			break;
	}
	_exit(0);
}

int helper__start(pid_t *ret_pid, int *ret_socket)
{
	int ends[2], size = 4 * sizeof(struct helper_request);
	struct helper_request *request;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	*ret_pid = fork();
	if (!*ret_pid) {
		request = calloc(1, sizeof(*request));
		if (!request || !helper__give_up_rights(ends[1]))
			_exit(1);
		helper__serve(STDERR_FILENO + 1, request);
	}
	close(ends[1]);
	if (*ret_pid < 0) {
		close(ends[0]);
		return -EAGAIN;
	}
	*ret_socket = ends[0];
	return 0;
}
