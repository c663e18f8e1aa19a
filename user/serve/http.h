/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that takes requests.  It has no privileges, opens nothing, and knows nothing: it passes on
 * which page is wanted, and hands out what it is given.  What strangers send ends here.
 */
#ifndef SERVE_HTTP_H
#define SERVE_HTTP_H

#include <stdbool.h>

struct offer;

struct http_config {
	int listener;
	int channel;	  /* to who knows the answers */
	bool any_host;	  /* a socket in the file system: no browser gets there */
	const char *name; /* that is ours in requests, beside addresses; NULL */
	const struct offer *offer;
};

struct mhd;

/* In a child; says when it is ready, and returns when nobody is there to ask: an exit status. */
int http__serve(const struct http_config *config, const struct mhd *mhd);

#endif
