/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/address_spaces.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/array.h"
#include "core/hash.h"

/* Mappings in the order in which they came: a later one covers an earlier. */
struct layout {
	__u32 users; /* spaces that share it: a fork copies nothing until one of them maps */
	bool whole;  /* it has all since the last exec, or has been read */
	__u32 count, room;
	struct mapping *mappings;
};

/* An address space from one exec to the next. */
struct epoch {
	__u64 since_ns;
	__u32 parent;
	struct layout *layout;
	struct epoch *before;
};

struct space {
	__u32 pid;    /* key */
	__u64 end_ns; /* 0: it lives */
	struct epoch *epoch;
	UT_hash_handle hh;
};

struct address_spaces {
	struct space *by_pid;
};

struct address_spaces *address_spaces__new(void)
{
	return calloc(1, sizeof(struct address_spaces));
}

static void layout__release(struct layout *layout)
{
	if (!layout || --layout->users)
		return;
	free(layout->mappings);
	free(layout);
}

static void epoch__free(struct epoch *epoch)
{
	while (epoch) {
		struct epoch *before = epoch->before;

		layout__release(epoch->layout);
		free(epoch);
		epoch = before;
	}
}

static void space__free(struct address_spaces *address_spaces, struct space *space)
{
	HASH_DEL(address_spaces->by_pid, space);
	epoch__free(space->epoch);
	free(space);
}

void address_spaces__free(struct address_spaces *address_spaces)
{
	struct space *space, *next;

	if (!address_spaces)
		return;
	HASH_ITER(hh, address_spaces->by_pid, space, next)
		space__free(address_spaces, space);
	free(address_spaces);
}

static struct space *address_spaces__get(const struct address_spaces *address_spaces, __u32 pid)
{
	struct space *space;

	HASH_FIND(hh, address_spaces->by_pid, &pid, sizeof(pid), space);
	return space;
}

static struct layout *layout__new(bool whole)
{
	struct layout *layout = calloc(1, sizeof(*layout));

	if (layout) {
		layout->users = 1;
		layout->whole = whole;
	}
	return layout;
}

/* Begins an epoch; takes the layout over, also when it fails. */
static int space__begin(struct space *space, __u64 since_ns, __u32 parent, struct layout *layout)
{
	struct epoch *epoch = calloc(1, sizeof(*epoch));

	if (!epoch || !layout) {
		free(epoch);
		layout__release(layout);
		return -ENOMEM;
	}
	epoch->since_ns = since_ns;
	epoch->parent = parent;
	epoch->layout = layout;
	epoch->before = space->epoch;
	space->epoch = epoch;
	return 0;
}

/* The space of a process, with an epoch to put something into; NULL without memory. */
static struct space *address_spaces__make(struct address_spaces *address_spaces, __u32 pid)
{
	struct space *space = HASH_GET(address_spaces->by_pid, pid, &pid);

	if (!space)
		return NULL;
	if (!space->epoch && space__begin(space, 0, 0, layout__new(false)))
		return NULL;
	return space;
}

static int layout__add(struct layout *layout, const struct mapping *mapping)
{
	if (!ARRAY_ROOM(layout->mappings, layout->count, layout->room, 16))
		return -ENOMEM;
	layout->mappings[layout->count++] = *mapping;
	return 0;
}

/* A layout that is one's own: shared ones are copied first. */
static int epoch__own_layout(struct epoch *epoch)
{
	struct layout *copy;
	__u32 i;

	if (epoch->layout->users == 1)
		return 0;
	copy = layout__new(epoch->layout->whole);
	if (!copy)
		return -ENOMEM;
	for (i = 0; i < epoch->layout->count; i++) {
		if (layout__add(copy, &epoch->layout->mappings[i])) {
			layout__release(copy);
			return -ENOMEM;
		}
	}
	layout__release(epoch->layout);
	epoch->layout = copy;
	return 0;
}

int address_spaces__map(struct address_spaces *address_spaces, __u32 pid,
			const struct mapping *mapping)
{
	struct space *space = address_spaces__make(address_spaces, pid);

	if (!space || epoch__own_layout(space->epoch))
		return -ENOMEM;
	return layout__add(space->epoch->layout, mapping);
}

int address_spaces__fork(struct address_spaces *address_spaces, __u32 pid, __u32 parent,
			 __u64 time_ns)
{
	struct space *space = address_spaces__get(address_spaces, pid), *from;
	struct layout *layout;

	if (space) /* its number has been used before */
		space__free(address_spaces, space);
	space = calloc(1, sizeof(*space));
	if (!space)
		return -ENOMEM;
	space->pid = pid;
	HASH_ADD(hh, address_spaces->by_pid, pid, sizeof(space->pid), space);
	from = address_spaces__get(address_spaces, parent);
	if (from && from->epoch) {
		layout = from->epoch->layout;
		layout->users++;
	} else {
		layout = layout__new(false);
	}
	return space__begin(space, time_ns, parent, layout);
}

int address_spaces__exec(struct address_spaces *address_spaces, __u32 pid, __u64 time_ns)
{
	struct space *space = address_spaces__make(address_spaces, pid);

	return space ? space__begin(space, time_ns, 0, layout__new(true)) : -ENOMEM;
}

void address_spaces__end(struct address_spaces *address_spaces, __u32 pid, __u64 time_ns)
{
	struct space *space = address_spaces__get(address_spaces, pid);

	if (space)
		space->end_ns = time_ns;
}

static const struct epoch *address_spaces__epoch(const struct address_spaces *address_spaces,
						 __u32 pid, __u64 time_ns)
{
	const struct space *space = address_spaces__get(address_spaces, pid);
	const struct epoch *epoch = space ? space->epoch : NULL;

	while (epoch && epoch->since_ns > time_ns)
		epoch = epoch->before;
	return epoch;
}

bool address_spaces__is_known(const struct address_spaces *address_spaces, __u32 pid, __u64 time_ns)
{
	const struct epoch *epoch = address_spaces__epoch(address_spaces, pid, time_ns);

	return epoch && epoch->layout->whole;
}

__u32 address_spaces__parent(const struct address_spaces *address_spaces, __u32 pid)
{
	const struct space *space = address_spaces__get(address_spaces, pid);

	return space && space->epoch ? space->epoch->parent : 0;
}

int address_spaces__set_known(struct address_spaces *address_spaces, __u32 pid)
{
	struct space *space = address_spaces__make(address_spaces, pid);

	if (!space || epoch__own_layout(space->epoch))
		return -ENOMEM;
	space->epoch->layout->whole = true;
	return 0;
}

const struct mapping *address_spaces__find(const struct address_spaces *address_spaces, __u32 pid,
					   __u64 address, __u64 time_ns)
{
	const struct epoch *epoch = address_spaces__epoch(address_spaces, pid, time_ns);
	__u32 i;

	/* in the middle of an exec it is still about to return to where it was called */
	for (; epoch; epoch = epoch->before) {
		for (i = epoch->layout->count; i--;) {
			const struct mapping *mapping = &epoch->layout->mappings[i];

			if (address >= mapping->start && address < mapping->end &&
			    mapping->since_ns <= time_ns)
				return mapping;
		}
	}
	return NULL;
}

static int mapping__compare(const void *a, const void *b)
{
	const struct mapping *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* By address, what is hidden by a later one left out; all: from the latest to the first. */
static size_t mappings__uncover(struct mapping *all, size_t count)
{
	size_t kept = 0, i, j;

	for (i = 0; i < count; i++) {
		for (j = 0; j < kept; j++) {
			if (all[i].start < all[j].end && all[j].start < all[i].end)
				break;
		}
		if (j == kept)
			all[kept++] = all[i];
	}
	return kept;
}

static bool mappings__overlap(const struct mapping *sorted, size_t count)
{
	size_t i;

	for (i = 1; i < count; i++) {
		if (sorted[i].start < sorted[i - 1].end)
			return true;
	}
	return false;
}

struct mapping *address_spaces__all(const struct address_spaces *address_spaces, __u32 pid,
				    __u64 time_ns, size_t *ret_count)
{
	const struct epoch *epoch = address_spaces__epoch(address_spaces, pid, time_ns);
	struct mapping *all, *sorted;
	size_t count = 0, i;

	*ret_count = 0;
	if (!epoch || !epoch->layout->count)
		return NULL;
	all = calloc(epoch->layout->count, sizeof(*all));
	sorted = calloc(epoch->layout->count, sizeof(*sorted));
	if (!all || !sorted) {
		free(all);
		free(sorted);
		return NULL;
	}
	for (i = epoch->layout->count; i--;) { /* the latest first: it hides what it covers */
		if (epoch->layout->mappings[i].since_ns <= time_ns)
			all[count++] = epoch->layout->mappings[i];
	}
	memcpy(sorted, all, count * sizeof(*all));
	qsort(sorted, count, sizeof(*sorted), mapping__compare);
	if (mappings__overlap(sorted, count)) { /* seldom, and then it takes a while */
		count = mappings__uncover(all, count);
		memcpy(sorted, all, count * sizeof(*all));
		qsort(sorted, count, sizeof(*sorted), mapping__compare);
	}
	free(all);
	*ret_count = count;
	return sorted;
}

void address_spaces__forget(struct address_spaces *address_spaces, __u64 time_ns,
			    void (*gone)(void *context, __u32 pid), void *context)
{
	struct space *space, *next;

	HASH_ITER(hh, address_spaces->by_pid, space, next) {
		if (!space->end_ns || space->end_ns >= time_ns)
			continue;
		gone(context, space->pid);
		space__free(address_spaces, space);
	}
}
