/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two shapes of one program side by side: tests/schema/compare.schema.json is the JSON. */
#ifndef VIEW_SHAPES_H
#define VIEW_SHAPES_H

#include <jansson.h>
#include <stdio.h>

#include "model/comparison/shapes.h"

void text__shapes(FILE *out, const struct shapes *shapes);
json_t *shapes__to_json(const struct shapes *shapes);

/* The figures of the seven rows; known: how what address spaces cost is. */
json_t *shape__rows_to_json(const struct shape *shape, double address_space_ns, const char *known);

/* Disjoint, and together the time of all threads; null where a part cannot be told. */
json_t *shape__states_to_json(const struct shape *shape);

/* In lines of up to 78 columns, the first one after `used` of them; line breaks are indented. */
void text__wrapped(FILE *out, const char *text, size_t used, size_t indent);

/* The verdict below a table; and in an object. */
void text__verdict(FILE *out, const struct verdict *verdict);
json_t *verdict__to_json(const struct verdict *verdict);

/* Why the rows of a table that nothing can fill yet are n/a. */
extern const char communication_unknown[];

#endif
