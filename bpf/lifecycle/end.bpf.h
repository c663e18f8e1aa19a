/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals, and the ends that they or nobody brought about. */
#ifndef END_BPF_H
#define END_BPF_H

#define SIGKILL 9
#define SIGPIPE 13
#define SIGCHLD 17
#define SIGXFSZ 25
#define SIGSYS	31

#define SIG_BIT(n) (1ULL << ((n)-1))

/* By default ignored (CHLD, CONT, URG, WINCH) or stopping (STOP, TSTP, TTIN, TTOU): signal(7). */
#define SIGNALS_HARMLESS                                                                           \
	(SIG_BIT(17) | SIG_BIT(18) | SIG_BIT(23) | SIG_BIT(28) | SIG_BIT(19) | SIG_BIT(20) |       \
	 SIG_BIT(21) | SIG_BIT(22))

/* QUIT ILL TRAP ABRT BUS FPE SEGV XCPU XFSZ SYS: the receiver dumps core. */
#define SIGNALS_CORE                                                                               \
	(SIG_BIT(3) | SIG_BIT(4) | SIG_BIT(5) | SIG_BIT(6) | SIG_BIT(7) | SIG_BIT(8) |             \
	 SIG_BIT(11) | SIG_BIT(24) | SIG_BIT(25) | SIG_BIT(31))

#define SIGNALS_CRASH (SIGNALS_CORE & ~(SIG_BIT(3) | SIG_BIT(24) | SIG_BIT(25)))

/* HUP INT QUIT TERM, and those of a crash: what others send a process so that it ends. */
#define SIGNALS_ENDING (SIGNALS_CRASH | SIG_BIT(1) | SIG_BIT(2) | SIG_BIT(3) | SIG_BIT(15))

#define TRACE_SIGNAL_DELIVERED	     0
#define TRACE_SIGNAL_IGNORED	     1
#define TRACE_SIGNAL_ALREADY_PENDING 2

#define SIGNAL_GROUP_EXIT 0x00000004 /* of signal_struct.flags */
#define SIGNAL_UNKILLABLE 0x00000040

#define SEND_SIG_NOINFO 0 /* in place of a siginfo: from the current task */
#define SEND_SIG_PRIV	1 /* from the kernel */

#define SI_USER	 0
#define SI_QUEUE -1
#define SI_MESGQ -3
#define SI_TKILL -6

/*
 * The siginfo argument of the signal tracepoints as a number: it can be 0 or 1,
 * which the verifier does not believe of an argument that has a type.
 */
static __always_inline struct kernel_siginfo *siginfo__of(void *ctx)
{
	__u64 raw = 0;

	bpf_probe_read_kernel(&raw, sizeof(raw), ctx + 8);
	return (struct kernel_siginfo *)raw;
}

/* What a task does with a signal; 0: the default, 1: it ignores it. */
static __always_inline __u64 signal__handler(struct task_struct *task, int sig)
{
	void *hand = BPF_CORE_READ(task, sighand);
	__u64 handler = 0;

	bpf_probe_read_kernel(&handler, sizeof(handler),
			      hand + bpf_core_field_offset(struct sighand_struct, action) +
				      (sig - 1) * bpf_core_type_size(struct k_sigaction) +
				      bpf_core_field_offset(struct k_sigaction, sa.sa_handler));
	return handler;
}

/*
 * No process sent it: a fault, a timer, a limit.  What the kernel sends a task in
 * its own name is its limit of a file's size (SIGXFSZ), and SIGPIPE, which is told
 * as its own doing.
 */
static __always_inline bool signal__is_from_kernel(struct kernel_siginfo *info, int code, int sig)
{
	if ((__u64)info == SEND_SIG_NOINFO)
		return sig == SIGXFSZ;
	if ((__u64)info == SEND_SIG_PRIV)
		return true;
	return code != SI_USER && code != SI_QUEUE && code != SI_MESGQ && code != SI_TKILL;
}

static __always_inline int siginfo__code(struct kernel_siginfo *info)
{
	return (__u64)info > SEND_SIG_PRIV ? BPF_CORE_READ(info, si_code) : 0;
}

/*
 * Signals that can end their receiver are told always, also those that ask it to and
 * have a handler, if another process sent them; while a crash is
 * followed also those that one process sends another and that are handled: a
 * handler, too, can end it.
 */
static __always_inline bool signal__matters(struct task_struct *sender, struct task_struct *task,
					    int sig, __u64 handler, __u64 now)
{
	if (sig == SIGKILL || (!handler && !(SIG_BIT(sig) & SIGNALS_HARMLESS)))
		return true;
	if (handler > 1 && SIG_BIT(sig) & SIGNALS_ENDING && sender->tgid != task->tgid)
		return true;
	if (!crash__is_open(now))
		return false;
	return sig == SIGPIPE || (sender->tgid != task->tgid && (handler || sig == SIGCHLD));
}

#define PT_EXITKILL (1 << 23) /* PTRACE_O_EXITKILL, as it is kept with the tracee */

/* Is the task in this PID namespace, or in one below it? */
static __always_inline bool task__is_in_pid_ns(struct task_struct *task, struct pid_namespace *ns,
					       __u32 level)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	struct upid upid = {};

	if (!pid || BPF_CORE_READ(pid, level) < level)
		return false;
	bpf_probe_read_kernel(&upid, sizeof(upid), &pid->numbers[level & 31]);
	return upid.ns == ns;
}

/*
 * SIGKILL of nobody's, while a task dies: with the init of a PID namespace all
 * others in it go (zap_pid_ns_processes), with a tracer those that it holds by
 * PTRACE_O_EXITKILL (exit_ptrace).
 */
static __always_inline __u32 signal__of_dying(struct task_struct *sender, struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(sender, thread_pid);
	struct upid upid = {};
	__u32 level;

	if (BPF_CORE_READ(task, ptrace) & PT_EXITKILL &&
	    BPF_CORE_READ(task, parent, tgid) == sender->tgid)
		return SIGNAL_EXITKILL;
	level = pid ? BPF_CORE_READ(pid, level) : 0;
	if (!level || sender->tgid == task->tgid)
		return 0;
	bpf_probe_read_kernel(&upid, sizeof(upid), &pid->numbers[level & 31]);
	if (BPF_CORE_READ(upid.ns, child_reaper, tgid) != sender->tgid)
		return 0;
	return task__is_in_pid_ns(task, upid.ns, level) ? SIGNAL_NAMESPACE : 0;
}

static __always_inline void signal__tell(struct kernel_siginfo *info, struct task_struct *task,
					 int sig, int group, int result)
{
	struct task_struct *sender = bpf_get_current_task_btf();
	__u64 now = bpf_ktime_get_ns(), handler;
	struct closer closer = {};
	struct lifecycle_event *event;
	__u32 flags = 0, via = CLOSED_NOTHING;
	int code;

	if (sig < 1 || sig > 64)
		return;
	handler = signal__handler(task, sig);
	if (!signal__matters(sender, task, sig, handler, now))
		return;
	code = siginfo__code(info);
	if (signal__is_from_kernel(info, code, sig))
		flags |= SIGNAL_FROM_KERNEL;
	if (!handler)
		flags |= SIGNAL_DEFAULT;
	if (result == TRACE_SIGNAL_IGNORED)
		flags |= SIGNAL_IGNORED;
	if (result == TRACE_SIGNAL_ALREADY_PENDING)
		flags |= SIGNAL_PENDING;
	if (group)
		flags |= SIGNAL_GROUP;
	if (sender->flags & PF_EXITING && (__u64)info == SEND_SIG_NOINFO &&
	    BPF_CORE_READ(task, pdeath_signal) == sig)
		flags |= SIGNAL_PDEATH;
	if (sig == SIGKILL && (__u64)info == SEND_SIG_PRIV && sender->flags & PF_EXITING)
		flags |= signal__of_dying(sender, task);
	if (sig == SIGPIPE && sender == task && crash__is_open(now))
		closed__find_written(&closer, &via);
	/* what will die of it is followed, if it was asked for */
	if (cfg_all && flags & SIGNAL_DEFAULT && !(flags & SIGNAL_IGNORED))
		crash__open(now);
	event = lifecycle__reserve(LIFECYCLE_SIGNAL, LIFE_SIZE(signal));
	if (!event)
		return;
	task_id__fill(&event->task_id, sender);
	task_id__fill(&event->signal.other, task);
	event->signal.signal = sig;
	event->signal.code = code;
	event->signal.flags = flags;
	event->signal.via = via;
	event->signal.closer = closer.tgid;
	event->signal.closer_ns = closer.leader_ns;
	lifecycle__submit(event, false);
}

/*
 * A signal that dumps core, delivered to a task that has no handler for it: the
 * process ends here.  What a debugger has swallowed does not come this far.
 */
static __always_inline void signal__fatal(void *ctx, int sig, struct kernel_siginfo *info,
					  struct k_sigaction *action)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct lifecycle_event *event;
	int code;
	__u64 id;

	if (sig < 1 || sig > 31 || !(SIG_BIT(sig) & SIGNALS_CORE))
		return;
	code = siginfo__code(info);
	if (BPF_CORE_READ(action, sa.sa_handler)) {
		if (SIG_BIT(sig) & SIGNALS_CRASH &&
		    BPF_CORE_READ(action, sa.sa_handler) != (void *)1)
			handled__note(task, sig, code, info, action);
		return;
	}
	if (BPF_CORE_READ(task, signal, flags) & (SIGNAL_UNKILLABLE | SIGNAL_GROUP_EXIT))
		return;
	id = bpf_ktime_get_ns();
	crash__open(id);
	event = lifecycle__reserve(LIFECYCLE_FATAL, LIFE_SIZE(fatal));
	if (event) {
		struct pt_regs *regs = (void *)bpf_task_pt_regs(task);

		id = event->now_ns;
		task_id__fill(&event->task_id, task);
		event->fatal.id = id;
		event->fatal.signal = sig;
		event->fatal.code = code;
		event->fatal.address = (__u64)BPF_CORE_READ(info, _sifields._sigfault._addr);
		event->fatal.sender = BPF_CORE_READ(info, _sifields._kill._pid);
		event->fatal.ip = PT_REGS_IP_CORE(regs);
		event->fatal.threads = BPF_CORE_READ(task, signal, live.counter);
		event->fatal.trap = TASK_TRAP(task);
		event->fatal.syscall_nr = 0;
		event->fatal.syscall_arch = 0;
		if (sig == SIGSYS && code > 0) {
			event->fatal.syscall_nr = BPF_CORE_READ(info, _sifields._sigsys._syscall);
			event->fatal.syscall_arch = BPF_CORE_READ(info, _sifields._sigsys._arch);
		}
		event->fatal.pad = 0;
		handled__tell(task, &event->fatal.handled);
		lifecycle__submit(event, true);
	}
	if (SIG_BIT(sig) & SIGNALS_CRASH)
		stack__of_culprit(ctx, task, id);
}

/* As wait() would report it. */
static __always_inline __u32 end__code(struct task_struct *task)
{
	if (BPF_CORE_READ(task, signal, flags) & SIGNAL_GROUP_EXIT)
		return BPF_CORE_READ(task, signal, group_exit_code);
	return BPF_CORE_READ(task, group_leader, exit_code);
}

#define SECCOMP_MODE_DEAD 3 /* it made a system call that it must not make */

/*
 * The kernel ends a thread alone, without a signal that anybody could see: seccomp does
 * (SECCOMP_RET_KILL_THREAD, and its strict mode), and an error of the kernel's own.
 */
static __always_inline void thread__tell_alone(void *ctx, struct task_struct *task, int sig)
{
	struct pt_regs *regs = (void *)bpf_task_pt_regs(task);
	bool stack = cfg_exit && (cfg_outsiders || task_id__is_traced(task));
	struct lifecycle_event *event = lifecycle__reserve(LIFECYCLE_ALONE, LIFE_SIZE(alone));
	__u64 id;

	if (!event)
		return;
	id = event->now_ns;
	task_id__fill(&event->task_id, task);
	event->alone.id = stack ? id : 0;
	event->alone.signal = sig;
	event->alone.threads = BPF_CORE_READ(task, signal, live.counter) + 1;
	event->alone.syscall_nr = 0;
	event->alone.syscall_arch = 0;
	if (bpf_core_field_exists(task->seccomp) &&
	    BPF_CORE_READ(task, seccomp.mode) == SECCOMP_MODE_DEAD) {
		event->alone.syscall_nr = SYSCALL_NR(regs);
		event->alone.syscall_arch = SYSCALL_ARCH(task, regs);
	}
	lifecycle__submit(event, true);
	if (stack)
		stack__take(ctx, id);
}

/*
 * A thread has gone through most of its exit; its files are still open, its
 * children still its own.  The last one ends the process; the others are told
 * if they go because the process does, or if the kernel ends them alone.
 */
static __always_inline void end__tell(void *ctx, struct task_struct *task)
{
	/* two last ones can both find themselves last: user space takes the first for the end */
	bool last = BPF_CORE_READ(task, signal, live.counter) == 0;
	bool group = BPF_CORE_READ(task, signal, flags) & SIGNAL_GROUP_EXIT;
	__u64 now = bpf_ktime_get_ns();
	struct lifecycle_event *event;
	__u32 code;

	if (task->flags & PF_KTHREAD)
		return;
	if (!last && !group) {
		code = BPF_CORE_READ(task, exit_code);
		if (code & 0x7f)
			thread__tell_alone(ctx, task, code & 0x7f);
		return;
	}
	code = end__code(task);
	if (cfg_exit && code & 0x7f && SIG_BIT(code & 0x7f) & SIGNALS_CRASH)
		stack__of_exiting(ctx, task);
	/* a core took its time to be written; and whoever ends abnormally is followed, if asked for */
	if (last && (cfg_all ? code : SIG_BIT(code & 0x7f) & SIGNALS_CRASH && code & 0x7f))
		crash__open(now);
	event = lifecycle__reserve(last ? LIFECYCLE_END : LIFECYCLE_DOWN, LIFE_SIZE(end));
	if (event) {
		task_id__fill(&event->task_id, task);
		event->end.life_ns = bpf_ktime_get_boot_ns() - event->task_id.leader_ns;
		event->end.code = code;
		event->end.oom = BPF_CORE_READ(task, signal, oom_mm) ? 1 : 0; /* mark_victim */
		handled__tell(task, &event->end.handled);
		lifecycle__submit(event, false);
	}
	if (last)
		handled__forget(task);
	if (last && crash__is_open(now)) /* after its end: what it closes is that of a dead one */
		closed__note_all(task);
}

#endif
