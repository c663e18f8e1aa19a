/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals of a crash that a process has a handler for.  What a handler took last is
 * remembered, not told: some runtimes take a fault at each null pointer.  It is told with
 * the end that comes of it: the handler raised the signal again, left the program, or
 * could not even be called.
 */
#ifndef HANDLED_BPF_H
#define HANDLED_BPF_H

#define SA_NODEFER 0x40000000

struct handled {
	struct lifecycle_handled told;
	__u64 leader_ns; /* start of the leader: a tgid is used again */
	__u64 ip, sp;	 /* of the program, when the signal came */
	__u32 nodefer;	 /* the signal is not blocked while its handler runs */
	__u32 pid;	 /* of the thread, as the kernel has it */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32); /* tgid */
	__type(value, struct handled);
} handled_signals SEC(".maps");

/* Apart, so that what it has on the stack is not there while the stack of a culprit is taken. */
static __noinline int handled__note(struct task_struct *task, int sig, int code,
				    struct kernel_siginfo *info, struct k_sigaction *action)
{
	struct pt_regs *regs = (void *)bpf_task_pt_regs(task);
	__u32 tgid = task->tgid;
	struct handled new = {};
	struct ids ids;

	ids__of(&ids, task);
	new.told.now_ns = bpf_ktime_get_ns();
	new.told.signal = sig;
	new.told.code = code;
	new.told.tid = ids.tid;
	new.told.address = (__u64)BPF_CORE_READ(info, _sifields._sigfault._addr);
	new.leader_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	new.ip = PT_REGS_IP_CORE(regs);
	new.sp = PT_REGS_SP_CORE(regs);
	new.nodefer = (BPF_CORE_READ(action, sa.sa_flags) & SA_NODEFER) != 0;
	new.pid = task->pid;
	bpf_map_update_elem(&handled_signals, &tgid, &new, BPF_ANY);
	return 0;
}

/*
 * Does the handler still run in this thread?  Its signal is blocked meanwhile; where the
 * program does not want that, the stack tells: it is deeper, or the handler's own.
 */
static __always_inline bool handled__runs(const struct handled *handled, struct task_struct *task)
{
	struct pt_regs *regs = (void *)bpf_task_pt_regs(task);
	__u64 blocked = BPF_CORE_READ(task, blocked.sig[0]);
	__u64 sp = PT_REGS_SP_CORE(regs);

	if (blocked >> ((handled->told.signal - 1) & 63) & 1)
		return true;
	if (!handled->nodefer)
		return false;
	return sp < handled->sp ||
	       sp - BPF_CORE_READ(task, sas_ss_sp) < BPF_CORE_READ(task, sas_ss_size);
}

/* What a handler of the task's process took; of another thread it is not said whether it runs. */
static __always_inline void handled__tell(struct task_struct *task, struct lifecycle_handled *told)
{
	struct pt_regs *regs = (void *)bpf_task_pt_regs(task);
	__u32 tgid = task->tgid;
	struct handled *handled = bpf_map_lookup_elem(&handled_signals, &tgid);

	__builtin_memset(told, 0, sizeof(*told));
	if (!handled || handled->leader_ns != BPF_CORE_READ(task, group_leader, start_boottime))
		return;
	if (handled->pid == (__u32)task->pid) {
		if (handled__runs(handled, task))
			handled->told.flags |= HANDLED_RUNS;
		else
			handled->told.flags &= ~HANDLED_RUNS;
		/* not one instruction of the program has run since */
		if (handled->ip == PT_REGS_IP_CORE(regs) && handled->sp == PT_REGS_SP_CORE(regs))
			handled->told.flags |= HANDLED_AT_ONCE;
		else
			handled->told.flags &= ~HANDLED_AT_ONCE;
	}
	*told = handled->told;
}

/* Its process is gone. */
static __always_inline void handled__forget(struct task_struct *task)
{
	__u32 tgid = task->tgid;

	bpf_map_delete_elem(&handled_signals, &tgid);
}

#endif
