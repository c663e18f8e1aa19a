/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who the threads of a timeline are. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "view/timeline_private.h"

static struct timeline_thread *thread__new(struct timeline *timeline)
{
	struct timeline_thread *thread = calloc(1, sizeof(*thread));

	if (!thread)
		return NULL;
	thread->track = track__of_thread(++timeline->threads);
	thread->off = OFF_NONE;
	return thread;
}

/* ---- those that pass ---- */

static struct timeline_thread *thread__find(const struct timeline *timeline,
					    const struct timeline_thread_id *id)
{
	struct timeline_thread *thread;

	HASH_FIND(hh_id, timeline->by_id, id, sizeof(*id), thread);
	return thread;
}

static void thread__free(struct timeline *timeline, struct timeline_thread *thread)
{
	struct timeline_process *process = thread->process;

	if (thread->task)
		HASH_DELETE(hh_task, timeline->by_task, thread);
	if (thread->id.tid && thread__find(timeline, &thread->id) == thread)
		HASH_DELETE(hh_id, timeline->by_id, thread);
	if (process && !--process->threads) {
		HASH_DEL(timeline->processes, process);
		free(process);
	}
	free(thread);
}

static void timeline__keep(struct timeline *timeline, struct timeline_thread *thread)
{
	if (!thread->passes)
		return;
	DL_DELETE(timeline->passing, thread);
	timeline->passing_count--;
	thread->passes = false;
}

static void timeline__let_pass(struct timeline *timeline, struct timeline_thread *thread)
{
	struct timeline_thread *oldest;

	timeline__keep(timeline, thread);
	thread->passes = true;
	DL_APPEND(timeline->passing, thread);
	if (++timeline->passing_count <= TIMELINE_PASSING)
		return;
	oldest = timeline->passing;
	timeline__keep(timeline, oldest);
	thread__free(timeline, oldest);
}

void timeline__end_thread(struct timeline *timeline, struct timeline_thread *thread)
{
	thread->off = OFF_NONE;
	timeline__let_pass(timeline, thread);
}

/* ---- by number and by id ---- */

struct timeline_thread *timeline__thread_of_task(struct timeline *timeline, __u32 task,
						 const struct task_id *of)
{
	struct timeline_thread *thread;

	HASH_FIND(hh_task, timeline->by_task, &task, sizeof(task), thread);
	if (thread)
		return thread;
	if (of) {
		struct timeline_thread_id id = { .start_ns = of->start_ns, .tid = of->tid };

		thread = thread__find(timeline, &id);
	}
	if (!thread || thread->task)
		thread = thread__new(timeline);
	if (!thread)
		return NULL;
	timeline__keep(timeline, thread);
	thread->task = task;
	HASH_ADD(hh_task, timeline->by_task, task, sizeof(thread->task), thread);
	return thread;
}

struct timeline_thread *timeline__thread_of_id(struct timeline *timeline, const struct task_id *of)
{
	struct timeline_thread_id id = { .start_ns = of->start_ns, .tid = of->tid };
	struct timeline_thread *thread = thread__find(timeline, &id);

	if (thread)
		return thread;
	thread = thread__new(timeline);
	if (!thread)
		return NULL;
	thread->id = id;
	HASH_ADD(hh_id, timeline->by_id, id, sizeof(thread->id), thread);
	timeline__let_pass(timeline, thread);
	return thread;
}

void timeline__free_threads(struct timeline *timeline)
{
	struct timeline_thread *thread, *next;

	/* all that have a number, then those that are left */
	HASH_ITER(hh_task, timeline->by_task, thread, next)
		thread__free(timeline, thread);
	HASH_ITER(hh_id, timeline->by_id, thread, next)
		thread__free(timeline, thread);
}

/* ---- what they are called ---- */

/* false: as before */
static bool comm__take(char *comm, const char *bytes)
{
	char text[UTF8_COMM];

	utf8__from_bytes(text, sizeof(text), bytes, WIRE_COMM);
	utf8__printable(text);
	if (!strcmp(text, comm))
		return false;
	memcpy(comm, text, sizeof(text));
	return true;
}

/* The first name is from its begin on. */
static __u64 name__since(const struct timeline *timeline, __u64 begin_boot_ns, bool first,
			 __u64 now_ns)
{
	return first ? begin_boot_ns - (__u64)timeline->boot_ahead : now_ns;
}

static int timeline__name_process(struct timeline *timeline, struct timeline_thread *thread,
				  const struct task_id *id, __u64 now_ns)
{
	struct timeline_process_key key = { .leader_ns = id->leader_ns, .tgid = id->tgid };
	struct timeline_process *process = HASH_GET(timeline->processes, key, &key);
	bool first;

	if (!process)
		return -ENOMEM;
	if (!thread->process) {
		thread->process = process;
		process->threads++;
	}
	first = !*process->comm;
	if (comm__take(process->comm, id->leader_comm))
		timeline__put_process(timeline, id->tgid, process->comm,
				      name__since(timeline, id->leader_ns, first, now_ns));
	return 0;
}

/*
 * By exec a thread gets the id of its leader, which is gone.  What it does from then on is on the
 * leader's track; what was the leader's last may still be on its way.
 */
static struct timeline_thread *timeline__replace_leader(struct timeline *timeline,
							struct timeline_thread *thread,
							const struct timeline_thread_id *id)
{
	struct timeline_thread *leader = thread__find(timeline, id);
	struct timeline_thread *successor = thread__new(timeline);

	if (!successor)
		return NULL;
	if (leader) {
		successor->track = leader->track;
		leader->replaced = true;
	}
	HASH_DELETE(hh_task, timeline->by_task, thread);
	successor->task = thread->task;
	thread->task = 0;
	HASH_ADD(hh_task, timeline->by_task, task, sizeof(successor->task), successor);
	timeline__end_thread(timeline, thread);
	return successor;
}

int timeline__name_thread(struct timeline *timeline, struct timeline_thread *thread,
			  const struct task_id *of, __u64 now_ns)
{
	struct timeline_thread_id id = { .start_ns = of->start_ns, .tid = of->tid };
	int err;

	if (thread->id.tid && thread->task && memcmp(&thread->id, &id, sizeof(id)) != 0)
		thread = timeline__replace_leader(timeline, thread, &id);
	if (!thread)
		return -ENOMEM;
	if (thread->replaced)
		return 0;
	err = timeline__name_process(timeline, thread, of, now_ns);
	if (!thread->id.tid) {
		thread->id = id;
		if (!thread__find(timeline, &thread->id))
			HASH_ADD(hh_id, timeline->by_id, id, sizeof(thread->id), thread);
	}
	thread->tgid = of->tgid;
	if (comm__take(thread->comm, of->comm) || !thread->named)
		timeline__put_thread(timeline, thread,
				     name__since(timeline, of->start_ns, !thread->named, now_ns));
	thread->named = true;
	return err;
}
