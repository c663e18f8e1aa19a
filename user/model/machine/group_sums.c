/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/machine/group_sums.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/utf8.h"

#define NAME_SIZE 768 /* of 255 bytes, each of which may become a U+FFFD of 3 */

static struct group_sum *group_sum__new(const char *name)
{
	struct group_sum *sum = calloc(1, sizeof(*sum));

	if (!sum)
		return NULL;
	sum->name = strdup(name);
	if (sum->name)
		return sum;
	free(sum);
	return NULL;
}

static void group_sum__free(struct group_sum *sum)
{
	if (!sum)
		return;
	row__clear(&sum->row);
	free(sum->name);
	free(sum);
}

/* Drops the one that has been without a process for longest.  False: none for so long. */
static bool group_sums__make_room(struct group_sums *sums, __u64 now_ns)
{
	struct group_sum *sum, *oldest = NULL;

	for (sum = sums->names; sum; sum = sum->hh.next) {
		if (!oldest || sum->seen_ns < oldest->seen_ns)
			oldest = sum;
	}
	if (!oldest || now_ns < oldest->seen_ns + GROUP_QUIET_NS)
		return false;
	HASH_DEL(sums->names, oldest);
	group_sum__free(oldest);
	sums->dropped++;
	return true;
}

/* Of a group that is called "other" itself, those who find no room are a part. */
static struct group_sum *group_sums__of_others(struct group_sums *sums)
{
	if (!sums->other)
		sums->other = group_sum__new(GROUP_OTHER);
	return sums->other;
}

/* Where a group of a period is added; NULL without memory. */
static struct group_sum *group_sums__get(struct group_sums *sums, const char *name, __u64 now_ns)
{
	struct group_sum *sum;

	if (!strcmp(name, GROUP_OTHER))
		return group_sums__of_others(sums);
	HASH_FIND_STR(sums->names, name, sum);
	if (sum)
		return sum;
	if (HASH_COUNT(sums->names) >= sums->most && !group_sums__make_room(sums, now_ns)) {
		sums->in_other++;
		return group_sums__of_others(sums);
	}
	sum = group_sum__new(name);
	if (sum)
		HASH_ADD_KEYPTR(hh, sums->names, sum->name, strlen(sum->name), sum);
	return sum;
}

/* Strangers choose names: two that would be printed alike are one, or who reads them sees one twice. */
static const char *name__shown(char *text, const char *name)
{
	utf8__from_bytes(text, NAME_SIZE, name, strlen(name));
	utf8__printable(text);
	return text;
}

static void group_sums__begin(struct group_sums *sums, const struct groups *period, __u64 now_ns)
{
	const struct group *group;
	struct group_sum *sum;
	char text[NAME_SIZE];

	sums->in_other = 0;
	for (sum = sums->names; sum; sum = sum->hh.next)
		sum->processes = sum->threads = 0;
	if (sums->other)
		sums->other->processes = sums->other->threads = 0;
	/* before any of them looks for room: who has a process does not make it */
	for (group = period->names; group; group = group->hh.next) {
		const char *name = name__shown(text, group->name);

		HASH_FIND_STR(sums->names, name, sum);
		if (sum)
			sum->seen_ns = now_ns;
	}
}

static int group_sum__add(struct group_sum *sum, const struct group *group, __u64 now_ns)
{
	int kind;

	sum->seen_ns = now_ns;
	sum->processes += (__u32)group->processes;
	sum->threads += group->threads;
	for (kind = 0; kind < SPAWN_KINDS; kind++)
		sum->created[kind] += group->spawns.kind[kind].count;
	return row__add(&sum->row, &group->row);
}

int group_sums__add(struct group_sums *sums, const struct groups *period, __u64 now_ns)
{
	const struct group *group;
	char text[NAME_SIZE];
	int err = 0;

	group_sums__begin(sums, period, now_ns);
	for (group = period->names; group && !err; group = group->hh.next) {
		struct group_sum *sum =
			group_sums__get(sums, name__shown(text, group->name), now_ns);

		err = sum ? group_sum__add(sum, group, now_ns) : -ENOMEM;
	}
	return err;
}

static void group_sum__mark(struct group_sum *sum)
{
	__u64 switches = row__switches(&sum->row), toll = row__toll(&sum->row);
	int i;

	for (i = 0; i < STATES; i++) {
		__u64 state = row__state(&sum->row, (enum state)i);

		sum->recent.state[i] = state - sum->mark.state[i];
		sum->mark.state[i] = state;
	}
	sum->recent.switches = switches - sum->mark.switches;
	sum->recent.toll = toll - sum->mark.toll;
	sum->mark.switches = switches;
	sum->mark.toll = toll;
}

void group_sums__mark(struct group_sums *sums)
{
	struct group_sum *sum;

	for (sum = sums->names; sum; sum = sum->hh.next)
		group_sum__mark(sum);
	if (sums->other)
		group_sum__mark(sums->other);
}

void group_sums__free(struct group_sums *sums)
{
	struct group_sum *sum, *next;

	HASH_ITER(hh, sums->names, sum, next) {
		HASH_DEL(sums->names, sum);
		group_sum__free(sum);
	}
	group_sum__free(sums->other);
	sums->other = NULL;
}
