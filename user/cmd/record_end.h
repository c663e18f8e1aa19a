/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `record` says when all is written. */
#ifndef CMD_RECORD_END_H
#define CMD_RECORD_END_H

#include "session/recording.h"

struct options;

void record_end__tell(const struct recording *recording, const char *path,
		      const struct options *options);

#endif
