/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of two shapes side by side, and what each says of a shape: for text and HTML. */
#ifndef VIEW_SHAPES_ROWS_H
#define VIEW_SHAPES_ROWS_H

#include "model/comparison/shapes.h"

struct shapes_cell {
	char text[64];
};

struct shapes_row {
	const char *name;	   /* in text, aligned */
	const char *group, *label; /* the same in two parts; group "": that of the row above */
	struct shapes_cell (*say)(const struct shapes_side *side);
	const char *(*note)(const struct shapes *shapes); /* below it; NULL, or gives NULL: none */
};

/* Each ends with a name that is NULL. */
extern const struct shapes_row shapes_time_rows[], shapes_state_rows[], shapes_seven_rows[];

#endif
