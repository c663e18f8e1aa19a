/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the task iterators do with each task: seed a record, or write it out. */
#ifndef ITER_BPF_H
#define ITER_BPF_H

#define SETTLE_TRIES 64

/*
 * Where tasks are born faster than they are gone through there would be no end: those that
 * are born much later than the iterator began are for the next one, or tell of themselves.
 */
static __always_inline bool iter__is_due(const struct task_struct *task)
{
	return task && task->start_time <= iter_until;
}

/* A record for who is in the target, and none any more for who has left it. */
static __always_inline void iter__aim(struct task_struct *task, const char *comm)
{
	if (target__has_old(task, comm)) {
		rec__create(task, false);
	} else if (cfg_target == TARGET_CGROUP) { /* moved out of it */
		struct task_rec *rec = rec__get(task);

		if (!rec)
			return;
		rec__send_final(task, rec, WIRE_LEFT);
		bpf_task_storage_delete(&tasks, task);
	}
}

static __always_inline void iter__seed(struct seq_file *seq, struct task_struct *task)
{
	char comm[WIRE_COMM];

	ids__keep(task);
	bpf_probe_read_kernel(comm, sizeof(comm), task->comm);
	iter__aim(task, comm);
}

/*
 * The kernel counts a switch a moment before our program does.  A task that is
 * caught in that moment is read again; one that stays different has switches
 * that we missed, and says so by the difference.
 */
static __always_inline void iter__settle(struct wire_task *head, struct task_struct *task,
					 struct task_rec *rec, int tries)
{
	volatile struct task_rec *now = rec;
	int i;

	for (i = 0; i < tries; i++) {
		head->kernel_nv = BPF_CORE_READ(task, nvcsw);
		head->kernel_niv = BPF_CORE_READ(task, nivcsw);
		if (!(now->flags & REC_SEEN) || now->flags & REC_OVER)
			return;
		if ((__u32)head->kernel_nv == now->k_nv && (__u32)head->kernel_niv == now->k_niv)
			return;
	}
	head->flags |= WIRE_UNSETTLED;
}

/*
 * Another CPU may write the record while it is copied, in parts.  What it writes at a switch ends
 * with off_ns, and the kernel counts the switch before.
 */
static __always_inline bool iter__has_changed(struct task_struct *task, struct task_rec *rec,
					      __u64 off_ns)
{
	volatile struct task_rec *now = rec;

	if (now->off_ns != off_ns)
		return true;
	return now->flags & REC_SEEN && !(now->flags & REC_OVER) &&
	       (BPF_CORE_READ(task, nvcsw) & 0xffffffff) +
			       (BPF_CORE_READ(task, nivcsw) & 0xffffffff) !=
		       (__u64)now->k_nv + now->k_niv;
}

/* What is told of a task and can change while it sleeps: its name and its parent. */
static __always_inline __u64 iter__who(struct task_struct *task)
{
	const __u64 odd = 0x9e3779b97f4a7c15ULL; /* different names stay different */
	__u64 name[WIRE_COMM / sizeof(__u64)] = { 0 };

	bpf_probe_read_kernel(name, sizeof(name), task->comm);
	return ((name[0] * odd) ^ name[1]) * odd ^ BPF_CORE_READ(task, real_parent, tgid);
}

/*
 * Has it slept since it was told of last?  Then there is nothing to tell: of very many tasks most
 * sleep.  Where samples or intervals on CPUs are made of readings, each of them counts.
 */
static __always_inline bool iter__has_told(struct task_struct *task, struct task_rec *rec)
{
	volatile struct task_rec *now = rec;

	if (cfg_stacks || cfg_timeline || run_state != RUN_COUNTING || !now->told)
		return false;
	return (now->told ^ iter__who(task)) == now->off_ns && now->off < OFF_NONE &&
	       !task__is_on_cpu(task) && (__u32)BPF_CORE_READ(task, nvcsw) == now->k_nv &&
	       (__u32)BPF_CORE_READ(task, nivcsw) == now->k_niv && !wait__since(task, rec);
}

/* False: it changed meanwhile. */
static __always_inline bool iter__tell(struct seq_file *seq, struct task_struct *task,
				       struct task_rec *rec)
{
	__u64 off_ns = *(volatile __u64 *)&rec->off_ns;
	struct wire_task head;
	__u64 end;
	long err;

	wire__head(&head, task, rec, WIRE_LIVE);
	if (task__is_on_cpu(task))
		head.flags |= WIRE_RUNNING;
	iter__settle(&head, task, rec, SETTLE_TRIES);
#define DIST(id, layout, ...) head.ends[D_##id] = rec->id.low ? HIST_END(layout, rec->id.max) : 0;
#include "counters.def"
	err = bpf_seq_write(seq, &head, sizeof(head));
	err |= bpf_seq_write(seq, rec, WIRE_REC_HEAD);
#define DIST(id, layout, ...)                                                                      \
	end = head.ends[D_##id];                                                                   \
	if (end) {                                                                                 \
		HIST_HIDE(end); /* what is compared is what is used */                             \
		if (end <= HIST_BUCKETS(HIST_##layout##_OCTAVES))                                  \
			err |= bpf_seq_write(seq, &rec->id, WIRE_HIST_SIZE(end));                  \
	}
#include "counters.def"
	rec->told = 0;
	if (iter__has_changed(task, rec, off_ns))
		return false;
	if (!err && off_ns && !head.wait_since) /* with an error it is gone through again */
		rec->told = off_ns ^ iter__who(task);
	return true;
}

#define TELL_TRIES 3

/*
 * One that changes while it is told is told again, at once: what is told last counts.  One that goes
 * on changing, as where the host has stopped a CPU in the middle of a switch, is read once more
 * with all others.
 */
static __always_inline void iter__drain(struct seq_file *seq, struct task_struct *task)
{
	struct task_rec *rec = rec__get(task);
	int i;

	if (!rec || rec->flags & REC_DEAD || iter__has_told(task, rec))
		return;
	for (i = 0; i < TELL_TRIES; i++) {
		if (iter__tell(seq, task, rec))
			return;
	}
	changed_records++;
}

/* What a lifecycle_event begins with: all of it would not fit on the stack. */
struct bare_event {
	__u32 type;
	__u32 size;
	__u64 now_ns;
	struct task_id task_id;
};

_Static_assert(sizeof(struct bare_event) == LIFECYCLE_BARE, "the head of struct life_event");

static __always_inline bool census__has(struct task_struct *task)
{
	return task->pid == task->tgid && !(task->flags & PF_KTHREAD) &&
	       BPF_CORE_READ(task, signal, live.counter);
}

/* A process that lives: who it is, and whose child. */
static __always_inline void iter__census(struct seq_file *seq, struct task_struct *task)
{
	struct bare_event event = { .type = LIFECYCLE_CENSUS, .size = LIFECYCLE_BARE };

	ids__keep(task);
	if (!census__has(task))
		return;
	event.now_ns = bpf_ktime_get_ns();
	task_id__fill(&event.task_id, task);
	bpf_seq_write(seq, &event, LIFECYCLE_BARE);
}

#endif
