/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all births and deaths have in common: who it is about, and the way to user space. */
#ifndef LIFE_BPF_H
#define LIFE_BPF_H

#define PF_EXITING 0x00000004
#define PF_KTHREAD 0x00200000

static __always_inline bool who__is_traced(struct task_struct *task)
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

static __always_inline void who__fill_as(struct who *who, struct task_struct *task,
					 const struct ids *ids)
{
	struct task_struct *leader = task->group_leader;

	who->start_ns = task->start_boottime;
	who->leader_ns = leader->start_boottime;
	who->tid = ids->tid;
	who->tgid = ids->tgid;
	who->ppid = ids->ppid;
	who->own_tgid = ids->own_tgid;
	who->pad = 0;
	who->flags = who__is_traced(task) ? WHO_TRACED : 0;
	if (task->flags & PF_KTHREAD)
		who->flags |= WHO_KTHREAD;
	if (task->flags & PF_EXITING)
		who->flags |= WHO_EXITING;
	if (BPF_CORE_READ_BITFIELD_PROBED(task->signal, is_child_subreaper))
		who->flags |= WHO_SUBREAPER;
	bpf_probe_read_kernel(who->comm, sizeof(who->comm), task->comm);
	bpf_probe_read_kernel(who->leader_comm, sizeof(who->leader_comm), leader->comm);
}

static __always_inline void who__fill(struct who *who, struct task_struct *task)
{
	struct ids ids;

	ids__of(&ids, task);
	who__fill_as(who, task, &ids);
}

/* Bytes of an event up to and with its part for `member`. */
#define LIFE_SIZE(member)                                                                          \
	(__builtin_offsetof(struct life_event, member) + sizeof(((struct life_event *)0)->member))

/* Room for an event of a constant size; NULL, and counted, if there is none. */
#define life__reserve(event_type, bytes)                                                           \
	({                                                                                         \
		struct life_event *__event = bpf_ringbuf_reserve(&lives, bytes, 0);                \
                                                                                                   \
		if (__event) {                                                                     \
			__event->type = event_type;                                                \
			__event->size = bytes;                                                     \
			__event->now_ns = bpf_ktime_get_ns();                                      \
		} else {                                                                           \
			__sync_fetch_and_add(&life_loss.events, 1);                                \
		}                                                                                  \
		__event;                                                                           \
	})

/* As with final records: the reader is woken only when a lot waits, or something urgent. */
static __always_inline void life__submit(struct life_event *event, bool urgent)
{
	bool wake = urgent || bpf_ringbuf_query(&lives, BPF_RB_AVAIL_DATA) > (2 << 20);

	bpf_ringbuf_submit(event, wake ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

#endif
