/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stint: from the moment a task comes onto a CPU to the moment it leaves.
 *
 * What a switch cost, and what kind it was, is known while the task comes in;
 * it is kept in the CPU's slot and put into the task's record when the task
 * leaves.  So a switch needs one look-up in task storage, for prev, and none
 * for next.  A cut (see cut.bpf.h) accounts the stints that are under way.
 */
#ifndef SWITCH_BPF_H
#define SWITCH_BPF_H

#define TASK_INTERRUPTIBLE   0x0001
#define TASK_UNINTERRUPTIBLE 0x0002
#define TASK_DEAD	     0x0080
#define TASK_NOLOAD	     0x0400

#define WAKE_ON_CPU  1ULL   /* bit 0 of wake_ns */
#define WAKE_RACE_NS 100000 /* a wakeup this close before the switch out may have ended the sleep */

#define HIST_ADD(rec, dist, LAYOUT, v)                                                             \
	do {                                                                                       \
		__u64 __v = (v);                                                                   \
		__u32 __b = hist_bucket(__v, HIST_##LAYOUT##_FIRST, HIST_##LAYOUT##_SUB,           \
					HIST_##LAYOUT##_COARSE, HIST_##LAYOUT##_BUCKETS);          \
                                                                                                   \
		if (__b < HIST_##LAYOUT##_BUCKETS)                                                 \
			(rec)->dist.bucket[__b]++;                                                 \
		(rec)->dist.sum += __v;                                                            \
		if (__v > (rec)->dist.max)                                                         \
			(rec)->dist.max = __v;                                                     \
	} while (0)

/* Idle's own record uses the place of kernel. */
static __always_inline void rec__count_kind(struct task_rec *rec, __u32 kind, __u64 cost)
{
	if (kind == KIND_PROCESS) {
		rec->IN_PROCESS++;
		if (cost != NO_SAMPLE)
			HIST_ADD(rec, SWITCH_PROCESS, COST, cost);
	} else if (kind == KIND_THREAD) {
		rec->IN_THREAD++;
		if (cost != NO_SAMPLE)
			HIST_ADD(rec, SWITCH_THREAD, COST, cost);
	} else if (kind == KIND_RESUME) {
		rec->IN_RESUME++;
		if (cost != NO_SAMPLE)
			HIST_ADD(rec, SWITCH_RESUME, COST, cost);
	} else {
		rec->IN_KERNEL++;
		if (cost != NO_SAMPLE)
			HIST_ADD(rec, SWITCH_KERNEL, COST, cost);
	}
}

/*
 * The interval off CPU that ended at `in`, and the part of it spent waiting
 * for a CPU.  A wakeup counts from its own stamp; one that came before the
 * task had quite left its CPU counts from when it left.  Neither stamp after a
 * sleep: the wakeup was missed, and no sample is better than a wrong one.
 */
#define PAID(field, v)                                                                             \
	do {                                                                                       \
		if (cfg_stacks)                                                                    \
			slot->sample.field = (v);                                                  \
	} while (0)

static __always_inline void rec__count_wait(struct task_rec *rec, struct cpu_slot *slot, __u64 in)
{
	__u64 off = rec->off_ns, wake = rec->wake_ns;
	__u64 gone;

	if (!off) { /* first stint of a new task: it waits from its first wakeup on */
		if (!(rec->start_wait & START_WAITS))
			return;
		wake = rec->start_wait & ~START_WAITS;
		rec->start_wait = in > wake ? in - wake : 0;
		if (in > wake) {
			HIST_ADD(rec, RUNQ, WAIT, in - wake);
			PAID(runq_ns, in - wake);
		}
		return;
	}
	if (off < run_start)
		off = run_start;
	if (in < off)
		return;
	gone = in - off;
	switch (rec->off) {
	case OFF_SLEEP:
		HIST_ADD(rec, OFF_SLEEP, SLEEP, gone);
		PAID(off_ns[OFF_SLEEP], gone);
		break;
	case OFF_DISK:
		HIST_ADD(rec, OFF_DISK, SLEEP, gone);
		PAID(off_ns[OFF_DISK], gone);
		break;
	case OFF_PREEMPTED:
		HIST_ADD(rec, OFF_PREEMPTED, WAIT, gone);
		HIST_ADD(rec, RUNQ, WAIT, gone);
		PAID(off_ns[OFF_PREEMPTED], gone);
		PAID(runq_ns, gone);
		return;
	default:
		HIST_ADD(rec, OFF_OTHER, SLEEP, gone);
		PAID(off_ns[OFF_OTHER], gone);
	}
	if (!cfg_runq)
		return;
	if (wake < off)
		wake = wake & WAKE_ON_CPU && off - wake < WAKE_RACE_NS ? off : 0;
	if (wake && wake <= in) {
		HIST_ADD(rec, RUNQ, WAIT, in - wake);
		PAID(runq_ns, in - wake);
		PAID(wakeups, 1);
	} else if (rec->flags & REC_SEEN)
		slot->wakes_missed++;
}

/*
 * The task on this CPU is not the one that came in last: a switch went unseen,
 * and what the slot holds is about another task.  (A kernel may withhold the
 * switches out of some tasks from every tracepoint.)
 *
 * Those tasks have an address space of their own, so the kind of the switch
 * that nobody showed us is known; its cost is not.  When it was follows from
 * how long the scheduler has charged the task for, since it was picked.
 */
static __always_inline void stint__begin_unseen(struct cpu_slot *slot, struct task_struct *task,
						__u64 now)
{
	__u64 before = slot->in_ns, ran;

	slot->kind = KIND_NONE;
	slot->in_ns = 0;
	slot->flushed = 0;
	slot->pick_ns = slot->cost_ns = NO_SAMPLE;
	if (!slot->running)
		return; /* nothing is known of this CPU yet */
	slot->hidden++;
	if (run_state != RUN_COUNTING)
		return;
	ran = task->se.sum_exec_runtime - task->se.prev_sum_exec_runtime;
	slot->in_ns = ran < now - before ? now - ran : before;
	slot->kind = task->mm ? KIND_PROCESS : task->pid ? KIND_KERNEL : KIND_IDLE;
}

/*
 * Read anew each time: for a value that is kept, the verifier goes through all that
 * follows once for each of the kinds.
 */
static __always_inline __u32 slot__kind(struct cpu_slot *slot)
{
	return *(volatile __u32 *)&slot->kind;
}

/* What coming onto the CPU was for, and cost, under the stack that the task had left it with. */
__noinline int stint__tell(struct cpu_slot *slot, struct task_rec *rec)
{
	struct sample_value *sample;

	if (!slot || !rec)
		return 0;
	sample = &slot->sample;
	if (slot->cost_ns != NO_SAMPLE)
		sample->cost_ns += slot->cost_ns;
	if (slot->pick_ns != NO_SAMPLE)
		sample->cost_ns += slot->pick_ns;
	sample->mm_switches = slot->kind == KIND_PROCESS;
	sample->switches = rec->flags & REC_LEFT ? 1 : 0;
	rec->flags &= ~REC_LEFT;
	sample__add(rec->id, rec->stack, sample->wakeups ? rec->waker : 0, sample);
	__builtin_memset(sample, 0, sizeof(*sample));
	return 0;
}

/* Accounts the stint under way in `slot` to its task, up to `now`. */
static __always_inline void stint__account(struct cpu_slot *slot, struct task_rec *rec, __u64 now)
{
	__u64 in = slot->in_ns;

	if (slot__kind(slot) != KIND_NONE) {
		__u32 cpu = bpf_get_smp_processor_id();

		rec__count_kind(rec, slot__kind(slot), slot->cost_ns);
		if (slot->pick_ns != NO_SAMPLE)
			HIST_ADD(rec, PICK, COST, slot->pick_ns);
		if (slot->flushed &&
		    slot__kind(slot) == KIND_PROCESS) /* a resume can need one, too */
			rec->FLUSHED++;
		if (slot__kind(slot) != KIND_IDLE)
			rec__count_wait(rec, slot, in);
		if (cfg_stacks && slot__kind(slot) != KIND_IDLE)
			stint__tell(slot, rec);
		slot->kind = KIND_NONE;
		if (rec->cpu != cpu) {
			if (rec->off_ns)
				rec->MIGRATIONS++;
			rec->cpu = cpu;
		}
	} else if (cfg_stacks && rec->id && rec->flags & REC_LEFT) {
		stint__tell(slot, rec); /* it came in unseen; that it had left was counted */
	}
	if (in) {
		if (in < run_start)
			in = run_start;
		rec->ONCPU += now - in;
	}
	slot->in_ns = now;
}

/*
 * Counts a switch out the way the kernel has just counted it: whichever of
 * nvcsw and nivcsw moved.  If they moved by more than one, the difference are
 * switches that no program of ours has seen.
 * Returns whether the switch was voluntary.
 */
static __always_inline bool rec__count_out(struct task_rec *rec, struct task_struct *prev,
					   bool blocked)
{
	__u32 nv = prev->nvcsw, niv = prev->nivcsw;
	__u32 dv = nv - rec->k_nv, di = niv - rec->k_niv;
	bool voluntary;

	if (dv + di == 1) {
		voluntary = dv;
	} else { /* first sight of a task that was alive before, or something was missed */
		voluntary = di == 0 || (dv && blocked);
		if (rec->flags & REC_SEEN)
			rec->MISSED += dv + di - 1;
	}
	rec->flags |= REC_SEEN;
	rec->k_nv = nv;
	rec->k_niv = niv;
	if (voluntary)
		rec->VOLUNTARY++;
	else
		rec->INVOLUNTARY++;
	return voluntary;
}

static __always_inline __u8 off__of(__u32 state)
{
	if (!state)
		return OFF_PREEMPTED;
	if (state & TASK_INTERRUPTIBLE)
		return OFF_SLEEP;
	if ((state & (TASK_UNINTERRUPTIBLE | TASK_NOLOAD)) == TASK_UNINTERRUPTIBLE)
		return OFF_DISK;
	return OFF_OTHER;
}

/* active_mm is valid on prev before the switch, user or kernel. */
static __always_inline __u32 kind__of(struct task_struct *prev, struct task_struct *next)
{
	struct mm_struct *mm = next->mm;

	if (!mm)
		return next->pid ? KIND_KERNEL : KIND_IDLE;
	if (mm == prev->mm)
		return KIND_THREAD;
	return mm == prev->active_mm ? KIND_RESUME : KIND_PROCESS;
}

/*
 * The runqueue of this CPU, by way of the task that runs on it: the symbol
 * itself is out of reach where CONFIG_KALLSYMS_ALL is off.  0 without
 * CONFIG_FAIR_GROUP_SCHED; user space then compares with /proc/stat instead.
 */
static __always_inline __u64 cpu__kernel_switches(struct task_struct *task)
{
	if (!bpf_core_field_exists(task->se.cfs_rq))
		return 0;
	return BPF_CORE_READ(task, se.cfs_rq, rq, nr_switches);
}

/*
 * A task that was off CPU when the run stopped, and has come back only to die: its
 * record is its last word, so the wait that was open ends in it, where the run did.
 */
__noinline int rec__close_wait(struct cpu_slot *slot, struct task_rec *rec)
{
	if (!slot || !rec || !run_stop)
		return 0;
	slot->cost_ns = slot->pick_ns = NO_SAMPLE; /* of a switch after the run */
	rec__count_wait(rec, slot, run_stop);
	if (cfg_stacks)
		stint__tell(slot, rec);
	return 0;
}

/*
 * A switch before the run or after it.  Before: it sets the baseline.  After:
 * the stint that was under way when the run stopped still belongs to it.
 */
static __noinline int switch__uncounted(struct cpu_slot *slot, struct task_rec *rec,
					struct task_struct *prev, __u64 now)
{
	if (run_state == RUN_STOPPED) {
		if (rec && !slot->closed) {
			stint__account(slot, rec, now);
			rec->off_ns = 0; /* it was on its CPU: no interval is open */
		}
		slot->closed = 1;
		if (rec && !(rec->flags & REC_OVER)) {
			/* up to here the kernel may have counted this one switch more than we */
			__u32 more = (__u32)(prev->nvcsw + prev->nivcsw) - (rec->k_nv + rec->k_niv);

			if (rec->flags & REC_SEEN && more > 1)
				rec->MISSED += more - 1;
			rec->flags |= REC_OVER;
		}
	} else if (rec) {
		rec->k_nv = prev->nvcsw;
		rec->k_niv = prev->nivcsw;
		rec->flags |= REC_SEEN;
	}
	slot->kind = KIND_NONE;
	return 0;
}

#endif
