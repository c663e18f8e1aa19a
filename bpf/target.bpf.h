/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is traced: decided once for each task, when its record would be made. */
#ifndef TARGET_BPF_H
#define TARGET_BPF_H

#define CLONE_THREAD	  0x00010000
#define ANCESTORS_MAX	  (4 << 20) /* PID_MAX_LIMIT: no process has more */
#define CGROUP_LEVELS_MAX (1 << 20)

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u8);
} target_ids SEC(".maps"); /* tgids or tids */

struct target_glob target_glob;
__u32 target_launcher; /* children of this process are traced while it is not 0 */

static __always_inline bool target__has_id(__u32 id)
{
	return bpf_map_lookup_elem(&target_ids, &id);
}

/* Runs the compiled glob over a comm: a set of positions in the pattern, stepped byte by byte. */
static __always_inline bool target__has_comm(const char *comm)
{
	__u64 at = 1, star = target_glob.star;
	int i;

	for (i = 0; i < WIRE_COMM; i++) {
		__u8 c = comm[i];

		at |= (at & star) << 1; /* a star may take nothing */
		if (!c)
			break;
		at = ((at & target_glob.take[c] & ~star) << 1) | (at & star);
	}
	at |= (at & star) << 1;
	return at & target_glob.accept;
}

/* On the way up from a task: a cgroup, or a process. */
struct target_climb {
	void *at;
	bool found;
};

static long target__look_at_cgroup(__u32 i, struct target_climb *climb)
{
	struct cgroup *cgroup = climb->at;
	struct cgroup_subsys_state *parent;

	climb->found = BPF_CORE_READ(cgroup, kn, id) == cfg_cgroup;
	parent = BPF_CORE_READ(cgroup, self.parent);
	if (climb->found || !parent)
		return 1;
	/* self is not declared to be first, so ask BTF where it is */
	climb->at = (void *)parent - bpf_core_field_offset(struct cgroup, self);
	return 0;
}

static __always_inline bool target__has_cgroup(struct task_struct *task)
{
	struct target_climb climb = { .at = BPF_CORE_READ(task, cgroups, dfl_cgrp) };

	bpf_loop(CGROUP_LEVELS_MAX, target__look_at_cgroup, &climb, 0);
	return climb.found;
}

static long target__look_at_process(__u32 i, struct target_climb *climb)
{
	struct task_struct *leader = climb->at;

	climb->found = target__has_id(ids__tgid(leader));
	if (climb->found || !cfg_children || BPF_CORE_READ(leader, pid) <= 1)
		return 1;
	climb->at = BPF_CORE_READ(leader, real_parent, group_leader);
	return 0;
}

static __always_inline bool target__has_ancestor(struct task_struct *task)
{
	struct target_climb climb = { .at = task__leader(task) };

	bpf_loop(ANCESTORS_MAX, target__look_at_process, &climb, 0);
	return climb.found;
}

/* For a task that was alive before anyone looked. */
static __always_inline bool target__has_old(struct task_struct *task, const char *comm)
{
	switch (cfg_target) {
	case TARGET_PID:
		return target__has_ancestor(task);
	case TARGET_TID:
		return target__has_id(ids__tid(task));
	case TARGET_COMM:
		return target__has_comm(comm);
	case TARGET_CGROUP:
		return target__has_cgroup(task);
	default:
		return true;
	}
}

/* For a task that `creator` is making. */
static __always_inline bool target__has_new(struct task_struct *task, struct task_struct *creator,
					    const char *comm, __u64 clone_flags)
{
	switch (cfg_target) {
	case TARGET_PID:
		if (target_launcher && ids__tgid(creator) == target_launcher)
			return true;
		if (!cfg_children && !(clone_flags & CLONE_THREAD))
			return false;
		return rec__get(creator);
	case TARGET_TID:
		return false;
	case TARGET_COMM:
		return target__has_comm(comm);
	case TARGET_CGROUP:
		return target__has_cgroup(task);
	default:
		return true;
	}
}

#endif
