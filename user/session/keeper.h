/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last ten minutes, in memory, so that they can become a recording afterwards: an interval is a
 * period of it.  It has no stacks, and no threads that were off CPU all the time.
 */
#ifndef SESSION_KEEPER_H
#define SESSION_KEEPER_H

#include <sys/types.h>

#include "core/failure.h"
#include "model/switching/compact.h"
#include "model/switching/summary.h"

struct kept_period {
	struct compact compact;
	struct summary summary; /* its fields of the period, and of the run */
	__u64 end_ns;		/* CLOCK_MONOTONIC */
};

struct keeper {
	struct kept_period *periods; /* the oldest first */
	size_t count, room;
	size_t bytes;
	__u64 ns; /* that they cover */

	/* a recording is being written: */
	pid_t child; /* by this process; 0: none */
	int result;  /* where it tells what came of it */
	char path[128], what[256];
};

/*
 * The model's period is closed: it is kept, and those that are older than ten minutes then, or for
 * which there is no room, are forgotten.  0 or -ENOMEM.
 */
int keeper__take(struct keeper *keeper, const struct model *model, const struct summary *summary,
		 __u64 end_ns);

/* All that is kept is forgotten: what comes is of something else.  Then as after {0}. */
void keeper__forget(struct keeper *keeper);

/* Writes all that is kept into a new recording.  0 or a negative errno; then there is no file. */
int keeper__write(const struct keeper *keeper, const char *path, struct failure *failure);

/*
 * The same in a process of its own, which takes its time; under the usual name.  Stores what is
 * being done, in words.
 */
void keeper__start_writing(struct keeper *keeper, char *ret_text, size_t size);

/* Is that over?  Stores what came of it, in words.  wait: until it is. */
bool keeper__has_written(struct keeper *keeper, bool wait, char *ret_text, size_t size);

#endif
