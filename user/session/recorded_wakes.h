/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who wakes whom in a period of a recording, of all of it or of a target inside. */
#ifndef SESSION_RECORDED_WAKES_H
#define SESSION_RECORDED_WAKES_H

#include "session/recorded_target.h"

/*
 * Adds what the period has; target NULL: all of it.  Of a target inside there is no group of all:
 * how many of its threads ran at once was not recorded.
 */
int recorded_wakes__read(struct wakes *wakes, struct store *store, __u32 period,
			 const struct recorded_target *target, struct failure *failure);

/* Adds one to the other; 0 or -ENOMEM. */
int recorded_wakes__add(struct wakes *to, const struct wakes *more);

#endif
