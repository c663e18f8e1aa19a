/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/flame.h"

#include <string.h>

const struct flame_format *const flame_formats[] = {
#define FLAME_FORMAT(name) &flame_##name,
#include "view/formats.def"
	NULL
};

const struct flame_format *flame_format__find(const char *name)
{
	size_t i;

	for (i = 0; flame_formats[i]; i++) {
		if (!strcmp(flame_formats[i]->name, name))
			return flame_formats[i];
	}
	return NULL;
}
