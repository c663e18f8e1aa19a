/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who wakes whom: maps, and what is kept with each task.  Only where cfg_edges is on; a run
 * without it has neither these maps nor this code.
 */
#ifndef WAKE_BPF_H
#define WAKE_BPF_H

/* What a task does, as its groups count it. */
enum lane { LANE_NONE, LANE_RUNNING, LANE_QUEUED, LANE_FUTEX };

/* As with task_rec, 56 bytes share a cache line with what the look-up has just read. */
struct wake_task {
	/* the last wakeup: written by the CPU that wakes; taken when the task comes onto a CPU */
	__u64 woken_ns; /* 0: none */
	__u64 waker_start_ns;
	__u32 waker_pid; /* 0: an interrupt */
	__u32 lane;	 /* exchanged, by whoever knows more */
	/* of its own CPU */
	__u64 off_ns;	/* when it last went to sleep; 0: it was preempted */
	__u64 futex_ns; /* slept in futexes whose timeouts ended it, up to now */
	__u64 slept_at; /* struct sleep, in which it went to sleep */
	__u8 slept_class;
	__u8 slept_channel;
	__u8 channel; /* of the wakeup: written with it */
	__u8 woke;    /* a sibling by futex, since it last slept */
	__u8 told;    /* its name is known */
	__u8 pad;
	__u16 group; /* index; 0: its process has one thread, or found no room */
};

_Static_assert(sizeof(struct wake_task) <= 56, "one cache line");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct wake_task);
} wake_tasks SEC(".maps");

/* Filled at switches, with a run queue locked: so all of it is there from the start. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WAKE_EDGES);
	__type(key, struct wake_key);
	__type(value, struct wake_value);
} wake_edges SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WAKE_NAMES);
	__type(key, struct wake_id);
	__type(value, struct task_id);
} wake_names SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, WAKE_GROUPS);
	__type(key, __u32);
	__type(value, struct group_state);
} group_states SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, WAKE_GROUPS);
	__type(key, __u32);
	__type(value, struct wake_times);
} wake_times SEC(".maps");

struct wake_group_key {
	__u64 leader_ns;
	__u32 tgid;
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WAKE_GROUPS);
	__type(key, struct wake_group_key);
	__type(value, __u32);
} wake_group_index SEC(".maps");

/* An edge that is made, before it is in its map: too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct wake_value);
} wake_blank SEC(".maps");

struct wake_cpu {
	__u32 idle; /* it is counted as idle */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct wake_cpu);
} wake_cpus SEC(".maps");

struct wake_loss wake_loss;
bool wake_edges_full;

__u32 wake_groups_made; /* but for the first, which is of all */

/* On a cache line that is otherwise only read. */
volatile __u32 idle_cpus __attribute__((aligned(64)));
__u32 idle_line[15];

static __always_inline struct wake_task *wake_task__get(struct task_struct *task)
{
	return task__has_storage(task) ? bpf_task_storage_get(&wake_tasks, task, 0, 0) : NULL;
}

static __always_inline void wake_id__fill(struct wake_id *id, struct task_struct *task)
{
	id->start_ns = task->start_boottime;
	id->pid = task->pid;
	id->pad = 0;
}

/* The name of a task, once. */
static __noinline int wake__name(struct task_struct *task)
{
	struct task_id name;
	struct wake_id id;

	if (!task)
		return 0;
	wake_id__fill(&id, task);
	if (bpf_map_lookup_elem(&wake_names, &id))
		return 0;
	task_id__fill(&name, task);
	if (bpf_map_update_elem(&wake_names, &id, &name, BPF_NOEXIST) &&
	    !bpf_map_lookup_elem(&wake_names, &id))
		__sync_fetch_and_add(&wake_loss.names, 1);
	return 0;
}

/* It calls itself something else now; also at an exec. */
static __noinline int wake__rename(struct task_struct *task, const char *comm)
{
	struct task_id *name;
	struct wake_id id;

	if (!task)
		return 0;
	wake_id__fill(&id, task);
	name = bpf_map_lookup_elem(&wake_names, &id);
	if (!name)
		return 0;
	bpf_probe_read_kernel_str(name->comm, sizeof(name->comm), comm);
	if (task->pid == task->tgid)
		bpf_probe_read_kernel_str(name->leader_comm, sizeof(name->leader_comm), comm);
	return 0;
}

#endif
