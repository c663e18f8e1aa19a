/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which format: what --format says, or else the suffix of the file, or else the first one. */
#ifndef CMD_OPTIONS_FORMAT_H
#define CMD_OPTIONS_FORMAT_H

#include "cmd/options.h"

/* When all has been parsed.  0, or -EINVAL: the suffix is one of another command. */
int options__choose_view(struct options *options, struct failure *failure);
int options__choose_flame_format(struct options *options, struct failure *failure);

#endif
