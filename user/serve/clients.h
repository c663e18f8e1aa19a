/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections.  Each has a time from its first moment to its last, however slow it is; and there are so many
 * at most: where one more comes, the oldest goes that does not wait for an answer.  So clients
 * that ask nothing, or do not read what they asked for, keep nobody out who does.
 */
#ifndef SERVE_CLIENTS_H
#define SERVE_CLIENTS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define CLIENTS_MOST 64
#define CLIENT_NS    (10ULL * 1000000000)

struct client {
	int fd;
	__u64 begin_ns;
	bool has_asked; /* a whole request has come, and no answer to it yet */
	bool cut;	/* it has been shut down, and will be told of */
	struct client *prev, *next;
};

struct clients {
	struct client *oldest;
	size_t count; /* that are not cut */
};

/* NULL without memory. */
struct client *clients__add(struct clients *clients, int fd, __u64 now_ns);
void clients__remove(struct clients *clients, struct client *client);

/* Cuts those whose time is over. */
void clients__advance(struct clients *clients, __u64 now_ns);

/* When the next one's is; 0: there is none. */
__u64 clients__next_ns(const struct clients *clients);

#endif
