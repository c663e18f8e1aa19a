/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The on-CPU interval: from the moment a task comes onto a CPU to the moment it leaves.
 *
 * What a switch cost, and what kind it was, is known while the task comes in;
 * it is kept in the CPU's slot and put into the task's record when the task
 * leaves.  So a switch needs one look-up in task storage, for prev, and none
 * for next.  A snapshot (see switch/cpu_snapshot.bpf.h) accounts the on-CPU intervals that are under way.
 */
#ifndef SWITCH_BPF_H
#define SWITCH_BPF_H

#define TASK_INTERRUPTIBLE   0x0001
#define TASK_UNINTERRUPTIBLE 0x0002
#define TASK_DEAD	     0x0080
#define TASK_NOLOAD	     0x0400

#define WAKE_ON_CPU  1ULL   /* bit 0 of wake_ns */
#define WAKE_RACE_NS 100000 /* a wakeup this close before the switch out may have ended the sleep */

#define HIST_BUCKET(LAYOUT, v) hist_bucket(v, HIST_##LAYOUT##_FIRST, HIST_##LAYOUT##_OCTAVES)
#define HIST_END(LAYOUT, v)    hist_end(v, HIST_##LAYOUT##_FIRST, HIST_##LAYOUT##_OCTAVES)
#define HIST_FINE_BUCKET(LAYOUT, v)                                                                \
	hist_fine_bucket(v, HIST_##LAYOUT##_FIRST, HIST_##LAYOUT##_OCTAVES)

#define HIST_ADD_FINE(dist, LAYOUT, v, weight)                                                     \
	do {                                                                                       \
		__u64 __f = HIST_FINE_BUCKET(LAYOUT, v);                                           \
                                                                                                   \
		HIST_HIDE(__f); /* what is compared is what is used */                             \
		if (fine && __f < HIST_FINE_BUCKETS(HIST_##LAYOUT##_OCTAVES))                      \
			fine->dist.bucket[__f] += (weight);                                        \
	} while (0)

/* To the task's record. */
#define HIST_ADD_COARSE(dist, LAYOUT, v, weight)                                                   \
	do {                                                                                       \
		__u64 __b = HIST_BUCKET(LAYOUT, v);                                                \
                                                                                                   \
		HIST_HIDE(__b);                                                                    \
		if (__b < HIST_BUCKETS(HIST_##LAYOUT##_OCTAVES))                                   \
			rec->dist.bucket[__b] += (weight);                                         \
		rec->dist.sum += (v) * (weight);                                                   \
		if ((v) > rec->dist.max)                                                           \
			rec->dist.max = (v);                                                       \
	} while (0)

/* v: a __u64 variable */
#define HIST_ADD(dist, LAYOUT, v)                                                                  \
	do {                                                                                       \
		HIST_ADD_COARSE(dist, LAYOUT, v, 1);                                               \
		if (~(v) > rec->dist.low)                                                          \
			rec->dist.low = ~(v);                                                      \
		HIST_ADD_FINE(dist, LAYOUT, v, 1);                                                 \
	} while (0)

/* ~v in 32 bits, or 1: without a branch, each of which would double the verifier's paths. */
static __always_inline __u32 price__low(__u64 v)
{
	__u32 above = (v + 1) >> 32;

	above = (above | -above) >> 31; /* 1: it has no place in them */
	return (~(__u32)v & (above - 1)) | above;
}

/* A price: of a switch that stands for `weight` of them. */
#define PRICE_ADD_COARSE(dist, v, weight)                                                          \
	do {                                                                                       \
		__u32 __l = price__low(v);                                                         \
                                                                                                   \
		HIST_ADD_COARSE(dist, COST, v, weight);                                            \
		if (__l > rec->dist.low)                                                           \
			rec->dist.low = __l;                                                       \
		rec->dist.priced++;                                                                \
	} while (0)

#define PRICE_ADD(dist, v, weight)                                                                 \
	do {                                                                                       \
		PRICE_ADD_COARSE(dist, v, weight);                                                 \
		HIST_ADD_FINE(dist, COST, v, weight);                                              \
	} while (0)

/* Idle's own record uses the place of kernel. */
static __always_inline void rec__count_kind(struct task_rec *rec, struct fine_hists *fine,
					    __u32 kind, __u64 cost, __u64 weight)
{
	if (kind == KIND_PROCESS) {
		rec->IN_PROCESS++;
		if (cost != NO_SAMPLE)
			PRICE_ADD(SWITCH_PROCESS, cost, weight);
	} else if (kind == KIND_THREAD) {
		rec->IN_THREAD++;
		if (cost != NO_SAMPLE)
			PRICE_ADD(SWITCH_THREAD, cost, weight);
	} else if (kind == KIND_RESUME) {
		rec->IN_RESUME++;
		if (cost != NO_SAMPLE)
			PRICE_ADD(SWITCH_RESUME, cost, weight);
	} else {
		rec->IN_KERNEL++;
		if (cost == NO_SAMPLE)
			return;
		PRICE_ADD_COARSE(SWITCH_KERNEL, cost, weight);
		if (kind == KIND_IDLE)
			HIST_ADD_FINE(SWITCH_IDLE, COST, cost, weight);
		else
			HIST_ADD_FINE(SWITCH_KERNEL, COST, cost, weight);
	}
}

#define PAID(field, v)                                                                             \
	do {                                                                                       \
		if (cfg_stacks || cfg_timeline)                                                    \
			slot->sample.field = (v);                                                  \
	} while (0)

/* A kernel without sched_info has no such field: cfg_delay is off there. */
static __always_inline __u64 task__run_delay(struct task_struct *task)
{
	return bpf_core_field_exists(task->sched_info.run_delay) ? task->sched_info.run_delay : 0;
}

/*
 * What the task has waited for the CPU that it came onto at `in`, by the kernel's own
 * account: preempted or woken, moved between CPUs or not.  Only as much of it as belongs
 * to the run, and to the time that the task has been seen.
 */
static __always_inline __u64 wait__by_kernel(struct task_rec *rec, struct task_struct *task,
					     __u64 off, __u64 in)
{
	__u64 delay = task__run_delay(task), wait = delay - rec->k_delay;

	rec->k_delay = delay;
	if ((__s64)wait < 0) /* clocks of two CPUs can differ */
		return 0;
	if (run_stop && in > run_stop)
		wait -= in - run_stop < wait ? in - run_stop : wait;
	if ((off <= run_start || !(rec->flags & REC_SEEN)) && wait > in - off)
		wait = in > off ? in - off : 0;
	return wait;
}

/*
 * The wakeup of the interval that ended at `in`, by its stamp.  One that came before the
 * task had quite left its CPU counts from when it left.  0: it was missed.
 */
static __always_inline __u64 wake__stamp(const struct task_rec *rec, __u64 off, __u64 in)
{
	__u64 wake = rec->wake_ns;

	if (rec->flags & REC_NEW)
		wake = rec->start_wait & START_WAITS ? rec->start_wait & ~START_WAITS : 0;
	if (wake < off)
		wake = wake & WAKE_ON_CPU && off - wake < WAKE_RACE_NS ? off : 0;
	return wake <= in ? wake : 0;
}

/* Without sched_info; no sample is better than a wrong one. */
static __always_inline __u64 wait__by_stamp(struct task_rec *rec, struct cpu_slot *slot, __u64 off,
					    __u64 in)
{
	__u64 wake;

	if (rec->off == OFF_PREEMPTED)
		return in > off ? in - off : 0;
	wake = cfg_wakes ? wake__stamp(rec, off, in) : 0;
	if (!wake && cfg_wakes && rec->flags & REC_SEEN)
		slot->wakes_missed++;
	return wake ? in - wake : 0;
}

/* Who woke it is told only if that is known to have been the wakeup of this sleep. */
static __always_inline void wake__tell(struct task_rec *rec, struct cpu_slot *slot, __u64 off,
				       __u64 in)
{
	if (!cfg_stacks || !cfg_wakes || rec->off == OFF_PREEMPTED || rec->flags & REC_NEW)
		return;
	if (wake__stamp(rec, off, in))
		slot->sample.wakeups = 1;
	else if (cfg_delay && rec->flags & REC_SEEN)
		slot->wakes_missed++;
}

/*
 * The kernel's clock of a wait is read a moment before each of the two switches, and those
 * moments differ.  What a wait is longer than the interval off CPU is told as waiting and
 * not as on CPU, and the reverse: so that all of it adds up.  A preempted task that the
 * kernel has not counted as waiting, by more than such a moment, was something else.
 */
#define MOMENT_NS 1000000

/*
 * An interval off CPU of `gone` ns, at the end of which its task waited for a CPU.  Returns by
 * how much less the task was on its CPU afterwards than it seems.
 */
static __always_inline __s64 rec__count_gone(struct task_rec *rec, struct fine_hists *fine,
					     struct cpu_slot *slot, __u64 gone, __u64 wait)
{
	__u64 rest = gone > wait ? gone - wait : 0;

	if (wait || cfg_delay) { /* a wait can be so short that the kernel's clock stands still */
		HIST_ADD(RUNQ, WAIT, wait);
		PAID(runq_ns, wait);
	}
	switch (rec->off) {
	case OFF_SLEEP:
		HIST_ADD(OFF_SLEEP, SLEEP, rest);
		PAID(off_ns[OFF_SLEEP], rest);
		break;
	case OFF_DISK:
		HIST_ADD(OFF_DISK, SLEEP, rest);
		PAID(off_ns[OFF_DISK], rest);
		break;
	case OFF_PREEMPTED:
		HIST_ADD(OFF_PREEMPTED, WAIT, wait);
		PAID(off_ns[OFF_PREEMPTED], wait);
		if (rest < MOMENT_NS)
			return wait - gone;
		/* fall through */
	default:
		HIST_ADD(OFF_OTHER, SLEEP, rest);
		PAID(off_ns[OFF_OTHER], rest);
	}
	return gone < wait ? wait - gone : 0;
}

/* The interval that ended at `in`; returns the same. */
static __always_inline __s64 rec__count_wait(struct task_rec *rec, struct fine_hists *fine,
					     struct cpu_slot *slot, struct task_struct *task,
					     __u64 in)
{
	__u64 off = rec->off_ns, wait;

	if (!off) { /* it was on its CPU when its record was made */
		rec->k_delay = task__run_delay(task);
		return 0;
	}
	if (off < run_start)
		off = run_start;
	wait = cfg_delay ? wait__by_kernel(rec, task, off, in) : wait__by_stamp(rec, slot, off, in);
	wake__tell(rec, slot, off, in);
	if (rec->flags & REC_NEW) {
		rec->flags &= ~REC_NEW;
		if (rec->start_wait & START_WAITS)
			rec->start_wait = in - (rec->start_wait & ~START_WAITS);
	}
	if (run_stop && in > run_stop)
		in = run_stop;
	return rec__count_gone(rec, fine, slot, in > off ? in - off : 0, wait);
}

/* An on-CPU interval of `ran` ns, `less` of which was not on the CPU; what is more than it stays owed. */
static __always_inline __u64 rec__settle(struct task_rec *rec, __u64 ran, __s64 less)
{
	if (rec->flags & REC_OWES) {
		less += rec->owed_ns;
		rec->flags &= ~REC_OWES;
	}
	if (less <= (__s64)ran)
		return ran - less;
	rec->owed_ns = less - ran;
	rec->flags |= REC_OWES;
	return 0;
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
static __always_inline void oncpu__begin_missed(struct cpu_slot *slot, struct task_struct *task,
						__u64 now)
{
	__u64 before = slot->in_ns, ran;

	slot->kind = KIND_NONE;
	slot->in_ns = 0;
	slot->flushed = 0;
	slot->pick_ns = slot->cost_ns = NO_SAMPLE;
	if (!slot->running)
		return; /* nothing is known of this CPU yet */
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
__noinline int oncpu__tell(struct cpu_slot *slot, struct task_rec *rec)
{
	struct sample_value *sample;

	if (!slot || !rec)
		return 0;
	sample = &slot->sample;
	if (slot->cost_ns != NO_SAMPLE)
		sample->cost_ns += slot->cost_ns * price__weight(slot);
	if (slot->pick_ns != NO_SAMPLE)
		sample->cost_ns += slot->pick_ns * price__weight(slot);
	sample->mm_switches = slot->kind == KIND_PROCESS;
	sample->switches = rec->flags & REC_LEFT ? 1 : 0;
	rec->flags &= ~REC_LEFT;
	sample__add(rec->id, rec->stack, sample->wakeups ? rec->waker : 0, sample);
	__builtin_memset(sample, 0, sizeof(*sample));
	return 0;
}

/* Accounts the on-CPU interval under way in `slot` to its task, up to `now` or the end of the run. */
static __always_inline void oncpu__account(struct cpu_slot *slot, struct task_rec *rec,
					   struct task_struct *task, __u64 now)
{
	__u64 in = slot->in_ns, end = now;
	struct fine_hists *fine;
	__s64 less = 0;

	if (slot__kind(slot) != KIND_NONE) {
		__u32 cpu = bpf_get_smp_processor_id();

		fine = slot__kind(slot) != KIND_IDLE || cfg_target == TARGET_ALL ? fine__get() :
										   NULL;
		rec__count_kind(rec, fine, slot__kind(slot), slot->cost_ns, price__weight(slot));
		if (slot->pick_ns != NO_SAMPLE)
			PRICE_ADD(PICK, slot->pick_ns, price__weight(slot));
		if (slot->flushed &&
		    slot__kind(slot) == KIND_PROCESS) /* a resume can need one, too */
			rec->FLUSHED++;
		if (rec->cpu != cpu) {
			if (rec->off_ns && !(rec->flags & REC_NEW))
				rec->MIGRATIONS++;
			rec->cpu = cpu;
		}
		if (slot__kind(slot) != KIND_IDLE)
			less = rec__count_wait(rec, fine, slot, task, in);
		if (cfg_stacks && slot__kind(slot) != KIND_IDLE)
			oncpu__tell(slot, rec);
		if (cfg_timeline)
			timeline__tell(slot, rec, now);
		slot->kind = KIND_NONE;
	} else {
		/* it came in unseen, before the run or before a snapshot: so has its wait been */
		rec->k_delay = task__run_delay(task);
		rec->flags &= ~REC_NEW;
		if (cfg_stacks && rec->id && rec->flags & REC_LEFT)
			oncpu__tell(slot, rec); /* that it had left was counted */
		if (cfg_timeline)
			timeline__tell(slot, rec, now);
	}
	if (run_stop && end > run_stop)
		end = run_stop;
	if (!in && !rec->off_ns) /* see switch__pass() */
		in = rec->since_ns;
	if (in) {
		if (in < run_start)
			in = run_start;
		if (!rec->off_ns)
			rec->since_ns = in;
		rec->ONCPU += rec__settle(rec, end > in ? end - in : 0, less);
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
	} else { /* first stack event of a task that was alive before, or something was missed */
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
 * A task that was off CPU when the run stopped, and has come onto one since: from when it
 * waited for that is kept, so that the interval can be told up to where the run ended.
 */
static __always_inline void rec__note_late(struct cpu_slot *slot, struct task_rec *rec,
					   struct task_struct *task)
{
	__u64 delay, since;

	if (!cfg_delay || !rec->off_ns || rec->off >= OFF_NONE)
		return;
	delay = task__run_delay(task);
	since = slot->in_ns - (delay - rec->k_delay);
	rec->wake_ns = since > rec->off_ns ? since : rec->off_ns;
	rec->k_delay = delay;
}

/* One of those that dies: its record is its last word, so the interval ends in it. */
__noinline int rec__close_wait(struct cpu_slot *slot, struct task_rec *rec)
{
	__u64 off, wait;

	if (!slot || !rec || !run_stop || rec->off >= OFF_NONE)
		return 0;
	off = rec->off_ns > run_start ? rec->off_ns : run_start;
	if (off > run_stop)
		return 0;
	wait = rec->off == OFF_PREEMPTED ? off : rec->wake_ns & ~WAKE_ON_CPU;
	wait = wait < off ? 0 : wait < run_stop ? run_stop - wait : 0;
	rec__count_gone(rec, fine__get(), slot, run_stop - off, wait);
	slot->cost_ns = slot->pick_ns = NO_SAMPLE; /* of a switch after the run */
	if (cfg_stacks)
		oncpu__tell(slot, rec);
	rec->off = OFF_NONE;
	rec->off_ns = run_stop;
	return 0;
}

/*
 * A switch before the run or after it.  Before: it sets the baseline.  After:
 * the on-CPU interval that was under way when the run stopped still belongs to it.
 */
static __noinline int switch__uncounted(void *ctx, struct cpu_slot *slot, struct task_rec *rec,
					struct task_struct *prev, __u64 now)
{
	if (run_state == RUN_STOPPED) {
		if (rec && !slot->closed) {
			timeline__leaves(ctx);
			oncpu__account(slot, rec, prev, now);
			rec->off = OFF_NONE;
			rec->off_ns = run_stop ? run_stop : now;
		}
		slot->closed = 1;
		if (rec && !(rec->flags & REC_OVER)) {
			/* up to here the kernel may have counted this one switch more than we */
			__u32 more = (__u32)(prev->nvcsw + prev->nivcsw) - (rec->k_nv + rec->k_niv);

			if (rec->flags & REC_SEEN && more > 1)
				rec->MISSED += more - 1;
			rec__note_late(slot, rec, prev);
			rec->flags |= REC_OVER;
		}
	} else if (rec) {
		rec->k_nv = prev->nvcsw;
		rec->k_niv = prev->nivcsw;
		rec->k_delay = task__run_delay(prev);
		rec->flags |= REC_SEEN;
		rec->flags &= ~REC_NEW;
	}
	slot->kind = KIND_NONE;
	return 0;
}

#endif
