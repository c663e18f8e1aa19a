/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The broker process itself, and what it hears and says. */
#ifndef CALLSTACK_HELPER_BROKER_SIDE_H
#define CALLSTACK_HELPER_BROKER_SIDE_H

#include <limits.h>
#include <linux/types.h>

#include "core/file_identity.h"
#include "core/owner.h"

#define BROKER_SECONDS 1 /* that opening one file may take */

enum broker_wish { BROKER_OPENS, BROKER_STARTS_HELPER };

#define BROKER_LINKS	1 /* symbolic links are followed */
#define BROKER_IDENTITY 2 /* it has to be that file */
#define BROKER_BORROWED 4 /* the owner is that of another process */

struct broker_request {
	__u64 number;
	__u32 wish;
	__u32 flags;
	struct owner owner; /* known: with these privileges */
	struct file_identity identity;
	char path[PATH_MAX];
};

struct broker_reply {
	__u64 number;
	__s32 error; /* negative errno; 0: a descriptor comes with it */
	__u32 pad;
};

/* Keeps what it needs of our privileges, and serves until the other end of the socket is closed. */
void broker_side__run(int socket) __attribute__((noreturn));

#endif
