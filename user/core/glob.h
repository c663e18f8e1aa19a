/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Globs over task names, compiled into the bit sets that the kernel side frame sizes through. */
#ifndef CORE_GLOB_H
#define CORE_GLOB_H

#include <linux/types.h>
#include <stdbool.h>

#include "wire.h"

/*
 * Compiles `*`, `?`, `[abc]`, `[a-z]`, `[!a]` and `\` before any of them, as
 * fnmatch(3) reads them.  Returns 0, -EINVAL for an empty or unfinished
 * pattern, -E2BIG for more than 62 elements.
 */
int glob__compile(const char *pattern, struct target_glob *ret_glob);

/* The kernel's own matcher, in user space: for tests and for messages. */
bool glob__matches(const struct target_glob *glob, const char *name);

#endif
