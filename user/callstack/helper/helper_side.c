/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/helper/helper_side.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/confine.h"
#include "callstack/helper/job.h"
#include "core/passing.h"

#define PROCESSES 4 /* of a user of our own: the helper, a child, and what is on its way out */
#define SOCKET	  (STDERR_FILENO + 1)

/* Files are mapped, which takes no memory of ours; what finds no room there is read in parts. */
#define ADDRESSES (4UL << 30)

/* ---- without privileges ---- */

/* What a job needs: memory, and what it was sent. */
#define CALLS_OF_JOBS                                                                              \
	SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(lseek), SCMP_SYS(fstat), SCMP_SYS(newfstatat), \
		SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(mprotect),            \
		SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(close), SCMP_SYS(dup), SCMP_SYS(fcntl), \
		SCMP_SYS(write), SCMP_SYS(futex), SCMP_SYS(getpid), SCMP_SYS(gettid),              \
		SCMP_SYS(sysinfo), SCMP_SYS(getrandom), SCMP_SYS(clock_gettime),                   \
		SCMP_SYS(setitimer), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),             \
		SCMP_SYS(rt_sigreturn), SCMP_SYS(exit), SCMP_SYS(exit_group)

static const int calls_of_jobs[] = { CALLS_OF_JOBS };

/* The one that makes a child for each also starts it, waits for it, hears and says. */
static const int calls_of_server[] = { CALLS_OF_JOBS,
				       SCMP_SYS(recvmsg),
				       SCMP_SYS(sendmsg),
				       SCMP_SYS(sendto),
				       SCMP_SYS(clone),
				       SCMP_SYS(clone3),
				       SCMP_SYS(wait4),
				       SCMP_SYS(pidfd_open),
				       SCMP_SYS(poll),
				       SCMP_SYS(ppoll),
				       SCMP_SYS(kill),
				       SCMP_SYS(prctl),
				       SCMP_SYS(setrlimit),
				       SCMP_SYS(prlimit64),
				       SCMP_SYS(getpriority),
				       SCMP_SYS(setpriority),
				       SCMP_SYS(set_robust_list),
				       SCMP_SYS(rseq),
				       SCMP_SYS(seccomp) };

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static bool drop_privileges(int socket)
{
	int null = open("/dev/null", O_RDWR), i;

	signal(SIGINT, SIG_IGN); /* Ctrl-C is for tasktoll, which ends us by closing the socket */
	signal(SIGQUIT, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	for (i = STDIN_FILENO; i <= STDERR_FILENO && i != socket; i++)
		dup2(null, i);
	if (socket != SOCKET)
		dup2(socket, SOCKET);
	close_range(SOCKET + 1, ~0U, 0);
	confine__forget_environment(); /* also what asks the network: DEBUGINFOD_URLS */
	if (!confine__drop_privileges())
		return false;
	confine__stay_private();
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* not earlier: a change of user forgets it */
	prctl(PR_SET_NAME, "tasktoll-helper");
	confine__limit(RLIMIT_DATA, HELPER_MEMORY);
	confine__limit(RLIMIT_AS, ADDRESSES);
	confine__limit(RLIMIT_FSIZE, 0);
	confine__limit(RLIMIT_CORE, 0);
	if (getpid() == 1) /* else others of that user would count */
		confine__limit(RLIMIT_NPROC, PROCESSES);
	return !confine__allow(calls_of_server, COUNT(calls_of_server));
}

/* ---- one job ---- */

static void (*const jobs[JOB_KINDS])(const struct job *job) = {
	[JOB_NAME] = job__name,
	[JOB_UNWIND] = job__unwind,
	[JOB_PERF_MAP] = job__perf_map,
};

static void child__run(const struct helper_message *message, const int *fds)
{
	size_t reply_size = sizeof(struct job_reply) + message->room;
	struct rlimit cpu = { message->cpu_seconds, message->cpu_seconds + 1 };
	struct rlimit memory = { message->memory, message->memory };
	struct job job = { .size = message->size,
			   .room = message->room,
			   .files = fds + 2,
			   .file_count = message->file_count };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* names yield the CPU to the programs that are measured; stacks cannot, they queue up */
	if (message->kind != JOB_UNWIND && nice(HELPER_NICE) < 0)
		errno = 0;
	setrlimit(RLIMIT_CPU, &cpu);
	setrlimit(RLIMIT_DATA, &memory);
	close(SOCKET); /* the socket: what ends here says nothing more */
	job.request = mmap(NULL, job.size, PROT_READ, MAP_PRIVATE, fds[0], 0);
	job.reply = mmap(NULL, reply_size, PROT_READ | PROT_WRITE, MAP_SHARED, fds[1], 0);
	if (job.request == MAP_FAILED || job.reply == MAP_FAILED ||
	    confine__allow(calls_of_jobs, COUNT(calls_of_jobs)))
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
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), status = -1;
	struct pollfd end = { .fd = pidfd, .events = POLLIN };
	struct rusage usage = { 0 };
	bool in_time = TEMP_FAILURE_RETRY(poll(&end, 1, (int)seconds * 1000)) > 0;

	if (!in_time)
		kill(pid, SIGKILL);
	(void)TEMP_FAILURE_RETRY(wait4(pid, &status, 0, &usage));
	if (pidfd >= 0)
		close(pidfd);
	result->cpu_ns = usage__cpu_ns(&usage);
	result->memory = (__u64)usage.ru_maxrss * 1024;
	if (!in_time || (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU))
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

void helper_side__run(int socket)
{
	struct helper_message message;
	int fds[HELPER_FDS], i;

	if (!drop_privileges(socket))
		_exit(1);
	while (!passing__receive(SOCKET, &message, sizeof(message), fds, HELPER_FDS)) {
		struct helper_result result = { .number = message.number };

		if (message.kind < JOB_KINDS && fds[0] >= 0 && fds[1] >= 0)
			serve_one(&message, fds, &result);
		else
			result.error = EMFILE; /* descriptors that did not arrive */
		for (i = 0; i < HELPER_FDS; i++) {
			if (fds[i] >= 0)
				close(fds[i]);
		}
		if (send(SOCKET, &result, sizeof(result), MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}
