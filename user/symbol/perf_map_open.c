/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The side that has rights; it reads nothing of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "symbol/perf_map.h"

struct owner {
	uid_t uid;
	pid_t own_pid; /* as the process itself sees it */
};

/* "Uid:" and the last number of "NSpid:" in /proc/PID/status. */
static bool owner__read(struct owner *owner, pid_t pid)
{
	char path[64], line[512];
	bool found = false;
	unsigned int uid;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	owner->own_pid = pid;
	while (fgets(line, sizeof(line), file)) {
		int at = 0, next, number;

		if (sscanf(line, "Uid: %u", &uid) == 1) {
			owner->uid = uid;
			found = true;
		}
		if (sscanf(line, "NSpid:%n", &at) || !at)
			continue;
		for (; sscanf(line + at, "%d%n", &number, &next) == 1; at += next)
			owner->own_pid = number;
	}
	fclose(file);
	return found;
}

static int map__open(const char *root, pid_t pid, const struct owner *owner)
{
	char path[96];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/tmp/perf-%d.map", root, pid);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) &&
	    (!st.st_uid || (owner && st.st_uid == owner->uid)))
		return fd;
	close(fd);
	return -EPERM;
}

int perf_map__open(pid_t pid)
{
	struct owner owner;
	char root[64];
	int fd;

	if (!owner__read(&owner, pid))
		return -ESRCH; /* whose it would have to be is not known any more */
	snprintf(root, sizeof(root), "/proc/%d/root", pid);
	fd = map__open(root, owner.own_pid, &owner);
	return fd >= 0 ? fd : map__open("", pid, &owner);
}
