/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What would give a recording the roots and the names that it lacks. */
#ifndef CMD_RECORD_HINTS_H
#define CMD_RECORD_HINTS_H

#include "model/profile/rootless_sums.h"

/* A line for each reason that keeps 5% of a metric or more from its root, the heaviest first, three at most. */
void record_hints__tell_rootless(const struct rootless_sums *sums);

/* A line for each program whose functions hardly have names, up to three. */
void record_hints__tell_nameless(const struct profile *profile, bool debuginfod);

#endif
