/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Debug files from servers, by the program debuginfod-find, which keeps them for the user. */
#ifndef CALLSTACK_DEBUGINFOD_H
#define CALLSTACK_DEBUGINFOD_H

#include <sys/types.h>

#include "core/invoker.h"

struct debuginfod {
	pid_t pid; /* 0: none */
	int output;
};

/*
 * Asks for the debug file with a build id, as the invoker.  Returns 0 or a negative
 * errno; output becomes readable when it is done.
 */
int debuginfod__start(struct debuginfod *find, const char *build_id, const struct invoker *invoker);

/* Then: a descriptor of the file, or a negative errno. */
int debuginfod__finish(struct debuginfod *find);

/* Before then. */
void debuginfod__cancel(struct debuginfod *find);

#endif
