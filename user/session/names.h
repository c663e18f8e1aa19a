/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names for addresses, for every command that follows crashes. */
#ifndef SESSION_NAMES_H
#define SESSION_NAMES_H

#include "callstack/crash_stacks.h"
#include "callstack/symbolization.h"
#include "core/failure.h"

struct run;

struct names {
	struct symbolization *symbolization;
	struct crash_stacks *stacks;
};

/*
 * While we still have all privileges.  config NULL: only crashes get stacks.  Returns 0 or a
 * negative errno; names__close() is due either way.
 */
int names__open(struct names *names, const struct symbolization_config *config,
		struct failure *failure);
void names__close(struct names *names);

/* For struct process_tracker_config. */
const char *names__of_kernel(void *names, __u64 address);

/* At each turn of the event loop: takes in what has come, and asks for more.  Never waits. */
void names__poll(struct names *names);

/* The run is over: takes in the stacks of culprits that are on their way, for a while. */
void names__await_stacks(struct names *names, struct run *run);

/* A remark at the end of the run, if kernel functions could not be named. */
void names__tell_hidden(const struct names *names);

/* The same of stacks of culprits; false: there was nothing to tell. */
bool names__tell_unnamed(const struct names *names);

#endif
