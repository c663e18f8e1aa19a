/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The per-task record, which lives in BPF task storage, and the per-CPU slot.
 *
 * Shared by the BPF programs and user space: fixed-width types only.
 *
 * A task's record is written by the CPU that switches the task out, under the
 * runqueue lock, so it needs no atomics; wake_ns and waker alone are written by the
 * CPU that wakes it, where wakeups are hooked.
 */
#ifndef TASKTOLL_TASK_H
#define TASKTOLL_TASK_H

#include "hist.h"

enum counter {
#define COUNTER(id, type, ...) C_##id,
#include "counters.def"
	C_COUNT
};

enum measure {
#define DIST(id, layout, ...) D_##id,
#include "counters.def"
	D_COUNT
};

/* What a switch does to the address space, judged for the task coming in. */
enum kind { KIND_THREAD, KIND_PROCESS, KIND_RESUME, KIND_KERNEL, KIND_IDLE, KIND_COUNT };

/* Why a task is off CPU; the order of the OFF_* histograms. */
enum off { OFF_SLEEP, OFF_DISK, OFF_PREEMPTED, OFF_OTHER, OFF_COUNT };

/* One histogram; sum, max and min in ns.  low: ~min, so that 0 is of no sample. */
#define HIST_STRUCT(LAYOUT)                                                                        \
	struct hist_##LAYOUT {                                                                     \
		__u64 sum;                                                                         \
		__u64 max;                                                                         \
		__u64 low;                                                                         \
		__u32 bucket[HIST_BUCKETS(HIST_##LAYOUT##_OCTAVES)];                               \
	};                                                                                         \
	FINE_STRUCT(LAYOUT)

#define FINE_STRUCT(LAYOUT)                                                                        \
	struct fine_##LAYOUT {                                                                     \
		__u32 bucket[HIST_FINE_BUCKETS(HIST_##LAYOUT##_OCTAVES)];                          \
	}

/*
 * Of prices: a switch that is priced stands for so many (its weight, see cfg_price in bpf).  The
 * sum and the buckets, also those in the fine grain, are of all that it stands for.
 */
struct hist_COST {
	__u64 sum;
	__u64 max;
	__u32 low;    /* ~min, of 32 bits; a min that needs more is told as less */
	__u32 priced; /* samples */
	__u32 bucket[HIST_BUCKETS(HIST_COST_OCTAVES)];
};
FINE_STRUCT(COST);
HIST_STRUCT(WAIT);
HIST_STRUCT(SLEEP);

/*
 * Bit of task_rec.start_wait: the rest is when the task was first woken.  Not in
 * wake_ns, which a wakeup in its first on-CPU interval would overwrite before that is accounted.
 */
#define START_WAITS (1ULL << 63)

/* Bits of task_rec.flags */
#define REC_SEEN 1  /* k_nv and k_niv are a baseline: born in the run, or switched out once */
#define REC_DEAD 2  /* last switch seen, final counts sent */
#define REC_OVER 4  /* switched out after the run had stopped: the kernel counts on, we do not */
#define REC_LEFT 8  /* its last switch out has been counted, and is in no sample yet */
#define REC_NEW	 16 /* born in the run, and not yet on a CPU */
#define REC_OWES 32 /* owed_ns is not 0 */
#define REC_TOLD 64 /* who it is has been told (include/timeline_event.h) */

/* task_rec.off of a task on its CPU, which was accounted there: no interval is open */
#define OFF_NONE OFF_COUNT

/*
 * The kernel puts 72 bytes of its own before a record and allocates both
 * together: 4024 bytes is what still fits 4 KiB.  The first 56 bytes share a
 * cache line with what the look-up has just read.
 */
struct task_rec {
	__u64 off_ns;  /* switched out at, or born; all up to here is accounted; 0: nothing is */
	__u64 k_delay; /* the kernel's sched_info.run_delay when last seen */
	__u32 k_nv;    /* the kernel's nvcsw when last seen */
	__u32 k_niv;   /* the kernel's nivcsw when last seen */
	__u16 cpu;     /* that it last left */
	__u8 off;      /* enum off, while off CPU */
	__u8 flags;    /* REC_* */
#define COUNTER(id, type, ...) type id;
#include "counters.def"
	__u64 id;	  /* unique in this run: survives exec, never reused */
	__u64 born_ns;	  /* created in this run at; 0: older, and the next four say nothing */
	__u64 start_wait; /* first wakeup to first switch in, ns; START_WAITS: not yet in */
	__u64 creator_ns; /* boottime of the start of the process that created it */
	__u32 creator;	  /* and its tgid */
	__u32 spawn;	  /* enum spawn_kind */
	__u64 wake_ns;	  /* last wakeup, where it is hooked; bit 0: it was still on its CPU */
	__u64 since_ns;	  /* its time is accounted from then on */
	__u64 owed_ns;	  /* told as waiting, and to be taken from its time on CPU */
	__u64 stack;	  /* where it last left a CPU: number of a stack (include/stack event.h) */
	__u64 waker;	  /* where it was last woken from */
#define DIST(id, layout, ...) struct hist_##layout id;
#include "counters.def"
	__u64 told; /* what the iterator has told of, see iter__has_told(); it alone writes this */
};

_Static_assert(sizeof(struct task_rec) <= 4024, "a record and its header fit 4 KiB");
_Static_assert(__builtin_offsetof(struct task_rec, IN_KERNEL) == 56, "one cache line");

/* Of a CPU, in the fine grain: the samples of all tasks that are traced, and of idle. */
struct fine_hists {
#define DIST(id, layout, ...) struct fine_##layout id;
#include "counters.def"
	struct fine_COST SWITCH_IDLE;
};

_Static_assert(sizeof(struct fine_hists) <= 32768, "what the kernel allocates per CPU");
_Static_assert(sizeof(struct fine_hists) % 8 == 0, "as it lies side by side when it is read");

/* What intervals off CPU come to, from leaving a CPU to having come back. */
struct sample_value {
	__u64 off_ns[OFF_COUNT];
	__u64 runq_ns;
	__u64 cost_ns; /* of coming back: pick and switch phase */
	__u32 switches;
	__u32 mm_switches;
	__u32 wakeups;
	__u32 pad;
};

/* times: 1, or -1 to take away */
static inline __attribute__((always_inline)) void
sample_value__add(struct sample_value *to, const struct sample_value *more, int times)
{
	int i;

	for (i = 0; i < OFF_COUNT; i++)
		to->off_ns[i] += more->off_ns[i] * (__u64)times;
	to->runq_ns += more->runq_ns * (__u64)times;
	to->cost_ns += more->cost_ns * (__u64)times;
	to->switches += more->switches * (__u32)times;
	to->mm_switches += more->mm_switches * (__u32)times;
	to->wakeups += more->wakeups * (__u32)times;
}

#define NO_SAMPLE (~0ULL)
#define KIND_NONE KIND_COUNT

/* Which switches are priced (cfg_price): each, one in so many, or as many as each CPU can well pay for. */
#define PRICE_EACH 1U
#define PRICE_MOST 65536U /* at most one in so many */
#define PRICE_AUTO (~0U)

/* With PRICE_AUTO one in 2^step, the step as each CPU finds it. */
#define PRICE_STEPS 7

#define SWITCH_UNPRICED 1ULL /* of switch_ns */

/* One per CPU: the on-CPU interval of the task that is on it, and the CPU's own totals. */
struct cpu_slot {
	__u64 entry_ns;	 /* last entry of __schedule(); 0: taken or none */
	__u64 switch_ns; /* end of the sched_switch program; SWITCH_UNPRICED; 0: taken or stale */
	__u64 in_ns;	 /* when the running task came in (or was last accounted) */
	__u64 came_ns;	 /* when it came in */
	__u64 pick_ns;	 /* its pick phase, or NO_SAMPLE */
	__u64 cost_ns;	 /* its switch phase, or NO_SAMPLE */
	__u32 kind;	 /* of its switch in; KIND_NONE: already accounted, or unknown */
	__u8 flushed;	 /* its switch in flushed the TLB */
	__u8 gauge;	 /* switches that are to be followed to compare clocks, at most */
	__u8 step;	 /* of PRICE_AUTO: one switch in 2^step is priced */
	__u8 next;	 /* the switch to come is priced */
	__u32 weight;	 /* of its price, if it has one: switches that it stands for */
	__u64 running;	 /* identity of the running task; 0: unknown */
	__u64 random;	 /* decides which switch is priced */
	__u64 looked_ns; /* when this CPU last looked at how much it switches, */
	__u64 looked_at; /* and `switches` then */
	__u64 closed;	 /* the run has stopped and the last on-CPU interval is accounted */
	__u64 switches;	 /* sched_switch seen on this CPU */
	__u64 voluntary; /* of them */
	__u64 in[KIND_COUNT];
	__u64 nr_base;		   /* the kernel's rq->nr_switches just before the first of them */
	__u64 nr_switches;	   /* and at the last snapshot */
	__u64 wakes_missed;	   /* sleeps that ended without a wakeup seen: no runqueue sample */
	__u64 priced[PRICE_STEPS]; /* switches priced at each step; without PRICE_AUTO: the first */
	struct sample_value sample; /* what the on-CPU interval at hand has paid so far */
	struct task_rec idle;
};

#endif
