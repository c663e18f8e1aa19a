/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A thread that the kernel ended alone, while its process went on.  Inside the model only. */
#ifndef MODEL_ALONE_H
#define MODEL_ALONE_H

#include "model/lifecycle/fanout.h"

/* Longer than anything runs, and still far from the end of the clock. */
#define FANOUT_FOR_EVER (1ULL << 62)

/* Takes over all that the event of its end says, except its identity. */
void alone__fill(struct fanout_case *fanout, const struct lifecycle_event *event);

/* Of a thread that was ended alone: was it the leader of its process? */
bool fanout_case__is_of_leader(const struct fanout_case *fanout);

/* The case of this process's leader, if that was ended alone and the process has not ended; NULL. */
struct fanout_case *fanout_cases__of_leader(struct fanout_case *cases,
					    const struct process_node *node);

/*
 * Has this end been told with its leader?  Kernels that do not keep the status of the last
 * thread report the leader's.
 */
bool fanout_cases__tell_end(struct fanout_case *cases, const struct process_node *node,
			    const struct end *end);

#endif
