/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/tracepoint.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const tracefs[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };

/* The number of a tracepoint; 0 or a negative errno if it cannot be read there. */
static int tracepoint__read_id(const char *root, const char *name)
{
	char path[256];
	FILE *file;
	int id = 0;

	snprintf(path, sizeof(path), "%s/events/%s/id", root, name);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	if (fscanf(file, "%d", &id) != 1)
		id = -EINVAL;
	fclose(file);
	return id;
}

/* Is tracefs mounted there? */
static bool tracefs__is_at(const char *root)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/events", root);
	return !access(path, F_OK) || errno != ENOENT;
}

/* In a child with a mount namespace of its own. */
static void tracepoint__read_id_apart(const char *name, int out)
{
	int id = -EPERM;

	if (!unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	    !mount("tracefs", tracefs[0], "tracefs", 0, NULL))
		id = tracepoint__read_id(tracefs[0], name);
	_exit(write(out, &id, sizeof(id)) != sizeof(id));
}

static int tracepoint__id(const char *name)
{
	int ends[2], id = -EIO, status;
	size_t i;
	pid_t pid;

	for (i = 0; i < sizeof(tracefs) / sizeof(tracefs[0]); i++) {
		if (tracefs__is_at(tracefs[i]))
			return tracepoint__read_id(tracefs[i], name);
	}
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (!pid)
		tracepoint__read_id_apart(name, ends[1]);
	close(ends[1]);
	if (pid < 0)
		id = -EAGAIN;
	else if (read(ends[0], &id, sizeof(id)) != sizeof(id))
		id = -EIO;
	close(ends[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return id;
}

int tracepoint__open(const char *name)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr) };
	int id = tracepoint__id(name), fd;

	if (id < 0)
		return id;
	attr.config = (__u64)id;
	attr.sample_period = 1;
	fd = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
