/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A job of the helper, done here and now. */
#ifndef TESTS_LIB_JOB_H
#define TESTS_LIB_JOB_H

#include <stdlib.h>
#include <unistd.h>

#include "callstack/helper/job.h"

/* Returns the reply, to be freed by the caller; the files are left open. */
static inline struct job_reply *job__do(void (*run)(const struct job *job), const void *request,
					size_t size, const int *files, __u32 file_count,
					size_t room)
{
	struct job_reply *reply = calloc(1, sizeof(*reply) + room);
	struct job job = { .request = request,
			   .size = size,
			   .reply = reply,
			   .room = room,
			   .files = files,
			   .file_count = file_count };

	if (reply)
		run(&job);
	return reply;
}

#endif
