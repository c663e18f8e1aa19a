/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stacks on which one process is off CPU, while the run that counts everything goes on: a process
 * of its own traces it with stacks, and shows at each interval what it has so far.
 */
#ifndef SESSION_STACK_WATCH_H
#define SESSION_STACK_WATCH_H

#include <sys/types.h>

#include "core/halt.h"
#include "model/profile/flame_lines.h"
#include "model/switching/summary.h"
#include "session/settings.h"

struct stack_watch;

/* Begins.  halt: of the run that goes on.  NULL without memory, or where no process can be made. */
struct stack_watch *stack_watch__start(const struct settings *settings, __u32 pid,
				       __u64 interval_ns, const struct halt *halt);
void stack_watch__stop(struct stack_watch *watch);

__u32 stack_watch__pid(const struct stack_watch *watch); /* NULL: 0 */

/* What there is so far. */
void stack_watch__read(struct stack_watch *watch, struct flame_lines *ret_lines);

/*
 * What it has cost since it was last told becomes part of what the run costs.  ret_told: what has
 * been told so far; {0} at the beginning.  The BPF time is an estimate, which can also go down: then
 * nothing is added until it has come up to what has been told.
 */
void stack_watch__add_toll(struct summary_toll *self, const struct lines_toll *toll,
			   struct lines_toll *ret_told);

#endif
