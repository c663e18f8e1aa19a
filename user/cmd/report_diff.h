/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report --diff A B: two recordings side by side. */
#ifndef CMD_REPORT_DIFF_H
#define CMD_REPORT_DIFF_H

#include "cmd/options.h"
#include "session/losses.h"
#include "view/output.h"

/* Adds what both have lost; *incomplete: becomes true where one of them is, which is told. */
int report_diff__print(const struct options *options, struct output *output, struct losses *losses,
		       bool *incomplete, struct failure *failure);

#endif
