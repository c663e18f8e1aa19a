/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a run is asked to do.  A command line fills it in: the rows SETTING of
 * cmd/options.def put their values here.
 */
#ifndef SESSION_SETTINGS_H
#define SESSION_SETTINGS_H

#include <stdbool.h>

#include "trace/trace.h"

struct settings {
	struct trace_target target;
	char target_text[256]; /* "the whole machine" */
	char **program;	       /* is started and traced, ends the run; NULL: there is none */
	bool as_root;	       /* under sudo: the program keeps root's rights */

	__u64 duration_ns; /* 0: no limit */
	__u64 window_ns;   /* see struct trace_config; so are the next three */
	bool all;
	const char *btf, *force;
	__u32 price; /* which switches are priced: PRICE_EACH or 0, one in so many, PRICE_AUTO */
	bool verbose;

	bool quiet;	    /* no remarks */
	const char *doing;  /* "tracing", for a terminal, see announce.h; NULL: nothing is said */
	bool facts;	    /* users and cgroups of processes are to be known */
	bool starts_others; /* programs, as the user, or threads: see privileges__drop() */
	bool writes;	    /* files are yet to be made, as the invoker */
};

#endif
