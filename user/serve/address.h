/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where requests are taken: an address in numbers and a port, or a socket in the file system. */
#ifndef SERVE_ADDRESS_H
#define SERVE_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "core/failure.h"

struct address {
	struct sockaddr_storage at;
	socklen_t size; /* 0: a path */
	const char *path;
	bool loopback;	/* nobody outside this machine gets here */
	char text[160]; /* for messages: "http://127.0.0.1:9435/" */
	dev_t device;	/* of the path, once it is there */
	ino_t inode;
};

/* "127.0.0.1:9435", "[::1]:9435", "localhost:0" (any port that is free).  0 or -EINVAL. */
int address__parse(struct address *address, const char *text, struct failure *failure);

/* 0 or -EINVAL. */
int address__of_path(struct address *address, const char *path, struct failure *failure);

/*
 * A socket that listens there, or a negative errno.  A path is made with the privileges of who asked,
 * and only that user may use it; what a process that is gone has left there is replaced.
 */
int address__listen(struct address *address, struct failure *failure);

/* The path goes, if it is still ours. */
void address__leave(const struct address *address);

#endif
