/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all births and deaths have in common: who it is about, and the way to user space. */
#ifndef LIFECYCLE_BPF_H
#define LIFECYCLE_BPF_H

#define PF_EXITING 0x00000004
#define PF_KTHREAD 0x00200000

static __always_inline bool task_id__is_traced(struct task_struct *task)
{
	return cfg_target == TARGET_ALL || rec__get(task);
}

/* A crash is being followed: what exiting tasks cause may be its doing. */
static __always_inline bool crash__is_open(__u64 now)
{
	return now < crash_until;
}

static __always_inline void crash__open(__u64 now)
{
	crash_until = now + cfg_window_ns;
}

static __always_inline void task_id__fill_as(struct task_id *task_id, struct task_struct *task,
					     const struct ids *ids)
{
	struct task_struct *leader = task__leader(task);
	struct signal_struct *signal = BPF_CORE_READ(task, signal);

	task_id->start_ns = task->start_boottime;
	task_id->leader_ns = BPF_CORE_READ(leader, start_boottime);
	task_id->tid = ids->tid;
	task_id->tgid = ids->tgid;
	task_id->ppid = ids->ppid;
	task_id->own_tgid = ids->own_tgid;
	task_id->pad = 0;
	task_id->flags = task_id__is_traced(task) ? TASK_ID_TRACED : 0;
	if (task->flags & PF_KTHREAD)
		task_id->flags |= TASK_ID_KTHREAD;
	if (task->flags & PF_EXITING)
		task_id->flags |= TASK_ID_EXITING;
	if (BPF_CORE_READ_BITFIELD_PROBED(signal, is_child_subreaper))
		task_id->flags |= TASK_ID_SUBREAPER;
	bpf_probe_read_kernel(task_id->comm, sizeof(task_id->comm), task->comm);
	bpf_probe_read_kernel(task_id->leader_comm, sizeof(task_id->leader_comm), leader->comm);
}

static __always_inline void task_id__fill(struct task_id *task_id, struct task_struct *task)
{
	struct ids ids;

	ids__of(&ids, task);
	task_id__fill_as(task_id, task, &ids);
}

/* Bytes of an event up to and with its part for `member`. */
#define LIFE_SIZE(member)                                                                          \
	(__builtin_offsetof(struct lifecycle_event, member) +                                      \
	 sizeof(((struct lifecycle_event *)0)->member))

/* Room for an event of a constant size; NULL, and counted, if there is none. */
#define lifecycle__reserve(event_type, bytes)                                                      \
	({                                                                                         \
		struct lifecycle_event *__event = bpf_ringbuf_reserve(&lifecycle, bytes, 0);       \
                                                                                                   \
		if (__event) {                                                                     \
			__event->type = event_type;                                                \
			__event->size = bytes;                                                     \
			__event->now_ns = bpf_ktime_get_ns();                                      \
		} else {                                                                           \
			__sync_fetch_and_add(&lifecycle_loss.events, 1);                           \
		}                                                                                  \
		__event;                                                                           \
	})

/* As with final records: the reader is woken only when a lot waits, or something urgent. */
static __always_inline void lifecycle__submit(struct lifecycle_event *event, bool urgent)
{
	bool wake = urgent || bpf_ringbuf_query(&lifecycle, BPF_RB_AVAIL_DATA) > (2 << 20);

	bpf_ringbuf_submit(event, wake ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

#endif
