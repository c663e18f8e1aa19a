/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of contents: every program, one per hook, each a few calls long.
 * Where a measure has several rungs, user space loads exactly one of them.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "ids.h"
#include "lifecycle.h"
#include "frame_rule.h"
#include "stack_event.h"
#include "wake.h"
#include "wire.h"

#include "config.bpf.h"
#include "kernel.bpf.h"
#include "maps.bpf.h"
#include "arch.bpf.h"
#include "ids.bpf.h"
#include "lifecycle/lifecycle.bpf.h"
#include "callstack/stack_event_scratch.bpf.h"
#include "callstack/stack_event_kernel.bpf.h"
#include "callstack/stack_event_user.bpf.h"
#include "callstack/stack_event_scan.bpf.h"
#include "callstack/python.bpf.h"
#include "callstack/stack_event.bpf.h"
#include "switch/sample.bpf.h"
#include "switch/price.bpf.h"
#include "switch/timeline.bpf.h"
#include "switch/switch.bpf.h"
#include "switch/others.bpf.h"
#include "lifecycle/closed.bpf.h"
#include "wake/wake.bpf.h"
#include "wake/channel.bpf.h"
#include "wake/waker.bpf.h"
#include "wake/group.bpf.h"
#include "wake/edge.bpf.h"
#include "switch/record.bpf.h"
#include "target.bpf.h"
#include "switch/cpu_snapshot.bpf.h"
#include "switch/tlb.bpf.h"

#include "lifecycle/spawn.bpf.h"
#include "callstack/stack.bpf.h"
#include "lifecycle/handled.bpf.h"
#include "lifecycle/end.bpf.h"
#include "lifecycle/link.bpf.h"
#include "iter.bpf.h"
#include "callstack/asleep.bpf.h"
#include "outside.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* ---- a switch: entry of __schedule(), the switch itself, its end in the next task ---- */

SEC("tp_btf/sched_entry_tp")
int BPF_PROG(sched_entry, bool preempt)
{
	struct cpu_slot *slot = slot__get();

	if (!slot)
		return 0;
	slot->switch_ns = 0; /* a stamp that nobody took is stale from here on */
	if (price__is_due(slot))
		slot->entry_ns = bpf_ktime_get_ns();
	return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(sched_switch, bool preempt, struct task_struct *prev, struct task_struct *next,
	     unsigned int state)
{
	struct cpu_slot *slot = slot__get();
	bool voluntary = !preempt && state, priced;
	struct task_rec *rec;
	__u32 kind;
	__u64 now;

	if (!slot)
		return 0;
	if (switch__is_of_others(slot, prev, next)) {
		switch__pass(slot, next);
		return 0;
	}
	now = bpf_ktime_get_ns();
	if (slot->running == (__u64)prev) {
		slot__gauge(slot, prev);
	} else {
		oncpu__begin_missed(slot, prev, now);
		if (cfg_edges)
			wake__came_unseen(prev, slot->in_ns, now);
	}
	if (cfg_edges)
		wake__switch(prev, next, preempt, now);
	rec = prev->pid ? rec__get_quickly(prev) : &slot->idle;
	if (run_state == RUN_COUNTING) {
		if (rec) {
			timeline__leaves(ctx);
			oncpu__account(slot, rec, prev, now);
			voluntary = rec__count_out(rec, prev, voluntary);
			rec->flags |= REC_LEFT;
		}
		kind = kind__of(prev, next);
		if (!slot->switches)
			slot->nr_base = cpu__kernel_switches(prev) - 1;
		slot->switches++;
		slot->voluntary += voluntary;
		slot->in[kind]++;
		slot->kind = kind;
		price__count(slot);
	} else {
		switch__uncounted(ctx, slot, rec, prev, now);
	}
	if (rec && prev->pid) {
		/* read anew: what was found of the old ones need not be remembered on each path */
		state = ((volatile __u64 *)ctx)[3];
		if (run_state != RUN_STOPPED) {
			/*
			 * One that is preempted on its way to sleep is not waiting, as
			 * the kernel counts it.
			 */
			rec->off = off__of(state);
			rec->off_ns = now;
			if (cfg_stacks)
				rec->stack = stack__id(ctx, STACK_EVENT_SWITCH);
		}
		if (state == TASK_DEAD && run_state == RUN_STOPPED && rec->off_ns)
			rec__close_wait(slot, rec);
		if (state == TASK_DEAD)
			rec__send_final(prev, rec, WIRE_DEAD);
	}
	slot->running = (__u64)next;
	slot->flushed = 0;
	slot->in_ns = slot->came_ns = now;
	slot->pick_ns = slot->entry_ns ? now - slot->entry_ns : NO_SAMPLE;
	slot->entry_ns = 0;
	slot->cost_ns = NO_SAMPLE;
	priced = price__is_due(slot);
	price__choose(slot, now);
	if (cfg_timeline)
		timeline__comes(next);
	/* last: our own work is not the kernel's */
	slot->switch_ns = priced ? bpf_ktime_get_ns() : SWITCH_UNPRICED;
	return 0;
}

static __always_inline int switch_done(void)
{
	__u64 now = cfg_price == PRICE_EACH ? bpf_ktime_get_ns() : 0;
	struct cpu_slot *slot = slot__get();

	if (!slot || !slot->switch_ns)
		return 0;
	if (slot->switch_ns != SWITCH_UNPRICED)
		slot->cost_ns = (now ? now : bpf_ktime_get_ns()) - slot->switch_ns;
	slot->switch_ns = 0;
	return 0;
}

SEC("tp_btf/sched_exit_tp")
int BPF_PROG(sched_exit, bool is_switch)
{
	/* __schedule() often ends where it began, and a clock read is dear */
	return is_switch ? switch_done() : 0;
}

SEC("fexit/finish_task_switch")
int BPF_PROG(finish_fexit)
{
	return switch_done();
}

SEC("kprobe/finish_task_switch")
int BPF_KPROBE(finish_kprobe)
{
	return switch_done();
}

/* ---- waiting for a CPU ---- */

SEC("tp_btf/sched_waking")
int BPF_PROG(sched_waking, struct task_struct *task)
{
	/*
	 * The clock first: reading it waits for the loads before it, and what the
	 * look-up loads was last another CPU's.
	 */
	__u64 now;
	struct task_rec *rec;

	if (!cfg_wakes && !cfg_edges && !crash_until)
		return 0;
	now = bpf_ktime_get_ns() & ~WAKE_ON_CPU;
	if (cfg_edges && run_state != RUN_STOPPED)
		wake__note(task, now);
	if (cfg_wakes && run_state != RUN_STOPPED) {
		rec = rec__get(task);
		if (rec) {
			rec->wake_ns = now | (task__is_on_cpu(task) ? WAKE_ON_CPU : 0);
			if (cfg_stacks)
				rec->waker = stack__id(ctx, STACK_EVENT_WAKER);
			else if (cfg_wakers)
				rec->waker = timeline__waker(task);
		}
	}
	if (cfg_lifecycle && crash__is_open(now))
		link__wake(ctx, task, now);
	return 0;
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(sched_wakeup_new, struct task_struct *task)
{
	struct task_rec *rec = rec__get(task);

	if (rec)
		rec->start_wait = bpf_ktime_get_ns() | START_WAITS;
	return 0;
}

/* ---- who is traced ---- */

static __always_inline int birth__tell(void *ctx, struct task_struct *task, __u64 clone_flags)
{
	__u64 now = bpf_ktime_get_ns();
	struct task_struct *creator = bpf_get_current_task_btf();
	__u32 kind = task->flags & PF_KTHREAD ? SPAWN_KERNEL : spawn__kind(clone_flags);
	char comm[WIRE_COMM];
	struct task_rec *rec;

	if (run_state == RUN_STOPPED)
		return 0;
	ids__keep(task);
	bpf_probe_read_kernel(comm, sizeof(comm), task->comm);
	if ((cfg_switches || cfg_target != TARGET_ALL) &&
	    target__has_new(task, creator, comm, clone_flags)) {
		rec = rec__create(task, true);
		if (rec && run_state == RUN_COUNTING && task_id__is_traced(creator)) {
			rec->born_ns = now;
			rec->creator_ns = BPF_CORE_READ(creator, group_leader, start_boottime);
			rec->creator = ids__tgid(creator);
			rec->spawn = kind;
		}
	}
	if (cfg_lifecycle)
		spawn__tell(ctx, creator, task, clone_flags, kind, now);
	return 0;
}

SEC("tp_btf/task_newtask")
int BPF_PROG(task_newtask, struct task_struct *task, __u64 clone_flags)
{
	return birth__tell(ctx, task, clone_flags);
}

/*
 * From Linux 7.0 on a program at a bare tracepoint can be preempted, and is skipped
 * for whatever else happens on its CPU meanwhile.  At a tracepoint of perf it runs
 * with preemption off; the new task is known by its number there.
 */
extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym __weak;
extern void bpf_task_release(struct task_struct *task) __ksym __weak;

SEC("tracepoint/task/task_newtask")
int newtask_perf(struct trace_event_raw_task_newtask *ctx)
{
	struct task_struct *task = bpf_task_from_pid(ctx->pid);

	if (!task) {
		__sync_fetch_and_add(&lifecycle_loss.events, 1);
		return 0;
	}
	birth__tell(ctx, task, ctx->clone_flags);
	bpf_task_release(task);
	return 0;
}

/* With a target by name a task comes into it, or leaves it, by changing its name. */
SEC("tp_btf/task_rename")
int BPF_PROG(task_rename, struct task_struct *task, const char *name)
{
	struct task_rec *rec;
	char comm[WIRE_COMM] = {};
	bool in;

	if (cfg_lifecycle && run_state != RUN_STOPPED)
		name__tell(task, name);
	if (cfg_edges)
		wake__rename(task, name);
	if (cfg_timeline)
		timeline__rename(task, name);
	if (cfg_target != TARGET_COMM)
		return 0;
	rec = rec__get(task);
	bpf_probe_read_kernel_str(comm, sizeof(comm), name);
	in = target__has_comm(comm);
	if (in && !rec && run_state != RUN_STOPPED) {
		rec__create(task, false);
	} else if (!in && rec) {
		rec__send_final(task, rec, WIRE_LEFT);
		bpf_task_storage_delete(&tasks, task);
	}
	return 0;
}

/*
 * Only with a target by cgroup.  The tracepoint names one task of those that
 * moved; user space is asked to go through all of them.
 */
SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(cgroup_attach_task, struct cgroup *to, const char *path, struct task_struct *task,
	     bool threadgroup)
{
	events__ask_rescan();
	return 0;
}

/* ---- creating: in, back out, on to another program ---- */

SEC("fentry/kernel_clone")
int BPF_PROG(clone_fentry, struct kernel_clone_args *args)
{
	return spawn__enter(BPF_CORE_READ(args, flags), false);
}

SEC("fexit/kernel_clone")
int BPF_PROG(clone_fexit, struct kernel_clone_args *args, pid_t ret)
{
	return spawn__exit(ret);
}

SEC("kprobe/kernel_clone")
int BPF_KPROBE(clone_kprobe, struct kernel_clone_args *args)
{
	return spawn__enter(BPF_CORE_READ(args, flags), false);
}

SEC("kretprobe/kernel_clone")
int BPF_KRETPROBE(clone_kretprobe, int ret)
{
	return spawn__exit(ret);
}

/*
 * From Linux 7.0 these can be preempted, and while one is, the kernel skips it for the
 * other tasks of that CPU: the child, say, that comes back from the same call.  There
 * each has a second, and an event is lost only if both are skipped.
 */
#define AT_SYSTEM_CALL(at, name, context, work)                                                    \
	SEC("tracepoint/syscalls/sys_" at)                                                         \
	int name(context *ctx)                                                                     \
	{                                                                                          \
		const bool again = false;                                                          \
		(void)again;                                                                       \
		return work;                                                                       \
	}                                                                                          \
	SEC("tracepoint/syscalls/sys_" at)                                                         \
	int name##_again(context *ctx)                                                             \
	{                                                                                          \
		const bool again = true;                                                           \
		(void)again;                                                                       \
		return work;                                                                       \
	}

static __always_inline __u64 clone3__flags(const struct trace_event_raw_sys_enter *ctx)
{
	__u64 flags = 0; /* what struct clone_args begins with */

	bpf_probe_read_user(&flags, sizeof(flags), (void *)ctx->args[0]);
	return flags;
}

AT_SYSTEM_CALL("enter_clone", enter_clone, struct trace_event_raw_sys_enter,
	       spawn__enter(ctx->args[0], again))
AT_SYSTEM_CALL("enter_clone3", enter_clone3, struct trace_event_raw_sys_enter,
	       spawn__enter(clone3__flags(ctx), again))
AT_SYSTEM_CALL("enter_fork", enter_fork, void, spawn__enter(0, again))
AT_SYSTEM_CALL("enter_vfork", enter_vfork, void, spawn__enter(CLONE_VFORK | CLONE_VM, again))
AT_SYSTEM_CALL("exit_clone", exit_clone, struct trace_event_raw_sys_exit, spawn__exit(ctx->ret))
AT_SYSTEM_CALL("exit_clone3", exit_clone3, struct trace_event_raw_sys_exit, spawn__exit(ctx->ret))
AT_SYSTEM_CALL("exit_fork", exit_fork, struct trace_event_raw_sys_exit, spawn__exit(ctx->ret))
AT_SYSTEM_CALL("exit_vfork", exit_vfork, struct trace_event_raw_sys_exit, spawn__exit(ctx->ret))
AT_SYSTEM_CALL("enter_execve", enter_execve, void, exec__enter(again))
AT_SYSTEM_CALL("enter_execveat", enter_execveat, void, exec__enter(again))

SEC("kprobe/do_execveat_common")
int BPF_KPROBE(exec_kprobe)
{
	return exec__enter(false);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_exec, struct task_struct *task)
{
	exec__tell(task);
	return 0;
}

SEC("tracepoint/sched/sched_process_exec")
int exec_perf(void *ctx)
{
	exec__tell(bpf_get_current_task_btf());
	return 0;
}

/* ---- ends, and what brings them about ---- */

static __always_inline int process__ends(void *ctx, struct task_struct *task)
{
	if (run_state == RUN_STOPPED)
		return 0;
	end__tell(ctx, task);
	if (!cfg_switches)
		rec__forget(task);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exit, struct task_struct *task)
{
	return process__ends(ctx, task);
}

SEC("tracepoint/sched/sched_process_exit")
int exit_perf(void *ctx)
{
	return process__ends(ctx, bpf_get_current_task_btf());
}

SEC("tp_btf/signal_generate")
int BPF_PROG(signal_generate, int sig, struct kernel_siginfo *info, struct task_struct *task,
	     int group, int result)
{
	if (run_state != RUN_STOPPED)
		signal__tell(siginfo__of(ctx), task, sig, group, result);
	return 0;
}

SEC("tp_btf/signal_deliver")
int BPF_PROG(signal_deliver, int sig, struct kernel_siginfo *info, struct k_sigaction *action)
{
	if (run_state != RUN_STOPPED)
		signal__fatal(ctx, sig, siginfo__of(ctx), action);
	return 0;
}

/* Called for each signal that could dump core, whether it does or not. */
SEC("fentry/do_coredump")
int BPF_PROG(core_fentry)
{
	stack__of_exiting(ctx, bpf_get_current_task_btf());
	return 0;
}

/*
 * At the return and not at the entry: a kprobe of arm64 runs with interrupts off,
 * where only one mapping can be looked up.
 */
SEC("kretprobe/do_coredump")
int BPF_KRETPROBE(core_kretprobe)
{
	stack__of_exiting(ctx, bpf_get_current_task_btf());
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(inet_sock_set_state, struct sock *sk, int old, int state)
{
	if (crash_until && crash__is_open(bpf_ktime_get_ns()))
		closed__tell_tcp(sk, state);
	return 0;
}

/* ---- the TLB ---- */

SEC("tp_btf/tlb_flush")
int BPF_PROG(tlb_flush, int reason, unsigned long pages)
{
	tlb__count(reason, pages);
	return 0;
}

/* ---- read from user space ---- */

SEC("iter/task")
int seed(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;

	if (iter__is_due(task))
		iter__seed(ctx->meta->seq, task);
	return 0;
}

SEC("iter.s/task")
int asleep(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;

	if (iter__is_due(task))
		asleep__take(task);
	return 0;
}

SEC("iter/task")
int drain(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;

	if (iter__is_due(task))
		iter__drain(ctx->meta->seq, task);
	return 0;
}

SEC("iter/task")
int census(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;

	if (iter__is_due(task))
		iter__census(ctx->meta->seq, task);
	return 0;
}

/* Run once by BPF_PROG_TEST_RUN: who asks? */
SEC("raw_tp")
int ask_self(void *ctx)
{
	ids__ask_self();
	return 0;
}

/* Run by BPF_PROG_TEST_RUN, in a PID namespace only. */
SEC("raw_tp")
int go_outside(void *ctx)
{
	outside__go_through();
	return 0;
}

/* Run on each CPU by BPF_PROG_TEST_RUN, never attached. */
SEC("raw_tp")
int cut(void *ctx)
{
	cpu_snapshot__take();
	return 0;
}
