/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What to say of a recording that has nothing of what was asked for. */
#ifndef SESSION_NOTHING_H
#define SESSION_NOTHING_H

#include "core/failure.h"
#include "model/profile/profile.h"
#include "store/store.h"

/* Why no stack of it has any weight in this metric.  Returns a negative errno. */
int nothing__of_metric(struct store *store, const char *path, const struct metric *metric,
		       struct failure *failure);

/* Why, where the threads that are asked for have none. */
int nothing__of_threads(const char *path, struct failure *failure);

/* The same of periods, and of crashes. */
int nothing__of_periods(const char *path, struct failure *failure);
int nothing__of_crashes(const char *path, struct failure *failure);

#endif
