/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which threads of a profile count; all of what is given has to hold. */
#ifndef MODEL_THREAD_FILTER_H
#define MODEL_THREAD_FILTER_H

#include "core/glob.h"
#include "model/profile/profile.h"

struct thread_filter {
	const __u32 *pids, *tids;
	size_t pid_count, tid_count;
	const struct target_glob *comm; /* of the thread's name; NULL: any */
};

/* thread NULL: nobody knows which it is. */
bool thread_filter__passes(const struct thread_filter *filter, const struct profile_thread *thread);

#endif
