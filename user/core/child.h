/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program behind "--": started, waited for. */
#ifndef CORE_CHILD_H
#define CORE_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/halt.h"
#include "core/invoker.h"

struct child {
	pid_t pid; /* 0: none */
	int pidfd; /* readable when it has ended */
	bool ended;
	int status; /* as an exit status: its own, or 128 + signal */
};

/*
 * Starts argv as the user `as`, with the signals as they were before the halt; returns once
 * exec has worked: 0, or the negative errno of what failed.  While it forks, forking (if not
 * NULL) is told true, and false right after, when child->pid is known.
 */
int child__start(struct child *child, char **argv, const struct invoker *as,
		 const struct halt *halt, void (*forking)(void *context, bool now), void *context);

/* It has ended, and can be reaped without a wait. */
bool child__has_ended(const struct child *child);

/* Waits until it has ended, or a signal interrupts. */
void child__await(const struct child *child);

/* Once it has ended. */
void child__reap(struct child *child);

#endif
