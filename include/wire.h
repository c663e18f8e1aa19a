/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What travels from the kernel to user space: one task at a time, through the
 * task iterator (tasks that live) or the ring buffer (tasks that ended).
 *
 * Behind the header lie the first WIRE_REC_HEAD bytes of the record and then, in the order of
 * counters.def, each histogram up to the bucket before `ends`: those beyond hold nothing.
 */
#ifndef TASKTOLL_WIRE_H
#define TASKTOLL_WIRE_H

#include "task.h"

#define WIRE_COMM 16

enum wire_type {
	WIRE_LIVE = 1, /* from the iterator */
	WIRE_DEAD,     /* its last switch is behind it */
	WIRE_LEFT,     /* it no longer matches the target */
	WIRE_RESCAN,   /* tasks may have come into the target: seed again */
};

struct wire_task {
	__u32 type; /* enum wire_type */
	__u32 tid;
	__u32 tgid;
	__u32 ppid;	  /* tgid of the real parent */
	__u32 flags;	  /* WIRE_* below */
	__u32 own_tgid;	  /* in its own PID namespace if that is another one than ours; else 0 */
	__u32 uid;	  /* WIRE_DEAD: effective, of the machine */
	__u8 ends[12];	  /* how many buckets of each histogram follow; 0: it does not */
	__u64 cgroup;	  /* WIRE_DEAD: id of its cgroup of version 2; else 0 */
	__u64 start_ns;	  /* boottime at which the task was created */
	__u64 leader_ns;  /* the same of its thread group leader */
	__u64 now_ns;	  /* CLOCK_MONOTONIC at which this was written */
	__u64 kernel_nv;  /* the kernel's nvcsw, read with the record */
	__u64 kernel_niv; /* the kernel's nivcsw */
	__u64 stack;	  /* where it last left a CPU, and */
	__u64 waker;	  /* where it was woken from: numbers of stacks (include/stack event.h) */
	__u64 wait_since; /* off CPU: since when it has waited for one; 0: it does not */
	char comm[WIRE_COMM];
	char leader_comm[WIRE_COMM];
};

#define WIRE_KTHREAD   1
#define WIRE_RUNNING   2 /* on a CPU */
#define WIRE_UNSETTLED 4 /* caught in the middle of a switch */

#define WIRE_REC_HEAD  __builtin_offsetof(struct task_rec, PICK)
#define WIRE_HIST_HEAD __builtin_offsetof(struct hist_COST, bucket) /* the same in all layouts */

_Static_assert(sizeof(struct wire_task) == 144, "no padding inside");
_Static_assert(D_COUNT <= 12 && HIST_MAX_BUCKETS <= 255, "an end for each histogram");

#define WIRE_HIST_SIZE(end) (WIRE_HIST_HEAD + sizeof(__u32) * (end))

/* Bytes of the histograms of a task. */
static inline __attribute__((always_inline)) __u32 wire__dists_size(const __u8 *ends)
{
	__u32 size = 0;
	int d;

	for (d = 0; d < D_COUNT; d++)
		size += ends[d] ? WIRE_HIST_SIZE(ends[d]) : 0;
	return size;
}

/* All histograms are told in whole, as they lie in a record. */
static inline __attribute__((always_inline)) void wire__tell_all(__u8 *ends)
{
#define DIST(id, layout, ...) ends[D_##id] = HIST_BUCKETS(HIST_##layout##_OCTAVES);
#include "counters.def"
}

/* Losses and events that only the kernel side can count; read as a whole. */
struct wire_loss {
	__u64 tasks;	     /* final records that found the ring buffer full */
	__u64 task_switches; /* switches in them */
	__u64 storage;	     /* records that could not be allocated */
	__u64 created;	     /* records made */
	__u64 ended;	     /* records of tasks that died or left the target */
};

/*
 * The states of a run.  While warming, records are made and stamps kept, and
 * nothing is counted; counting begins and ends everywhere at one instant, so
 * that what the tasks add up to is what the CPUs add up to.
 */
enum run_state { RUN_WARMING, RUN_COUNTING, RUN_STOPPED };

#define CLOCK_GAP_UNKNOWN 0x7fffffffffffffffULL /* of clock_gap (bpf/maps.bpf.h) */
#define CLOCK_GAP_MOST	  0x7fffffffffffffffLL
#define CLOCK_GAP_LEAST	  (-CLOCK_GAP_MOST)

/* How a run is aimed; fixed before load. */
enum target_mode { TARGET_ALL, TARGET_PID, TARGET_TID, TARGET_COMM, TARGET_CGROUP };

/* A glob compiled for the kernel: bit i is element i of the pattern. */
struct target_glob {
	__u64 take[256]; /* elements that consume this byte */
	__u64 star;	 /* elements that are '*' */
	__u64 accept;	 /* the bit behind the last element */
};

#endif
