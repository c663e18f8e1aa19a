/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/flame_layout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/array.h"

/* Where the next frame on each depth begins, and where the one below it ends. */
struct edges {
	__s64 *next, *end;
	__u32 depths;
};

/* One look at the flame: what goes into the layout. */
struct pass {
	struct flame_layout *layout;
	const struct flame *flame;
	int side;
	double share; /* of the total of all that is shown with it, that a frame has at least */
	enum flame_part part;
	struct edges edges;
	size_t task;  /* its box */
	__u32 hidden; /* the depth of the frame that is not drawn, with what is on it; 0: none */
};

static int layout__add(struct flame_layout *layout, const struct flame_box *box)
{
	if (!ARRAY_ROOM(layout->boxes, layout->count, layout->room, 1024))
		return -ENOMEM;
	layout->boxes[layout->count++] = *box;
	if (box->depth > layout->deepest)
		layout->deepest = box->depth;
	if (box->part == PART_SHOWN && box->depth > layout->deepest_shown)
		layout->deepest_shown = box->depth;
	return 0;
}

static int edges__make_room(struct edges *edges, __u32 depth)
{
	size_t room = 2UL * depth + 64;
	__s64 *next, *end;

	if (depth + 1 < edges->depths)
		return 0;
	next = reallocarray(edges->next, room, sizeof(*next));
	if (next)
		edges->next = next;
	end = reallocarray(edges->end, room, sizeof(*end));
	if (end)
		edges->end = end;
	if (!next || !end)
		return -ENOMEM;
	edges->depths = (__u32)room;
	return 0;
}

static bool is_apart(const struct pass *pass, __u32 node)
{
	return flame__get_node(pass->flame, node)->parent == FLAME_ROOT &&
	       flame__name_of(pass->flame, node)->kind == FLAME_APART;
}

/* Weights below 0 occur in damaged recordings only; no frame reaches over the one below it. */
static bool pass__place(struct pass *pass, struct flame_box *box)
{
	struct edges *edges = &pass->edges;

	box->at = edges->next[box->depth];
	box->width = flame__total_of(pass->flame, box->node, pass->side);
	if (box->width > edges->end[box->depth] - box->at)
		box->width = edges->end[box->depth] - box->at;
	if (box->width <= 0)
		return false;
	edges->next[box->depth] += box->width;
	edges->next[box->depth + 1] = box->at;
	edges->end[box->depth + 1] = box->at + box->width;
	/* what is not shown at first is drawn less finely: there is much of it */
	return (double)box->width >= (pass->part == PART_SHOWN ? 1 : 4) * pass->share *
					     (double)(pass->part == PART_APART ?
							      pass->layout->total :
							      pass->layout->shown);
}

static int pass__take(struct pass *pass, struct flame_box *box)
{
	struct flame_layout *layout = pass->layout;
	int err = edges__make_room(&pass->edges, box->depth + 1);

	if (err)
		return err;
	if (box->depth <= pass->hidden)
		pass->hidden = 0;
	box->part = pass->part;
	box->members = 0;
	if (!pass->hidden && pass__place(pass, box))
		return layout__add(layout, box);
	if (!pass->hidden)
		pass->hidden = box->depth ? box->depth : 1;
	if (pass->part != PART_SHOWN)
		return 0;
	if (flame__total_of(pass->flame, box->node, pass->side))
		layout->narrow++;
	else
		layout->gone++;
	return 0;
}

/* All that is on a node at this depth, between the edges that there are. */
static int pass__take_above(struct pass *pass, __u32 node, __u32 depth)
{
	struct flame_box box = { .depth = depth };
	int err = 0;

	box.node = flame__next_node(pass->flame, node, &box.depth);
	while (box.node && box.depth > depth && !err) {
		err = pass__take(pass, &box);
		box.node = flame__next_node(pass->flame, box.node, &box.depth);
	}
	return err;
}

/* The threads of a task, in the same place as its stacks. */
static int pass__take_members(struct pass *pass, const struct flame_box *task, __u32 members)
{
	__u32 member = flame__get_node(pass->flame, members)->child;
	int err;

	for (; member; member = flame__get_node(pass->flame, member)->next)
		pass->layout->boxes[pass->task].members++;
	pass->edges.next[task->depth + 1] = task->at;
	pass->edges.end[task->depth + 1] = task->at + task->width;
	pass->part = PART_MEMBERS;
	err = pass__take_above(pass, members, task->depth);
	pass->part = PART_SHOWN;
	return err;
}

static int pass__take_task(struct pass *pass, __u32 node)
{
	__u32 members = flame__members_of(pass->flame, node);
	struct flame_box box = { .node = node, .depth = 1 };
	int err;

	pass->hidden = 0;
	pass->task = pass->layout->count;
	err = pass__take(pass, &box);
	if (pass->hidden || pass->part != PART_SHOWN)
		members = 0;
	if (!err)
		err = pass__take_above(pass, node, 1);
	pass->hidden = 0;
	return err || !members ? err : pass__take_members(pass, &box, members);
}

/* Those that are set apart come last. */
static int pass__take_tasks(struct pass *pass, bool apart)
{
	const struct flame_layout *layout = pass->layout;
	__u32 node = flame__get_node(pass->flame, FLAME_ROOT)->child;
	int err = 0;

	for (; node && !err; node = flame__get_node(pass->flame, node)->next) {
		if (is_apart(pass, node) != apart)
			continue;
		pass->part = apart && layout->shown < layout->total ? PART_APART : PART_SHOWN;
		err = pass__take_task(pass, node);
	}
	return err;
}

static __s64 sum_apart(const struct pass *pass)
{
	__u32 node = flame__get_node(pass->flame, FLAME_ROOT)->child;
	__s64 sum = 0;

	for (; node; node = flame__get_node(pass->flame, node)->next) {
		__s64 total = flame__total_of(pass->flame, node, pass->side);

		if (is_apart(pass, node) && total > 0 && __builtin_add_overflow(sum, total, &sum))
			return -1;
	}
	return sum;
}

int flame_layout__take(struct flame_layout *layout, const struct flame *flame, int side,
		       double narrowest)
{
	struct pass pass = { .layout = layout, .flame = flame, .side = side, .share = narrowest };
	struct flame_box root = { .node = FLAME_ROOT };
	__s64 apart = sum_apart(&pass);
	int err;

	memset(layout, 0, sizeof(*layout));
	layout->total = layout->shown = flame__total_of(flame, FLAME_ROOT, side);
	if (layout->total <= 0)
		return 0;
	if (apart > 0 && apart < layout->total)
		layout->shown -= apart;
	err = edges__make_room(&pass.edges, 2);
	if (!err) {
		pass.edges.next[0] = 0;
		pass.edges.end[0] = layout->total;
		err = pass__take(&pass, &root);
	}
	if (!err)
		err = pass__take_tasks(&pass, false);
	if (!err)
		err = pass__take_tasks(&pass, true);
	free(pass.edges.next);
	free(pass.edges.end);
	return err;
}

void flame_layout__free(struct flame_layout *layout)
{
	free(layout->boxes);
}
