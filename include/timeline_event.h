/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run switch by switch, as it travels from the kernel to user space through the ring buffer
 * `timeline`: one event for each interval on a CPU, sent when that ends, with what the switch
 * that began it was and cost, and with the wait before it.  It is sent where the same is
 * counted, so that all of them add up to what the records say.
 */
#ifndef TASKTOLL_TIMELINE_EVENT_H
#define TASKTOLL_TIMELINE_EVENT_H

#include "lifecycle.h"
#include "task.h"

enum timeline_type {
	TIMELINE_ONCPU = 1, /* an interval on a CPU */
	TIMELINE_TASK, /* who a task is: before its first interval, and when it has a new name */
	TIMELINE_LOST, /* intervals that found the ring buffer full */
};

/* At a million a second each byte counts. */
struct timeline_oncpu {
	__u8 type;
	__u8 kind;  /* enum kind of the switch that began it; KIND_NONE: none was counted */
	__u8 off;   /* enum off: what it was before; OFF_NONE: not known */
	__u8 flags; /* TIMELINE_* */
	__u16 cpu;
	__u16 state;		/* in which the task left, as the kernel has it; TIMELINE_RUNS */
	__u32 task;		/* number of its record; 0: idle of the CPU */
	__u32 waker;		/* the same of who woke it; 0: none is known */
	__u32 weight;		/* switches that the prices stand for */
	__u8 prio;		/* the kernel's */
	__u8 channel;		/* enum channel_of_wake: by what it was woken */
	__u16 on_cpu;		/* that the wakeup came from */
	__u64 in_ns;		/* CLOCK_MONOTONIC, as all */
	__u64 out_ns;		/* when it left, or the run ended */
	__u64 off_ns;		/* since when it had been off CPU */
	__u64 wait_ns;		/* at the end of that, for a CPU */
	__u64 woken_ns;		/* TIMELINE_WOKEN */
	__u64 cost_ns, pick_ns; /* NO_SAMPLE: not priced */
};

/* Of state: */
#define TIMELINE_RUNS	   0xffff /* it has not left */
#define TIMELINE_PREEMPTED 0x8000 /* whatever its state was */

#define TIMELINE_WOKEN	 1 /* a wakeup ended the wait, and was seen */
#define TIMELINE_BY_TASK 2 /* by a task, not by an interrupt that hit one */
#define TIMELINE_FLUSHED 4 /* the switch flushed the TLB */

struct timeline_task {
	__u32 type;
	__u32 task;
	__u64 now_ns;
	struct task_id task_id;
};

struct timeline_lost {
	__u32 type;
	__u32 cpu;
	__u64 count;
	__u64 first_ns, last_ns; /* from the begin of the first to the end of the last */
};

union timeline_event {
	__u8 type; /* enum timeline_type: the low byte comes first */
	struct timeline_oncpu oncpu;
	struct timeline_task task;
	struct timeline_lost lost;
};

/* Of a CPU, in the kernel. */
struct timeline_cpu {
	__u64 waker; /* of the task that runs: see timeline__waker(); 0: none */
	__u64 woken_ns;
	__u64 state; /* in which it leaves */
	struct timeline_lost lost;
};

_Static_assert(sizeof(struct timeline_oncpu) == 80, "no padding inside");

#endif
