/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll doctor --security: what each of our processes may do, read back from the kernel. */
#ifndef CMD_SECURITY_H
#define CMD_SECURITY_H

#include <stdio.h>

#include "core/failure.h"
#include "view/view.h"

/* Starts them as a recording does, and ends them.  Returns 0 or a negative errno. */
int security__print(FILE *out, const struct view *view, const struct view_options *options,
		    struct failure *failure);

#endif
