/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's own events, sched_switch and sched_waking, as Perfetto's compact bundles have them:
 * from these it draws the CPUs, and fills its tables `sched` and `thread_state`.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "view/timeline_private.h"

#define OTHER_PID  0x7ffffffe /* above all ids: whatever is not known, or not in the target */
#define OTHER_COMM "[not traced]"
#define IDLE_COMM  "swapper"
#define IDLE_PRIO  120
#define IN_IRQ	   0x08 /* TRACE_FLAG_HARDIRQ */

static struct timeline_sched *sched__get(struct timeline *timeline, __u32 cpu)
{
	if (cpu >= TIMELINE_CPUS)
		return NULL;
	if (!timeline->cpus[cpu]) {
		timeline->cpus[cpu] = calloc(1, sizeof(struct timeline_sched));
		perfetto__hold(&timeline->out, SCHED_ROOM);
	}
	return timeline->cpus[cpu];
}

/* Most names are among the last ones. */
static __u32 sched__intern(struct timeline_sched *sched, const char *comm)
{
	size_t i;

	for (i = sched->names; i; i--) {
		if (!strcmp(sched->name[i - 1], comm))
			return (__u32)(i - 1);
	}
	memcpy(sched->name[sched->names], comm, strlen(comm) + 1);
	return (__u32)sched->names++;
}

static void sched__add(struct timeline *timeline, __u32 cpu, __u64 ns, __s64 state, __s32 pid,
		       __s32 prio, const char *comm)
{
	struct timeline_sched *sched = timeline->cpus[cpu];
	size_t i;

	if (sched->switches == SCHED_BATCH || sched->names == SCHED_NAMES)
		timeline_sched__flush(timeline, (int)cpu);
	i = sched->switches++;
	sched->timestamp[i] = ns;
	sched->prev_state[i] = state;
	sched->next_pid[i] = pid;
	sched->next_prio[i] = prio;
	sched->next_comm[i] = sched__intern(sched, comm);
}

/*
 * As the kernel's own event has it, which reports fewer states than there are: S, D, T, t, X, Z and P
 * by their bits, idle kernel threads (TASK_IDLE) and whoever is preempted by bits of their own.
 */
static __s64 state__reported(__u16 state)
{
	if (state == TIMELINE_RUNS)
		return 0;
	if (state & TIMELINE_PREEMPTED)
		return 0x100;
	if ((state & 0x402) == 0x402) /* TASK_IDLE */
		return 0x80;
	if (state & 0x80) /* TASK_DEAD */
		return 0x10;
	if (state & 0x1000) /* TASK_RTLOCK_WAIT: it waits for a lock */
		return 0x02;
	return state & 0x7f;
}

/* Of the first switch of a CPU Perfetto takes only what was switched to. */
static void sched__begin(struct timeline *timeline, __u32 cpu)
{
	sched__add(timeline, cpu, timeline->start_ns, 0, OTHER_PID, IDLE_PRIO, OTHER_COMM);
}

/*
 * A switch to the task of this interval, and before it, where the last interval did not end there,
 * one to something else.
 */
int timeline_sched__switch(struct timeline *timeline, const struct timeline_oncpu *event,
			   const struct timeline_thread *thread)
{
	struct timeline_sched *sched = sched__get(timeline, event->cpu);
	bool goes_on = event->kind == KIND_NONE;
	__s64 state;

	if (!sched)
		return -ENOMEM;
	state = sched->state;
	if (!sched->used)
		sched__begin(timeline, event->cpu);
	if (sched->used && sched->out_ns < event->in_ns) {
		sched__add(timeline, event->cpu, sched->out_ns, state, OTHER_PID, IDLE_PRIO,
			   OTHER_COMM);
		state = 0;
		goes_on = false;
	}
	if (!sched->used || !goes_on)
		sched__add(timeline, event->cpu, event->in_ns, state,
			   thread ? timeline__pid(thread->id.tid) : 0,
			   thread ? event->prio : IDLE_PRIO, thread ? thread->comm : IDLE_COMM);
	sched->used = true;
	sched->out_ns = event->out_ns;
	sched->state = state__reported(event->state);
	return 0;
}

int timeline_sched__waking(struct timeline *timeline, const struct timeline_oncpu *event,
			   const struct timeline_thread *thread)
{
	struct timeline_sched *sched = sched__get(timeline, event->on_cpu);
	struct sched_waking *waking;

	if (!sched)
		return -ENOMEM;
	if (sched->wakings == SCHED_BATCH || sched->names == SCHED_NAMES)
		timeline_sched__flush(timeline, event->on_cpu);
	waking = &sched->waking[sched->wakings++];
	waking->ns = event->woken_ns;
	waking->pid = timeline__pid(thread->id.tid);
	waking->target_cpu = event->cpu;
	waking->prio = event->prio;
	waking->comm = sched__intern(sched, thread->comm);
	waking->flags = event->flags & TIMELINE_BY_TASK ? 0 : IN_IRQ;
	return 0;
}

/* ---- a bundle ---- */

static int waking__compare(const void *a, const void *b)
{
	const struct sched_waking *one = a, *other = b;

	return (one->ns > other->ns) - (one->ns < other->ns);
}

/* The wakeups are told of when their tasks have run: not in the order in which they were. */
struct wakings {
	uint64_t timestamp[SCHED_BATCH];
	__s32 pid[SCHED_BATCH], target_cpu[SCHED_BATCH], prio[SCHED_BATCH];
	__u32 comm[SCHED_BATCH], flags[SCHED_BATCH];
};

static void wakings__fill(struct wakings *wakings, const struct timeline *timeline,
			  struct timeline_sched *sched)
{
	__u64 last = 0;
	size_t i;

	qsort(sched->waking, sched->wakings, sizeof(sched->waking[0]), waking__compare);
	for (i = 0; i < sched->wakings; i++) {
		const struct sched_waking *waking = &sched->waking[i];
		__u64 ns = timeline__boot(timeline, waking->ns);

		wakings->timestamp[i] = ns - last;
		wakings->pid[i] = waking->pid;
		wakings->target_cpu[i] = waking->target_cpu;
		wakings->prio[i] = waking->prio;
		wakings->comm[i] = waking->comm;
		wakings->flags[i] = waking->flags;
		last = ns;
	}
}

static void compact__fill_wakings(Perfetto__CompactSched *compact, struct wakings *wakings,
				  size_t count)
{
	compact->n_waking_timestamp = compact->n_waking_pid = count;
	compact->n_waking_target_cpu = compact->n_waking_prio = count;
	compact->n_waking_comm_index = compact->n_waking_common_flags = count;
	compact->waking_timestamp = wakings->timestamp;
	compact->waking_pid = wakings->pid;
	compact->waking_target_cpu = wakings->target_cpu;
	compact->waking_prio = wakings->prio;
	compact->waking_comm_index = wakings->comm;
	compact->waking_common_flags = wakings->flags;
}

static void compact__fill_switches(Perfetto__CompactSched *compact, const struct timeline *timeline,
				   struct timeline_sched *sched)
{
	__u64 last = 0;
	size_t i;

	for (i = 0; i < sched->switches; i++) {
		__u64 ns = timeline__boot(timeline, sched->timestamp[i]);

		sched->timestamp[i] = ns - last;
		last = ns;
	}
	compact->n_switch_timestamp = compact->n_switch_prev_state = sched->switches;
	compact->n_switch_next_pid = compact->n_switch_next_prio = sched->switches;
	compact->n_switch_next_comm_index = sched->switches;
	compact->switch_timestamp = sched->timestamp;
	compact->switch_prev_state = sched->prev_state;
	compact->switch_next_pid = sched->next_pid;
	compact->switch_next_prio = sched->next_prio;
	compact->switch_next_comm_index = sched->next_comm;
}

void timeline_sched__flush(struct timeline *timeline, int cpu)
{
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;
	Perfetto__FtraceEventBundle bundle = PERFETTO__FTRACE_EVENT_BUNDLE__INIT;
	Perfetto__CompactSched compact = PERFETTO__COMPACT_SCHED__INIT;
	struct timeline_sched *sched = timeline->cpus[cpu];
	struct wakings wakings;
	char *names[SCHED_NAMES];
	size_t i;

	if (!sched || (!sched->switches && !sched->wakings))
		return;
	for (i = 0; i < sched->names; i++)
		names[i] = sched->name[i];
	compact.n_intern_table = sched->names;
	compact.intern_table = names;
	compact__fill_switches(&compact, timeline, sched);
	wakings__fill(&wakings, timeline, sched);
	compact__fill_wakings(&compact, &wakings, sched->wakings);
	bundle.has_cpu = 1;
	bundle.cpu = (__u32)cpu;
	bundle.compact_sched = &compact;
	packet.ftrace_events = &bundle;
	if (!perfetto__write(&timeline->out, &packet))
		timeline->sums.cut += sched->switches;
	sched->switches = sched->wakings = sched->names = 0;
}
