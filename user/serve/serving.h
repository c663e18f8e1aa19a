/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run that goes on and is asked for its figures.  It is read when somebody asks, and every ten seconds; what
 * a period brings is added to sums of bounded size, and the period is forgotten.
 */
#ifndef SERVE_SERVING_H
#define SERVE_SERVING_H

#include "model/machine/group_sums.h"
#include "model/machine/recent.h"
#include "model/switching/total.h"
#include "serve/address.h"
#include "serve/server.h"
#include "session/counting.h"
#include "session/losses.h"
#include "view/html_machine.h"

#define CRASHES_TOLD 20

struct serving {
	/* to be set before the begin */
	struct settings *settings;
	struct address address;
	const char *host; /* a name that is ours, too; NULL */
	enum group_by by;
	size_t series; /* at most, on a page of metrics */

	/* its own */
	struct counting counting;
	bool counts; /* it has begun */
	struct server server;
	struct losses losses;
	struct total run;	  /* sums since the beginning: of the machine, */
	struct group_sums groups; /* and of groups */
	struct summary last;	  /* period; its rows are gone */
	struct recent recent;
	struct told_crash crashes[CRASHES_TOLD]; /* the newest first */
	size_t crash_count;
	__u64 mark_due_ns; /* when the next ten seconds are over */
	__u64 rested_ns;   /* no reading before that, */
	__u64 brief_ns;	   /* and no other answer before that */
	enum run_next (*tick)(void *counting);
};

/* Listens, counts and answers until it is ended.  0 or a negative errno; serving__end() is due either way. */
int serving__run(struct serving *serving, struct failure *failure);

/* err: what came of it.  Returns the exit status. */
int serving__end(struct serving *serving, int err);

/* ---- its parts ---- */

/* Reads what is new, and adds it to the sums. */
int serving__read(struct serving *serving, struct failure *failure);

/* Answers whoever waits for it; without memory for it they wait on. */
void serving__answer(struct serving *serving, enum served page);

/* Remembers how it went, as text. */
void serving__tell_crash(struct serving *serving, const struct crash *crash);

#endif
