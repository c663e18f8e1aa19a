/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who woke a task, for the event that tells of the interval that began then (include/timeline_event.h). */
#ifndef WAKER_BPF_H
#define WAKER_BPF_H

/* By the current task, or by an interrupt that hit it: kept until the task comes onto a CPU. */
static __always_inline __u64 timeline__waker(struct task_struct *task)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct waking waking;
	struct sleep slept;
	struct task_rec *rec;
	__u64 waker;

	sleep__of(&slept, task, task->__state);
	waking__judge(&waking, task, &slept);
	waker = (__u64)bpf_get_smp_processor_id() << 48 | (__u64)TIMELINE_WOKEN << 40 |
		(__u64)(waking.channel & 0xff) << 32;
	if (!waking.by_task)
		return waker;
	rec = current->pid ? rec__get(current) : NULL;
	if (rec) /* who it is comes before what it does */
		timeline__tell_task(rec);
	return waker | (__u64)TIMELINE_BY_TASK << 40 | (rec ? (__u32)rec->id : 0);
}

/*
 * Who woke it is taken when the task comes in: while it runs it can be woken again.  The stamp may
 * be a moment older than the switch out that it raced with.
 */
static __always_inline void timeline__comes(struct task_struct *next)
{
	struct timeline_cpu *cpu = timeline_cpu__get();
	struct task_rec *rec = next->pid ? rec__get(next) : NULL;
	__u64 woken;

	if (!cpu)
		return;
	cpu->waker = 0;
	if (!rec || rec->off == OFF_PREEMPTED || !rec->waker)
		return;
	woken = rec->wake_ns & ~WAKE_ON_CPU;
	if (woken + WAKE_RACE_NS < rec->off_ns)
		return;
	cpu->waker = rec->waker;
	cpu->woken_ns = woken;
}

#endif
