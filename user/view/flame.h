/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The outputs of a flame graph.  A format is one file that ends in one
 * descriptor, listed in formats.def; it sees a const flame, what there is to say of
 * its runs, and a stream.
 */
#ifndef VIEW_FLAME_H
#define VIEW_FLAME_H

#include <stdbool.h>
#include <stdio.h>

#include "model/profile/flame.h"

/* What a graph says of the run that it shows. */
struct flame_run {
	const char *host, *target; /* valid UTF-8 */
	__u64 start_realtime_ns, duration_ns;
};

struct flame_format {
	const char *name;     /* for --format */
	const char *suffixes; /* of files, with a space between; the first is the usual one */
	const char *help;     /* a phrase for the man page, */
	const char *more;     /* and sentences for it; `this` is bold there; NULL */
	bool raw;	      /* of the flame that it wants: see struct flame_options */
	bool apart;	      /* it puts aside what waited through the run; it has groups */
	bool binary;	      /* nothing for a terminal */
	/* A run for each side of the flame.  Returns 0 or a negative errno. */
	int (*write)(FILE *out, const struct flame *flame, const struct flame_run *runs);
};

#define FLAME_FORMAT(name) extern const struct flame_format flame_##name;
#include "view/formats.def"

/* In the order of the help; NULL at the end. */
extern const struct flame_format *const flame_formats[];

#endif
