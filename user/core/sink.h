/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a summary goes: standard output, or a file that belongs to who asked for it. */
#ifndef CORE_SINK_H
#define CORE_SINK_H

#include <stdbool.h>
#include <stdio.h>

#include "core/failure.h"
#include "core/halt.h"
#include "core/replace.h"

struct sink {
	int fd;
	struct replace file; /* unless it is standard output */
	const char *name;    /* for messages */
	bool terminal;
	FILE *page; /* being composed */
	char *text;
	size_t size;
	bool gone;		 /* the reader has closed its end: nobody wants more */
	const struct halt *halt; /* NULL; once it has come, a reader that does not read is left */
};

/*
 * path NULL: standard output.  Opened before anything is measured, so that it fails early; but
 * what the file has stays until the first summary has been written.
 */
int sink__open(struct sink *sink, const char *path, struct failure *failure);

/*
 * A stream to compose a summary in; NULL if there is no memory.  Nothing
 * reaches the sink before sink__write(), which writes it in one go, closes the
 * stream, and returns 0 or the failure.  A closed pipe is no failure, only `gone`.
 */
FILE *sink__compose(struct sink *sink);
int sink__write(struct sink *sink, struct failure *failure);

/* The page could not be composed: nothing of it is written. */
void sink__discard(struct sink *sink);

/* A file into which nothing has been written is none. */
void sink__close(struct sink *sink);

#endif
