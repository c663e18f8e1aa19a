/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The helper that reads files of strangers: a process without privileges, of a user of
 * its own, that can open nothing and see nobody.  It makes a child for each job, so that
 * a file that kills or hangs one does no more harm than that.
 */
#ifndef CALLSTACK_HELPER_H
#define CALLSTACK_HELPER_H

#include <stdbool.h>
#include <sys/types.h>

#include "callstack/helper/job.h"

struct broker;

struct helper {
	int socket; /* readable when there is an answer; -1: there is none */
	__u64 asked;
};

struct helper_request {
	enum job_kind kind;
	const void *data;
	size_t size;
	const int *files; /* stay the caller's, and may be closed when it was sent */
	__u32 file_count;
	size_t room;	   /* for the reply; memory is taken as it is filled */
	__u32 cpu_seconds; /* that it may compute */
	__u32 seconds;	   /* that it may take */
	__u64 memory;	   /* bytes that it may take */
};

/* One that was sent. */
struct helper_question {
	__u64 number;
	int reply; /* memory shared with who answers */
	size_t room;
};

struct helper_answer {
	int error;    /* its child did not come to an end: -EIO, -ETIMEDOUT */
	__u64 cpu_ns; /* that it took */
	__u64 memory; /* bytes that it took, at most, with those of files */
	void *data;   /* what there is of a reply, also after an error; free() it */
	size_t size;
};

/* Has the broker start one.  Returns 0 or a negative errno. */
int helper__start(struct helper *helper, struct broker *broker);

/* It ends when its job has. */
void helper__end(struct helper *helper);

/* Returns 0 or a negative errno.  One question at a time. */
int helper__ask(struct helper *helper, const struct helper_request *request,
		struct helper_question *ret_question);

/*
 * Returns 0, and the question is no more; -EAGAIN if there is no answer yet; another
 * negative errno if there will be none from this helper.
 */
int helper__answer(struct helper *helper, struct helper_question *question,
		   struct helper_answer *ret_answer);

void helper_question__drop(struct helper_question *question);

#endif
