/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Creation: from the system call to the new task, back to the caller, and on to exec. */
#ifndef SPAWN_BPF_H
#define SPAWN_BPF_H

#define CLONE_VM      0x00000100
#define CLONE_VFORK   0x00004000
#define CLONE_THREAD  0x00010000
#define CLONE_NEWTIME 0x00000080 /* of clone3 only: clone has the exit signal there */
#define CLONE_NEWALL  0x7e020000 /* NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET */

#define ERESTART 512 /* and above: the kernel makes the call again, nobody sees a failure */

/* A task's creation or exec under way: stamps of CLOCK_MONOTONIC. */
struct call {
	__u64 enter_ns; /* system call entered; 0: none under way */
	__u64 made_ns;	/* the new task was there; 0: not yet */
	__u64 exec_ns;	/* execve entered */
	__u32 kind;	/* enum spawn_kind */
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct call);
} calls SEC(".maps");

/* Definition: measures of creation in the man page. */
static __always_inline __u32 spawn__kind(__u64 flags)
{
	if (flags & CLONE_THREAD)
		return SPAWN_THREAD;
	if (!(flags & CLONE_VM))
		return SPAWN_PROCESS;
	return flags & CLONE_VFORK ? SPAWN_VFORK : SPAWN_SHARED;
}

static __always_inline struct call *call__begin(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (run_state != RUN_COUNTING || !task_id__is_traced(task))
		return NULL;
	return bpf_task_storage_get(&calls, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

/* again: the second program there, which does it if the first was skipped. */
static __always_inline int spawn__enter(__u64 flags, bool again)
{
	struct call *call = call__begin();

	if (call && !(again && call->enter_ns)) {
		call->kind = spawn__kind(flags);
		call->made_ns = 0;
		call->enter_ns = bpf_ktime_get_ns();
	}
	return 0;
}

static __always_inline int exec__enter(bool again)
{
	struct call *call = call__begin();

	if (call && !(again && call->exec_ns))
		call->exec_ns = bpf_ktime_get_ns();
	return 0;
}

/*
 * The creator is back; the child, too, comes by here, with 0 and without a
 * creation of its own under way.  So does the second program there.
 */
static __always_inline int spawn__exit(long ret)
{
	__u64 now = bpf_ktime_get_ns();
	struct task_struct *task = bpf_get_current_task_btf();
	struct call *call = bpf_task_storage_get(&calls, task, 0, 0);
	struct lifecycle_event *event;
	__u64 made;

	if (!call || !call->enter_ns)
		return 0;
	call->enter_ns = 0;
	made = call->made_ns;
	if (ret == 0 || ret <= -ERESTART || (ret > 0 && !made))
		return 0;
	event = lifecycle__reserve(ret > 0 ? LIFECYCLE_RETURN : LIFECYCLE_FAILED, LIFE_SIZE(back));
	if (!event)
		return 0;
	task_id__fill(&event->task_id, task);
	event->back.return_ns = now - made;
	event->back.kind = call->kind;
	event->back.error = ret < 0 ? -ret : 0;
	lifecycle__submit(event, false);
	return 0;
}

/*
 * What is resident, as the kernel keeps it: file, anonymous and shared memory.
 * Kernels from 6.2 keep it per CPU and this sum may lag by some dozen pages.
 */
struct mm_rss_stat___old {
	atomic_long_t count[4];
};

struct mm_struct___old {
	struct mm_rss_stat___old rss_stat;
};

static __always_inline __u64 mm__rss(struct mm_struct *mm)
{
	static const int kinds[] = { 0, 1, 3 }; /* MM_FILEPAGES, MM_ANONPAGES, MM_SHMEMPAGES */
	struct mm_struct___old *old = (void *)mm;
	__s64 pages = 0;
	int i;

	if (!mm)
		return 0;
	if (bpf_core_field_exists(old->rss_stat.count)) { /* before 6.2 (f1a7941243c1) */
		for (i = 0; i < 3; i++)
			pages += BPF_CORE_READ(old, rss_stat.count[kinds[i]].counter);
	} else {
		pages = BPF_CORE_READ(mm, rss_stat[0].count) +
			BPF_CORE_READ(mm, rss_stat[1].count) + BPF_CORE_READ(mm, rss_stat[3].count);
	}
	return pages > 0 ? pages << cfg_page_shift : 0;
}

static __always_inline void spawn__tell(void *ctx, struct task_struct *creator,
					struct task_struct *task, __u64 clone_flags, __u32 kind,
					__u64 now)
{
	struct call *call = bpf_task_storage_get(&calls, creator, 0, 0);
	__u64 copy = LIFECYCLE_NO_TIME, stack = 0;
	struct lifecycle_event *event;
	struct task_rec *rec = NULL;

	if (cfg_stacks)
		rec = rec__get(creator);
	if (rec && run_state == RUN_COUNTING)
		stack = stack__id(ctx, STACK_EVENT_CREATOR);

	if (call && call->enter_ns) {
		copy = now - call->enter_ns;
		call->made_ns = now;
		call->kind = kind;
	}
	event = lifecycle__reserve(LIFECYCLE_SPAWN, LIFE_SIZE(spawn));
	if (!event)
		return;
	task_id__fill(&event->task_id, creator);
	task_id__fill(&event->spawn.other, task);
	event->spawn.copy_ns = copy;
	event->spawn.stack = stack;
	event->spawn.task = rec ? rec->id : 0;
	event->spawn.rss = kind == SPAWN_PROCESS ? mm__rss(creator->mm) : 0;
	event->spawn.kind = kind;
	event->spawn.namespaces = clone_flags & CLONE_NEWALL ? 1 : 0;
	lifecycle__submit(event, false);
}

/*
 * A program without a name, or in a mount namespace that may end with it: whoever wants to read
 * its file has to open it while it lives.
 */
static __always_inline bool exec__vanishes(struct task_struct *task)
{
	return cfg_mounts && (!BPF_CORE_READ(task, mm, exe_file, f_inode, i_nlink) ||
			      BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum) != cfg_mounts);
}

static __always_inline void exec__tell(struct task_struct *task)
{
	__u64 now = bpf_ktime_get_ns();
	struct call *call = bpf_task_storage_get(&calls, task, 0, 0);
	struct lifecycle_event *event = lifecycle__reserve(LIFECYCLE_EXEC, LIFE_SIZE(exec));

	if (!event)
		return;
	task_id__fill(&event->task_id, task);
	event->exec.exec_ns = LIFECYCLE_NO_TIME;
	if (call && call->exec_ns) {
		event->exec.exec_ns = now - call->exec_ns;
		call->exec_ns = 0;
	}
	event->exec.vanishes = exec__vanishes(task) && task_id__is_traced(task);
	event->exec.pad = 0;
	lifecycle__submit(event, event->exec.vanishes);
}

/* Another name for the leader of a process, which is the process's. */
static __always_inline void name__tell(struct task_struct *task, const char *name)
{
	struct lifecycle_event *event;

	if (task->flags & PF_KTHREAD || task->pid != task->tgid)
		return;
	event = lifecycle__reserve(LIFECYCLE_NAME, LIFECYCLE_BARE);
	if (!event)
		return;
	task_id__fill(&event->task_id, task);
	bpf_probe_read_kernel_str(event->task_id.comm, sizeof(event->task_id.comm), name);
	__builtin_memcpy(event->task_id.leader_comm, event->task_id.comm,
			 sizeof(event->task_id.comm));
	lifecycle__submit(event, false);
}

#endif
