/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/python/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

int memory__open(struct memory *ret_memory, pid_t pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret_memory->fd = fd;
	return 0;
}

void memory__close(struct memory *memory)
{
	close(memory->fd);
	memory->fd = -1;
}

bool memory__read(const struct memory *memory, __u64 at, void *to, size_t size)
{
	if (at > INT64_MAX - size)
		return false;
	return pread(memory->fd, to, size, (off_t)at) == (ssize_t)size;
}
