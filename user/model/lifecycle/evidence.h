/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a path through the kernel to what it says about a wakeup.  Inside the model only. */
#ifndef MODEL_EVIDENCE_H
#define MODEL_EVIDENCE_H

#include "lifecycle.h"
#include "model/lifecycle/process_tracker.h"

struct wake_evidence {
	const char *words; /* "pipe closed"; NULL: the wakeup is no doing of the death */
	bool tcp;	   /* the cause is who had closed the connection */
};

/* What the kernel addresses of a LIFECYCLE_WAKE event say. */
struct wake_evidence evidence__of_wake(const struct process_tracker_config *config,
				       const struct lifecycle_event *event);

/* What a closed thing is called. */
const char *evidence__closed(enum closed_kind kind);

/* How evidence names a process. */
struct evidence_process {
	char text[16];
};

struct evidence_process evidence__process(__u32 pid);

#endif
