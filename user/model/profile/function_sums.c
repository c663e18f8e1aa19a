/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/profile/function_sums.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A look at the tree: what is known of each name, and which are on the path to the node. */
struct look {
	const struct flame *flame;
	struct function_sum *by_name; /* from 1 */
	__u32 *open;		      /* how often it is on the path */
	__u32 *path;		      /* names, by depth */
	__u32 names, depths;
};

static int look__begin(struct look *look, const struct flame *flame)
{
	__u32 node = FLAME_ROOT, depth = 0;

	look->flame = flame;
	while ((node = flame__next_node(flame, node, &depth))) {
		__u32 name = flame__get_node(flame, node)->name;

		look->names = name > look->names ? name : look->names;
		look->depths = depth > look->depths ? depth : look->depths;
	}
	look->by_name = calloc(look->names + 1UL, sizeof(*look->by_name));
	look->open = calloc(look->names + 1UL, sizeof(*look->open));
	look->path = calloc(look->depths + 1UL, sizeof(*look->path));
	return look->by_name && look->open && look->path ? 0 : -ENOMEM;
}

/* A task is none; a mark such as "[truncated: ...]" is told in place of one. */
static bool is_function(const struct flame_name *name, __u32 depth)
{
	return depth > 1 && (name->kind != FLAME_TASK || name->text[0] == '[');
}

/* Sums of hostile recordings may wrap, but not trap. */
static __s64 add(__s64 a, __s64 b)
{
	return (__s64)((__u64)a + (__u64)b);
}

static void look__take(struct look *look, __u32 node, __u32 depth)
{
	__u32 name = flame__get_node(look->flame, node)->name;
	const struct flame_name *text = flame__name_of(look->flame, node);
	struct function_sum *sum = &look->by_name[name];

	look->path[depth] = name;
	if (!look->open[name]++ && is_function(text, depth))
		sum->total = add(sum->total, flame__total_of(look->flame, node, 0));
	if (is_function(text, depth)) {
		sum->name = text;
		sum->self = add(sum->self, flame__self_of(look->flame, node, 0));
	}
}

static void look__walk(struct look *look)
{
	__u32 node = FLAME_ROOT, depth = 0, before = 0;

	while ((node = flame__next_node(look->flame, node, &depth))) {
		for (; before >= depth; before--)
			look->open[look->path[before]]--;
		look__take(look, node, depth);
		before = depth;
	}
}

static int compare(const void *a, const void *b)
{
	const struct function_sum *x = a, *y = b;

	if (x->self != y->self)
		return x->self < y->self ? 1 : -1;
	if (x->total != y->total)
		return x->total < y->total ? 1 : -1;
	return strcmp(x->name->text, y->name->text);
}

int function_sums__take(struct function_sums *functions, const struct flame *flame)
{
	struct look look = { 0 };
	int err = look__begin(&look, flame);
	__u32 name;

	memset(functions, 0, sizeof(*functions));
	if (!err) {
		look__walk(&look);
		functions->total = flame__total(flame, 0);
		for (name = 1; name <= look.names; name++) {
			if (look.by_name[name].name)
				look.by_name[functions->count++] = look.by_name[name];
		}
		qsort(look.by_name, functions->count, sizeof(*look.by_name), compare);
		functions->all = look.by_name;
		look.by_name = NULL;
	}
	free(look.by_name);
	free(look.open);
	free(look.path);
	return err;
}

void function_sums__free(struct function_sums *functions)
{
	free(functions->all);
	functions->all = NULL;
}
