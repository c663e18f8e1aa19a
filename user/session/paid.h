/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was paid on a stack, until it is written on it; the stack may become known late. */
#ifndef SESSION_PAID_H
#define SESSION_PAID_H

#include "store/store.h"
#include "stack_event.h"

struct paid {
	struct sample_key key;
	__u32 thread; /* of the profile, if it waits for its stack; 0: look it up */
	/* Its period was closed meanwhile, and has it on these, one of which says that it waits. */
	__u32 period; /* 0: not so */
	__u32 stack, waker;
	bool takes_back; /* what the last period has of an interval that goes on: it is no loss */
	__s64 weight[WEIGHTS];
};

/* Its stack is known now: from where it waited in a period that was closed to where it belongs. */
int paid__move(const struct paid *paid, struct store_writer *writer, const struct sample *sample,
	       struct failure *failure);

/* It waits on: in the period at hand as something open, in one that is closed as what it is. */
int paid__keep(struct paid *paid, struct store_writer *writer, __u32 period, bool close,
	       const struct sample *sample, struct failure *failure);

#endif
