/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file system of the kernel that is mounted nowhere: nobody else sees it. */
#ifndef TRACE_DETACHED_H
#define TRACE_DETACHED_H

#include <stdio.h>

/* Its directory, as a descriptor to be closed, with which it goes; or a negative errno. */
int detached__root(const char *type);

/* A file below that directory, or any other, to read; NULL with errno. */
FILE *detached__file(int root, const char *path);

/* The two in one; NULL. */
FILE *detached__open(const char *type, const char *path);

#endif
