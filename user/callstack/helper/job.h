/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the helper's children do: each one job, from a request to a reply, both in
 * memory that they share with who asked.  A job says as it goes how much of its reply
 * counts, so that what it had done when something ended it is not lost.
 *
 * All numbers in a request are ours and to be believed; all bytes in the files are
 * not.  Of a reply nothing is to be believed: it was made by what read those files.
 */
#ifndef CALLSTACK_HELPER_JOB_H
#define CALLSTACK_HELPER_JOB_H

#include <linux/types.h>
#include <stddef.h>

enum job_kind {
	JOB_NAME,     /* places in a file to names: callstack/helper/elf_names.h */
	JOB_UNWIND,   /* stacks of a process to addresses: callstack/helper/unwind.h */
	JOB_PERF_MAP, /* addresses to names of code made at run time: callstack/helper/perf_map.h */
	JOB_KINDS
};

struct job_reply {
	__u64 used; /* of bytes */
	char bytes[];
};

struct job {
	const void *request;
	size_t size; /* of the request */
	struct job_reply *reply;
	size_t room;	  /* for the bytes of the reply, zero at first */
	const int *files; /* what was sent with it */
	__u32 file_count;
};

/* Adds size bytes of zero to the reply, aligned to 8; NULL if there is no room. */
void *job__reserve(const struct job *job, size_t size);

/* Adds a text without its NUL; returns where in the reply it stands, 0 if there is no room. */
__u32 job__add_text(const struct job *job, const char *text, size_t length);

void job__name(const struct job *job);
void job__unwind(const struct job *job);
void job__perf_map(const struct job *job);

#endif
