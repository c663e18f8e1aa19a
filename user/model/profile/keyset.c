/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/profile/keyset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static __u32 key__hash(struct key key)
{
	__u64 h = ((__u64)key.a << 32 | key.b) * 0x9e3779b97f4a7c15ULL;

	h ^= h >> 29;
	h = (h + key.c) * 0xbf58476d1ce4e5b9ULL;
	return (__u32)(h >> 32);
}

static __u32 *keyset__slot(const struct keyset *set, struct key key)
{
	__u32 mask = set->slot_count - 1, at = key__hash(key) & mask;

	while (set->slots[at] && memcmp(&set->keys[set->slots[at] - 1], &key, sizeof(key)) != 0)
		at = (at + 1) & mask;
	return &set->slots[at];
}

/* At most half of the slots are taken, so that a search ends soon. */
static int keyset__grow(struct keyset *set)
{
	__u32 room = set->room ? 2 * set->room : 512, i;
	__u32 *slots;
	struct key *keys;

	if (room > 1U << 30)
		return -ENOMEM;
	keys = reallocarray(set->keys, room, sizeof(*keys));
	if (!keys)
		return -ENOMEM;
	set->keys = keys;
	slots = calloc(2UL * room, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	free(set->slots);
	set->slots = slots;
	set->slot_count = 2 * room;
	set->room = room;
	for (i = 0; i < set->count; i++)
		*keyset__slot(set, keys[i]) = i + 1;
	return 0;
}

__u32 keyset__add(struct keyset *set, struct key key)
{
	__u32 *slot;

	if (set->count == set->room && keyset__grow(set))
		return 0;
	slot = keyset__slot(set, key);
	if (*slot)
		return *slot;
	set->keys[set->count++] = key;
	*slot = set->count;
	return *slot;
}

__u32 keyset__find(const struct keyset *set, struct key key)
{
	return set->count ? *keyset__slot(set, key) : 0;
}

void *keyset__beside(const struct keyset *set, void *array, __u32 *room, size_t size)
{
	__u32 more = 2 * set->count + 512;

	if (set->count < *room)
		return array;
	array = reallocarray(array, more, size);
	if (array)
		*room = more;
	return array;
}

void keyset__release(struct keyset *set)
{
	free(set->keys);
	free(set->slots);
	memset(set, 0, sizeof(*set));
}
