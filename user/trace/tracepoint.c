/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/tracepoint.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "trace/detached.h"

static const char *const tracefs[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };

/* The number of a tracepoint; 0 or a negative errno if it cannot be read there. */
static int tracepoint__read_id(int root, const char *name)
{
	char path[256];
	FILE *file;
	int id = 0;

	snprintf(path, sizeof(path), "events/%s/id", name);
	file = detached__file(root, path);
	if (!file)
		return -errno;
	if (fscanf(file, "%d", &id) != 1)
		id = -EINVAL;
	fclose(file);
	return id;
}

/* Where it is mounted, or else our own; a descriptor of its directory or a negative errno. */
static int tracefs__open(void)
{
	char path[256];
	size_t i;

	for (i = 0; i < sizeof(tracefs) / sizeof(tracefs[0]); i++) {
		snprintf(path, sizeof(path), "%s/events", tracefs[i]);
		if (!access(path, F_OK) || errno != ENOENT) {
			int root = open(tracefs[i], O_PATH | O_DIRECTORY | O_CLOEXEC);

			return root < 0 ? -errno : root;
		}
	}
	return detached__root("tracefs");
}

static int tracepoint__id(const char *name)
{
	int root = tracefs__open(), id;

	if (root < 0)
		return root;
	id = tracepoint__read_id(root, name);
	close(root);
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
