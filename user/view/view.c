/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/view.h"

#include <errno.h>

#include "core/choices.h"

const struct view *const view_formats[] = {
#define VIEW(name) &view_##name,
#include "view/formats.def"
	NULL
};

bool view__has(const struct view *view, enum view_slot slot)
{
	switch (slot) {
	case VIEW_CRASH:
		return view->write_crash;
	case VIEW_STACKS:
		return view->write_stacks;
	case VIEW_FUNCTIONS:
		return view->write_functions;
	case VIEW_DIFF:
		return view->write_diff;
	case VIEW_FACTS:
		return view->write_facts;
	default:
		return view->write;
	}
}

int view__check(const struct view *view, enum view_slot slot, struct failure *failure)
{
	static const char *const names[] = { "summaries", "crashes",	 "stacks",
					     "functions", "differences", "facts" };
	struct choices others = { 0 };
	char why[64], hint[96];
	size_t i;

	if (view__has(view, slot))
		return 0;
	for (i = 0; view_formats[i]; i++) {
		if (view__has(view_formats[i], slot))
			choices__add(&others, view_formats[i]->name);
	}
	snprintf(why, sizeof(why), "%s are not %s", names[slot], view->only);
	snprintf(hint, sizeof(hint), "choose %s", choices__text(&others));
	return failure__set(failure, -EINVAL, why, hint, "cannot print %s as %s", names[slot],
			    view->name);
}
