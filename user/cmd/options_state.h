/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --state: a part of the time off CPU. */
#ifndef CMD_OPTIONS_STATE_H
#define CMD_OPTIONS_STATE_H

#include "cmd/options.h"

/* The metric becomes what is left of it in these states.  Returns 0 or -EINVAL. */
int options__narrow_metric(struct options *options, struct failure *failure);

#endif
