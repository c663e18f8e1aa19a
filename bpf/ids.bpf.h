/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ids as the PID namespace has them that tasktoll runs in (include/ids.h); and the id that
 * a process has in its own namespace.
 *
 * In the machine's namespace that is what the task has in itself.  In another one it is
 * looked up in the task's struct pid, which is taken away from it when it is reaped, while
 * its last switch is still to come.  So there it is remembered when the task comes up.
 */
#ifndef IDS_BPF_H
#define IDS_BPF_H

struct ids {
	__u32 tid, tgid, ppid;
	__u32 own_tgid; /* in its own namespace if that is another one; else 0 */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct ids);
} ids_kept SEC(".maps");

struct self self;

#define PID_NUMBERS 4096 /* bytes, more than there are: older verifiers want to know an end */

/* One of the numbers of a pid: that of namespaces so many levels below the machine's. */
static __always_inline struct upid *pid__upid(struct pid *pid, __u32 level)
{
	__u64 at = (__u64)level * bpf_core_type_size(struct upid);

	barrier_var(at);
	at &= PID_NUMBERS - 1;
	return (void *)pid + bpf_core_field_offset(struct pid, numbers) + at;
}

/* The id in our namespace; 0: it has none there. */
static __always_inline __u32 pid__inside(struct pid *pid)
{
	struct upid *upid = pid__upid(pid, self.level);

	if (!pid || BPF_CORE_READ(pid, level) < self.level ||
	    (__u64)BPF_CORE_READ(upid, ns) != self.namespace)
		return 0;
	return BPF_CORE_READ(upid, nr);
}

static __always_inline __u32 pid__id(struct pid *pid)
{
	__u32 machine, inside;

	if (!pid)
		return 0;
	machine = BPF_CORE_READ(pid, numbers[0].nr);
	if (!cfg_ids || !machine)
		return machine;
	inside = pid__inside(pid);
	return inside ? inside : machine | ID_OUTSIDE;
}

/* In its own namespace, if that is not ours. */
static __always_inline __u32 pid__own(struct pid *pid)
{
	__u32 level = BPF_CORE_READ(pid, level);

	if (!pid || (level == self.level && pid__inside(pid)))
		return 0;
	return BPF_CORE_READ(pid__upid(pid, level), nr);
}

/* ---- in another namespace than the machine's ---- */

static __noinline int ids__look_up(struct ids *ids, struct task_struct *task)
{
	struct pid *leader = BPF_CORE_READ(task, signal, pids[PIDTYPE_TGID]);
	struct pid *above = BPF_CORE_READ(task, real_parent, signal, pids[PIDTYPE_TGID]);
	struct pid *own = BPF_CORE_READ(task, thread_pid);
	struct ids *kept = NULL;

	if (!ids)
		return 0;
	if (!leader || !above || !own)
		kept = bpf_task_storage_get(&ids_kept, task, 0, 0);
	ids->tgid = leader ? pid__id(leader) : kept ? kept->tgid : task->tgid | ID_OUTSIDE;
	ids->own_tgid = leader ? pid__own(leader) : kept ? kept->own_tgid : 0;
	ids->ppid = above ? pid__id(above) : kept ? kept->ppid : 0;
	if (task->pid == task->tgid) /* also of a thread that has taken the leader's place */
		ids->tid = ids->tgid;
	else
		ids->tid = own ? pid__id(own) : kept ? kept->tid : task->pid | ID_OUTSIDE;
	return 0;
}

/* Only of those inside: who is outside is known by what the task has in itself. */
static __always_inline void ids__keep(struct task_struct *task)
{
	struct ids ids, *kept;

	if (!cfg_ids || !pid__inside(BPF_CORE_READ(task, thread_pid)))
		return;
	kept = bpf_task_storage_get(&ids_kept, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!kept)
		return;
	ids__look_up(&ids, task);
	*kept = ids;
}

/* ---- of any task ---- */

static __always_inline void ids__of(struct ids *ids, struct task_struct *task)
{
	struct pid *leader;

	if (cfg_ids) {
		ids__look_up(ids, task);
		return;
	}
	ids->tid = task->pid;
	ids->tgid = task->tgid;
	ids->ppid = BPF_CORE_READ(task, real_parent, tgid);
	leader = BPF_CORE_READ(task, group_leader, thread_pid);
	ids->own_tgid = BPF_CORE_READ(leader, level) ? pid__own(leader) : 0;
}

/* Of a task that is known to be outside of our namespace: so are its parents. */
static __always_inline void ids__of_outside(struct ids *ids, struct task_struct *task)
{
	struct pid *leader = BPF_CORE_READ(task, signal, pids[PIDTYPE_TGID]);
	__u32 level = BPF_CORE_READ(leader, level);

	ids->tid = task->pid | ID_OUTSIDE;
	ids->tgid = task->tgid | ID_OUTSIDE;
	ids->ppid = BPF_CORE_READ(task, real_parent, tgid) | ID_OUTSIDE;
	ids->own_tgid = BPF_CORE_READ(pid__upid(leader, level), nr);
}

/* Of a task by any pointer; as long as it has not been reaped. */
static __always_inline __u32 ids__tgid(struct task_struct *task)
{
	if (cfg_ids)
		return pid__id(BPF_CORE_READ(task, signal, pids[PIDTYPE_TGID]));
	return BPF_CORE_READ(task, tgid);
}

static __always_inline __u32 ids__tid(struct task_struct *task)
{
	if (cfg_ids)
		return pid__id(BPF_CORE_READ(task, thread_pid));
	return BPF_CORE_READ(task, pid);
}

/* Whose process is this?  Tells how to look ids up, and what user space can compare. */
static __always_inline void ids__ask_self(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pid *pid = BPF_CORE_READ(task, signal, pids[PIDTYPE_TGID]);
	__u32 level = BPF_CORE_READ(pid, level);

	self.level = level;
	self.namespace = (__u64)BPF_CORE_READ(pid__upid(pid, level), ns);
	self.tgid = BPF_CORE_READ(pid__upid(pid, level), nr);
	self.now_ns = bpf_ktime_get_ns();
}

#endif
