/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compare -- program -- program: the two are run in turn, several times each. */
#ifndef CMD_COMPARE_PROGRAMS_H
#define CMD_COMPARE_PROGRAMS_H

#include "cmd/options.h"
#include "core/halt.h"
#include "model/comparison/shapes.h"

/* Are two programs given, with "--" before each? */
bool programs__are_two(const struct options *options);

/* Of two: returns 0 or -EINVAL. */
int programs__check(const struct options *options, struct failure *failure);

/* Adds each round to its side.  Ends what options->run.program points to at the second "--". */
int programs__run(const struct options *options, struct halt *halt, struct shapes *shapes,
		  struct failure *failure);

#endif
