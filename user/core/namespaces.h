/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The namespaces of this process, as far as they make its numbers differ from those
 * that the kernel has: process ids, clocks, privileges.
 */
#ifndef CORE_NAMESPACES_H
#define CORE_NAMESPACES_H

#include <linux/types.h>
#include <stdbool.h>

#include "core/failure.h"

struct namespaces {
	bool own_pid;	/* process ids are not the machine's */
	bool own_time;	/* clocks are shifted: */
	bool own_user;	/* privileges do not reach beyond it */
	__s64 ahead_ns; /* CLOCK_MONOTONIC against the machine's */
	/* NULL, or why ids and clocks cannot be told, and what helps */
	const char *pid_why_not, *pid_hint;
	const char *time_why_not, *time_hint;
};

/* self: "/proc/self"; pid: what getpid() says. */
void namespaces__read(struct namespaces *ret_namespaces, const char *self, int pid);

/* 0, or a negative errno with failure filled in: ids or clocks would be wrong. */
int namespaces__check(const struct namespaces *namespaces, struct failure *failure);

#endif
