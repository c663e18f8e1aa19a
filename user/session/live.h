/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counting for somebody who watches: an interval after the other, and from the beginning again
 * when another target, or more, is asked for.
 */
#ifndef SESSION_LIVE_H
#define SESSION_LIVE_H

#include "session/counting.h"
#include "session/keeper.h"
#include "session/losses.h"

struct live {
	struct settings *settings;
	struct counting counting;
	struct losses losses; /* of all intervals */
	struct wakes wakes;   /* of the last interval, once they are asked for */
	struct keeper keeper; /* the last intervals of this target */

	/*
	 * At each turn of waiting: true ends it.  Also between the pieces of a reading, which go on
	 * whatever it returns.  To be set before the begin.
	 */
	bool (*look)(void *context);
	void *context;
	int watched; /* descriptor that ends a turn, too */

	/* its own */
	enum run_next (*tick)(void *counting);
	struct wake_bases bases;
	struct trace_target whole; /* what the settings aim at */
	char whole_text[256];
	__u32 pid;
	bool counts; /* false after a failure from which there was no way back */
	bool wants_wakes;
};

/* Returns 0 or a negative errno; live__end() is due either way. */
int live__begin(struct live *live, struct settings *settings, struct failure *failure);

/* Counting ends; nothing is left. */
void live__end(struct live *live);

/*
 * From now on only this process and its descendants are traced; 0: what was asked for.  Not where
 * a program was started, which would be started again: -EBUSY.
 */
int live__attach(struct live *live, __u32 pid, struct failure *failure);

/* From now on who wakes whom is collected; before that it costs nothing.  The same. */
int live__collect_wakes(struct live *live, struct failure *failure);

/* Why the wakes of the last interval are not known; NULL: they are. */
const char *live__no_wakes(const struct live *live);

/* The time since the last live__next(); the model is closed. */
int live__sum_up(struct live *live, const struct sort *sort, struct summary *ret_summary,
		 struct failure *failure);
void live__next(struct live *live);

#endif
