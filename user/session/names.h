/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names for addresses, for every command that follows crashes. */
#ifndef SESSION_NAMES_H
#define SESSION_NAMES_H

#include "callstack/crash_stacks.h"
#include "core/failure.h"

struct kernel_symbols;
struct run;

struct names {
	struct kernel_symbols *kernel;
	struct crash_stacks *stacks;
};

/* While we still may see kernel addresses.  Returns 0 or a negative errno. */
int names__open(struct names *names, struct failure *failure);
void names__close(struct names *names);

/* For struct lives_config. */
const char *names__of_kernel(void *names, __u64 address);

/* The run is over: takes in the stacks of culprits that are on their way, for a while. */
void names__await_stacks(struct names *names, struct run *run);

/* A remark at the end of the run, if kernel functions could not be named. */
void names__tell_hidden(const struct names *names);

/* The same of stacks of culprits; false: there was nothing to tell. */
bool names__tell_unnamed(const struct names *names);

#endif
