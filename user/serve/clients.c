/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "serve/clients.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <utlist.h>

static void client__cut(struct clients *clients, struct client *client)
{
	client->cut = true;
	clients->count--;
	shutdown(client->fd, SHUT_RDWR);
}

struct client *clients__add(struct clients *clients, int fd, __u64 now_ns)
{
	struct client *client = calloc(1, sizeof(*client)), *old;

	if (!client)
		return NULL;
	client->fd = fd;
	client->begin_ns = now_ns;
	DL_FOREACH(clients->oldest, old) {
		if (clients->count < CLIENTS_MOST)
			break;
		if (!old->cut && !old->has_asked)
			client__cut(clients, old);
	}
	DL_APPEND(clients->oldest, client);
	clients->count++;
	if (clients->count > CLIENTS_MOST) /* all others have asked, and wait for their answer */
		client__cut(clients, client);
	return client;
}

void clients__remove(struct clients *clients, struct client *client)
{
	clients->count -= !client->cut;
	DL_DELETE(clients->oldest, client);
	free(client);
}

void clients__advance(struct clients *clients, __u64 now_ns)
{
	struct client *client;

	DL_FOREACH(clients->oldest, client) {
		if (now_ns < client->begin_ns + CLIENT_NS)
			return;
		if (!client->cut)
			client__cut(clients, client);
	}
}

__u64 clients__next_ns(const struct clients *clients)
{
	const struct client *client;

	DL_FOREACH(clients->oldest, client) {
		if (!client->cut)
			return client->begin_ns + CLIENT_NS;
	}
	return 0;
}
