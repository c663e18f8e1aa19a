/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a summary goes: standard output, or a file that belongs to who asked for it. */
#ifndef CORE_SINK_H
#define CORE_SINK_H

#include <stdbool.h>
#include <stdio.h>

#include "core/failure.h"

struct sink {
	FILE *out;
	const char *name; /* for messages */
	bool terminal;
	int width; /* columns, if it is a terminal */
	bool gone; /* the reader has closed its end: nobody wants more */
};

/* path NULL: standard output.  Opened before anything is measured, so that it fails early. */
int sink__open(struct sink *sink, const char *path, struct failure *failure);

/* After each summary: 0, or the failure to write it.  A closed pipe is no failure, only `gone`. */
int sink__check(struct sink *sink, struct failure *failure);

void sink__close(struct sink *sink);

#endif
