/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shapes of programs, each figure another one. */
#ifndef TESTS_UNIT_MAKE_SHAPE_H
#define TESTS_UNIT_MAKE_SHAPE_H

#include "model/comparison/shapes.h"

#define MS 1000000ULL

/* Each counter and sum is another prime's multiple; `seed` sets two shapes apart. */
struct shape shape__make(__u64 seed, __u64 processes);

/* Three rounds of each, the second side with a crash; `poor`: with little that is known.  To be freed. */
struct shapes *shapes__make(bool poor);

/* Seven tasks in two processes, one from outside, and interrupts; one has a name that wants to be more. */
void wakes__make(struct wakes *wakes);

#endif
