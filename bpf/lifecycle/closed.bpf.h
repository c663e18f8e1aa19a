/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a dying process closes for good, and who feels it: the far ends of its
 * pipes, unix sockets and TCP connections, noted when it ends while a crash is
 * followed; looked up when somebody gets SIGPIPE, or a TCP connection is told
 * that its far end is gone.
 */
#ifndef CLOSED_BPF_H
#define CLOSED_BPF_H

#define CLOSED_FILES_MAX 8192	/* file descriptors looked at, of one process */
#define CLOSED_HINT_NS	 200000 /* from a connection's change of state to the wakeup it causes */

#define S_IFMT	 0170000
#define S_IFIFO	 0010000
#define S_IFSOCK 0140000

#define FMODE_READ 1

#define AF_UNIX	 1
#define AF_INET	 2
#define AF_INET6 10

#define TCP_CLOSE      7
#define TCP_CLOSE_WAIT 8
#define TCP_LAST_ACK   9

/* A pipe or the socket that is left: by its address; a connection: by its ends as it sees them. */
struct closed_key {
	__u64 local[2]; /* or the address, and 0 */
	__u64 remote[2];
	__u32 ports; /* local << 16 | remote, as numbers */
	__u32 net;   /* inode of the network namespace */
	__u32 kind;  /* enum closed_kind */
	__u32 pad;
};

struct closer {
	__u64 leader_ns;
	__u32 tgid;
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct closed_key);
	__type(value, struct closer);
} closed SEC(".maps");

/* On this CPU a connection has just been told that its far end is gone. */
struct closed_hint {
	struct closer closer;
	__u64 until_ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct closed_hint);
} closed_hints SEC(".maps");

struct file___old {
	atomic_long_t f_count; /* before 6.13 (90ee6ed776c0) */
};

struct file___new {
	struct {
		atomic_long_t refcnt;
	} f_ref;
};

/* Is this the only reference?  A file that another process has, too, stays open. */
static __always_inline bool file__is_last(struct file *file)
{
	struct file___old *old = (void *)file;
	struct file___new *new = (void *)file;

	if (bpf_core_field_exists(old->f_count))
		return BPF_CORE_READ(old, f_count.counter) == 1;
	return BPF_CORE_READ(new, f_ref.refcnt.counter) == 0; /* one less than there are */
}

/* The two ends of a TCP socket; mirrored: as its far end sees them. */
static __always_inline void closed_key__of_tcp(struct closed_key *key, struct sock *sk,
					       __u16 family, bool mirrored)
{
	/* not skc_num: a connection that has been reset gives that back */
	__u32 port = __builtin_bswap16(BPF_CORE_READ((struct inet_sock *)sk, inet_sport));
	__u32 far = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
	__u64 *local = mirrored ? key->remote : key->local;
	__u64 *remote = mirrored ? key->local : key->remote;

	key->kind = CLOSED_TCP;
	key->ports = mirrored ? far << 16 | port : port << 16 | far;
	key->net = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	if (family == AF_INET) { /* as IPv6 has it, so that both kinds of socket find each other */
		local[1] = (__u64)BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr) << 32 | 0xffff0000;
		remote[1] = (__u64)BPF_CORE_READ(sk, __sk_common.skc_daddr) << 32 | 0xffff0000;
		return;
	}
	BPF_CORE_READ_INTO(local, sk, __sk_common.skc_v6_rcv_saddr);
	BPF_CORE_READ_INTO(remote, sk, __sk_common.skc_v6_daddr);
}

/*
 * The key of what a file is an end of.  far: of the end that is left when this
 * one goes; otherwise of this end itself.
 */
static __always_inline bool closed_key__of_file(struct closed_key *key, struct file *file, bool far)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	__u16 mode = BPF_CORE_READ(inode, i_mode) & S_IFMT, family;
	struct socket *socket;
	struct sock *sk;

	__builtin_memset(key, 0, sizeof(*key));
	if (mode == S_IFIFO) {
		struct pipe_inode_info *pipe = BPF_CORE_READ(inode, i_pipe);

		/* only its last reader closes a pipe for those who write */
		if (far && (!(BPF_CORE_READ(file, f_mode) & FMODE_READ) ||
			    BPF_CORE_READ(pipe, readers) != 1))
			return false;
		key->kind = CLOSED_PIPE;
		key->local[0] = (__u64)pipe;
		return true;
	}
	if (mode != S_IFSOCK)
		return false;
	socket = BPF_CORE_READ(file, private_data);
	sk = BPF_CORE_READ(socket, sk);
	family = BPF_CORE_READ(sk, __sk_common.skc_family);
	if (family == AF_UNIX) {
		key->kind = CLOSED_UNIX;
		key->local[0] = far ? (__u64)BPF_CORE_READ((struct unix_sock *)sk, peer) :
				      (__u64)sk;
		return key->local[0];
	}
	if (family != AF_INET && family != AF_INET6)
		return false;
	closed_key__of_tcp(key, sk, family, far);
	return key->ports & 0xffff && key->ports >> 16;
}

/* Tells of a connection that is gone, whether or not anybody was asleep over it. */
static __always_inline void closed__tell_lost(const struct closer *closer, __u32 peer, __u32 via)
{
	struct lifecycle_event *event = lifecycle__reserve(LIFECYCLE_LOST, LIFE_SIZE(lost));

	if (!event)
		return;
	task_id__fill(&event->task_id, bpf_get_current_task_btf());
	event->lost.closer = closer->tgid;
	event->lost.closer_ns = closer->leader_ns;
	event->lost.peer = peer;
	event->lost.via = via;
	lifecycle__submit(event, false);
}

/*
 * Who has connected to the unix socket that is closed; 0: unknown.  Only the end
 * that was accepted, which has the listener's address, knows the pid of its peer;
 * of the others that is who listened or who made the pair.
 */
static __always_inline __u32 unix__client(struct file *file)
{
	struct socket *socket = BPF_CORE_READ(file, private_data);
	struct sock *sk = BPF_CORE_READ(socket, sk);

	if (!BPF_CORE_READ((struct unix_sock *)sk, addr))
		return 0;
	return pid__id(BPF_CORE_READ(sk, sk_peer_pid));
}

struct closed_files {
	struct closer closer;
	struct file **files;
	__u32 count;
};

static int closed__note(__u32 i, struct closed_files *list)
{
	struct file *file = NULL;
	struct closed_key key;

	if (i >= list->count)
		return 1;
	bpf_probe_read_kernel(&file, sizeof(file), list->files + i);
	if (!file || !file__is_last(file) || !closed_key__of_file(&key, file, true))
		return 0;
	if (bpf_map_update_elem(&closed, &key, &list->closer, BPF_ANY))
		__sync_fetch_and_add(&lifecycle_loss.edges, 1);
	if (key.kind == CLOSED_UNIX) {
		__u32 client = unix__client(file);

		if (client)
			closed__tell_lost(&list->closer, client, CLOSED_UNIX);
	}
	return 0;
}

/* A process ends, and its files are still open: notes what they are ends of. */
static __noinline int closed__note_all(struct task_struct *task)
{
	struct closed_files list = {};

	if (!task)
		return 0;
	list.closer.leader_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	list.closer.tgid = ids__tgid(task);
	list.files = BPF_CORE_READ(task, files, fdt, fd);
	list.count = BPF_CORE_READ(task, files, fdt, max_fds);
	if (!list.files)
		return 0;
	if (list.count > CLOSED_FILES_MAX) {
		__sync_fetch_and_add(&lifecycle_loss.edges, list.count - CLOSED_FILES_MAX);
		list.count = CLOSED_FILES_MAX;
	}
	bpf_loop(list.count, closed__note, &list, 0);
	return 0;
}

/* Who had closed what the current task is writing to?  By the file descriptor of its system call. */
static __noinline int closed__find_written(struct closer *ret_closer, __u32 *ret_kind)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (void *)bpf_task_pt_regs(task);
	struct file *file = NULL, **files;
	struct closed_key key;
	struct closer *closer;
	__u64 fd;

	if (!ret_closer || !ret_kind)
		return 0;
	fd = SYSCALL_WRITES_THIRD(regs) ? PT_REGS_PARM3_CORE_SYSCALL(regs) :
					  PT_REGS_PARM1_CORE_SYSCALL(regs);
	files = BPF_CORE_READ(task, files, fdt, fd);
	if (fd >= BPF_CORE_READ(task, files, fdt, max_fds))
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	if (!file || !closed_key__of_file(&key, file, false))
		return 0;
	closer = bpf_map_lookup_elem(&closed, &key);
	if (!closer)
		return 0;
	*ret_closer = *closer;
	*ret_kind = key.kind;
	return 0;
}

/* A connection changed its state: is it because a dying process had closed the far end? */
static __noinline int closed__tell_tcp(struct sock *sk, int state)
{
	struct closed_key key = {};
	struct closed_hint *hint;
	struct closer *closer;
	__u32 zero = 0;

	hint = bpf_map_lookup_elem(&closed_hints, &zero);
	if (!hint || !sk)
		return 0;
	hint->until_ns = 0;
	if (state != TCP_CLOSE_WAIT && state != TCP_CLOSE && state != TCP_LAST_ACK)
		return 0;
	closed_key__of_tcp(&key, sk, BPF_CORE_READ(sk, __sk_common.skc_family), false);
	closer = bpf_map_lookup_elem(&closed, &key);
	if (!closer)
		return 0;
	if (state == TCP_LAST_ACK) { /* its own end closes it, in its own context */
		closed__tell_lost(closer, ids__tgid(bpf_get_current_task_btf()), CLOSED_TCP);
	} else {
		hint->closer = *closer;
		hint->until_ns = bpf_ktime_get_ns() + CLOSED_HINT_NS;
	}
	return 0;
}

#endif
