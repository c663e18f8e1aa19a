/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The functions of a flame graph, by what is paid in them and in what they call. */
#ifndef MODEL_FUNCTION_SUMS_H
#define MODEL_FUNCTION_SUMS_H

#include "model/profile/flame.h"

struct function_sum {
	const struct flame_name *name;
	__s64 self;  /* of stacks that end in it; these add up to the total of the flame */
	__s64 total; /* of stacks that it is on, each once, however often it is on it */
};

struct function_sums {
	struct function_sum *all; /* most of `self` first, then most of `total` */
	size_t count;
	__s64 total;
};

/* Of the first run of a flame that was built.  function_sums__free() is due either way. */
int function_sums__take(struct function_sums *functions, const struct flame *flame);
void function_sums__free(struct function_sums *functions);

#endif
