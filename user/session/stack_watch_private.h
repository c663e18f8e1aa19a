/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the two processes of a stack watch.  For stack_watch*.c only. */
#ifndef SESSION_STACK_WATCH_PRIVATE_H
#define SESSION_STACK_WATCH_PRIVATE_H

#include "session/stack_watch.h"

struct board;

void board__show(struct board *board, const struct flame_lines *lines);

/* In the process of its own: until that process ends, or something fails. */
void watching__run(struct board *board, const struct settings *settings, __u32 pid,
		   __u64 interval_ns);

#endif
