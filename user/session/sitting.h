/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One target, counted for a while, with what its processes hold and in what they differ. */
#ifndef SESSION_SITTING_H
#define SESSION_SITTING_H

#include "model/comparison/portrait.h"
#include "session/counting.h"

struct sitting {
	struct counting counting;
	struct wakes wakes;
	bool terminal; /* somebody watches: a line of progress */
};

/*
 * Until the duration is over, or the target.  Fills in all of the portrait but prices, rows and
 * verdict.  counting__end() is due either way.
 */
int sitting__run(struct sitting *sitting, struct portrait *portrait, struct settings *settings,
		 struct failure *failure);

#endif
