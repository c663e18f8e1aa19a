/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "price/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONGEST_MS 20000

struct answer {
	int error;
	double ns;
};

/* The list of hardware threads of a core: that of another core differs. */
static void core_of(int cpu, char *text, size_t size)
{
	char path[96];
	FILE *file;

	*text = '\0';
	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list",
		 cpu);
	file = fopen(path, "re");
	if (!file)
		return;
	if (!fgets(text, (int)size, file))
		*text = '\0';
	fclose(file);
}

void price_cpus__choose(struct price_cpus *cpus)
{
	char first[64] = "", other[64];
	cpu_set_t allowed;
	int cpu;

	*cpus = (struct price_cpus){ .first = -1, .second = -1 };
	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return;
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &allowed))
			continue;
		if (cpus->first < 0) {
			cpus->first = cpu;
			core_of(cpu, first, sizeof(first));
			continue;
		}
		core_of(cpu, other, sizeof(other));
		if (cpus->second < 0)
			cpus->second = cpu;
		if (strcmp(first, other)) {
			cpus->second = cpu;
			return;
		}
	}
}

int price_cpus__pin(int cpu)
{
	cpu_set_t one;

	if (cpu < 0)
		return 0;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	return sched_setaffinity(0, sizeof(one), &one) ? -errno : 0;
}

/* Returns 0 or a negative errno. */
static int await(int fd, struct answer *answer)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	int ready;

	do
		ready = poll(&poll_fd, 1, LONGEST_MS);
	while (ready < 0 && errno == EINTR);
	if (ready < 0)
		return -errno;
	if (!ready)
		return -ETIMEDOUT;
	if (read(fd, answer, sizeof(*answer)) != sizeof(*answer))
		return -ECHILD;
	return answer->error;
}

/* All of the group, also what the child had started: their CPU time is then known to be ours. */
static void reap(pid_t group)
{
	while (waitpid(-group, NULL, 0) > 0 || errno == EINTR)
		;
}

int price__apart(int (*measure)(const struct price_key *key, const struct price_cpus *cpus,
				double *ret_ns),
		 const struct price_key *key, const struct price_cpus *cpus, double *ret_ns)
{
	struct answer answer = { 0 };
	int pipe_fds[2], err;
	pid_t child, parent = getpid();

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (pipe2(pipe_fds, O_CLOEXEC))
		return -errno;
	child = fork();
	if (child < 0) {
		err = -errno;
		close(pipe_fds[0]);
		close(pipe_fds[1]);
		return err;
	}
	if (!child) {
		setpgid(0, 0); /* so that all of it can be killed */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(pipe_fds[0]);
		signal(SIGINT, SIG_IGN); /* the parent decides */
		if (getppid() == parent)
			answer.error = measure(key, cpus, &answer.ns);
		err = write(pipe_fds[1], &answer, sizeof(answer)) != sizeof(answer);
		kill(0, SIGKILL);
		_exit(err);
	}
	setpgid(child, child);
	close(pipe_fds[1]);
	err = await(pipe_fds[0], &answer);
	close(pipe_fds[0]);
	kill(-child, SIGKILL);
	reap(child);
	if (!err)
		*ret_ns = answer.ns;
	return err;
}
