/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `record` says when all is written. */
#ifndef CMD_RECORD_END_H
#define CMD_RECORD_END_H

#include "session/recorder.h"

void record_end__tell(const struct counting *counting, const struct recorder *recorder,
		      const char *path, bool quiet);

/* The last write was given up: what the run had from then on (0: all of it) is missing. */
void record_end__tell_cut(const struct run *run, __u64 written_ns);

#endif
