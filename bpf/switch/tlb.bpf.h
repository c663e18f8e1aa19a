/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TLB flushes (x86): those of a switch, and the shootdowns that threads pay for sharing memory. */
#ifndef TLB_BPF_H
#define TLB_BPF_H

#define FLUSH_ON_TASK_SWITCH   0
#define FLUSH_REMOTE_SHOOTDOWN 1 /* received */
#define FLUSH_REMOTE_SEND_IPI  4 /* sent */

static __always_inline void tlb__count(int reason, unsigned long pages)
{
	struct cpu_slot *slot;
	struct task_struct *task;
	struct task_rec *rec;

	if (reason != FLUSH_ON_TASK_SWITCH && reason != FLUSH_REMOTE_SHOOTDOWN &&
	    reason != FLUSH_REMOTE_SEND_IPI)
		return;
	slot = slot__get();
	if (!slot || run_state != RUN_COUNTING)
		return;
	if (reason == FLUSH_ON_TASK_SWITCH) {
		/*
		 * Between sched_switch and the end of the switch: it belongs to the
		 * on-CPU interval that begins.  With 0 pages the kernel says that the new
		 * address space was still valid in the TLB: nothing was flushed.
		 */
		if (pages && slot->switch_ns)
			slot->flushed = 1;
		return;
	}
	task = bpf_get_current_task_btf();
	rec = task->pid ? rec__get(task) : &slot->idle;
	if (!rec)
		return;
	if (reason == FLUSH_REMOTE_SEND_IPI)
		rec->SHOOT_SENT++;
	else
		rec->SHOOT_RECV++;
}

#endif
