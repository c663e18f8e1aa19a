/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each interval on a CPU as an event of its own (include/timeline_event.h), if a view asked for that. */
#ifndef TIMELINE_BPF_H
#define TIMELINE_BPF_H

#include "timeline_event.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 << 20); /* set at load */
} timeline SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct timeline_cpu);
} timeline_cpus SEC(".maps");

__u64 timeline_lost;	/* intervals that no event tells of */
__u64 timeline_wake_at; /* bytes that wait in the ring when its reader is woken */

static __always_inline struct timeline_cpu *timeline_cpu__get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&timeline_cpus, &zero);
}

/* Each wakeup of the reader is a switch, too. */
static __always_inline __u64 timeline__flags(void)
{
	return bpf_ringbuf_query(&timeline, BPF_RB_AVAIL_DATA) > timeline_wake_at ?
		       BPF_RB_FORCE_WAKEUP :
		       BPF_RB_NO_WAKEUP;
}

/* What was lost on this CPU comes before what is told next of it.  False: there is still no room. */
static __always_inline bool timeline__tell_lost(struct timeline_cpu *cpu)
{
	struct timeline_lost *event;

	if (!cpu->lost.count)
		return true;
	event = bpf_ringbuf_reserve(&timeline, sizeof(*event), 0);
	if (!event)
		return false;
	*event = cpu->lost;
	event->type = TIMELINE_LOST;
	event->cpu = bpf_get_smp_processor_id();
	bpf_ringbuf_submit(event, timeline__flags());
	cpu->lost.count = 0;
	return true;
}

/* The current task: so in the program of a switch the one that leaves. */
static __always_inline bool timeline__tell_task(struct task_rec *rec)
{
	struct timeline_task *event;

	if (!rec->id || rec->flags & REC_TOLD)
		return true;
	event = bpf_ringbuf_reserve(&timeline, sizeof(*event), 0);
	if (!event)
		return false;
	event->type = TIMELINE_TASK;
	event->task = rec->id;
	event->now_ns = bpf_ktime_get_ns();
	task_id__fill(&event->task_id, bpf_get_current_task_btf());
	bpf_ringbuf_submit(event, timeline__flags());
	rec->flags |= REC_TOLD;
	return true;
}

static __always_inline void timeline__lose(struct timeline_cpu *cpu, __u64 in, __u64 out)
{
	__sync_fetch_and_add(&timeline_lost, 1);
	if (!cpu->lost.count)
		cpu->lost.first_ns = in;
	cpu->lost.last_ns = out;
	cpu->lost.count++;
}

static __always_inline void timeline__fill(struct timeline_oncpu *event, struct timeline_cpu *cpu,
					   struct cpu_slot *slot, struct task_rec *rec)
{
	event->type = TIMELINE_ONCPU;
	event->kind = slot->kind;
	event->off = rec->off_ns && slot->kind != KIND_NONE && slot->kind != KIND_IDLE ? rec->off :
											 OFF_NONE;
	event->flags = slot->flushed ? TIMELINE_FLUSHED : 0;
	event->cpu = bpf_get_smp_processor_id();
	event->state = cpu->state;
	event->task = rec->id;
	event->weight = price__weight(slot);
	event->prio = bpf_get_current_task_btf()->prio;
	event->off_ns = rec->off_ns > run_start ? rec->off_ns : run_start;
	event->wait_ns = slot->sample.runq_ns;
	event->cost_ns = slot->kind == KIND_NONE ? NO_SAMPLE : slot->cost_ns;
	event->pick_ns = slot->kind == KIND_NONE ? NO_SAMPLE : slot->pick_ns;
	event->waker = cpu->waker;
	event->channel = cpu->waker >> 32;
	event->flags |= (cpu->waker >> 40) & (TIMELINE_WOKEN | TIMELINE_BY_TASK);
	event->on_cpu = cpu->waker >> 48;
	event->woken_ns = cpu->woken_ns;
}

/* Called where the interval on this CPU is accounted, after its wait has been. */
__noinline int timeline__tell(struct cpu_slot *slot, struct task_rec *rec, __u64 now)
{
	struct timeline_cpu *cpu = timeline_cpu__get();
	struct timeline_oncpu *event = NULL;
	__u64 in, out = now;

	if (!slot || !rec || !cpu)
		return 0;
	in = slot->in_ns;
	if (!in && !rec->off_ns)
		in = rec->since_ns;
	if (in < run_start)
		in = run_start;
	if (run_stop && out > run_stop)
		out = run_stop;
	if (slot->in_ns || slot->kind != KIND_NONE) {
		if (timeline__tell_lost(cpu) && timeline__tell_task(rec))
			event = bpf_ringbuf_reserve(&timeline, sizeof(*event), 0);
		if (event) {
			timeline__fill(event, cpu, slot, rec);
			event->in_ns = in;
			event->out_ns = out > in ? out : in;
			bpf_ringbuf_submit(event, timeline__flags());
		} else {
			timeline__lose(cpu, in, out);
		}
	}
	slot->sample.runq_ns = 0;
	cpu->waker = 0;
	cpu->woken_ns = 0;
	cpu->state = TIMELINE_RUNS;
	return 0;
}

/* The task on this CPU is about to leave it in this state. */
static __always_inline void timeline__leaves(void *ctx)
{
	struct timeline_cpu *cpu = cfg_timeline ? timeline_cpu__get() : NULL;
	volatile __u64 *args = ctx; /* preempt, prev, next, state */

	if (cpu)
		cpu->state = (args[3] & ~TIMELINE_PREEMPTED) | (args[0] ? TIMELINE_PREEMPTED : 0);
}

/* It has another name from now on. */
static __noinline int timeline__rename(struct task_struct *task, const char *name)
{
	struct timeline_task *event;
	struct task_rec *rec;

	if (!task)
		return 0;
	rec = rec__get(task);
	if (!rec || run_state == RUN_STOPPED)
		return 0;
	event = bpf_ringbuf_reserve(&timeline, sizeof(*event), 0);
	if (!event) {
		__sync_fetch_and_add(&lifecycle_loss.events, 1);
		return 0;
	}
	event->type = TIMELINE_TASK;
	event->task = rec->id;
	event->now_ns = bpf_ktime_get_ns();
	task_id__fill(&event->task_id, task);
	bpf_probe_read_kernel_str(event->task_id.comm, sizeof(event->task_id.comm), name);
	if (event->task_id.tid == event->task_id.tgid)
		bpf_probe_read_kernel_str(event->task_id.leader_comm,
					  sizeof(event->task_id.leader_comm), name);
	bpf_ringbuf_submit(event, timeline__flags());
	return 0;
}

#endif
