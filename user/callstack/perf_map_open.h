/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens the text that names code made at run time; the helper process reads it. */
#ifndef CALLSTACK_PERF_MAP_OPEN_H
#define CALLSTACK_PERF_MAP_OPEN_H

#include <sys/types.h>

struct broker;

/*
 * Opens that of a process that lives, in its own file system or in ours: a regular file
 * of the user of the process or of root, with the privileges of that user, and no other name
 * of somebody else's file.  Returns a descriptor or a negative errno.
 */
int perf_map__open(struct broker *broker, pid_t pid);

#endif
