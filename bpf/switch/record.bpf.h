/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of a record: made with its task or found by the iterator, sent to
 * user space when the task is gone.
 */
#ifndef RECORD_BPF_H
#define RECORD_BPF_H

/*
 * Makes the record of a task that has none.  Never called from sched_switch or
 * a wakeup: allocation under a runqueue lock is a deadlock waiting to happen,
 * so tasks get their record when they are created, or from the iterator.
 *
 * born: the task has not run yet.  Otherwise it has been alive for a while: it
 * is off CPU since now at the latest, and its baseline is what its first
 * switch out finds.
 */
static __always_inline struct task_rec *rec__create(struct task_struct *task, bool born)
{
	struct task_rec *rec, *blank;
	__u32 which =
		born; /* an iterator can be preempted by a birth, with its blank half filled */

	rec = rec__get(task);
	if (rec)
		return rec;
	blank = bpf_map_lookup_elem(&blanks, &which);
	if (!blank)
		return NULL;
	blank->k_nv = born ? 0 : task->nvcsw;
	blank->k_niv = born ? 0 : task->nivcsw;
	blank->flags = born ? REC_SEEN | REC_NEW : 0;
	blank->cpu = bpf_core_field_exists(task->wake_cpu) ? task->wake_cpu : 0;
	blank->since_ns = bpf_ktime_get_ns();
	blank->off_ns = born ? blank->since_ns : 0;
	blank->k_delay = born ? 0 : task__run_delay(task);
	blank->stack = born ? STACK_NEW : STACK_PAST;
	blank->off = OFF_OTHER;
	if (!born && !task__is_on_cpu(task)) {
		blank->off = off__of(task->__state);
		blank->off_ns = blank->since_ns;
	}
	blank->id = __sync_fetch_and_add(&loss.created, 1) + 1;
	rec = bpf_task_storage_get(&tasks, task, blank, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!rec)
		__sync_fetch_and_add(&loss.storage, 1);
	/* none, or another CPU was faster: the iterator can come upon a task that is being born */
	if (!rec || rec->id != blank->id)
		__sync_fetch_and_add(&loss.created, -1);
	/* a zombie has its last switch behind it: no end would ever come */
	if (rec && !born && task->__state == TASK_DEAD && !(rec->flags & REC_DEAD)) {
		bpf_task_storage_delete(&tasks, task);
		__sync_fetch_and_add(&loss.created, -1);
		return NULL;
	}
	if (cfg_edges && rec)
		wake_task__create(task, born);
	return rec;
}

/*
 * Since when a task that is off CPU has waited for one, by our clock; 0: it does not wait.
 * The kernel's figures are of the run queues' clock; where the task has been moved from one
 * queue to another, or has come in since, they are in two parts.  The gap between the clocks
 * is known to some hundred ns, and so is what is told here.
 */
static __always_inline __u64 wait__since(const struct task_struct *task, const struct task_rec *rec)
{
	__u64 off = rec->off_ns, wake = rec->wake_ns & ~WAKE_ON_CPU, delay;

	if (!off || rec->off >= OFF_NONE)
		return 0;
	if (rec->off == OFF_PREEMPTED)
		return off;
	if (!cfg_delay && rec->flags & REC_NEW)
		wake = rec->start_wait & START_WAITS ? rec->start_wait & ~START_WAITS : 0;
	if (!cfg_delay || rec->flags & REC_OVER) /* see rec__note_late() */
		return wake >= off ? wake : 0;
	if (!bpf_core_field_exists(task->sched_info.run_delay) || clock_gap == CLOCK_GAP_UNKNOWN)
		return 0;
	delay = BPF_CORE_READ(task, sched_info.run_delay) - rec->k_delay;
	wake = BPF_CORE_READ(task, sched_info.last_queued);
	if (!wake && delay)
		wake = BPF_CORE_READ(task, sched_info.last_arrival);
	if (!wake)
		return 0;
	wake += clock_gap - delay;
	return wake > off ? wake : off;
}

static __always_inline void wire__head_as(struct wire_task *head, struct task_struct *task,
					  const struct task_rec *rec, __u32 type,
					  const struct ids *ids)
{
	struct task_struct *leader = task__leader(task);

	head->type = type;
	wire__tell_all(head->ends);
	head->tid = ids->tid;
	head->tgid = ids->tgid;
	head->ppid = ids->ppid;
	head->own_tgid = ids->own_tgid;
	head->uid = 0;
	head->cgroup = 0;
	head->flags = task->flags & PF_KTHREAD ? WIRE_KTHREAD : 0;
	head->start_ns = task->start_boottime;
	head->leader_ns = BPF_CORE_READ(leader, start_boottime);
	head->now_ns = bpf_ktime_get_ns();
	head->kernel_nv = task->nvcsw;
	head->kernel_niv = task->nivcsw;
	head->stack = rec->stack;
	head->waker = rec->waker;
	head->wait_since = wait__since(task, rec);
	bpf_probe_read_kernel(head->comm, sizeof(head->comm), task->comm);
	bpf_probe_read_kernel(head->leader_comm, sizeof(head->leader_comm), leader->comm);
}

static __always_inline void wire__head(struct wire_task *head, struct task_struct *task,
				       const struct task_rec *rec, __u32 type)
{
	struct ids ids;

	ids__of(&ids, task);
	wire__head_as(head, task, rec, type, &ids);
}

struct final_record {
	struct wire_task head;
	struct task_rec rec;
};

/* A reader is woken only when a quarter of the buffer waits: each wakeup is a switch, too. */
static __always_inline __u64 events__flags(void)
{
	return bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) > (8 << 20) ? BPF_RB_FORCE_WAKEUP :
									   BPF_RB_NO_WAKEUP;
}

/* Asks user space to run the seeding iterator again, now. */
static __always_inline void events__ask_rescan(void)
{
	struct wire_task *head = bpf_ringbuf_reserve(&events, sizeof(*head), 0);

	if (!head) {
		__sync_fetch_and_add(&loss.tasks, 1);
		return;
	}
	__builtin_memset(head, 0, sizeof(*head));
	head->type = WIRE_RESCAN;
	bpf_ringbuf_submit(head, BPF_RB_FORCE_WAKEUP);
}

/* Sends the last word on a task; the record is not counted on any more. */
static __noinline int rec__send_final(struct task_struct *task, struct task_rec *rec, __u32 type)
{
	struct final_record *final;

	if (!task || !rec)
		return 0;
	rec->flags |= REC_DEAD;
	__sync_fetch_and_add(&loss.ended, 1);
	final = bpf_ringbuf_reserve(&events, sizeof(*final), 0);
	if (!final) {
		__sync_fetch_and_add(&loss.tasks, 1);
		__sync_fetch_and_add(&loss.task_switches, rec->VOLUNTARY + rec->INVOLUNTARY);
		return 0;
	}
	wire__head(&final->head, task, rec, type);
	if (type == WIRE_DEAD) {
		final->head.uid = BPF_CORE_READ(task, real_cred, euid.val);
		final->head.cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	}
	bpf_probe_read_kernel(&final->rec, sizeof(final->rec), rec);
	bpf_ringbuf_submit(final, events__flags());
	return 0;
}

/* Where no switch is counted a record only marks the target: it ends with its task's exit. */
static __always_inline void rec__forget(struct task_struct *task)
{
	struct task_rec *rec = rec__get(task);

	if (!rec || rec->flags & REC_DEAD)
		return;
	rec->flags |= REC_DEAD;
	__sync_fetch_and_add(&loss.ended, 1);
}

#endif
