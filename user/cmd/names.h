/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names for addresses, for every command that follows crashes. */
#ifndef CMD_NAMES_H
#define CMD_NAMES_H

#include "core/failure.h"
#include "core/halt.h"
#include "life.h"
#include "model/lives.h"

struct kernel_symbols;
struct symbolizer;

struct names {
	struct kernel_symbols *kernel;
	struct symbolizer *symbolizer;
	struct lives *lives; /* whose culprits get their stacks named */
};

/* While we still may see kernel addresses.  Returns 0 or a negative errno. */
int names__open(struct names *names, struct failure *failure);

/* Once a signal has come, no more time goes into names. */
void names__heed(struct names *names, const struct halt *halt);

void names__close(struct names *names);

/* For struct lives_config. */
const char *names__of_kernel(void *names, __u64 address);

/* For struct trace_sink: names the stack and hands it to the crash that it belongs to. */
void names__take_stack(void *names, const struct life_stack *stack);

/* A remark at the end of the run, if kernel functions could not be named. */
void names__tell_hidden(const struct names *names);

#endif
