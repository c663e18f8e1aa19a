/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A message with descriptors, over a socket of the type SOCK_SEQPACKET. */
#ifndef CORE_PASSING_H
#define CORE_PASSING_H

#include <stddef.h>

#define PASSING_FDS 253 /* the kernel takes no more at once: SCM_MAX_FD */

/* Never waits, never raises SIGPIPE.  Returns 0 or a negative errno. */
int passing__send(int socket, const void *data, size_t size, const int *fds, size_t count);

/*
 * Waits for a message of exactly that size.  fds[i] becomes -1 where none came; those that
 * came are the caller's, also after an error.  Returns 0, -EPIPE when nobody is there any
 * more, -EBADMSG for a message of another size, or another negative errno.
 */
int passing__receive(int socket, void *data, size_t size, int *fds, size_t count);

#endif
