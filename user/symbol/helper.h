/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The helper that reads files of strangers: a process without privileges, which
 * makes a child for each stack, so that a file that kills or hangs one does no
 * more harm than that.
 */
#ifndef SYMBOL_HELPER_H
#define SYMBOL_HELPER_H

#include <sys/types.h>

#include "symbol/unwind.h"

#define HELPER_NICE    5
#define HELPER_SECONDS 2 /* that one stack may take */

struct helper_request {
	struct life_stack stack;
	int file[STACK_MAPS]; /* of the descriptors sent with it, the one of each mapping; -1 */
	__u32 file_count;
};

struct helper_reply {
	int error; /* its child did not come to an end */
	struct unwind_names names;
};

/* Starts it while we still have the right to give our rights up for it. */
int helper__start(pid_t *ret_pid, int *ret_socket);

/* One message with descriptors.  Returns 0 or a negative errno. */
int helper__send(int socket, const void *data, size_t size, const int *fds, __u32 count);

#endif
