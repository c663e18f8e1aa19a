/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/lifecycle/alone.h"

#include <signal.h>
#include <utlist.h>

void alone__fill(struct fanout_case *fanout, const struct lifecycle_event *event)
{
	struct crash *crash = fanout->crash;

	crash->thread_only = true;
	crash->end.class = END_CRASH;
	crash->end.signal = event->alone.signal;
	crash->end.threads = event->alone.threads;
	crash->end.sender.kernel = true;
	/* no signal was delivered, so that it has no code: the one that it would have had */
	crash->code = event->alone.signal == SIGSYS ? CODE_SECCOMP : SI_KERNEL;
	crash->syscall.nr = event->alone.syscall_nr;
	crash->syscall.arch = event->alone.syscall_arch;
	fanout->stack_id = event->alone.id;
	if (!event->alone.id)
		crash->culprit.no_frames = "the kernel ended it before its stack could be taken";
}

bool fanout_case__is_of_leader(const struct fanout_case *fanout)
{
	return fanout->crash->thread_only && fanout->crash->culprit.tid == fanout->crash->pid;
}

struct fanout_case *fanout_cases__of_leader(struct fanout_case *cases,
					    const struct process_node *node)
{
	struct fanout_case *fanout;

	DL_FOREACH(cases, fanout) {
		if (fanout_case__is_of_leader(fanout) && !fanout->crash->ended &&
		    fanout->crash->pid == node->key.pid &&
		    fanout->crash->start_ns == node->key.start_ns)
			return fanout;
	}
	return NULL;
}

bool fanout_cases__tell_end(struct fanout_case *cases, const struct process_node *node,
			    const struct end *end)
{
	const struct fanout_case *fanout = fanout_cases__of_leader(cases, node);

	return fanout && end->signal && end->signal == fanout->crash->end.signal && !node->fatal;
}
