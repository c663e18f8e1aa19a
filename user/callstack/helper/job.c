/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/helper/job.h"

#include <string.h>

void *job__reserve(const struct job *job, size_t size)
{
	__u64 at = (job->reply->used + 7) & ~7ULL;

	if (at > job->room || size > job->room - at)
		return NULL;
	job->reply->used = at + size;
	return job->reply->bytes + at;
}

__u32 job__add_text(const struct job *job, const char *text, size_t length)
{
	__u64 at = job->reply->used;

	if (length > job->room || at > job->room - length || at + length > ~0U)
		return 0;
	memcpy(job->reply->bytes + at, text, length);
	job->reply->used = at + length;
	return (__u32)at;
}
