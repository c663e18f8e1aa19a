/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file that takes its name only when there is something in it: until then what had the
 * name stays as it was, and if it never comes to that, nothing is left.
 */
#ifndef CORE_REPLACE_H
#define CORE_REPLACE_H

#include <stdbool.h>

#include "core/invoker.h"

struct replace {
	int fd;	       /* to write to */
	int directory; /* in which it gets its name; -1: it has it */
	char *name;    /* there */
	char *beside;  /* the name that it has until then; NULL: none */
	bool empties;  /* it is the old file itself, which is to be emptied first */
	struct invoker invoker;
};

/*
 * What may be replaced is a regular file with one name, which keeps owner and mode, where the
 * directory can be written to; symbolic links stay and are followed.  Anything else is
 * written to directly: a pipe, a device, /dev/stdout, a file with hard links; of those a regular file
 * is emptied by replace__take_name().  With the privileges of who asked.  0 or a negative errno; -ENXIO:
 * a pipe that nobody has begun to read within a second.
 */
int replace__open(struct replace *replace, const char *path);

/* A sentence for a failure that has no usual words; NULL: it has. */
const char *replace__why(int err);

/* Before (emptied) and after (named) the first bytes are written; again, they do nothing. */
int replace__begin(struct replace *replace);
int replace__take_name(struct replace *replace);

/* Closes it; without a name it is gone. */
void replace__close(struct replace *replace);

#endif
