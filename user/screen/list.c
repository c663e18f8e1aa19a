/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "screen/list.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Deeper than that the tree is not indented any more. */
#define DEPTH_MAX 12

/* ---- which rows ---- */

static bool is_pinned(const struct list *list, const struct row_key *key)
{
	size_t i;

	for (i = 0; i < list->pin_count; i++)
		if (row_key__same(&list->pins[i], key))
			return true;
	return false;
}

/* By name, without regard to case, or by the digits of an id. */
static bool matches(const struct list *list, const struct frame_row *row)
{
	char id[16];

	if (!*list->filter)
		return true;
	snprintf(id, sizeof(id), "%u", row->key.tid ? row->key.tid : row->key.pid);
	return strcasestr(row->name, list->filter) || strstr(id, list->filter);
}

static bool is_wanted(const struct list *list, const struct frame_row *row)
{
	bool thread = row->key.tid;

	if (list->below && row->key.pid != list->below)
		return false;
	if (thread ? list->rows == ROWS_PROCESSES : list->rows == ROWS_THREADS)
		return false;
	return matches(list, row);
}

/* ---- in which order ---- */

struct order {
	enum column sort;
	bool ascending;
};

static int by_order(const void *a, const void *b, void *context)
{
	const struct list_line *x = a, *y = b;
	const struct order *order = context;
	float u = x->row->figure[order->sort], v = y->row->figure[order->sort];

	if (x->pinned != y->pinned)
		return x->pinned ? -1 : 1;
	if (isnan(u) != isnan(v)) /* what has no figure comes last */
		return isnan(u) ? 1 : -1;
	if (!isnan(u) && u != v)
		return (u < v) == order->ascending ? -1 : 1;
	if (x->row->key.pid != y->row->key.pid)
		return x->row->key.pid < y->row->key.pid ? -1 : 1;
	return x->row->key.tid < y->row->key.tid ? -1 : x->row->key.tid > y->row->key.tid;
}

/* Where the lines of each process are: processes by pid. */
static int by_pid(const void *a, const void *b)
{
	const struct list_line *x = *(const struct list_line *const *)a;
	const struct list_line *y = *(const struct list_line *const *)b;

	if (x->row->parent != y->row->parent)
		return x->row->parent < y->row->parent ? -1 : 1;
	return x < y ? -1 : x > y; /* the order that they have already */
}

struct grower {
	const struct list *list;
	struct list_line *from, *to;
	struct list_line **by_parent;
	__u32 *pids; /* of the processes that are listed, ascending */
	size_t pid_count;
	bool *placed;
	size_t count, done;
};

static int by_value(const void *a, const void *b)
{
	__u32 x = *(const __u32 *)a, y = *(const __u32 *)b;

	return (x > y) - (x < y);
}

/* Does it come below another line?  Without the tree only threads do. */
static bool is_below(const struct grower *grower, const struct frame_row *row)
{
	if (!row->key.tid && (!grower->list->tree || row->parent == row->key.pid))
		return false;
	return bsearch(&row->parent, grower->pids, grower->pid_count, sizeof(*grower->pids),
		       by_value) != NULL;
}

static size_t first_child(const struct grower *grower, __u32 pid)
{
	size_t low = 0, high = grower->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (grower->by_parent[middle]->row->parent < pid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void grow(struct grower *grower, size_t at, int depth)
{
	const struct frame_row *row = grower->from[at].row;
	size_t i;

	if (grower->placed[at])
		return;
	grower->placed[at] = true;
	grower->to[grower->done] = grower->from[at];
	grower->to[grower->done++].depth = depth;
	if (row->key.tid || depth > DEPTH_MAX)
		return;
	for (i = first_child(grower, row->key.pid);
	     i < grower->count && grower->by_parent[i]->row->parent == row->key.pid; i++)
		if (is_below(grower, grower->by_parent[i]->row))
			grow(grower, (size_t)(grower->by_parent[i] - grower->from), depth + 1);
}

/* Children, and threads, below their parents; siblings stay in the order of the list. */
static int arrange_below(struct list *list)
{
	struct grower grower = { .list = list, .from = list->lines, .count = list->count };
	size_t i;
	int err = 0;

	grower.to = calloc(list->room + 1, sizeof(*grower.to));
	grower.by_parent = calloc(list->count + 1, sizeof(*grower.by_parent));
	grower.placed = calloc(list->count + 1, sizeof(*grower.placed));
	grower.pids = calloc(list->count + 1, sizeof(*grower.pids));
	if (!grower.to || !grower.by_parent || !grower.placed || !grower.pids) {
		err = -ENOMEM;
		free(grower.to);
	} else {
		for (i = 0; i < list->count; i++) {
			grower.by_parent[i] = &list->lines[i];
			if (!list->lines[i].row->key.tid)
				grower.pids[grower.pid_count++] = list->lines[i].row->key.pid;
		}
		qsort(grower.pids, grower.pid_count, sizeof(*grower.pids), by_value);
		qsort(grower.by_parent, list->count, sizeof(*grower.by_parent), by_pid);
		for (i = 0; i < list->count; i++)
			if (!is_below(&grower, list->lines[i].row))
				grow(&grower, i, 0);
		for (i = 0; i < list->count; i++) /* a ring of parents, or too deep */
			grow(&grower, i, 0);
		free(list->lines);
		list->lines = grower.to;
	}
	free(grower.by_parent);
	free(grower.placed);
	free(grower.pids);
	return err;
}

/* ---- the cursor ---- */

static void find_selected(struct list *list, size_t height)
{
	size_t line = list->selected - list->top, i;

	for (i = 0; list->has_key && i < list->count; i++)
		if (row_key__same(&list->lines[i].row->key, &list->key)) {
			list->selected = i;
			list->top = i > line ? i - line : 0;
			break;
		}
	list__move(list, 0, height);
}

void list__move(struct list *list, long by, size_t height)
{
	long to = (long)list->selected + by;

	if (to >= (long)list->count)
		to = (long)list->count - 1;
	list->selected = to > 0 ? (size_t)to : 0;
	if (list->selected < list->top)
		list->top = list->selected;
	if (height && list->selected >= list->top + height)
		list->top = list->selected - height + 1;
	if (height && list->count <= height)
		list->top = 0;
	else if (height && list->top + height > list->count)
		list->top = list->count - height;
	/* the first row is followed only once somebody has moved to it */
	if (by || list->has_key) {
		const struct frame_row *row = list__selected(list);

		list->has_key = row != NULL;
		if (row)
			list->key = row->key;
	}
}

const struct frame_row *list__selected(const struct list *list)
{
	return list->selected < list->count ? list->lines[list->selected].row : NULL;
}

void list__pin(struct list *list)
{
	const struct frame_row *row = list__selected(list);
	size_t i;

	if (!row)
		return;
	for (i = 0; i < list->pin_count; i++)
		if (row_key__same(&list->pins[i], &row->key)) {
			list->pins[i] = list->pins[--list->pin_count];
			return;
		}
	if (list->pin_count < PINS_MAX)
		list->pins[list->pin_count++] = row->key;
}

int list__arrange(struct list *list, const struct frame *frame, size_t height)
{
	struct order order = { list->sort, list->ascending };
	int err = 0;
	size_t i;

	if (frame->count > list->room) {
		struct list_line *larger =
			realloc(list->lines, (frame->count + 1) * sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		list->lines = larger;
		list->room = frame->count;
	}
	list->count = 0;
	for (i = 0; i < frame->count; i++)
		if (is_wanted(list, &frame->rows[i]))
			list->lines[list->count++] = (struct list_line){
				.row = &frame->rows[i],
				.pinned = is_pinned(list, &frame->rows[i].key)
			};
	if (list->count)
		qsort_r(list->lines, list->count, sizeof(*list->lines), by_order, &order);
	if (list->tree || (list->rows == ROWS_WITH_THREADS && !list->below))
		err = arrange_below(list);
	find_selected(list, height);
	return err;
}

void list__free(struct list *list)
{
	free(list->lines);
	list->lines = NULL;
	list->count = list->room = 0;
}
