/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The maps, and how a program gets at its task's record and its CPU's slot. */
#ifndef MAPS_BPF_H
#define MAPS_BPF_H

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_rec);
} tasks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cpu_slot);
} slots SEC(".maps");

/*
 * The slots as they were at the last snapshot, each taken on its own CPU.  By CPU, for user
 * space to map: while it looks into a map by a system call, the kernel skips the programs
 * at kprobes and tracepoints on that CPU.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* the number of CPUs: set at load */
	__type(key, __u32);
	__type(value, struct cpu_slot);
} cpu_snapshots SEC(".maps");

/* Of each CPU in the fine grain; and as they were at its last snapshot. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fine_hists);
} fine_now SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* the number of CPUs: set at load */
	__type(key, __u32);
	__type(value, struct fine_hists);
} fine_snapshots SEC(".maps");

/* Rare events: final records and changes of the target. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 32 << 20);
} events SEC(".maps");

/* Births and deaths. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} lifecycle SEC(".maps");

/* Stacks of culprits: large, and the first to be lost. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} stacks SEC(".maps");

struct wire_loss loss;
struct lifecycle_loss lifecycle_loss;
volatile __u32 run_state;	/* enum run_state */
volatile __u64 run_start;	/* when counting began: no interval reaches further back */
volatile __u64 run_stop;	/* when it ended */
volatile __u64 clock_gap;	/* our clock minus the run queues', at the last snapshot */
volatile __s64 clock_gap_least; /* what it is at least and at most, by the CPUs up to now */
volatile __s64 clock_gap_most;
volatile __u64 changed_records; /* while the iterator copied them; it alone writes this */
volatile __u64 iter_until;	/* iterators go through the tasks that were born by then */

/*
 * Until when what exiting tasks cause is told, CLOCK_MONOTONIC ns; 0: nothing
 * has crashed.  On a cache line that is otherwise only read.
 */
volatile __u64 crash_until __attribute__((aligned(64)));
__u64 crash_line[7];

static __always_inline struct cpu_slot *slot__get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&slots, &zero);
}

static __always_inline struct fine_hists *fine__get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&fine_now, &zero);
}

/*
 * Where few tasks are traced, most have nothing that any program keeps for them: a pointer tells
 * without a look-up.  Where switches are counted, that is; see task__leader() for its price.
 */
static __always_inline bool task__has_storage(struct task_struct *task)
{
	return !bpf_core_field_exists(task->bpf_storage) || task->bpf_storage;
}

/* The record of a task that is traced; NULL if it is not (or is an idle task). */
static __always_inline struct task_rec *rec__get(struct task_struct *task)
{
	return bpf_task_storage_get(&tasks, task, 0, 0);
}

/* The same, at each switch. */
static __always_inline struct task_rec *rec__get_quickly(struct task_struct *task)
{
	return task__has_storage(task) ? rec__get(task) : NULL;
}

/*
 * Its leader, by reading memory.  Following the pointer is quicker by some nanoseconds; but for
 * each pointer that is followed from a task, on each way through a program, the verifier looks
 * through the names of all of the kernel's types up to four times.  That was 38% of the CPU time of
 * a short stat (Linux 6.18).  So pointers are followed where switches and wakeups are counted only.
 */
static __always_inline struct task_struct *task__leader(struct task_struct *task)
{
	return BPF_CORE_READ(task, group_leader);
}

/* Where a record is prepared before any other CPU can see it. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct task_rec);
} blanks SEC(".maps");

#endif
