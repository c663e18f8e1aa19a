/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A profile is sent to a server that takes pprof as Pyroscope does: POST /ingest. */
#ifndef CMD_PUSH_H
#define CMD_PUSH_H

#include <linux/types.h>
#include <stddef.h>

#include "core/failure.h"

#define PUSH_LABELS 16

struct push {
	const char *url;		 /* of the server, without /ingest */
	const char *labels[PUSH_LABELS]; /* "key=value"; NULL behind the last */
	const char *host;		 /* a label, unless one of them has that key */
	__u64 begin_ns, end_ns;		 /* of the run, since 1970 */
	const void *profile;
	size_t size;
};

/* http or https, a host, and nothing secret in it: returns NULL, or what is wrong. */
const char *push__check_url(const char *url);

/* "key=value", of characters that labels have: the same. */
const char *push__check_label(const char *label);

/*
 * All privileges are given up first, for good.  The token in TASKTOLL_PUSH_TOKEN goes along, or what
 * ~/.netrc has for the host.  Returns 0 or a negative errno with the failure.
 */
int push__send(const struct push *push, struct failure *failure);

#endif
