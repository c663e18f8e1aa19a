/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/profile/thread_filter.h"

static bool is_among(const __u32 *ids, size_t count, __u32 id)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (ids[i] == id)
			return true;
	}
	return false;
}

bool thread_filter__passes(const struct thread_filter *filter, const struct profile_thread *thread)
{
	if (!thread)
		return !filter->pid_count && !filter->tid_count && !filter->comm;
	if (filter->pid_count && !is_among(filter->pids, filter->pid_count, thread->pid))
		return false;
	if (filter->tid_count && !is_among(filter->tids, filter->tid_count, thread->tid))
		return false;
	return !filter->comm || glob__matches(filter->comm, thread->comm);
}
