/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/switching/told.h"

#include <string.h>

#include "model/switching/dist.h"

__u64 thread__reported(const struct thread *thread)
{
	const struct task_rec *last = thread->last.rec;

	return thread->reported_runq +
	       (last && last->off == OFF_PREEMPTED ? 0 : thread->reported_sleep);
}

static __u64 sum_of(const struct reading *reading, int which)
{
	struct seen_hist hist = reading__hist(reading, which);

	return seen_hist__sum(&hist);
}

static __u64 least(__u64 a, __u64 b)
{
	return a < b ? a : b;
}

struct told told__of(const struct thread *thread, const struct reading *now, __s64 waiting,
		     struct shift *ret_shift)
{
	const struct task_rec *last = thread->last.rec;
	struct told told = { .off = OFF_NONE };
	__u64 rest, runq, sleep = thread->reported_sleep, waited = thread->reported_runq;

	*ret_shift = (struct shift){ .stack = thread->stack, .runq = waiting };
	if (!last || now->rec->off_ns == last->off_ns || (!sleep && !waited))
		return told;
	told.off = last->off;
	told.all = thread__reported(thread);
	rest = sum_of(now, D_OFF_SLEEP + (int)told.off) -
	       sum_of(&thread->last, D_OFF_SLEEP + (int)told.off);
	runq = sum_of(now, D_RUNQ) - sum_of(&thread->last, D_RUNQ) + (__u64)waiting;
	if ((__s64)runq < 0)
		runq = 0;
	told.rest = least(sleep, rest);
	told.runq = least(waited, runq);
	if (told.off == OFF_PREEMPTED) {
		told.oncpu = waited - told.runq;
	} else {
		__u64 more = least(waited - told.runq, rest - told.rest);

		told.runq += least(sleep - told.rest, runq - told.runq);
		told.rest += more;
	}
	ret_shift->off = told.off;
	ret_shift->rest = (__s64)(sleep - told.rest);
	ret_shift->runq += (__s64)(waited - told.runq);
	return told;
}

void told__take_back(const struct told *told, struct row *row)
{
	if (told->off == OFF_NONE)
		return;
	row__take_back(row, D_OFF_SLEEP + (int)told->off, told->rest);
	row__take_back(row, D_RUNQ, told->runq);
	row->n[C_ONCPU] -= least(told->oncpu, row->n[C_ONCPU]);
	row->n[C_LIFETIME] -= least(told->all, row->n[C_LIFETIME]);
}
