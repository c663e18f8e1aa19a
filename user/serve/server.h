/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The side that knows the answers: it hears which page is wanted, and nothing else of a request. */
#ifndef SERVE_SERVER_H
#define SERVE_SERVER_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "core/failure.h"
#include "serve/address.h"
#include "serve/pages.h"

struct server {
	pid_t pid;    /* of who takes requests; 0: it is not running, */
	__u64 cpu_ns; /* and has taken so much */
	int channel;  /* readable when it has a question; -1 */
	bool wanted[SERVED];
	bool gone; /* it has ended, and was not asked to */
};

/*
 * To be called before there is anything that a child should not have.  Takes the listener.  host: a name
 * that is ours, NULL.  0 or a negative errno; server__end() is due either way.
 */
int server__start(struct server *server, int listener, const struct address *address,
		  const char *host, const struct offer *offer, struct failure *failure);

/* Hears what there is.  Is there anything to do: a page that is wanted, or an end? */
bool server__hear(struct server *server);

/* A stream to write a page to; NULL: errno. */
FILE *server__compose(struct server *server);

/* Closes it, and sends what it has. */
void server__answer(struct server *server, enum served page, unsigned int status, FILE *out);

/* CPU time of who takes requests, also of one that has ended, ns. */
__u64 server__cpu_ns(const struct server *server);

void server__end(struct server *server);

#endif
