/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/file_identity.h"

#include <linux/magic.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

/*
 * What a mapping says of a file's device is another number than what stat() says,
 * where the file system makes devices up.
 */
static bool file__has_made_up_device(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) &&
	       (fs.f_type == BTRFS_SUPER_MAGIC || fs.f_type == OVERLAYFS_SUPER_MAGIC);
}

enum file_match file__compare(int fd, const struct file_identity *identity)
{
	struct stat st;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_ino != identity->inode)
		return FILE_OTHER;
	if (major(st.st_dev) == identity->major && minor(st.st_dev) == identity->minor)
		return FILE_SAME;
	if ((!identity->major && !identity->minor) || file__has_made_up_device(fd))
		return FILE_PERHAPS;
	return FILE_OTHER;
}
