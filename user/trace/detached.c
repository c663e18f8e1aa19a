/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/detached.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

int detached__root(const char *type)
{
	int context = fsopen(type, FSOPEN_CLOEXEC), root;

	if (context < 0)
		return -errno;
	root = fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	if (!root)
		root = fsmount(context, FSMOUNT_CLOEXEC, 0);
	if (root < 0)
		root = -errno;
	close(context);
	return root;
}

FILE *detached__file(int root, const char *path)
{
	int fd = openat(root, path, O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (fd >= 0 && !file) {
		close(fd);
		errno = ENOMEM;
	}
	return file;
}

FILE *detached__open(const char *type, const char *path)
{
	int root = detached__root(type);
	FILE *file;

	if (root < 0)
		return NULL;
	file = detached__file(root, path);
	close(root);
	return file;
}
