/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/view.h"

#include <string.h>

const struct view *const view_formats[] = { &view_text, &view_json, &view_csv, NULL };

const struct view *view__find(const char *name)
{
	size_t i;

	for (i = 0; view_formats[i]; i++) {
		if (!strcmp(view_formats[i]->name, name))
			return view_formats[i];
	}
	return NULL;
}
