/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll doctor --security: what each of our processes may do, read back from the kernel. */
#ifndef CMD_SECURITY_H
#define CMD_SECURITY_H

#include "view/output.h"

/* Starts them as a recording does, and ends them.  Returns 0 or a negative errno. */
int security__print(struct output *output, struct failure *failure);

#endif
