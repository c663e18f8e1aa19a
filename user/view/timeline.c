/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/timeline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view/timeline_private.h"

#define MOMENT_NS 1000000 /* as bpf/switch/switch.bpf.h has it */

struct timeline *timeline__new(int fd, __u64 most)
{
	struct timeline *timeline = calloc(1, sizeof(*timeline));

	if (timeline)
		perfetto__open(&timeline->out, fd, most);
	return timeline;
}

void timeline__free(struct timeline *timeline)
{
	int cpu;

	if (!timeline)
		return;
	for (cpu = 0; cpu < TIMELINE_CPUS; cpu++)
		free(timeline->cpus[cpu]);
	timeline__free_threads(timeline);
	free(timeline);
}

void timeline__begin(struct timeline *timeline, __u64 start_ns, __s64 boot_ahead_ns)
{
	timeline->start_ns = start_ns;
	timeline->boot_ahead = boot_ahead_ns;
	timeline__put_head(timeline);
}

/* ---- an interval on a CPU, and the wait before it ---- */

static void timeline__tell_idle(struct timeline *timeline, __u32 cpu)
{
	char name[24];

	if (timeline->idle_told[cpu])
		return;
	timeline->idle_told[cpu] = true;
	snprintf(name, sizeof(name), "CPU %u idle", cpu);
	timeline__put_track(timeline, track__of_idle(cpu), TRACK_IDLE, name);
}

static void timeline__put_slice(struct timeline *timeline, struct mark *mark, __u64 until)
{
	mark->type = PERFETTO_BEGIN;
	if (timeline__put(timeline, mark))
		timeline__put_end(timeline, mark->track, until);
}

static void mark__woken(struct mark *mark, const struct timeline_oncpu *event)
{
	enum timeline_string who = STRING_AN_INTERRUPT;

	if (!(event->flags & TIMELINE_WOKEN))
		return;
	if (event->flags & TIMELINE_BY_TASK)
		who = event->waker ? STRING_A_TASK : STRING_AN_OUTSIDER;
	mark__interned(mark, ARG_WOKEN_BY, who);
	if (event->channel < WAKE_CHANNELS)
		mark__interned(mark, ARG_CHANNEL,
			       (enum timeline_string)(STRING_BY_OTHER + event->channel));
}

/* Where the waker is at that moment; returns the arrow's number. */
static __u64 timeline__put_waker(struct timeline *timeline, const struct timeline_oncpu *event,
				 const struct timeline_thread *waker)
{
	struct mark mark = { .ns = event->woken_ns,
			     .track = waker->track,
			     .type = PERFETTO_INSTANT,
			     .name = NAME_WAKES,
			     .category = CATEGORY_WAKE,
			     .flow = timeline->flows + 1 };

	if (!timeline__put(timeline, &mark))
		return 0;
	timeline->sums.wakes++;
	return ++timeline->flows;
}

/* Up to `in` for a CPU; before, in the state.  Returns the arrow, if it has not found its end. */
static __u64 timeline__put_gap(struct timeline *timeline, const struct timeline_oncpu *event,
			       __u64 track, __u64 flow)
{
	__u64 gone = event->in_ns > event->off_ns ? event->in_ns - event->off_ns : 0;
	__u64 wait = event->wait_ns < gone ? event->wait_ns : gone, since;
	struct mark state = { .ns = event->off_ns, .track = track, .category = CATEGORY_WAIT };
	struct mark waits = {
		.track = track, .category = CATEGORY_WAIT, .name = NAME_WAIT, .end_flow = flow
	};

	state.name = event->off == OFF_PREEMPTED ? NAME_OTHER :
						   (enum timeline_name)(NAME_SLEEP + event->off);
	if (event->off == OFF_PREEMPTED) {
		waits.name = NAME_PREEMPTED;
		if (gone - wait < MOMENT_NS)
			wait = gone;
	}
	since = event->in_ns - wait;
	if (since > event->off_ns) {
		mark__woken(&state, event);
		timeline__put_slice(timeline, &state, since);
	}
	if (!wait)
		return flow;
	waits.ns = since;
	timeline__put_slice(timeline, &waits, event->in_ns);
	return 0;
}

static void mark__priced(struct mark *mark, const struct timeline_oncpu *event)
{
	if (event->kind < KIND_COUNT)
		mark__interned(mark, ARG_KIND, (enum timeline_string)(STRING_THREAD + event->kind));
	if (event->pick_ns != NO_SAMPLE)
		mark__number(mark, ARG_PICK_NS, event->pick_ns);
	if (event->cost_ns != NO_SAMPLE)
		mark__number(mark, ARG_SWITCH_NS, event->cost_ns);
	if (event->weight != 1 && (event->pick_ns != NO_SAMPLE || event->cost_ns != NO_SAMPLE))
		mark__number(mark, ARG_STANDS_FOR, event->weight);
	if (event->flags & TIMELINE_FLUSHED && event->kind == KIND_PROCESS)
		mark__number(mark, ARG_FLUSHED, 1);
}

/* The wakeup that ended the wait.  Stores the arrow from there; 0: none. */
static int timeline__take_wakeup(struct timeline *timeline, const struct timeline_oncpu *event,
				 const struct timeline_thread *thread, __u64 *ret_flow)
{
	const struct timeline_thread *waker;
	int err;

	*ret_flow = 0;
	if (!(event->flags & TIMELINE_WOKEN) || event->off >= OFF_NONE ||
	    event->woken_ns < timeline->start_ns)
		return 0;
	err = timeline_sched__waking(timeline, event, thread);
	if (err || !(event->flags & TIMELINE_BY_TASK) || !event->waker)
		return err;
	waker = timeline__thread_of_task(timeline, event->waker, NULL);
	if (!waker)
		return -ENOMEM;
	*ret_flow = timeline__put_waker(timeline, event, waker);
	return 0;
}

static int timeline__take_oncpu(struct timeline *timeline, const struct timeline_oncpu *event)
{
	struct timeline_thread *thread = NULL;
	struct mark mark = { .ns = event->in_ns, .category = CATEGORY_ONCPU };
	int err;

	if (event->kind > KIND_COUNT || event->cpu >= TIMELINE_CPUS)
		return 0;
	if (timeline->out.full) {
		timeline->sums.cut++;
		return 0;
	}
	thread = event->task ? timeline__thread_of_task(timeline, event->task, NULL) : NULL;
	if (event->task && !thread)
		return -ENOMEM;
	err = timeline_sched__switch(timeline, event, thread);
	if (!err && thread)
		err = timeline__take_wakeup(timeline, event, thread, &mark.end_flow);
	if (err)
		return err;
	if (thread && event->off < OFF_NONE)
		mark.end_flow = timeline__put_gap(timeline, event, thread->track, mark.end_flow);
	if (!thread)
		timeline__tell_idle(timeline, event->cpu);
	mark.track = thread ? thread->track : track__of_idle(event->cpu);
	mark.name = (enum timeline_name)(NAME_THREAD + event->kind);
	mark__priced(&mark, event);
	timeline__put_slice(timeline, &mark, event->out_ns);
	if (timeline->out.full) {
		timeline->sums.cut++;
	} else if (event->kind < KIND_COUNT) {
		timeline->sums.switches++;
		timeline->sums.in[event->kind]++;
	}
	return 0;
}

static void timeline__take_lost(struct timeline *timeline, const struct timeline_lost *event)
{
	struct mark mark = { .ns = event->first_ns,
			     .track = TRACK_NOTES,
			     .type = PERFETTO_INSTANT,
			     .name = NAME_LOST,
			     .category = CATEGORY_LOST };

	timeline->sums.lost += event->count;
	mark__number(&mark, ARG_COUNT, event->count);
	mark__number(&mark, ARG_CPU, event->cpu);
	mark__number(&mark, ARG_UNTIL, event->last_ns - event->first_ns);
	timeline__put(timeline, &mark);
}

static int timeline__take_name(struct timeline *timeline, const struct timeline_task *event)
{
	struct timeline_thread *thread =
		timeline__thread_of_task(timeline, event->task, &event->task_id);

	return thread ? timeline__name_thread(timeline, thread, &event->task_id, event->now_ns) :
			-ENOMEM;
}

int timeline__take(struct timeline *timeline, const union timeline_event *event)
{
	switch (event->type) {
	case TIMELINE_TASK:
		return timeline__take_name(timeline, &event->task);
	case TIMELINE_ONCPU:
		return timeline__take_oncpu(timeline, &event->oncpu);
	case TIMELINE_LOST:
		timeline__take_lost(timeline, &event->lost);
		return 0;
	default:
		return 0;
	}
}

/* ---- the end ---- */

int timeline__take_task(struct timeline *timeline, const struct wire_task *head,
			const struct task_rec *rec)
{
	struct task_id id = { .start_ns = head->start_ns,
			      .leader_ns = head->leader_ns,
			      .tid = head->tid,
			      .tgid = head->tgid };
	struct timeline_thread *thread;
	int err;

	if (!rec->id || !timeline->start_ns)
		return 0;
	memcpy(id.comm, head->comm, sizeof(id.comm));
	memcpy(id.leader_comm, head->leader_comm, sizeof(id.leader_comm));
	thread = timeline__thread_of_task(timeline, (__u32)rec->id, &id);
	err = thread ? timeline__name_thread(timeline, thread, &id, head->now_ns) : -ENOMEM;
	thread = err ? NULL : timeline__thread_of_task(timeline, (__u32)rec->id, &id);
	if (!thread)
		return -ENOMEM;
	if (head->type != WIRE_LIVE) {
		timeline__end_thread(timeline, thread);
		return 0;
	}
	thread->off = rec->off_ns ? rec->off : OFF_NONE;
	thread->off_ns = rec->off_ns;
	thread->wait_since = head->wait_since;
	return 0;
}

/* It is off CPU up to the end. */
static void timeline__put_open(struct timeline *timeline, const struct timeline_thread *thread,
			       __u64 stop_ns)
{
	struct timeline_oncpu open = { .off = thread->off, .in_ns = stop_ns };

	if (thread->off >= OFF_NONE || !thread->off_ns || thread->off_ns >= stop_ns)
		return;
	open.off_ns = thread->off_ns > timeline->start_ns ? thread->off_ns : timeline->start_ns;
	if (thread->wait_since && thread->wait_since < stop_ns)
		open.wait_ns = stop_ns - thread->wait_since;
	timeline__put_gap(timeline, &open, thread->track, 0);
}

int timeline__end(struct timeline *timeline, __u64 stop_ns)
{
	struct mark cut = { .ns = stop_ns,
			    .track = TRACK_NOTES,
			    .type = PERFETTO_INSTANT,
			    .name = NAME_CUT,
			    .category = CATEGORY_LOST };
	const struct timeline_thread *thread;
	int cpu;

	for (thread = timeline->by_task; thread; thread = thread->hh_task.next)
		timeline__put_open(timeline, thread, stop_ns);
	perfetto__finish(&timeline->out);
	for (cpu = 0; cpu < TIMELINE_CPUS; cpu++)
		timeline_sched__flush(timeline, cpu);
	if (timeline->sums.cut) {
		mark__number(&cut, ARG_COUNT, timeline->sums.cut);
		timeline__put(timeline, &cut);
	}
	return perfetto__flush(&timeline->out);
}

void timeline__tell_unknown_wakers(struct timeline *timeline, const char *why)
{
	struct mark mark = { .ns = timeline->start_ns,
			     .track = TRACK_NOTES,
			     .type = PERFETTO_INSTANT,
			     .name = NAME_NO_WAKERS,
			     .category = CATEGORY_LOST };

	mark__text(&mark, ARG_WHY, why);
	timeline__put(timeline, &mark);
}

bool timeline__is_full(const struct timeline *timeline)
{
	return timeline->out.full || timeline->out.err;
}

void timeline__sum(const struct timeline *timeline, struct timeline_sums *ret_sums)
{
	*ret_sums = timeline->sums;
	ret_sums->bytes = timeline->out.bytes;
}
