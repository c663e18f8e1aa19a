/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What report is asked for: which of its outputs, and of how many recordings. */
#ifndef CMD_REPORT_CHECK_H
#define CMD_REPORT_CHECK_H

#include "cmd/options.h"

/* Returns 0 or -EINVAL. */
int report_options__check(struct options *options, struct failure *failure);

#endif
