/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * By what a task is woken: from what it sleeps in (the system call and the file), from what
 * the waker does, and from whether that is in an interrupt.  Where these do not tell, the
 * channel is `other`.
 */
#ifndef CHANNEL_BPF_H
#define CHANNEL_BPF_H

#define IN_SOFTIRQ 0x00000100 /* of preempt_count: a softirq is served */

#define ANON_INODE_FS_MAGIC 0x09041934
#define IPPROTO_TCP	    6
#define IPPROTO_UDP	    17
#define TCP_LISTEN	    10
#define SIGCHLD_BIT	    (1ULL << 16)
#define POLL_FDS	    64 /* that are looked at, of one who polls */

/*
 * A field of what a pointer of no known type points to.  From Linux 6.2 on the pointer can be given
 * one, and then a load is one instruction and no call; a wakeup takes five of them.
 */
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;

#define FIELD(type, of, field)                                                                     \
	(bpf_core_enum_value_exists(enum special_kfunc_type, KF_bpf_rdonly_cast) ?                 \
		 ((type *)bpf_rdonly_cast(of, bpf_core_type_id_kernel(type)))->field :             \
		 BPF_CORE_READ((type *)(of), field))

/*
 * Where a CPU counts what it is in the middle of: so many bytes behind its run queue, which
 * the task on it leads to.  User space has this from BTF; by its name a kernel built without
 * CONFIG_KALLSYMS_ALL does not give it.  On arm64 it is in the task.
 */
const volatile __s64 cfg_preempt_count = 0;

/* Bits of preempt_count: an interrupt or an NMI is served.  They moved in Linux 7. */
const volatile __u32 cfg_in_hardirq = 0;

#if defined(__TARGET_ARCH_x86)

static __always_inline __u32 preempt_count(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	void *rq;

	if (!bpf_core_field_exists(task->se.cfs_rq))
		return 0;
	rq = task->se.cfs_rq->rq;
	/* any structure that is one number: a cast has to be to a structure */
	return (__u32)FIELD(struct refcount_struct, rq + cfg_preempt_count, refs.counter);
}

/* What SYSCALL leaves behind; after an exception orig_ax is its error code. */
#define IN_SYSCALL(regs)     ((regs)->cx == (regs)->ip && (regs)->r11 == (regs)->flags)
#define SYSCALL_NUMBER(regs) ((regs)->orig_ax)
#define SYSCALL_ARG_1(regs)  ((regs)->di)
#define SYSCALL_ARG_2(regs)  ((regs)->si)
#define SYSCALL_ARG_3(regs)  ((regs)->dx)
#define SYSCALL_ARG_5(regs)  ((regs)->r8)

#elif defined(__TARGET_ARCH_arm64)

static __always_inline __u32 preempt_count(void)
{
	return bpf_get_current_task_btf()->thread_info.preempt.count;
}

/* -1 after an exception; a program of 32 bits has other numbers */
#define IN_SYSCALL(regs)     ((regs)->syscallno >= 0 && !TASK_IS_32(regs))
#define SYSCALL_NUMBER(regs) ((__u64)(regs)->syscallno)
#define SYSCALL_ARG_1(regs)  ((regs)->orig_x0)
#define SYSCALL_ARG_2(regs)  ((regs)->regs[1])
#define SYSCALL_ARG_3(regs)  ((regs)->regs[2])
#define SYSCALL_ARG_5(regs)  ((regs)->regs[4])

#endif

const volatile __u8 cfg_syscalls[WAKE_SYSCALLS] = {}; /* enum syscall_class, by number */

/* The system call that a task is in. */
struct in_syscall {
	__u32 class;
	__u64 arg[3];
	__u64 address; /* of a sendto() */
};

static __always_inline void in_syscall__of(struct in_syscall *in, struct task_struct *task)
{
	struct pt_regs *regs;
	__u64 nr;

	__builtin_memset(in, 0, sizeof(*in));
	if (task->flags & PF_KTHREAD)
		return;
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	if (!regs || !IN_SYSCALL(regs))
		return;
	nr = SYSCALL_NUMBER(regs);
	if (nr >= WAKE_SYSCALLS)
		return;
	in->class = cfg_syscalls[nr & (WAKE_SYSCALLS - 1)];
	in->arg[0] = SYSCALL_ARG_1(regs);
	in->arg[1] = SYSCALL_ARG_2(regs);
	in->arg[2] = SYSCALL_ARG_3(regs);
	in->address = SYSCALL_ARG_5(regs);
}

static __always_inline struct file *task__file(struct task_struct *task, __u64 fd)
{
	struct file **files;

	if (!task->files || fd >= task->files->fdt->max_fds)
		return NULL;
	files = task->files->fdt->fd;
	return (void *)FIELD(struct hlist_head, files + fd, first); /* of one pointer */
}

/* ---- what a file is ---- */

struct wake_file {
	__u32 channel;
	struct sock *sock; /* of TCP and UDP */
};

static __always_inline void wake_file__of_socket(struct wake_file *of, struct file *file)
{
	struct socket *socket = FIELD(struct file, file, private_data);
	struct sock *sock = FIELD(struct socket, socket, sk);
	__u16 family = FIELD(struct sock, sock, __sk_common.skc_family), protocol;

	if (family == AF_UNIX)
		of->channel = WAKE_UNIX;
	if (family != AF_INET && family != AF_INET6)
		return;
	protocol = FIELD(struct sock, sock, sk_protocol);
	if (protocol == IPPROTO_TCP)
		of->channel = WAKE_TCP;
	else if (protocol == IPPROTO_UDP)
		of->channel = WAKE_UDP;
	else
		return;
	of->sock = sock;
}

/* Eight letters as they lie in memory. */
#define NAME(a, b, c, d, e, f, g, h)                                                               \
	((__u64)(h) << 56 | (__u64)(g) << 48 | (__u64)(f) << 40 | (__u64)(e) << 32 |               \
	 (__u64)(d) << 24 | (__u64)(c) << 16 | (__u64)(b) << 8 | (a))

/* "[eventfd]" on the file system of files that have no other. */
static __always_inline __u32 channel__of_anonymous(struct file *file)
{
	const unsigned char *name = BPF_CORE_READ(file, f_path.dentry, d_name.name);
	__u64 first = 0;

	bpf_probe_read_kernel(&first, sizeof(first), name); /* all of them are longer */
	if (first == NAME('[', 'e', 'v', 'e', 'n', 't', 'f', 'd'))
		return WAKE_EVENTFD;
	if (first == NAME('[', 't', 'i', 'm', 'e', 'r', 'f', 'd'))
		return WAKE_TIMER;
	if (first == NAME('[', 's', 'i', 'g', 'n', 'a', 'l', 'f'))
		return WAKE_SIGNAL;
	return WAKE_OTHER;
}

static __always_inline void wake_file__of(struct wake_file *of, struct file *file)
{
	struct inode *inode;
	__u16 mode;

	of->channel = WAKE_OTHER;
	of->sock = NULL;
	if (!file)
		return;
	inode = FIELD(struct file, file, f_inode);
	mode = FIELD(struct inode, inode, i_mode) & S_IFMT;
	if (mode == S_IFIFO)
		of->channel = WAKE_PIPE;
	else if (mode == S_IFSOCK)
		wake_file__of_socket(of, file);
	else if (BPF_CORE_READ(inode, i_sb, s_magic) == ANON_INODE_FS_MAGIC)
		of->channel = channel__of_anonymous(file);
}

/*
 * Why somebody who sleeps in epoll_wait() is woken: the file that is ready, which is on the
 * list by now.
 */
static __always_inline struct file *epoll__ready(struct file *file)
{
	struct eventpoll *epoll;
	struct list_head *last, *head;

	if (!file)
		return NULL;
	epoll = BPF_CORE_READ(file, private_data);
	head = (void *)epoll + bpf_core_field_offset(struct eventpoll, rdllist);
	last = BPF_CORE_READ(epoll, rdllist.prev);
	if (!last || last == head)
		return NULL;
	return BPF_CORE_READ((struct epitem *)((void *)last -
					       bpf_core_field_offset(struct epitem, rdllink)),
			     ffd.file);
}

/* ---- whose work an interrupt is ---- */

/* The port that a datagram goes to: of a connected socket, or as the call names it. */
static __always_inline __u16 udp__port(struct sock *sock, const struct in_syscall *in)
{
	__u16 port = BPF_CORE_READ(sock, __sk_common.skc_dport), *at = (void *)in->address;
	void *name = NULL;

	if (port)
		return port;
	if (in->class != SYSCALL_FILE)
		return 0;
	/* sendmsg(), sendmmsg(): a msghdr begins with the address */
	bpf_probe_read_user(&name, sizeof(name), (void *)in->arg[1]);
	if (at && !bpf_probe_read_user(&port, sizeof(port), at + 1) && port)
		return port;
	if (name)
		bpf_probe_read_user(&port, sizeof(port), name + 2);
	return port;
}

/*
 * On the loopback device what a task sends arrives within its own system call, in a softirq:
 * is this socket where it sends to?  By the ports and addresses at both ends.
 */
static __always_inline bool sock__gets_from(struct sock *to, struct sock *from,
					    const struct in_syscall *in)
{
	struct inet_sock *inet = (void *)to;
	__u16 port = BPF_CORE_READ(inet, inet_sport);

	if (BPF_CORE_READ(to, __sk_common.skc_net.net) !=
	    BPF_CORE_READ(from, __sk_common.skc_net.net))
		return false;
	if (BPF_CORE_READ(from, sk_protocol) != BPF_CORE_READ(to, sk_protocol))
		return false;
	if (BPF_CORE_READ(from, sk_protocol) == IPPROTO_UDP)
		return port && udp__port(from, in) == port;
	if (BPF_CORE_READ(from, __sk_common.skc_dport) != port)
		return false;
	if (BPF_CORE_READ(to, __sk_common.skc_state) == TCP_LISTEN)
		return true;
	inet = (void *)from;
	return BPF_CORE_READ(to, __sk_common.skc_dport) == BPF_CORE_READ(inet, inet_sport) &&
	       BPF_CORE_READ(to, __sk_common.skc_daddr) ==
		       BPF_CORE_READ(from, __sk_common.skc_rcv_saddr);
}

/* ---- what a task sleeps in ---- */

/*
 * Taken on the task's own CPU while it goes to sleep, where all this was used just now; another CPU
 * would have to fetch it.  What is pointed to is there as long as the system call lasts.
 */
struct sleep {
	__u64 at;     /* SYSCALL_FILE: the sock of TCP and UDP; SYSCALL_EPOLL: the file */
	__u8 class;   /* enum syscall_class */
	__u8 channel; /* SYSCALL_FILE */
};

static __always_inline void sleep__of(struct sleep *sleep, struct task_struct *task, __u32 state)
{
	struct in_syscall in;
	struct wake_file file;

	in_syscall__of(&in, task);
	sleep->class = in.class;
	sleep->channel = WAKE_OTHER;
	sleep->at = 0;
	if (!(state & TASK_INTERRUPTIBLE))
		return;
	if (in.class == SYSCALL_EPOLL)
		sleep->at = (__u64)task__file(task, in.arg[0]);
	if (in.class != SYSCALL_FILE)
		return;
	wake_file__of(&file, task__file(task, in.arg[0]));
	sleep->channel = file.channel;
	sleep->at = (__u64)file.sock;
}

/* ---- the wakeup at hand ---- */

struct waking {
	__u32 channel;
	bool by_task; /* and not by an interrupt that hit it */
};

/* The file that the current task is at: it writes to it, reads from it or closes it. */
static __always_inline void wake_file__of_current(struct wake_file *of, struct task_struct *task,
						  const struct in_syscall *in)
{
	struct file *file = NULL;

	if (in->class == SYSCALL_FILE)
		file = task__file(task, in->arg[0]);
	else if (in->class == SYSCALL_FILE_3)
		file = task__file(task, in->arg[2]);
	wake_file__of(of, file);
}

struct peer_search {
	struct sock *from;
	const struct in_syscall *in;
	struct file **files;
	__u32 channel; /* that is found */
};

static int peer_search__look(__u32 i, struct peer_search *search)
{
	struct file *file = NULL;
	struct wake_file one;

	bpf_probe_read_kernel(&file, sizeof(file), search->files + i);
	wake_file__of(&one, file);
	if (!one.sock || !sock__gets_from(one.sock, search->from, search->in))
		return 0;
	search->channel = one.channel;
	return 1;
}

/* Has the task, which is in poll(), the socket that the current task sends to? */
static __noinline __u32 poll__peer(struct task_struct *task, struct sock *from,
				   const struct in_syscall *in)
{
	struct peer_search search = { .from = from, .in = in };
	__u32 count;

	if (!task || !in)
		return 0;
	search.files = BPF_CORE_READ(task, files, fdt, fd);
	count = BPF_CORE_READ(task, files, fdt, max_fds);
	if (!search.files)
		return 0;
	bpf_loop(count < POLL_FDS ? count : POLL_FDS, peer_search__look, &search, 0);
	return search.channel;
}

/*
 * TIF_SIGPENDING is one of the first three flags, whichever the kernel and the architecture: where
 * none of them is set, no signal has come, and nothing that lies further away is looked at.
 */
#define FLAGS_OF_SIGNAL 7

static __always_inline bool signal__is_pending(struct task_struct *task, __u64 *ret_signals)
{
	__u64 pending;

	if (!(task->thread_info.flags & FLAGS_OF_SIGNAL))
		return false;
	pending = task->pending.signal.sig[0] | task->signal->shared_pending.signal.sig[0];
	*ret_signals = pending & ~task->blocked.sig[0];
	return *ret_signals != 0;
}

/* In an interrupt: what it brings, and whether it was the current task that sent that. */
static __always_inline void waking__by_interrupt(struct waking *waking, struct task_struct *task,
						 const struct sleep *slept,
						 const struct wake_file *file, bool hard)
{
	struct task_struct *waker = bpf_get_current_task_btf();
	struct in_syscall in;
	struct wake_file mine;

	waking->channel = file->channel;
	if (hard) {
		/* of what waits with a timeout, nothing but that wakes it there */
		if (slept->class == SYSCALL_FUTEX || slept->class == SYSCALL_SLEEP ||
		    slept->class == SYSCALL_SIGNAL || slept->class == SYSCALL_SELECT ||
		    slept->class == SYSCALL_POLL ||
		    (slept->class == SYSCALL_EPOLL && file->channel == WAKE_OTHER))
			waking->channel = WAKE_TIMER;
		return;
	}
	in_syscall__of(&in, waker);
	wake_file__of_current(&mine, waker, &in);
	if (!mine.sock)
		return;
	if (file->sock) {
		waking->by_task = sock__gets_from(file->sock, mine.sock, &in);
	} else if (slept->class == SYSCALL_POLL || slept->class == SYSCALL_SELECT) {
		waking->channel = poll__peer(task, mine.sock, &in);
		waking->by_task = waking->channel != WAKE_OTHER;
	}
}

static __always_inline void waking__by_task(struct waking *waking, const struct sleep *slept,
					    const struct wake_file *file)
{
	struct task_struct *waker = bpf_get_current_task_btf();
	struct in_syscall in;
	struct wake_file mine;

	waking->by_task = true;
	waking->channel = file->channel;
	if (slept->class == SYSCALL_FUTEX) {
		waking->channel = WAKE_FUTEX;
	} else if (slept->class == SYSCALL_CHILD) {
		waking->channel = WAKE_CHILD;
	} else if (slept->class == SYSCALL_POLL || slept->class == SYSCALL_SELECT) {
		in_syscall__of(&in, waker);
		wake_file__of_current(&mine, waker, &in);
		waking->channel = mine.channel;
	}
}

/* What wakes `task` now, which sleeps in `slept`; called before its state changes. */
static __noinline int waking__judge(struct waking *waking, struct task_struct *task,
				    const struct sleep *slept)
{
	struct task_struct *waker = bpf_get_current_task_btf();
	__u32 irq = preempt_count() & (IN_SOFTIRQ | cfg_in_hardirq);
	struct wake_file file;
	__u64 signals;

	if (!waking || !task || !slept)
		return 0;
	waking->channel = WAKE_OTHER;
	waking->by_task = !irq;
	if (BPF_CORE_READ_BITFIELD(task, in_iowait)) {
		waking->channel = WAKE_DISK;
		return 0;
	}
	if (!(task->__state & TASK_INTERRUPTIBLE) || task->flags & PF_KTHREAD)
		return 0;
	if (signal__is_pending(task, &signals)) {
		waking->channel = signals & SIGCHLD_BIT && waker->flags & PF_EXITING && !irq ?
					  WAKE_CHILD :
					  WAKE_SIGNAL;
		return 0;
	}
	file.channel = slept->channel;
	file.sock = (struct sock *)slept->at;
	if (slept->class == SYSCALL_EPOLL)
		wake_file__of(&file, epoll__ready((struct file *)slept->at));
	if (irq)
		waking__by_interrupt(waking, task, slept, &file, irq & cfg_in_hardirq);
	else
		waking__by_task(waking, slept, &file);
	return 0;
}

#endif
