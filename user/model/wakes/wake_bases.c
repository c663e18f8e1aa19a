/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between two readings: what came since the last one, or since a period began. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "model/wakes/wakes.h"

struct wake_base {
	struct wake_key key;
	struct wake_value value; /* at the base */
	struct wake_value last;	 /* as last read */
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
	struct wake_key key = { .woken = { woken->start_ns, woken->tid, 0 }, .channel = channel };
	struct wake_base *base;
	int err;

	if (waker)
		key.waker = (struct wake_id){ waker->start_ns, waker->tid, 0 };
	HASH_FIND(hh, bases->all, &key, sizeof(key), base);
	if (!base) {
		base = calloc(1, sizeof(*base));
		if (!base)
			return -ENOMEM;
		base->key = key;
		HASH_ADD(hh, bases->all, key, sizeof(base->key), base);
	}
	err = wakes__add_beyond(wakes, waker, woken, channel, value, &base->value);
	base->last = *value;
	if (!bases->by_period)
		base->value = *value;
	return err;
}

/* ---- groups ---- */

static void take_off(struct wake_group *group, const struct wake_group *base)
{
	int i;

	for (i = 0; i < WAKE_AT_ONCE; i++) {
		group->running[i] -= base->running[i];
		group->wanted[i] -= base->wanted[i];
	}
	group->work -= base->work;
	group->one -= base->one;
	group->one_idle -= base->one_idle;
	group->handoffs -= base->handoffs;
}

int wakes__add_group_since(struct wakes *wakes, struct wake_bases *bases,
			   const struct wake_group *group)
{
	struct group_key key = { .leader_ns = group->leader_ns, .tgid = group->tgid };
	struct wake_group since = *group;
	struct group_base *base;

	if (!bases->by_period)
		return wakes__add_group(wakes, group);
	HASH_FIND(hh, bases->groups, &key, sizeof(key), base);
	if (!base) {
		base = calloc(1, sizeof(*base));
		if (!base)
			return -ENOMEM;
		base->key = key;
		HASH_ADD(hh, bases->groups, key, sizeof(base->key), base);
	}
	take_off(&since, &base->group);
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

void wake_bases__free(struct wake_bases *bases)
{
	struct group_base *group, *next_group;
	struct wake_base *base, *next;

	HASH_ITER(hh, bases->all, base, next) {
		HASH_DEL(bases->all, base);
		free(base);
	}
	HASH_ITER(hh, bases->groups, group, next_group) {
		HASH_DEL(bases->groups, group);
		free(group);
	}
}
