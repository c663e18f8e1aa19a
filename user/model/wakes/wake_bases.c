/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between two readings: what came since the last one, or since a period began. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "model/wakes/wakes.h"

struct wake_base {
	struct wake_key key;
	struct wake_value value; /* at the base */
	struct wake_value last;	 /* as last read */
	struct wake_end waker, woken;
	bool written;
	UT_hash_handle hh;
};

struct group_key {
	__u64 leader_ns;
	__u64 tgid;
};

struct group_base {
	struct group_key key;
	struct wake_group group, last;
	UT_hash_handle hh;
};

/* ---- pairs ---- */

int wakes__add_since(struct wakes *wakes, struct wake_bases *bases, const struct task_id *waker,
		     const struct task_id *woken, enum channel_of_wake channel,
		     const struct wake_value *value)
{
	struct wake_key key = { .woken_start_ns = woken->start_ns,
				.woken_pid = woken->tid,
				.channel = channel };
	struct wake_base *base;
	struct wake *wake;

	if (waker) {
		key.waker_start_ns = waker->start_ns;
		key.waker_pid = waker->tid;
	}
	base = HASH_GET(bases->all, key, &key);
	if (!base || wakes__add_beyond(wakes, waker, woken, channel, value, &base->value))
		return -ENOMEM;
	wake = &wakes->list[wakes->count - 1];
	base->written &= !memcmp(&base->last, value, sizeof(*value)) &&
			 !memcmp(&base->waker, &wake->waker, sizeof(wake->waker)) &&
			 !memcmp(&base->woken, &wake->woken, sizeof(wake->woken));
	wake->written = base->written;
	base->waker = wake->waker;
	base->woken = wake->woken;
	base->last = *value;
	if (!bases->by_period)
		base->value = *value;
	return 0;
}

/* ---- groups ---- */

int wakes__add_group_since(struct wakes *wakes, struct wake_bases *bases,
			   const struct wake_group *group)
{
	struct group_key key = { .leader_ns = group->leader_ns, .tgid = group->tgid };
	struct wake_group since = *group;
	struct group_base *base;

	if (!bases->by_period)
		return wakes__add_group(wakes, group);
	base = HASH_GET(bases->groups, key, &key);
	if (!base)
		return -ENOMEM;
	wake_times__add(&since.times, &base->group.times, -1ULL);
	base->last = *group;
	return wakes__add_group(wakes, &since);
}

/* ---- both ---- */

void wake_bases__next(struct wake_bases *bases)
{
	struct group_base *group;
	struct wake_base *base;

	for (base = bases->all; base; base = base->hh.next)
		base->value = base->last;
	for (group = bases->groups; group; group = group->hh.next)
		group->group = group->last;
}

void wake_bases__written(struct wake_bases *bases)
{
	struct wake_base *base;

	for (base = bases->all; base; base = base->hh.next)
		base->written = true;
}

void wake_bases__free(struct wake_bases *bases)
{
	HASH_FREE_ALL(bases->all);
	HASH_FREE_ALL(bases->groups);
}
