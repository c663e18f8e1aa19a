/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Switches between two tasks that are not traced, of a machine that has other things to do than the
 * target: nothing is kept of them, not even when they were.
 */
#ifndef OTHERS_BPF_H
#define OTHERS_BPF_H

#define GAUGES 200 /* one in 64 is priced at least, and is what it takes */

/*
 * How far the run queues' clock is from ours: by theirs, the task that runs came in between the
 * begin of the pick and our program.  Each CPU says that the gap is no less than, and no more
 * than; so one that had to wait in between, as an emulated one has to, says less than others,
 * and nothing wrong.
 */
static __always_inline void slot__compare_clocks(struct cpu_slot *slot, struct task_struct *task)
{
	__s64 gap;

	if (!cfg_delay || !bpf_core_field_exists(task->sched_info.run_delay) || !task->pid ||
	    !slot->came_ns)
		return;
	gap = slot->came_ns - task->sched_info.last_arrival;
	if (gap < clock_gap_most)
		clock_gap_most = gap;
	if (slot->pick_ns != NO_SAMPLE && gap - (__s64)slot->pick_ns > clock_gap_least)
		clock_gap_least = gap - (__s64)slot->pick_ns;
	gap = clock_gap_most;
	if (clock_gap_least != CLOCK_GAP_LEAST && clock_gap_least < gap)
		gap = clock_gap_least;
	clock_gap = gap;
}

/* One that is priced does not pass: its clock comes before the tasks are looked at. */
static __always_inline bool switch__is_of_others(const struct cpu_slot *slot,
						 struct task_struct *prev, struct task_struct *next)
{
	return cfg_target != TARGET_ALL && cfg_price != PRICE_EACH && !slot->entry_ns &&
	       run_state == RUN_COUNTING && slot->running == (__u64)prev && prev->pid &&
	       next->pid && !slot->gauge && slot->switches && !rec__get_quickly(prev) &&
	       !rec__get_quickly(next);
}

/* A task that becomes one of the traced while it is on its CPU is counted from then on. */
static __always_inline void switch__pass(struct cpu_slot *slot, struct task_struct *next)
{
	slot->switches++; /* what our own time is divided by */
	slot->running = (__u64)next;
	slot->in_ns = slot->came_ns = 0;
	slot->kind = KIND_NONE;
	price__draw(slot);
}

/*
 * At a snapshot nobody may know when the task that runs came in.  So the clocks are compared at the
 * switches after it, whosesoever they are, until a priced one has told both bounds.
 */
static __always_inline void slot__gauge(struct cpu_slot *slot, struct task_struct *prev)
{
	if (cfg_target == TARGET_ALL || cfg_price == PRICE_EACH || !slot->gauge)
		return;
	slot->gauge--;
	slot__compare_clocks(slot, prev);
	if (slot->came_ns && slot->pick_ns != NO_SAMPLE)
		slot->gauge = 0;
}

#endif
