/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "symbol/helper_side.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

/* ---- without rights ---- */

static void limit(int what, rlim_t most)
{
	struct rlimit limit = { most, most };

	setrlimit(what, &limit);
}

static bool give_up_rights(int socket)
{
	cap_t none = cap_init();
	int null = open("/dev/null", O_RDWR);

	signal(SIGINT, SIG_IGN); /* Ctrl-C is for tasktoll, which ends us by closing the socket */
	signal(SIGQUIT, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(socket, STDERR_FILENO + 1);
	dup2(null, STDERR_FILENO);
	close_range(STDERR_FILENO + 2, ~0U, 0);
	if (!geteuid() && (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
			   setresuid(NOBODY, NOBODY, NOBODY)))
		return false;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* not earlier: a change of user forgets it */
	limit(RLIMIT_AS, 1UL << 30);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_CORE, 0);
	unsetenv("DEBUGINFOD_URLS"); /* to ask the network is for the user to say */
	return none && !cap_set_proc(none) && !cap_free(none) && chdir("/") == 0;
}

/* ---- one job ---- */

static void (*const jobs[JOB_KINDS])(const struct job *job) = {
	[JOB_CRASH] = job__crash,
	[JOB_NAME] = job__name,
	[JOB_UNWIND] = job__unwind,
	[JOB_PERF_MAP] = job__perf_map,
};

static void child__run(const struct helper_message *message, const int *fds)
{
	size_t reply_size = sizeof(struct job_reply) + message->room;
	struct rlimit cpu = { message->cpu_seconds, message->cpu_seconds + 1 };
	struct job job = { .size = message->size,
			   .room = message->room,
			   .files = fds + 2,
			   .file_count = message->file_count };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* names can wait, those who earn the money cannot; nor can stacks, which queue up */
	if (message->kind != JOB_UNWIND && nice(HELPER_NICE) < 0)
		errno = 0;
	setrlimit(RLIMIT_CPU, &cpu);
	close(STDERR_FILENO + 1); /* the socket: what ends here says nothing more */
	job.request = mmap(NULL, job.size, PROT_READ, MAP_PRIVATE, fds[0], 0);
	job.reply = mmap(NULL, reply_size, PROT_READ | PROT_WRITE, MAP_SHARED, fds[1], 0);
	if (job.request == MAP_FAILED || job.reply == MAP_FAILED)
		_exit(1);
	jobs[message->kind](&job);
	_exit(0);
}

static __u64 usage__cpu_ns(const struct rusage *usage)
{
	return ((__u64)usage->ru_utime.tv_sec + (__u64)usage->ru_stime.tv_sec) * 1000000000ULL +
	       ((__u64)usage->ru_utime.tv_usec + (__u64)usage->ru_stime.tv_usec) * 1000;
}

/* Waits for the end of a child, and sees to it that there is one. */
static void child__wait(pid_t pid, __u32 seconds, struct helper_result *result)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), status = -1, n;
	struct pollfd end = { .fd = pidfd, .events = POLLIN };
	struct rusage usage = { 0 };

	do
		n = poll(&end, 1, (int)seconds * 1000);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		kill(pid, SIGKILL);
	while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR)
		;
	if (pidfd >= 0)
		close(pidfd);
	result->cpu_ns = usage__cpu_ns(&usage);
	if (n <= 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU))
		result->error = ETIMEDOUT;
	else if (status)
		result->error = EIO;
}

static void serve_one(const struct helper_message *message, const int *fds,
		      struct helper_result *result)
{
	pid_t pid = fork();

	if (!pid)
		child__run(message, fds);
	if (pid < 0)
		result->error = EAGAIN;
	else
		child__wait(pid, message->seconds, result);
}

/* ---- one after the other ---- */

/* False: nobody is there any more. */
static bool receive(int socket, struct helper_message *message, int fds[HELPER_FDS])
{
	char control[CMSG_SPACE(sizeof(int) * HELPER_FDS)];
	struct iovec part = { .iov_base = message, .iov_len = sizeof(*message) };
	struct msghdr head = { .msg_iov = &part,
			       .msg_iovlen = 1,
			       .msg_control = control,
			       .msg_controllen = sizeof(control) };
	struct cmsghdr *rights;
	ssize_t n;
	int i;

	for (i = 0; i < HELPER_FDS; i++)
		fds[i] = -1;
	do
		n = recvmsg(socket, &head, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	rights = n > 0 ? CMSG_FIRSTHDR(&head) : NULL;
	if (rights && rights->cmsg_type == SCM_RIGHTS)
		memcpy(fds, CMSG_DATA(rights), rights->cmsg_len - CMSG_LEN(0));
	return n == (ssize_t)sizeof(*message);
}

void helper_side__run(int socket)
{
	struct helper_message message;
	int fds[HELPER_FDS], i;

	if (!give_up_rights(socket))
		_exit(1);
	while (receive(STDERR_FILENO + 1, &message, fds)) {
		struct helper_result result = { .number = message.number };

		if (message.kind < JOB_KINDS && fds[0] >= 0 && fds[1] >= 0)
			serve_one(&message, fds, &result);
		else
			result.error = EMFILE; /* descriptors that did not arrive */
		for (i = 0; i < HELPER_FDS; i++) {
			if (fds[i] >= 0)
				close(fds[i]);
		}
		if (send(STDERR_FILENO + 1, &result, sizeof(result), MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}
