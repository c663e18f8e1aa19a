/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program behind "--": made, held, let go, waited for. */
#ifndef CORE_CHILD_H
#define CORE_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/invoker.h"

struct child {
	pid_t pid; /* 0: none */
	int pidfd; /* readable when it has ended */
	int hold;  /* writing a byte lets it go */
	int fate;  /* reads errno if exec failed, end of file if it worked */
	bool ended;
	int status; /* as an exit status: its own, or 128 + signal */
};

/* Forks a child that waits to be let go before it executes argv.  Returns 0 or a negative errno. */
int child__hold(struct child *child, char **argv, const struct invoker *as);

/* Lets it go and waits until exec has worked or not: 0, or the negative errno of what failed. */
int child__let_go(struct child *child);

/* Reaps it if it has ended; with wait, waits for that. */
void child__reap(struct child *child, bool wait);

#endif
