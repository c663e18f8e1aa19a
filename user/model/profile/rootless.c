/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/profile/rootless.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool frame__is_rootless_mark(const struct profile *profile, __u32 frame)
{
	const struct profile_frame *entry = profile__get_frame(profile, frame);
	const struct profile_module *module = entry ? profile__get_module(profile, entry->module) :
						      NULL;

	return module && module->kind == MODULE_MARK && entry->name &&
	       !strncmp(entry->name, ROOTLESS_MARK, strlen(ROOTLESS_MARK));
}

static int rootless__add(struct rootless *rootless, const struct profile *profile, __u32 frame,
			 __u64 weight)
{
	struct rootless_reason *grown;
	size_t i;

	if (__builtin_add_overflow(rootless->weight, weight, &rootless->weight))
		rootless->weight = ~0ULL;
	for (i = 0; i < rootless->count && rootless->reasons[i].frame != frame; i++)
		;
	if (i == rootless->count) {
		grown = realloc(rootless->reasons, (i + 1) * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		rootless->reasons = grown;
		grown[rootless->count++] =
			(struct rootless_reason){ .mark = profile__get_frame(profile, frame)->name,
						  .frame = frame };
	}
	if (__builtin_add_overflow(rootless->reasons[i].weight, weight,
				   &rootless->reasons[i].weight))
		rootless->reasons[i].weight = ~0ULL;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct rootless_reason *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight < y->weight ? 1 : -1;
	return strcmp(x->mark, y->mark);
}

int rootless__of(struct rootless *rootless, const struct profile *profile, const struct top *top)
{
	__u32 *marks = calloc((size_t)top->stacks + 1, sizeof(*marks)), stack;
	int err = marks ? 0 : -ENOMEM;

	memset(rootless, 0, sizeof(*rootless));
	for (stack = 1; !err && stack <= top->stacks; stack++) { /* callers come first */
		const struct profile_stack *entry = profile__get_stack(profile, stack);

		if (!entry)
			continue;
		if (entry->caller < stack)
			marks[stack] = marks[entry->caller];
		if (frame__is_rootless_mark(profile, entry->frame))
			marks[stack] = entry->frame;
		if (marks[stack] && top->by_stack[stack] > 0)
			err = rootless__add(rootless, profile, marks[stack],
					    (__u64)top->by_stack[stack]);
	}
	free(marks);
	if (err)
		rootless__free(rootless);
	else if (rootless->count)
		qsort(rootless->reasons, rootless->count, sizeof(*rootless->reasons), compare);
	return err;
}

void rootless__free(struct rootless *rootless)
{
	free(rootless->reasons);
	memset(rootless, 0, sizeof(*rootless));
}
