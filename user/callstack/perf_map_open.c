/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The side that has such a map opened; it reads nothing of it. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "callstack/broker.h"
#include "callstack/mapped_file.h"
#include "callstack/perf_map_open.h"

#define SIZE_MAX_BYTES (1LL << 30) /* a name a line: nothing that runs has so much code */

static int map__open(struct broker *broker, int root, pid_t pid, const struct owner *owner)
{
	char path[64];
	struct broker_file file = { .root = root, .path = path, .owner = owner };
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", pid);
	fd = broker__open(broker, &file);
	if (fd < 0)
		return fd;
	/* anybody can make a file of that name, or give one of somebody else's another name */
	if (!fstat(fd, &st) && st.st_nlink <= 1 && st.st_size <= SIZE_MAX_BYTES &&
	    (!st.st_uid || st.st_uid == owner->uid))
		return fd;
	close(fd);
	return -EPERM;
}

int perf_map__open(struct broker *broker, pid_t pid)
{
	struct owner owner;
	int root, fd = -ENOENT;

	if (!owner__of(pid, &owner))
		return -ESRCH; /* whose it would have to be is not known any more */
	root = process_root__open(pid);
	if (root >= 0) {
		fd = map__open(broker, root, owner.own_pid, &owner);
		close(root);
	}
	return fd >= 0 ? fd : map__open(broker, -1, pid, &owner);
}
