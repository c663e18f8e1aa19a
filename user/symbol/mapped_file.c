/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "symbol/mapped_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "symbol/broker.h"

int process_root__open(pid_t pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/root", pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int open_as_its_process_sees_it(struct broker *broker, const struct process_map *map,
				       const struct file_identity *identity, pid_t pid,
				       const struct owner *owner)
{
	struct broker_file file = { .path = map->path, .owner = owner, .identity = identity };
	int fd;

	file.root = process_root__open(pid);
	if (file.root < 0)
		return file.root;
	fd = broker__open(broker, &file);
	close(file.root);
	return fd;
}

/*
 * The mapping itself leads to its file, whatever became of its name.  By now another file
 * can be mapped there.  What a process has mapped it was allowed to read.
 */
static int open_by_address(struct broker *broker, const struct process_map *map,
			   const struct file_identity *identity, pid_t pid)
{
	struct broker_file file = { .path = "", .identity = identity };
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/map_files/%llx-%llx", pid,
		 (unsigned long long)map->start, (unsigned long long)map->end);
	file.root = open(path, O_PATH | O_CLOEXEC);
	if (file.root < 0)
		return -errno;
	fd = broker__open(broker, &file);
	close(file.root);
	return fd;
}

int mapped_file__open(struct broker *broker, const struct process_map *map, pid_t pid)
{
	struct file_identity identity = { map->inode, map->major, map->minor };
	struct broker_file ours = { .root = -1, .path = map->path, .identity = &identity };
	struct owner owner;
	int fd, other;

	if (!map->inode || map->path[0] != '/')
		return -ENOENT;
	if (!owner__of(pid, &owner))
		return broker__open(broker, &ours);
	fd = map->deleted ? -ENOENT :
			    open_as_its_process_sees_it(broker, map, &identity, pid, &owner);
	if (fd >= 0)
		return fd;
	other = open_by_address(broker, map, &identity, pid);
	if (other < 0)
		other = broker__open(broker, &ours);
	return other >= 0 ? other : fd;
}
