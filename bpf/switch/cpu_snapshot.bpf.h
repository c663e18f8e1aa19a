/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A snapshot of the CPUs: on each CPU in turn, from an interrupt, account the on-CPU interval that is
 * under way and copy the CPU's totals beside the kernel's own.
 *
 * __schedule() runs with interrupts off from counting a switch to the end of
 * our program, so an interrupt never finds a switch half counted: on every CPU
 * our number of switches and rq->nr_switches are of the same instant.
 */
#ifndef CPU_SNAPSHOT_BPF_H
#define CPU_SNAPSHOT_BPF_H

static __always_inline void cpu_snapshot__copy(const struct cpu_slot *slot)
{
	struct fine_hists *fine = fine__get(), *fine_copy;
	struct cpu_slot *copy;
	__u32 cpu = bpf_get_smp_processor_id();

	copy = bpf_map_lookup_elem(&cpu_snapshots, &cpu);
	if (copy)
		bpf_probe_read_kernel(copy, sizeof(*copy), slot);
	fine_copy = bpf_map_lookup_elem(&fine_snapshots, &cpu);
	if (fine && fine_copy)
		bpf_probe_read_kernel(fine_copy, sizeof(*fine_copy), fine);
}

static __always_inline void cpu_snapshot__take(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct cpu_slot *slot = slot__get();
	__u64 now = bpf_ktime_get_ns();
	struct task_rec *rec;

	if (!slot)
		return;
	price__begin(slot, now);
	if (slot->running == (__u64)task) {
		slot__compare_clocks(slot, task);
	} else {
		oncpu__begin_missed(slot, task, now);
		slot->came_ns = 0;
	}
	slot->running = (__u64)task;
	slot->gauge = GAUGES;
	if (run_state != RUN_WARMING && !slot->closed) {
		rec = task->pid ? rec__get(task) : &slot->idle;
		if (rec) {
			oncpu__account(slot, rec, task, now);
			rec->off = OFF_NONE;
			rec->off_ns = run_stop && now > run_stop ? run_stop : now;
		}
		slot->closed = run_state == RUN_STOPPED;
	}
	slot->in_ns = now;
	slot->nr_switches = cpu__kernel_switches(task);
	if (!slot->switches)
		slot->nr_base = slot->nr_switches;
	cpu_snapshot__copy(slot);
}

#endif
