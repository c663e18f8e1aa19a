/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One run of a program, counted from its first switch to its last, in a process of its own:
 * each run gives up its privileges once it traces, and the next one needs them again.
 */
#ifndef SESSION_ROUND_H
#define SESSION_ROUND_H

#include "session/settings.h"
#include "core/halt.h"
#include "model/comparison/shape.h"

struct round {
	int error;    /* negative errno; then failure says what, and shape nothing */
	bool stopped; /* by a signal: the shape is not that of the whole program */
	struct failure failure;
	struct shape shape;
	char host[65], kernel[65];
};

/* Runs settings->program.  Returns 0, or a negative errno with the failure. */
int round__run(struct round *ret_round, const struct settings *settings, const struct halt *halt,
	       struct failure *failure);

#endif
