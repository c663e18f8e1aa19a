/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One target in the seven rows: tests/schema/compare.schema.json is the JSON. */
#ifndef VIEW_PORTRAIT_H
#define VIEW_PORTRAIT_H

#include <jansson.h>
#include <stdio.h>

#include "model/comparison/portrait.h"

void text__portrait(FILE *out, const struct portrait *portrait);
json_t *portrait__to_json(const struct portrait *portrait);

#endif
