/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program behind "--": started, waited for. */
#ifndef CORE_CHILD_H
#define CORE_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/invoker.h"

struct child {
	pid_t pid; /* 0: none */
	int pidfd; /* readable when it has ended */
	bool ended;
	int status; /* as an exit status: its own, or 128 + signal */
};

/*
 * Starts argv as the user `as`; returns once exec has worked: 0, or the
 * negative errno of what failed.  While it forks, forking (if not NULL) is told
 * true, and false right after.
 */
int child__start(struct child *child, char **argv, const struct invoker *as,
		 void (*forking)(void *context, bool now), void *context);

/* Reaps it if it has ended; with wait, waits for that. */
void child__reap(struct child *child, bool wait);

#endif
