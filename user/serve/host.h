/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whom a request is for.  A page of somebody else, in a browser of this machine, can give its own name
 * our address (DNS rebinding): then its requests come to us with that name, which is not ours.  An
 * address in numbers is nobody's name.
 */
#ifndef SERVE_HOST_H
#define SERVE_HOST_H

#include <stdbool.h>

/* host: as the header has it, with a port or without.  name: that is ours, too; NULL. */
bool host__is_ours(const char *host, const char *name);

#endif
