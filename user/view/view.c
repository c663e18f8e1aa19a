/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/view.h"

#include <string.h>

static const struct view *const views[] = { &view_text, &view_json, &view_csv };

const struct view *view__find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
		if (!strcmp(views[i]->name, name))
			return views[i];
	}
	return NULL;
}
