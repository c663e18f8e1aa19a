/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/alone.h"

#include <signal.h>
#include <utlist.h>

void alone__fill(struct case_file *file, const struct life_event *event)
{
	struct crash *crash = file->crash;

	crash->thread_only = true;
	crash->end.class = END_CRASH;
	crash->end.signal = event->alone.signal;
	crash->end.threads = event->alone.threads;
	crash->end.sender.kernel = true;
	/* no signal was delivered, so that it has no code: the one that it would have had */
	crash->code = event->alone.signal == SIGSYS ? CODE_SECCOMP : SI_KERNEL;
	crash->syscall.nr = event->alone.syscall_nr;
	crash->syscall.arch = event->alone.syscall_arch;
	file->stack_id = event->alone.id;
	if (!event->alone.id)
		crash->culprit.no_frames = "the kernel ended it before its stack could be taken";
}

bool case__is_of_leader(const struct case_file *file)
{
	return file->crash->thread_only && file->crash->culprit.tid == file->crash->pid;
}

struct case_file *cases__of_leader(struct case_file *cases, const struct kin *kin)
{
	struct case_file *file;

	DL_FOREACH(cases, file) {
		if (case__is_of_leader(file) && !file->crash->ended &&
		    file->crash->pid == kin->key.pid && file->crash->start_ns == kin->key.start_ns)
			return file;
	}
	return NULL;
}

bool cases__tell_end(struct case_file *cases, const struct kin *kin, const struct end *end)
{
	const struct case_file *file = cases__of_leader(cases, kin);

	return file && end->signal && end->signal == file->crash->end.signal && !kin->fatal;
}
