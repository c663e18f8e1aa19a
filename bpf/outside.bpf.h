/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tasks that are outside of tasktoll's PID namespace, one after the other: the kernel's
 * task iterators (iter.bpf.h) show only those inside.  From Linux 6.7 on a program can go
 * through all; what it finds goes through the ring buffers.
 */
#ifndef OUTSIDE_BPF_H
#define OUTSIDE_BPF_H

extern int bpf_iter_task_new(struct bpf_iter_task *it, struct task_struct *task,
			     unsigned int flags) __ksym __weak;
extern struct task_struct *bpf_iter_task_next(struct bpf_iter_task *it) __ksym __weak;
extern void bpf_iter_task_destroy(struct bpf_iter_task *it) __ksym __weak;

struct outside outside; /* what is to be done, and how far it is */

/* Each is verified on its own, in a loop already. */
#define OUTSIDE_TRIES 2

/* What happens meanwhile needs room, too. */
static __always_inline bool ring__is_half_full(void *ring)
{
	return bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) >
	       bpf_ringbuf_query(ring, BPF_RB_RING_SIZE) / 2;
}

/* false: there was no room. */
static __always_inline bool outside__drain(struct task_struct *task)
{
	struct task_rec *rec = rec__get(task);
	struct final_record *record;
	struct ids ids;

	if (!rec || rec->flags & REC_DEAD)
		return true;
	record = ring__is_half_full(&events) ? NULL :
					       bpf_ringbuf_reserve(&events, sizeof(*record), 0);
	if (!record)
		return false;
	ids__of_outside(&ids, task);
	wire__head_as(&record->head, task, rec, WIRE_LIVE, &ids);
	if (task__is_on_cpu(task))
		record->head.flags |= WIRE_RUNNING;
	iter__settle(&record->head, task, rec, OUTSIDE_TRIES);
	bpf_probe_read_kernel(&record->rec, sizeof(record->rec), rec);
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return true;
}

static __always_inline bool outside__census(struct task_struct *task)
{
	struct lifecycle_event *event;
	struct ids ids;

	if (!census__has(task))
		return true;
	event = ring__is_half_full(&lifecycle) ? NULL :
						 bpf_ringbuf_reserve(&lifecycle, LIFECYCLE_BARE, 0);
	if (!event)
		return false;
	event->type = LIFECYCLE_CENSUS;
	event->size = LIFECYCLE_BARE;
	event->now_ns = bpf_ktime_get_ns();
	ids__of_outside(&ids, task);
	task_id__fill_as(&event->task_id, task, &ids);
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return true;
}

static __always_inline bool outside__take(struct task_struct *task)
{
	char comm[WIRE_COMM];

	if (outside.job == OUTSIDE_DRAIN)
		return outside__drain(task);
	if (outside.job == OUTSIDE_CENSUS)
		return outside__census(task);
	bpf_probe_read_kernel(comm, sizeof(comm), task->comm);
	iter__aim(task, comm);
	return true;
}

static __always_inline void outside__go_through(void)
{
	struct bpf_iter_task it;
	struct task_struct *task;

	outside.at = 0;
	outside.full = 0;
	bpf_iter_task_new(&it, NULL, BPF_TASK_ITER_ALL_THREADS);
	while ((task = bpf_iter_task_next(&it))) {
		if (!task->pid || !iter__is_due(task) || outside.at++ < outside.from ||
		    pid__inside(BPF_CORE_READ(task, thread_pid)))
			continue;
		if (!outside__take(task)) {
			outside.at--;
			outside.full = 1;
			break;
		}
	}
	bpf_iter_task_destroy(&it);
}

#endif
