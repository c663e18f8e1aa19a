/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The helper process itself, and what it hears and says. */
#ifndef CALLSTACK_HELPER_HELPER_SIDE_H
#define CALLSTACK_HELPER_HELPER_SIDE_H

#include <linux/types.h>

#define HELPER_NICE   5
#define HELPER_FILES  240		 /* with one request; the kernel takes 253 */
#define HELPER_MEMORY (1UL << 30)	 /* bytes that one request may take at most */
#define HELPER_FDS    (HELPER_FILES + 2) /* the request, the reply, the files */

struct helper_message {
	__u64 number;
	__u64 size, room, memory;
	__u32 kind;
	__u32 file_count;
	__u32 cpu_seconds, seconds;
};

struct helper_result {
	__u64 number;
	__u64 cpu_ns;
	__u64 memory; /* bytes, at most */
	__s32 error;  /* errno */
	__u32 pad;
};

/* Drops its privileges and serves until the other end of the socket is closed. */
void helper_side__run(int socket) __attribute__((noreturn));

#endif
