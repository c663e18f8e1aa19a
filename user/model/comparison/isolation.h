/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What separates the processes of a target from each other, beyond their address spaces. */
#ifndef MODEL_ISOLATION_H
#define MODEL_ISOLATION_H

#include <linux/types.h>
#include <stdbool.h>

#include "core/process_facts.h"

struct isolation {
	__u64 processes;			   /* that were read */
	__u64 unreadable;			   /* that live, and could not be */
	bool user, seccomp, cgroup, space[SPACES]; /* they differ in it */
};

#endif
