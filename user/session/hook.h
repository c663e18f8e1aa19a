/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --exec: a command of the user's for each crash, which may hang without harm. */
#ifndef SESSION_HOOK_H
#define SESSION_HOOK_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/halt.h"
#include "core/invoker.h"

#define HOOK_AT_ONCE 8
#define HOOK_TIME_NS 30000000000ULL /* then it is ended */

struct hook {
	const char *command; /* for sh -c; NULL: none */
	struct invoker as;
	struct halt *halt; /* NULL: nothing ends us */
	struct {
		pid_t pid; /* 0: free; also its process group */
		__u64 started_ns;
		__u64 reported_ns; /* when it was asked to end; 0: not yet */
	} running[HOOK_AT_ONCE];
	__u64 missed;	  /* crashes while all were busy */
	int worst_status; /* that one of them ended with, as a shell has it */
	bool hung;	  /* one had to be ended */
};

void hook__begin(struct hook *hook, const char *command);

/*
 * Starts the command with text on its standard input; its output goes to
 * standard error.  Does not wait.  Returns 0, -EBUSY if too many run, or another errno.
 */
int hook__run(struct hook *hook, const char *text, size_t size, __u64 now_ns);

/* Reaps what has ended and ends what takes too long. */
void hook__tick(struct hook *hook, __u64 now_ns);

/* Waits a moment for those that still run, then ends them. */
void hook__end(struct hook *hook);

/* Remarks at the end of the run, on standard error. */
void hook__tell(const struct hook *hook);

#endif
