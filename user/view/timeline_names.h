/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The texts that a timeline interns, by number; 0 is none. */
#ifndef VIEW_TIMELINE_NAMES_H
#define VIEW_TIMELINE_NAMES_H

enum timeline_name {
	NAME_NONE,
#define NAME(id, text) NAME_##id,
#include "view/timeline_names.def"
	NAMES_END
};

enum timeline_category {
	CATEGORY_NONE,
#define CATEGORY(id, text) CATEGORY_##id,
#include "view/timeline_names.def"
	CATEGORIES_END
};

enum timeline_arg {
	ARG_NONE,
#define ARG(id, text) ARG_##id,
#include "view/timeline_names.def"
	ARGS_END
};

enum timeline_string {
	STRING_NONE,
#define STRING(id, text) STRING_##id,
#include "view/timeline_names.def"
	STRINGS_END
};

#endif
