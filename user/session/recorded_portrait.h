/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The figures of a portrait from a recording, as session/sitting.h has them of a live target. */
#ifndef SESSION_RECORDED_PORTRAIT_H
#define SESSION_RECORDED_PORTRAIT_H

#include "model/comparison/portrait.h"
#include "session/recorded.h"
#include "session/recorded_target.h"

struct recorded_portrait {
	struct recorded recorded;
	struct recorded_target target; /* if it is not all of the recording */
	struct wakes wakes;	       /* the portrait's */
};

/* What of a recording is wanted. */
struct recorded_part {
	const char *path;
	struct recorded_aim aim;
	const char *text; /* what it is called: "process 4711"; NULL: it is all of the recording */
};

/*
 * Fills in all but what portrait__draw() does.  The portrait's prices are of this machine:
 * they go where the recording is of another one.  recorded_portrait__end() is due either way.
 */
int recorded_portrait__take(struct recorded_portrait *recorded, struct portrait *portrait,
			    const struct recorded_part *part, struct failure *failure);

void recorded_portrait__end(struct recorded_portrait *recorded);

#endif
