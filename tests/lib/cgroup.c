/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <limits.h>
#include <mntent.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"

#define REMOVE_TRIES 100

static char group[PATH_MAX];
static char below[PATH_MAX + 8];

static bool find_mount(char *ret_path, size_t size)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *mount;
	bool found = false;

	while (mounts && !found && (mount = getmntent(mounts))) {
		found = !strcmp(mount->mnt_type, "cgroup2");
		if (found)
			snprintf(ret_path, size, "%s", mount->mnt_dir);
	}
	if (mounts)
		endmntent(mounts);
	return found;
}

const char *cgroup__make(void)
{
	char mount[PATH_MAX - 64];

	if (!find_mount(mount, sizeof(mount)))
		return NULL;
	snprintf(group, sizeof(group), "%s/tasktoll-test-%d", mount, getpid());
	if (mkdir(group, 0755)) {
		*group = '\0';
		return NULL;
	}
	return group;
}

const char *cgroup__make_below(void)
{
	snprintf(below, sizeof(below), "%s/below", group);
	if (mkdir(below, 0755)) {
		*below = '\0';
		return NULL;
	}
	return below;
}

bool cgroup__write(const char *path, const char *name, const char *text)
{
	char file_path[PATH_MAX + 32];
	bool ok = false;
	FILE *file;

	snprintf(file_path, sizeof(file_path), "%s/%s", path, name);
	file = fopen(file_path, "we");
	if (file) {
		ok = fputs(text, file) >= 0;
		ok = !fclose(file) && ok;
	}
	return ok;
}

const char *cgroup__make_with(const char *controller)
{
	char mount[PATH_MAX - 64], plus[64];

	snprintf(plus, sizeof(plus), "+%s", controller);
	if (!find_mount(mount, sizeof(mount)) ||
	    !cgroup__write(mount, "cgroup.subtree_control", plus))
		return NULL;
	return cgroup__make();
}

bool cgroup__move(const char *path, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	return cgroup__write(path, "cgroup.procs", text);
}

/* A task leaves its group a moment after it was reaped. */
static void remove_dir(char *path)
{
	int i;

	for (i = 0; *path && i < REMOVE_TRIES && rmdir(path) && errno == EBUSY; i++)
		poll(NULL, 0, 10);
	*path = '\0';
}

void cgroup__remove(void)
{
	remove_dir(below);
	remove_dir(group);
}
