/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests over HTTP that something be done: POST /keep, of users of this machine who have the
 * token.  The token lies in a file that only its owner can read, and stays there for the next run.
 */
#ifndef SERVE_BELL_H
#define SERVE_BELL_H

#include <limits.h>

#include "serve/address.h"
#include "serve/server.h"

#define BELL_ADDRESS "127.0.0.1:9436"
#define BELL_TOKEN   "http-token"

struct bell {
	struct address address;
	struct server server;
	char path[PATH_MAX];			   /* of a socket in the file system */
	char token[PATH_MAX + sizeof(BELL_TOKEN)]; /* the file; "": a socket needs none */
};

/* where: as address__parse() has it, a path that begins with "/", or "".  0 or -EINVAL. */
int bell__parse(struct bell *bell, const char *where, struct failure *failure);

/*
 * Listens, before there is anything that a child should not have.  directory: of the token.  0 or a
 * negative errno; bell__close() is due either way.
 */
int bell__open(struct bell *bell, const char *directory, struct failure *failure);

/* Readable when there may be something to hear. */
int bell__fd(const struct bell *bell);

/* Has anybody asked?  If nobody can any more, that is told once. */
bool bell__has_rung(struct bell *bell);

/* To all who have asked by then. */
void bell__answer(struct bell *bell, unsigned int status, const char *text);

/* CPU time of the process that listens, ns. */
__u64 bell__cpu_ns(const struct bell *bell);

void bell__close(struct bell *bell);

#endif
