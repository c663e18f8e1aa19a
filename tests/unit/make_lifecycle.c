/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "make_lifecycle.h"

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "make_reading.h"
#include "unit.h"

void story__begin(struct story *story, int (*tell)(void *, const struct lifecycle_event *),
		  void *context)
{
	story->tell = tell;
	story->context = context;
	story->now_ns = STORY_BEGIN_NS;
	story->copy_ns = story->exec_ns = LIFECYCLE_NO_TIME;
	story->rss = 0;
	story->namespaces = 0;
	story->trap = 0;
	memset(&story->handled, 0, sizeof(story->handled));
	story->tasks = calloc(STORY_TIDS, sizeof(*story->tasks));
	cr_assert_not_null(story->tasks);
}

void story__end(struct story *story)
{
	free(story->tasks);
}

void story__wait(struct story *story, __u64 ns)
{
	story->now_ns += ns;
}

/* ---- telling ---- */

static struct task_id *story__task(struct story *story, __u32 tid)
{
	cr_assert_lt(tid, STORY_TIDS);
	cr_assert_eq(story->tasks[tid].tid, tid, "the story has no task %u", tid);
	return &story->tasks[tid];
}

static struct lifecycle_event story__event(struct story *story, enum lifecycle_type type, __u32 tid)
{
	struct lifecycle_event event;

	memset(&event, 0, sizeof(event));
	event.type = type;
	event.size = sizeof(event);
	event.now_ns = story->now_ns;
	event.task_id = *story__task(story, tid);
	return event;
}

static void story__tell(struct story *story, const struct lifecycle_event *event)
{
	cr_assert_eq(story->tell(story->context, event), 0);
	story->now_ns += STORY_STEP_NS;
}

/* ---- births ---- */

static void name(char *comm, const char *text)
{
	memset(comm, 0, LIFECYCLE_COMM);
	memcpy(comm, text, strnlen(text, LIFECYCLE_COMM - 1));
}

void story__census(struct story *story, __u32 pid, __u32 ppid, const char *comm)
{
	struct task_id *task_id = &story->tasks[pid];
	struct lifecycle_event event;

	*task_id = (struct task_id){ .start_ns = birth_of(pid),
				     .leader_ns = birth_of(pid),
				     .tid = pid,
				     .tgid = pid,
				     .ppid = ppid,
				     .flags = TASK_ID_TRACED };
	name(task_id->comm, comm);
	name(task_id->leader_comm, comm);
	event = story__event(story, LIFECYCLE_CENSUS, pid);
	story__tell(story, &event);
}

void story__create(struct story *story, __u32 creator, __u32 tid, enum spawn_kind kind)
{
	struct lifecycle_event event = story__event(story, LIFECYCLE_SPAWN, creator);
	struct task_id *task_id = &story->tasks[tid];

	*task_id = event.task_id;
	task_id->tid = tid;
	task_id->start_ns = story->now_ns;
	if (kind != SPAWN_THREAD) {
		task_id->ppid = event.task_id.tgid;
		task_id->tgid = tid;
		task_id->leader_ns = task_id->start_ns;
		memcpy(task_id->leader_comm, task_id->comm, sizeof(task_id->comm));
	}
	event.spawn.other = *task_id;
	event.spawn.kind = kind;
	event.spawn.copy_ns = story->copy_ns;
	event.spawn.rss = story->rss;
	event.spawn.namespaces = story->namespaces;
	story__tell(story, &event);
}

void story__fork(struct story *story, __u32 creator, __u32 pid)
{
	story__create(story, creator, pid, SPAWN_PROCESS);
}

void story__thread(struct story *story, __u32 pid, __u32 tid)
{
	story__create(story, pid, tid, SPAWN_THREAD);
}

/* Whoever runs it is the leader afterwards. */
void story__exec(struct story *story, __u32 tid, const char *comm)
{
	struct task_id *task_id = story__task(story, tid);
	struct lifecycle_event event;

	task_id = story__task(story, task_id->tgid);
	name(task_id->comm, comm);
	name(task_id->leader_comm, comm);
	event = story__event(story, LIFECYCLE_EXEC, task_id->tid);
	event.exec.exec_ns = story->exec_ns;
	story__tell(story, &event);
}

void story__rename(struct story *story, __u32 pid, const char *comm)
{
	struct task_id *task_id = story__task(story, pid);
	struct lifecycle_event event;

	name(task_id->comm, comm);
	name(task_id->leader_comm, comm);
	event = story__event(story, LIFECYCLE_NAME, pid);
	story__tell(story, &event);
}

void story__return(struct story *story, __u32 creator, enum spawn_kind kind, __u64 ns, int error)
{
	struct lifecycle_event event =
		story__event(story, error ? LIFECYCLE_FAILED : LIFECYCLE_RETURN, creator);

	event.back.return_ns = ns;
	event.back.kind = kind;
	event.back.error = (__u32)error;
	story__tell(story, &event);
}

/* ---- signals ---- */

void story__signal(struct story *story, __u32 from, __u32 to, int signal, __u32 flags)
{
	struct lifecycle_event event = story__event(story, LIFECYCLE_SIGNAL, from ? from : to);

	event.signal.other = *story__task(story, to);
	event.signal.signal = signal;
	event.signal.flags = from ? flags : flags | SIGNAL_FROM_KERNEL;
	story__tell(story, &event);
}

void story__sigpipe(struct story *story, __u32 tid, enum closed_kind via, __u32 closer)
{
	struct lifecycle_event event = story__event(story, LIFECYCLE_SIGNAL, tid);

	event.signal.other = event.task_id;
	event.signal.signal = SIGPIPE;
	event.signal.flags = SIGNAL_DEFAULT;
	event.signal.via = via;
	if (closer) {
		event.signal.closer = closer;
		event.signal.closer_ns = story__task(story, closer)->leader_ns;
	}
	story__tell(story, &event);
}

void story__fatal(struct story *story, __u32 tid, int signal, int code, __u32 sender)
{
	struct lifecycle_event event = story__event(story, LIFECYCLE_FATAL, tid);
	const struct task_id *task_id;

	event.fatal.id = story->now_ns;
	event.fatal.signal = signal;
	event.fatal.code = code;
	event.fatal.sender = sender;
	event.fatal.address = 0xdead;
	event.fatal.handled = story->handled;
	event.fatal.trap = story->trap;
	for (task_id = story->tasks; task_id < story->tasks + STORY_TIDS; task_id++)
		event.fatal.threads += task_id->tgid == event.task_id.tgid &&
				       task_id->leader_ns == event.task_id.leader_ns &&
				       !(task_id->flags & TASK_ID_EXITING);
	story__tell(story, &event);
}

void story__handle(struct story *story, __u32 tid, int signal, int code, __u32 flags)
{
	story->handled = (struct lifecycle_handled){ .now_ns = story->now_ns,
						     .address = 0xbeef,
						     .signal = signal,
						     .code = code,
						     .tid = tid,
						     .flags = flags };
	story->now_ns += STORY_STEP_NS;
}

void story__fault(struct story *story, __u32 tid, int signal, int code)
{
	story__signal(story, 0, tid, signal, SIGNAL_DEFAULT);
	story__fatal(story, tid, signal, code, 0);
}

void story__end_alone(struct story *story, __u32 tid, int signal)
{
	struct lifecycle_event event;

	story__task(story, tid)->flags |= TASK_ID_EXITING;
	event = story__event(story, LIFECYCLE_ALONE, tid);
	event.alone.id = story->now_ns;
	event.alone.signal = signal;
	event.alone.threads = 2;
	event.alone.syscall_nr = 110;
	event.alone.syscall_arch = 0xc000003e; /* AUDIT_ARCH_X86_64 */
	story__tell(story, &event);
}

/* ---- ends ---- */

static void story__exit(struct story *story, enum lifecycle_type type, __u32 tid, __u32 code,
			__u32 oom)
{
	struct lifecycle_event event;
	struct task_id *task_id = story__task(story, tid);

	task_id->flags |= TASK_ID_EXITING;
	event = story__event(story, type, tid);
	event.end.life_ns = story->now_ns - task_id->leader_ns;
	event.end.code = code;
	event.end.oom = oom;
	event.end.handled = story->handled;
	story__tell(story, &event);
	if (type == LIFECYCLE_DOWN)
		return;
	/* its children are given to pid 1 */
	for (task_id = story->tasks; task_id < story->tasks + STORY_TIDS; task_id++) {
		if (task_id->tid && task_id->ppid == event.task_id.tgid)
			task_id->ppid = 1;
	}
}

void story__down(struct story *story, __u32 tid, __u32 code)
{
	story__exit(story, LIFECYCLE_DOWN, tid, code, 0);
}

void story__die(struct story *story, __u32 tid, __u32 code)
{
	story__exit(story, LIFECYCLE_END, tid, code, 0);
}

void story__oom(struct story *story, __u32 tid, __u32 code)
{
	story__exit(story, LIFECYCLE_END, tid, code, 1);
}

/* ---- wakes ---- */

/* The address of a kernel function is that of its name. */
const char *story__kernel_name(void *symbols, __u64 address)
{
	const char *text = (const char *)(uintptr_t)address;

	(void)symbols;
	return *text ? text : NULL;
}

void story__wake_by_tcp(struct story *story, __u32 from, __u32 to, const char *const *path,
			__u32 closer)
{
	struct lifecycle_event event = story__event(story, LIFECYCLE_WAKE, from);

	event.wake.other = *story__task(story, to);
	if (closer) {
		event.wake.via = CLOSED_TCP;
		event.wake.closer = closer;
		event.wake.closer_ns = story__task(story, closer)->leader_ns;
	}
	for (; *path; path++)
		event.wake.frames[event.wake.count++] = (uintptr_t)*path;
	story__tell(story, &event);
}

void story__wake(struct story *story, __u32 from, __u32 to, const char *const *path)
{
	story__wake_by_tcp(story, from, to, path, 0);
}

void story__lost(struct story *story, __u32 teller, __u32 closer, __u32 peer, enum closed_kind via)
{
	struct lifecycle_event event = story__event(story, LIFECYCLE_LOST, teller);

	event.lost.closer = closer;
	event.lost.closer_ns = story__task(story, closer)->leader_ns;
	event.lost.peer = peer;
	event.lost.via = via;
	story__tell(story, &event);
}

/* ---- the witness ---- */

static int tell_lifecycle(void *tracker, const struct lifecycle_event *event)
{
	return process_tracker__apply(tracker, event);
}

static void keep_end(void *context, const struct task_id *task_id, const struct end *end)
{
	struct witness *witness = context;

	if (witness->end_count < WITNESS_ENDS) {
		witness->ends[witness->end_count].pid = task_id->tgid;
		witness->ends[witness->end_count].end = *end;
	}
	witness->end_count++;
}

static void keep_crash(void *context, struct crash *crash)
{
	struct witness *witness = context;

	cr_assert_lt(witness->crash_count, WITNESS_CRASHES);
	witness->crashes[witness->crash_count++] = crash;
}

void witness__begin(struct witness *witness, unsigned int flags)
{
	struct process_tracker_config config = { .window_ns = STORY_WINDOW_NS,
						 .all = flags & WITNESS_ALL,
						 .stacks = flags & WITNESS_STACKS,
						 .watcher = flags >> 8,
						 .context = witness,
						 .on_end = keep_end,
						 .on_crash = keep_crash,
						 .kernel_name = story__kernel_name };

	memset(witness, 0, sizeof(*witness));
	witness->tracker = process_tracker__new(&config);
	cr_assert_not_null(witness->tracker);
	story__begin(&witness->story, tell_lifecycle, witness->tracker);
	story__census(&witness->story, 1, 0, "init");
}

void witness__end(struct witness *witness)
{
	size_t i;

	for (i = 0; i < witness->crash_count; i++)
		crash__free(witness->crashes[i]);
	process_tracker__free(witness->tracker);
	story__end(&witness->story);
}

void witness__see_out(struct witness *witness)
{
	__u64 next;

	while ((next = process_tracker__next(witness->tracker))) {
		process_tracker__advance(witness->tracker, next, false);
		if (witness->story.now_ns < next)
			witness->story.now_ns = next;
	}
}

const struct end *witness__end_of(const struct witness *witness, __u32 pid)
{
	const struct end *found = NULL;
	size_t i;

	cr_assert_leq(witness->end_count, WITNESS_ENDS);
	for (i = 0; i < witness->end_count; i++) {
		if (witness->ends[i].pid != pid)
			continue;
		cr_expect_null(found, "process %u ended more than once", pid);
		found = &witness->ends[i].end;
	}
	cr_assert_not_null(found, "process %u did not end", pid);
	return found;
}

const struct crash *witness__crash_of(struct witness *witness, __u32 pid)
{
	const struct crash *found = NULL;
	size_t i;

	witness__see_out(witness);
	for (i = 0; i < witness->crash_count; i++) {
		if (witness->crashes[i]->pid != pid)
			continue;
		cr_expect_null(found, "process %u crashed more than once", pid);
		found = witness->crashes[i];
	}
	cr_assert_not_null(found, "process %u did not crash", pid);
	return found;
}

const struct victim *crash__find(const struct crash *crash, __u32 tid)
{
	size_t i;

	for (i = 0; i < crash->victim_count; i++) {
		if (crash->victims[i].tid == tid)
			return &crash->victims[i];
	}
	return NULL;
}

const struct victim *crash__victim(const struct crash *crash, __u32 tid, int ring, enum how how,
				   __u32 by_pid, enum outcome outcome)
{
	const struct victim *victim = crash__find(crash, tid);

	cr_assert_not_null(victim, "%u is no victim", tid);
	cr_expect_eq(victim->ring, ring, "%u is in ring %d, expected %d", tid, victim->ring, ring);
	cr_expect_eq(victim->links[0].how, how, "%u was hit by %s, expected %s", tid,
		     how_names[victim->links[0].how], how_names[how]);
	cr_expect_eq(victim->links[0].by_pid, by_pid, "%u was hit by %u, expected %u", tid,
		     victim->links[0].by_pid, by_pid);
	cr_expect_eq(victim->outcome, outcome, "%u %s, expected %s", tid,
		     outcome_names[victim->outcome], outcome_names[outcome]);
	return victim;
}
