/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/mapped_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "callstack/broker.h"

/* A mount namespace and a directory in it. */
static bool view__read(const char *process, __u64 *ret_view)
{
	struct stat mounts, root;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%s/ns/mnt", process);
	if (stat(path, &mounts))
		return false;
	snprintf(path, sizeof(path), "/proc/%s/root", process);
	if (stat(path, &root))
		return false;
	*ret_view = (__u64)mounts.st_ino * 0x9E3779B97F4A7C15ULL ^ root.st_ino ^
		    (__u64)root.st_dev << 32;
	return true;
}

__u64 process_root__own_view(void)
{
	__u64 view;

	return view__read("self", &view) ? view : 0;
}

__u64 process_root__view(pid_t pid, __u64 own)
{
	char process[16];
	__u64 view;

	snprintf(process, sizeof(process), "%d", pid);
	if (!own || !view__read(process, &view) || view == own)
		return 0;
	return view ? view : 1;
}

int process_root__open(pid_t pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/root", pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

bool mapped_file__is(const struct process_map *map, int fd)
{
	const struct file_identity identity = { map->inode, map->major, map->minor };
	struct stat st;

	return !fstat(fd, &st) && (!map->size || (__u64)st.st_size == map->size) &&
	       file__compare(fd, &identity) != FILE_OTHER;
}

static int open_as_a_process_sees_it(struct broker *broker, const char *path,
				     const struct file_identity *identity, pid_t pid,
				     const struct owner *owner, bool borrowed)
{
	struct broker_file file = {
		.path = path, .owner = owner, .borrowed = borrowed, .identity = identity
	};
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

#define NAMES 2 /* that a file has */

/* Of a process that has ended, or does not see it under that name. */
static int open_as_others_see_it(struct broker *broker, const struct process_map *map,
				 const struct file_identity *identity)
{
	const char *paths[NAMES] = { map->outer, map->path };
	pid_t parent = (pid_t)map->parent;
	struct owner owner;
	int fd = -ENOENT;
	size_t i;

	for (i = 0; i < NAMES && parent && owner__of(parent, &owner); i++) {
		if (fd < 0 && paths[i] && paths[i][0] == '/')
			fd = open_as_a_process_sees_it(broker, paths[i], identity, parent, &owner,
						       true);
	}
	for (i = 0; i < NAMES; i++) {
		struct broker_file ours = { .root = -1, .path = paths[i], .identity = identity };

		if (fd < 0 && paths[i] && paths[i][0] == '/')
			fd = broker__open(broker, &ours);
	}
	return fd;
}

int mapped_file__open(struct broker *broker, const struct process_map *map, pid_t pid)
{
	struct file_identity identity = { map->inode, map->major, map->minor };
	struct owner owner;
	int fd, other;

	if (!map->inode || map->path[0] != '/')
		return -ENOENT;
	if (!owner__of(pid, &owner))
		return open_as_others_see_it(broker, map, &identity);
	fd = map->deleted ?
		     -ENOENT :
		     open_as_a_process_sees_it(broker, map->path, &identity, pid, &owner, false);
	if (fd >= 0)
		return fd;
	other = open_by_address(broker, map, &identity, pid);
	if (other < 0)
		other = open_as_others_see_it(broker, map, &identity);
	return other >= 0 ? other : fd;
}
