/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What earlier periods were told of an interval while it was open, and is taken back once the
 * kernel's side has told of all of it.  Inside the model only.
 *
 * Since when a task has waited for a CPU is known to some hundred ns while it waits, and exactly
 * afterwards.  What was told stays told: what one state was told too much of is taken from
 * another, for the thread and its process alike, and said (struct shift).
 */
#ifndef MODEL_TOLD_H
#define MODEL_TOLD_H

#include "model/switching/model.h"

/* ns; of the state that the interval was in, of waiting, and of the time on CPU after it. */
struct told {
	enum off off;
	__u64 rest, runq, oncpu;
	__u64 all; /* as a lifetime */
};

/*
 * What `now` takes back if its interval is another one than the last reading's.  waiting: ns that
 * the reading adds to run-queue wait beside its samples (see reading__owed()).
 */
struct told told__of(const struct thread *thread, const struct reading *now, __s64 waiting,
		     struct shift *ret_shift);

/* From the thread's row, or its process's. */
void told__take_back(const struct told *told, struct row *row);

#endif
