/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is that the file that was mapped?  By what the kernel says of a mapping's file. */
#ifndef CORE_FILE_IDENTITY_H
#define CORE_FILE_IDENTITY_H

#include <linux/types.h>

/* The identity of a mapped file; device 0: not known. */
struct file_identity {
	__u64 inode;
	__u32 major, minor;
};

enum file_match {
	FILE_OTHER,
	/* The numbers agree as far as they can be compared, and the device cannot. */
	FILE_PERHAPS,
	FILE_SAME
};

/* fd may have been opened with O_PATH.  What is no regular file is another one. */
enum file_match file__compare(int fd, const struct file_identity *identity);

#endif
