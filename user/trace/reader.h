/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads a task iterator: a byte stream of records of different lengths, cut anywhere. */
#ifndef TRACE_READER_H
#define TRACE_READER_H

#include "lifecycle.h"
#include "wire.h"

typedef int (*reader__task_fn)(void *context, const struct wire_task *head,
			       const struct task_rec *rec_head, const void *dists);

/* Runs the iterator behind link_fd for its effect.  Returns 0 or a negative errno. */
int reader__run(int link_fd);

/* Runs it and passes on each task; stops at the first error, which it returns. */
int reader__tasks(int link_fd, reader__task_fn on_task, void *context);

/* Runs the iterator of LIFECYCLE_CENSUS events and passes on each of them. */
int reader__census(int link_fd,
		   int (*on_lifecycle)(void *context, const struct lifecycle_event *event),
		   void *context);

#endif
