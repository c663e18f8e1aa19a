/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A flame graph in lines of text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/profile/flame_lines.h"

#define LEAST_SHARE 200 /* one in so many */
#define DEPTH_MAX   40	/* lines below each other */
#define CHILDREN    64	/* of one node that are looked at, those with most time */

static __u64 total_of(const struct flame *flame, __u32 node)
{
	__s64 total = flame__total_of(flame, node, 0);

	return total > 0 ? (__u64)total : 0;
}

/* The only one that is called from there, if there all time went; 0. */
static __u32 only_child(const struct flame *flame, __u32 node)
{
	__u32 child = flame__get_node(flame, node)->child;

	for (; child; child = flame__get_node(flame, child)->next) {
		if (total_of(flame, child) == total_of(flame, node))
			return child;
	}
	return 0;
}

/* As much as fits in so many bytes.  Returns where it ends. */
static size_t put(struct flame_line *line, size_t at, const char *text, size_t most)
{
	size_t room = sizeof(line->text) - 1 - at, length = strlen(text);

	length = length < most ? length : most;
	length = length < room ? length : room;
	memcpy(line->text + at, text, length);
	line->text[at + length] = '\0';
	return at + length;
}

/* The end says where it waits: of a text that is too long the middle is left out. */
static void append(struct flame_line *line, const char *text)
{
	size_t at = strlen(line->text), room = sizeof(line->text) - 1;
	const char *first = strstr(line->text, " > ");
	size_t head = first ? (size_t)(first - line->text) : at;

	if (at && at + strlen(text) + 3 <= room) {
		at = put(line, at, " > ", room);
	} else if (at) {
		at = put(line, head < room / 3 ? head : 0, " > ... > ", room);
	}
	put(line, at, text, room / 2);
}

struct by_time {
	__u64 ns;
	__u32 node;
};

static int compare(const void *a, const void *b)
{
	const struct by_time *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns < y->ns ? 1 : -1;
	return x->node < y->node ? -1 : x->node > y->node;
}

static size_t children_of(const struct flame *flame, __u32 node, struct by_time *children)
{
	__u32 child = flame__get_node(flame, node)->child;
	size_t count = 0;

	for (; child; child = flame__get_node(flame, child)->next) {
		struct by_time entry = { total_of(flame, child), child };

		if (count < CHILDREN) {
			children[count++] = entry;
			continue;
		}
		qsort(children, count, sizeof(*children), compare);
		if (entry.ns > children[count - 1].ns)
			children[count - 1] = entry;
	}
	qsort(children, count, sizeof(*children), compare);
	return count;
}

static void fill(struct flame_lines *lines, const struct flame *flame, __u32 node, __u32 depth)
{
	struct by_time children[CHILDREN];
	size_t count = children_of(flame, node, children), i;

	for (i = 0; i < count && lines->count < FLAME_LINES; i++) {
		struct flame_line *line = &lines->lines[lines->count];
		__u32 at = children[i].node, next;

		if (children[i].ns * LEAST_SHARE < lines->ns || !children[i].ns)
			return;
		lines->count++;
		memset(line, 0, sizeof(*line));
		line->ns = children[i].ns;
		line->depth = depth;
		append(line, flame__name_of(flame, at)->text);
		while ((next = only_child(flame, at))) {
			at = next;
			append(line, flame__name_of(flame, at)->text);
		}
		if (depth < DEPTH_MAX)
			fill(lines, flame, at, depth + 1);
	}
}

void flame_lines__fill(struct flame_lines *lines, const struct flame *flame)
{
	__s64 total = flame__total(flame, 0);

	lines->count = 0;
	lines->ns = total > 0 ? (__u64)total : 0;
	fill(lines, flame, FLAME_ROOT, 0);
}
