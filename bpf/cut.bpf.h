/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cut: on each CPU in turn, from an interrupt, account the stint that is
 * under way and copy the CPU's totals beside the kernel's own.
 *
 * __schedule() runs with interrupts off from counting a switch to the end of
 * our program, so an interrupt never finds a switch half counted: on every CPU
 * our number of switches and rq->nr_switches are of the same instant.
 */
#ifndef CUT_BPF_H
#define CUT_BPF_H

static __always_inline void cut__take(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct cpu_slot *slot = slot__get(), *copy;
	__u64 now = bpf_ktime_get_ns();
	struct task_rec *rec;
	__u32 zero = 0;

	if (!slot)
		return;
	if (slot->running != (__u64)task)
		stint__begin_unseen(slot, task, now);
	slot->running = (__u64)task;
	if (run_state != RUN_WARMING && !slot->closed) {
		rec = task->pid ? rec__get(task) : &slot->idle;
		if (rec) {
			stint__account(slot, rec, now);
			rec->off_ns = 0; /* on its CPU: no interval is open */
		}
		slot->closed = run_state == RUN_STOPPED;
	}
	slot->in_ns = now;
	slot->nr_switches = cpu__kernel_switches(task);
	if (!slot->switches)
		slot->nr_base = slot->nr_switches;
	copy = bpf_map_lookup_elem(&cuts, &zero);
	if (copy)
		bpf_probe_read_kernel(copy, sizeof(*copy), slot);
}

#endif
