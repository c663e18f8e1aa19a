/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Creations, execs, ends and crashes on a timeline. */
#include <errno.h>
#include <string.h>

#include "model/lifecycle/crash.h"
#include "model/switching/spawn.h"
#include "view/names.h"
#include "view/timeline_private.h"

/* ---- as they happen ---- */

/* The thread that an event is about, with a name for its track. */
static const struct timeline_thread *life__thread(struct timeline *timeline,
						  const struct task_id *id, __u64 now_ns)
{
	struct timeline_thread *thread = timeline__thread_of_id(timeline, id);

	if (!thread || (!thread->named && timeline__name_thread(timeline, thread, id, now_ns)))
		return NULL;
	return thread;
}

static int timeline__take_spawn(struct timeline *timeline, const struct lifecycle_event *event)
{
	const struct timeline_thread *creator =
		life__thread(timeline, &event->task_id, event->now_ns);
	const struct timeline_thread *created =
		life__thread(timeline, &event->spawn.other, event->now_ns);
	struct mark from = { .ns = event->now_ns,
			     .type = PERFETTO_INSTANT,
			     .name = NAME_SPAWN,
			     .category = CATEGORY_LIFE,
			     .flow = timeline->flows + 1 };
	struct mark to = { .ns = event->now_ns,
			   .type = PERFETTO_INSTANT,
			   .name = NAME_BORN,
			   .category = CATEGORY_LIFE,
			   .end_flow = timeline->flows + 1 };

	if (!creator || !created)
		return -ENOMEM;
	from.track = creator->track;
	to.track = created->track;
	if (event->spawn.kind < SPAWN_KINDS)
		mark__text(&from, ARG_KIND, spawn_names[event->spawn.kind]);
	mark__number(&from, ARG_TID, (__u64)timeline__pid(event->spawn.other.tid));
	if (event->spawn.copy_ns != LIFECYCLE_NO_TIME)
		mark__number(&from, ARG_COPY_NS, event->spawn.copy_ns);
	timeline->flows++;
	if (timeline__put(timeline, &from))
		timeline__put(timeline, &to);
	return 0;
}

static int timeline__take_end(struct timeline *timeline, const struct lifecycle_event *event,
			      enum timeline_name name)
{
	const struct timeline_thread *thread =
		life__thread(timeline, &event->task_id, event->now_ns);
	int signal = (int)(event->end.code & 0x7f);
	struct mark mark = { .ns = event->now_ns,
			     .type = PERFETTO_INSTANT,
			     .name = name,
			     .category = CATEGORY_LIFE };
	struct signal_name text;

	if (!thread)
		return -ENOMEM;
	mark.track = thread->track;
	if (signal) {
		text = signal__name(signal);
		mark__text(&mark, ARG_SIGNAL, text.text);
	} else {
		mark__number(&mark, ARG_CODE, event->end.code >> 8 & 0xff);
	}
	timeline__put(timeline, &mark);
	return 0;
}

static int timeline__take_exec(struct timeline *timeline, const struct lifecycle_event *event)
{
	const struct timeline_thread *thread =
		life__thread(timeline, &event->task_id, event->now_ns);
	struct mark mark = { .ns = event->now_ns,
			     .type = PERFETTO_INSTANT,
			     .name = NAME_EXEC,
			     .category = CATEGORY_LIFE };
	char comm[UTF8_COMM];

	if (!thread)
		return -ENOMEM;
	utf8__from_bytes(comm, sizeof(comm), event->task_id.comm, LIFECYCLE_COMM);
	utf8__printable(comm);
	mark.track = thread->track;
	mark__text(&mark, ARG_COMM, comm);
	timeline__put(timeline, &mark);
	return 0;
}

int timeline__take_lifecycle(struct timeline *timeline, const struct lifecycle_event *event)
{
	bool traced = event->task_id.flags & TASK_ID_TRACED;

	if (!timeline->start_ns || event->now_ns < timeline->start_ns)
		return 0;
	if (event->type == LIFECYCLE_SPAWN && (traced || event->spawn.other.flags & TASK_ID_TRACED))
		return timeline__take_spawn(timeline, event);
	if (!traced)
		return 0;
	switch (event->type) {
	case LIFECYCLE_EXEC:
		return timeline__take_exec(timeline, event);
	case LIFECYCLE_END:
		return timeline__take_end(timeline, event, NAME_END);
	case LIFECYCLE_DOWN:
		return timeline__take_end(timeline, event, NAME_DOWN);
	default:
		return 0;
	}
}

/* ---- a crash, when its window has closed ---- */

/* By its number: a crash tells of a process and of threads in it, and few threads share a number. */
static const struct timeline_thread *timeline__thread_of_tid(struct timeline *timeline, __u32 tid,
							     __u32 tgid)
{
	const struct timeline_thread *thread, *found = NULL;

	for (thread = timeline->by_id; thread; thread = thread->hh_id.next) {
		if (thread->id.tid == tid && thread->tgid == tgid)
			found = thread; /* the last one that had the number */
	}
	return found;
}

static void timeline__put_victim(struct timeline *timeline, const struct crash *crash,
				 const struct victim *victim, __u64 flow)
{
	const struct timeline_thread *thread =
		timeline__thread_of_tid(timeline, victim->tid, victim->pid);
	struct mark mark = { .ns = crash->at_ns + victim->links[0].delay_ns,
			     .track = thread ? thread->track : TRACK_NOTES,
			     .type = PERFETTO_INSTANT,
			     .text = how_names[victim->links[0].how],
			     .category = CATEGORY_CRASH,
			     .end_flow = flow };

	mark__text(&mark, ARG_EVIDENCE, victim->links[0].evidence);
	mark__text(&mark, ARG_OUTCOME, outcome_names[victim->outcome]);
	mark__number(&mark, ARG_RING, (__u64)victim->ring);
	mark__number(&mark, ARG_TID, (__u64)timeline__pid(victim->tid));
	mark__text(&mark, ARG_COMM, victim->comm);
	timeline__put(timeline, &mark);
}

void timeline__take_crash(struct timeline *timeline, const struct crash *crash)
{
	__u32 tid = crash->culprit.tid ? crash->culprit.tid : crash->pid;
	const struct timeline_thread *thread = timeline__thread_of_tid(timeline, tid, crash->pid);
	struct mark mark = { .ns = crash->at_ns,
			     .track = thread ? thread->track : TRACK_NOTES,
			     .type = PERFETTO_INSTANT,
			     .text = crash->end.class == END_CRASH ? "CRASH" : "ABNORMAL END",
			     .category = CATEGORY_CRASH };
	struct signal_name signal = signal__name(crash->end.signal);
	const char *function = crash__function(crash);
	size_t i, first;

	if (!crash->traced)
		return;
	mark__text(&mark, ARG_CLASS, end_names[crash->end.class]);
	if (crash->end.signal)
		mark__text(&mark, ARG_SIGNAL, signal.text);
	mark__text(&mark, ARG_COMM, crash->comm);
	mark__number(&mark, ARG_PID, (__u64)timeline__pid(crash->pid));
	mark__number(&mark, ARG_FAN_OUT, crash->fan_out);
	if (function)
		mark__text(&mark, ARG_FUNCTION, function);
	first = 0;
	do { /* as often as it takes for an arrow to each */
		size_t count = crash->victim_count - first;

		mark.flows = count < MARK_FLOWS ? count : MARK_FLOWS;
		mark.flow = mark.flows ? timeline->flows + 1 : 0;
		timeline__put(timeline, &mark);
		for (i = 0; i < mark.flows; i++)
			timeline__put_victim(timeline, crash, &crash->victims[first + i],
					     ++timeline->flows);
		first += mark.flows;
	} while (first < crash->victim_count);
	timeline->sums.crashes++;
}
