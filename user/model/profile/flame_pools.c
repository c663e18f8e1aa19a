/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tasks are called in a flame graph: each by its name, or a pool of them by what theirs share. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model/profile/flame_private.h"

/* "web-*" of "web-1" and "web-2": a glob that -c takes. */
static void pool__name(const char *comm, char *name, size_t capacity)
{
	size_t at = 0;

	while (*comm && at + 1 < capacity) {
		size_t digits = strspn(comm, "0123456789");

		name[at++] = digits ? '*' : *comm;
		comm += digits ? digits : 1;
	}
	name[at] = 0;
}

static __u32 flame__pool_name(struct flame *flame, const struct profile_thread *thread)
{
	char name[256];

	pool__name(thread->comm, name, sizeof(name));
	return flame__intern(flame, FLAME_TASK, name, "");
}

__u32 flame__member_name(struct flame *flame, const struct flame_side *side, __u32 number)
{
	const struct profile_thread *thread = profile__get_thread(side->profile, number);
	char id[16];

	if (!thread)
		return flame__intern(flame, FLAME_UNRESOLVED, "[unknown]", "");
	snprintf(id, sizeof(id), "-%u", thread->tid);
	return flame__intern(flame, FLAME_TASK, thread->comm, id);
}

__u32 flame__task_name(struct flame *flame, const struct flame_side *side, __u32 number)
{
	const struct profile_thread *thread = profile__get_thread(side->profile, number);
	__u32 pool;

	if (!thread || flame->options.per_thread)
		return flame__member_name(flame, side, number);
	if (flame->options.groups) {
		pool = flame__pool_name(flame, thread);
		if (!pool || (pool < flame->pools.count && flame->pools.at[pool] == POOL_OF_MANY))
			return pool;
	}
	return flame__intern(flame, FLAME_TASK, thread->comm, "");
}

static int flame__note_pool(struct flame *flame, __u32 pool, __u32 name)
{
	while (flame->pools.count <= pool) {
		if (numbers__add(&flame->pools, 1))
			return -ENOMEM;
		flame->pools.at[flame->pools.count - 1] = 0;
	}
	if (flame->pools.at[pool] && flame->pools.at[pool] != name)
		name = POOL_OF_MANY;
	flame->pools.at[pool] = name;
	return 0;
}

int flame__find_pools(struct flame *flame)
{
	int which, err = 0;

	for (which = 0; which < flame->side_count; which++) {
		const struct flame_side *side = &flame->sides[which];
		__u32 number;

		for (number = 1; number <= side->threads && !err; number++) {
			const struct profile_thread *thread;
			__u32 pool, name;

			if (!side->paying[number])
				continue;
			thread = profile__get_thread(side->profile, number);
			pool = flame__pool_name(flame, thread);
			name = flame__intern(flame, FLAME_TASK, thread->comm, "");
			err = pool && name ? flame__note_pool(flame, pool, name) : -ENOMEM;
		}
	}
	return err;
}
