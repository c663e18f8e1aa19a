/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tree: from sums by stack to sums by name. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/profile/flame_private.h"

/* A stack comes after its caller; what says otherwise (a damaged recording) ends there. */
static __u32 stack__caller(const struct profile *profile, __u32 stack)
{
	__u32 caller = profile__get_stack(profile, stack)->caller;

	return caller < stack ? caller : 0;
}

/* ---- paths ---- */

static int flame__grow_nodes(struct flame *flame)
{
	size_t room = flame->node_room ? 2UL * flame->node_room : 1024;
	struct flame_node *nodes = reallocarray(flame->nodes, room, sizeof(*nodes));
	int side;

	if (!nodes)
		return -ENOMEM;
	flame->nodes = nodes;
	for (side = 0; side < flame->side_count; side++) {
		__s64 *self = reallocarray(flame->self[side], room, sizeof(*self));

		if (!self)
			return -ENOMEM;
		memset(self + flame->node_room, 0, (room - flame->node_room) * sizeof(*self));
		flame->self[side] = self;
	}
	flame->node_room = (__u32)room;
	return 0;
}

/* The child of this name, new or not; 0 without memory. */
static __u32 flame__child(struct flame *flame, __u32 parent, __u32 name)
{
	__u32 before = flame->node_keys.count, node;

	if (before == flame->node_room && flame__grow_nodes(flame))
		return 0;
	node = keyset__add(&flame->node_keys, (struct key){ parent, name, 0 });
	if (node > before)
		flame->nodes[node - 1] = (struct flame_node){ .parent = parent, .name = name };
	return node;
}

static __u32 flame__descend(struct flame *flame, __u32 node, const __u32 *names, size_t count)
{
	size_t i;

	for (i = 0; node && i < count; i++)
		node = flame__child(flame, node, names[i]);
	return node;
}

/* Adds the names of a stack, innermost frame first. */
static int flame__unroll(struct flame *flame, struct flame_side *side, __u32 stack,
			 struct numbers *names)
{
	const struct profile_stack *entry = profile__get_stack(side->profile, stack);
	int err = 0;

	if (!entry)
		return numbers__add(names, flame__intern(flame, FLAME_UNRESOLVED, "[unknown]", ""));
	for (; !err && entry; entry = profile__get_stack(side->profile, stack)) {
		struct frame_part part;
		__u32 i;

		err = flame__part(flame, side, entry->frame, &part);
		for (i = part.count; !err && i > 0; i--)
			err = numbers__add(names, side->frame_names.at[part.at + i - 1]);
		stack = stack__caller(side->profile, stack);
	}
	return err;
}

/* The node at which a stack of a root ends; remembered.  0 without memory. */
static __u32 *side__memo(struct flame_side *side, struct key key)
{
	__u32 before = side->memo_keys.count, number;
	__u32 *memo = keyset__beside(&side->memo_keys, side->memo, &side->memo_room, sizeof(*memo));

	if (!memo)
		return NULL;
	side->memo = memo;
	number = keyset__add(&side->memo_keys, key);
	if (!number)
		return NULL;
	if (number > before)
		side->memo[number - 1] = 0;
	return &side->memo[number - 1];
}

/* Where a stack begins: below which node, as which name. */
struct place {
	__u32 below, task;
};

/*
 * Up to an ancestor whose node is known, then down again: each stack of a
 * root is unwound once, however many stacks have it as their caller.
 */
static __u32 flame__stack_node(struct flame *flame, struct flame_side *side, struct place place,
			       __u32 stack, struct numbers *todo)
{
	__u32 node = 0, at = stack;

	todo->count = 0;
	while (!node) {
		__u32 *memo;

		if (!profile__get_stack(side->profile, at))
			break;
		memo = side__memo(side, (struct key){ place.task, at, place.below });
		if (!memo)
			return 0;
		node = *memo;
		if (!node && numbers__add(todo, at))
			return 0;
		at = stack__caller(side->profile, at);
	}
	if (!node)
		node = flame__child(flame, place.below, place.task);
	if (!profile__get_stack(side->profile, stack))
		return flame__child(flame, node,
				    flame__intern(flame, FLAME_UNRESOLVED, "[unknown]", ""));
	while (node && todo->count) {
		struct frame_part part;
		__u32 *memo;

		at = todo->at[--todo->count];
		if (flame__part(flame, side, profile__get_stack(side->profile, at)->frame, &part))
			return 0;
		node = flame__descend(flame, node, side->frame_names.at + part.at, part.count);
		memo = side__memo(side, (struct key){ place.task, at, place.below });
		if (!memo)
			return 0;
		*memo = node;
	}
	return node;
}

static int flame__unroll_waker(struct flame *flame, struct flame_side *side,
			       const struct flame_sum *sum, struct numbers *names)
{
	int err;

	if (!sum->woken)
		return 0;
	err = numbers__add(names, flame__intern(flame, FLAME_TASK, "--", ""));
	return err ? err : flame__unroll(flame, side, sum->waker, names);
}

static void reverse(__u32 *numbers, size_t count)
{
	size_t i;

	for (i = 0; i < count / 2; i++) {
		__u32 kept = numbers[i];

		numbers[i] = numbers[count - 1 - i];
		numbers[count - 1 - i] = kept;
	}
}

/* The whole path, the task last; the waker's part comes first, its task at the very beginning. */
static __u32 flame__reverse_node(struct flame *flame, struct flame_side *side, struct place place,
				 const struct flame_sum *sum, struct numbers *names)
{
	names->count = 0;
	if (flame__unroll_waker(flame, side, sum, names))
		return 0;
	reverse(names->at, names->count);
	if (flame__unroll(flame, side, sum->stack, names) || numbers__add(names, place.task))
		return 0;
	return flame__descend(flame, place.below, names->at, names->count);
}

static __u32 flame__forward_node(struct flame *flame, struct flame_side *side, struct place place,
				 const struct flame_sum *sum, struct numbers *names)
{
	__u32 node = flame__stack_node(flame, side, place, sum->stack, names);

	names->count = 0;
	if (!node || flame__unroll_waker(flame, side, sum, names))
		return 0;
	return flame__descend(flame, node, names->at, names->count);
}

/* Without memory its task is 0. */
static struct place flame__place(struct flame *flame, int which, const struct flame_sum *sum)
{
	const char *apart = flame__apart(flame, which, sum);
	struct place place = { FLAME_ROOT, sum->thread };

	if (apart) {
		__u32 name = flame__intern(flame, FLAME_APART, apart, "");

		place.below = name ? flame__child(flame, FLAME_ROOT, name) : 0;
	}
	if (flame->by_thread)
		place.task = flame__task_name(flame, &flame->sides[which], sum->thread);
	if (!place.below)
		place.task = 0;
	return place;
}

static int flame__put(struct flame *flame, int which, struct place place,
		      const struct flame_sum *sum, struct numbers *names)
{
	struct flame_side *side = &flame->sides[which];
	__u32 node;

	if (!place.task || !place.below)
		return -ENOMEM;
	node = flame->options.reverse ? flame__reverse_node(flame, side, place, sum, names) :
					flame__forward_node(flame, side, place, sum, names);
	if (!node)
		return -ENOMEM;
	flame->self[which][node - 1] = add(flame->self[which][node - 1], *sum->value);
	return 0;
}

/* The same again in the second tree, where its thread has a node of its own. */
static int flame__put_member(struct flame *flame, int which, struct place place,
			     const struct flame_sum *sum, struct numbers *names)
{
	__u32 member = flame__member_name(flame, &flame->sides[which], sum->thread);

	place.below = flame__child(flame, FLAME_MEMBERS, place.task);
	place.task = member;
	return flame__put(flame, which, place, sum, names);
}

static bool flame__has_members(const struct flame *flame)
{
	return flame->options.groups && flame->side_count == 1 && !flame->options.reverse;
}

static int flame__plant(struct flame *flame, int which)
{
	struct flame_side *side = &flame->sides[which];
	struct numbers names = { 0 };
	__u32 i;
	int err = 0;

	side->parts = calloc(profile__frame_count(side->profile) + 1UL, sizeof(*side->parts));
	if (!side->parts)
		return -ENOMEM;
	for (i = 0; !err && i < side->keys.count; i++) {
		struct flame_sum sum = flame__get_sum(flame, which, i);
		struct place place;

		if (!*sum.value)
			continue;
		place = flame__place(flame, which, &sum);
		err = flame__put(flame, which, place, &sum, &names);
		if (!err && flame__has_members(flame) && place.below == FLAME_ROOT)
			err = flame__put_member(flame, which, place, &sum, &names);
	}
	free(names.at);
	keyset__release(&side->memo_keys);
	free(side->memo);
	side->memo = NULL;
	side->memo_room = 0;
	return err;
}

/* ---- the order ---- */

static int compare_names(const void *a, const void *b)
{
	const struct name_entry *const *x = a, *const *y = b;
	int order = strcmp((*x)->name.text, (*y)->name.text);

	return order ? order : (int)(*x)->name.kind - (int)(*y)->name.kind;
}

/* Sorted names, as heads of lists of the nodes that have them. */
static int flame__link(struct flame *flame)
{
	__u32 names = flame->name_count, nodes = flame->node_keys.count, i;
	struct name_entry **sorted = malloc((names + 1UL) * sizeof(struct name_entry *));
	__u32 *first = calloc(names + 1UL, sizeof(*first));
	__u32 *following = calloc(nodes + 1UL, sizeof(*following));
	__u32 node;
	int err = sorted && first && following ? 0 : -ENOMEM;

	if (!err) {
		if (names)
			memcpy(sorted, flame->names, names * sizeof(struct name_entry *));
		qsort(sorted, names, sizeof(struct name_entry *), compare_names);
		for (node = FLAME_ROOT + 1; node <= nodes; node++) {
			if (!flame->nodes[node - 1].parent)
				continue;
			following[node] = first[flame->nodes[node - 1].name];
			first[flame->nodes[node - 1].name] = node;
		}
		/* The last name first: each node goes to the head of its siblings. */
		for (i = names; i > 0; i--) {
			for (node = first[sorted[i - 1]->number]; node; node = following[node]) {
				struct flame_node *parent =
					&flame->nodes[flame->nodes[node - 1].parent - 1];

				flame->nodes[node - 1].next = parent->child;
				parent->child = node;
			}
		}
	}
	free(sorted);
	free(first);
	free(following);
	return err;
}

/* A node comes after its parent, so that going backwards has all of a node before its parent. */
static int flame__sum_up(struct flame *flame, int side)
{
	__u32 count = flame->node_keys.count, node;
	__s64 *totals = malloc(count * sizeof(*totals));

	if (!totals)
		return -ENOMEM;
	memcpy(totals, flame->self[side], count * sizeof(*totals));
	for (node = count; node > FLAME_ROOT; node--) {
		__u32 parent = flame->nodes[node - 1].parent;
		__s64 *of_parent = &totals[(parent ? parent : FLAME_ROOT) - 1];

		if (!parent)
			continue;
		*of_parent = add(*of_parent, totals[node - 1]);
	}
	flame->totals[side] = totals;
	return 0;
}

int flame__build(struct flame *flame)
{
	int err = 0, side;

	if (flame->options.raw)
		return 0;
	if (flame__child(flame, 0, 0) != FLAME_ROOT ||
	    (flame__has_members(flame) && flame__child(flame, 0, POOL_OF_MANY) != FLAME_MEMBERS))
		return -ENOMEM;
	flame__find_idle(flame);
	if (flame->options.groups)
		err = flame__find_pools(flame);
	for (side = 0; !err && side < flame->side_count; side++)
		err = flame__plant(flame, side);
	for (side = 0; !err && side < flame->side_count; side++)
		err = flame__sum_up(flame, side);
	return err ? err : flame__link(flame);
}

/* Siblings are few, and there is one look for each task. */
__u32 flame__members_of(const struct flame *flame, __u32 task)
{
	__u32 node = flame__has_members(flame) ? flame->nodes[FLAME_MEMBERS - 1].child : 0;

	while (node && flame->nodes[node - 1].name != flame->nodes[task - 1].name)
		node = flame->nodes[node - 1].next;
	if (!node || !flame->nodes[flame->nodes[node - 1].child - 1].next)
		return 0;
	return node;
}

const struct flame_node *flame__get_node(const struct flame *flame, __u32 node)
{
	return &flame->nodes[node - 1];
}

const struct flame_name *flame__name_of(const struct flame *flame, __u32 node)
{
	return &flame->names[flame->nodes[node - 1].name - 1]->name;
}

__s64 flame__self_of(const struct flame *flame, __u32 node, int side)
{
	return side < flame->side_count ? flame->self[side][node - 1] : 0;
}

__s64 flame__total_of(const struct flame *flame, __u32 node, int side)
{
	return side < flame->side_count ? flame->totals[side][node - 1] : 0;
}

__u32 flame__next_node(const struct flame *flame, __u32 node, __u32 *depth)
{
	const struct flame_node *at = &flame->nodes[node - 1];

	if (at->child) {
		++*depth;
		return at->child;
	}
	while (!at->next && at->parent) {
		at = &flame->nodes[at->parent - 1];
		--*depth;
	}
	return at->next;
}
