/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The broker: the one process of ours that keeps the right to become somebody else.  It
 * opens files that strangers can name, each with no more privileges than the stranger has,
 * and starts helpers.  It reads none of those files, and none of our other processes
 * can open files by such a name.
 */
#ifndef CALLSTACK_BROKER_H
#define CALLSTACK_BROKER_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/file_identity.h"
#include "core/owner.h"

struct broker;

/* Starts it, while we have all privileges.  NULL: without memory, or it could not be started. */
struct broker *broker__new(void);
void broker__free(struct broker *broker);

struct broker_file {
	/*
	 * A directory: whatever links and ".." the path is made of, it lies below; -1: ours.
	 * With the path "": the file itself, opened with O_PATH.
	 */
	int root;
	const char *path;
	/*
	 * With whose privileges; NULL: with ours.  Borrowed: it is not the process that names
	 * the file but its parent, say, which may be root's.
	 */
	const struct owner *owner;
	bool borrowed;
	/*
	 * Symbolic links are followed.  Not with our privileges where a stranger can make links,
	 * nor for a process that is gone: whoever made the link is not known then.
	 */
	bool links;
	const struct file_identity *identity; /* it has to be that file; NULL: any */
};

/*
 * Opens a regular file for reading.  It is looked at before it is opened, so that nothing
 * is ever done to a device, a FIFO or a socket.  Returns a descriptor or a negative errno:
 * -ESTALE for another file, -EINVAL for one that is not regular, -ETIMEDOUT for a file
 * system that does not answer, -ENOTCONN without a broker.
 */
int broker__open(struct broker *broker, const struct broker_file *file);

/*
 * Starts a helper (callstack/helper/helper_side.h): returns the socket that it listens to, or a
 * negative errno.  It ends when that is closed.
 */
int broker__start_helper(struct broker *broker);

/* The process; 0: it is gone. */
pid_t broker__pid(const struct broker *broker);

#endif
