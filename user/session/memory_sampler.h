/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the processes of a target hold, looked at again and again while they run. */
#ifndef SESSION_MEMORY_SAMPLER_H
#define SESSION_MEMORY_SAMPLER_H

#include "model/comparison/shape.h"

struct memory_sampler {
	__u64 next_ns; /* CLOCK_MONOTONIC: when it is due */
	struct shape_memory most;
};

/*
 * If it is due, looks at all processes of the model that live.  To read it makes the kernel
 * walk all their pages: it is done so seldom that it takes a twentieth of a CPU at most.
 */
void memory_sampler__poll(struct memory_sampler *sampler, const struct model *model);

#endif
