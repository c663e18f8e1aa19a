/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/recorder_private.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/array.h"
#include "core/hash.h"
#include "session/paid.h"
#include "core/remark.h"
#include "core/number.h"

#define THREADS_MAX 200000 /* at a time are kept apart; more are put together by name */

__u32 recorder__mark(const struct recorder *recorder, const char *text)
{
	struct profile *profile = recorder->config.profile;

	return profile__stack(profile, 0, profile__mark(profile, text));
}

struct recorder *recorder__new(const struct recorder_config *config)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));

	if (!recorder)
		return NULL;
	recorder->config = *config;
	if (!recorder->config.bytes)
		recorder->config.bytes = RECORDER_BYTES;
	recorder->stack_new = recorder__mark(recorder, "[not run yet]");
	recorder->stack_past = recorder__mark(recorder, "[off CPU since before the recording]");
	recorder->stack_lost = recorder__mark(recorder, "[stack lost]");
	recorder->stack_waits = recorder__mark(recorder, "[not unwound yet]");
	recorder->stack_idle = recorder__mark(recorder, "[idle]");
	if (recorder->stack_idle)
		return recorder;
	recorder__free(recorder);
	return NULL;
}

/* One with a few switches of each kind takes so much, most of it in distributions. */
#define ENDED_BYTES 13000

void recorder__limit_ended(struct recorder *recorder)
{
	struct model *model = recorder->config.counting->model;
	__u64 most = recorder->config.bytes / 2 / ENDED_BYTES;

	model->ended_max = most < MODEL_ENDED_MAX ? most : MODEL_ENDED_MAX;
}

void recorder__free(struct recorder *recorder)
{
	if (!recorder)
		return;
	HASH_FREE_ALL(recorder->gone);
	HASH_FREE_ALL(recorder->creating);
	free(recorder->paid);
	free(recorder->order);
	free(recorder->done);
	free(recorder);
}

__u64 recorder__lost(const struct recorder *recorder)
{
	return recorder->lost;
}

const struct rootless_sums *recorder__rootless(const struct recorder *recorder)
{
	return &recorder->rootless;
}

/* ---- stacks ---- */

__u32 recorder__stack(struct recorder *recorder, __u64 id)
{
	__u32 stack;

	if (id == STACK_NEW)
		return recorder->stack_new;
	if (id == STACK_PAST)
		return recorder->stack_past;
	if (symbolization__find(recorder->config.symbolization, id, &stack))
		return stack ? stack : recorder->stack_waits;
	recorder->lost++;
	return recorder->stack_lost;
}

void recorder__tell(const struct recorder *recorder)
{
	__u64 left = symbolization__left(recorder->config.symbolization);
	__u64 given_up = symbolization__given_up(recorder->config.symbolization);

	if (left)
		remark("lost %s new stacks: no memory was left for them (raise --max-memory)",
		       number__count(left).text);
	if (recorder->paid_together > recorder->paid_late)
		remark("%s samples found no room in memory: their stacks count as lost (give it a CPU of "
		       "its own, or raise --max-memory)",
		       number__count(recorder->paid_together - recorder->paid_late).text);
	if (recorder->paid_late)
		remark("%s samples were not written in time after the signal: their stacks count as lost",
		       number__count(recorder->paid_late).text);
	if (given_up)
		remark("%s stacks were not unwound in time after the signal, and count as lost",
		       number__count(given_up).text);
	if (recorder->together)
		remark("more than %d threads at a time: stacks of more are added up by name",
		       THREADS_MAX);
}

/* ---- what is paid ---- */

/* What found no room is paid by nobody, on a stack that is lost: sums stay right. */
__s64 *recorder__pay_together(struct recorder *recorder)
{
	recorder->lost++;
	recorder->paid_together++;
	return recorder->rest;
}

size_t recorder__unwritten(const struct recorder *recorder)
{
	return recorder->paid_count - recorder->paid_waiting;
}

/* The weights are to be added to. */
static __s64 *recorder__pay(struct recorder *recorder, __u64 task, __u64 stack, __u64 waker)
{
	struct paid *paid;

	if (recorder->paid_count * sizeof(*paid) >= recorder->config.bytes / 4)
		return recorder__pay_together(recorder);
	if (!ARRAY_ROOM(recorder->paid, recorder->paid_count, recorder->paid_room, 4096))
		return NULL;
	paid = &recorder->paid[recorder->paid_count++];
	memset(paid, 0, sizeof(*paid));
	paid->key = (struct sample_key){ .task = task, .stack = stack, .waker = waker };
	return paid->weight;
}

int recorder__take_sample(void *context, const struct sample_key *key,
			  const struct sample_value *value)
{
	__s64 *weight = recorder__pay(context, key->task, key->stack, key->waker);
	int i;

	if (!weight)
		return -ENOMEM;
	for (i = 0; i < OFF_COUNT; i++)
		weight[WEIGHT_SLEEP + i] += (__s64)value->off_ns[i];
	weight[WEIGHT_SWITCHES] += value->switches;
	weight[WEIGHT_RUNQ] += (__s64)value->runq_ns;
	weight[WEIGHT_COST] += (__s64)value->cost_ns;
	weight[WEIGHT_MM] += value->mm_switches;
	weight[WEIGHT_WAKE] += value->wakeups;
	return 0;
}

_Static_assert(WEIGHT_OTHER - WEIGHT_SLEEP == OFF_OTHER - OFF_SLEEP, "in the order of enum off");

/* Charges a creation to the creator's stack, and its duration when the creator returns. */
int recorder__take_lifecycle(void *context, const struct lifecycle_event *event)
{
	struct recorder *recorder = context;
	struct creating *creating;
	__s64 *weight;

	/* what the model has counted, and nothing else */
	if (!recorder->config.counting->model->in_run || !(event->task_id.flags & TASK_ID_TRACED) ||
	    (event->type != LIFECYCLE_SPAWN && event->type != LIFECYCLE_RETURN))
		return 0;
	HASH_FIND(hh, recorder->creating, &event->task_id.tid, sizeof(event->task_id.tid),
		  creating);
	if (event->type == LIFECYCLE_RETURN) {
		if (!creating)
			return 0;
		weight = recorder__pay(recorder, creating->task, creating->stack, 0);
		if (weight)
			weight[WEIGHT_SPAWN_NS] += (__s64)event->back.return_ns;
		HASH_DEL(recorder->creating, creating);
		free(creating);
		return weight ? 0 : -ENOMEM;
	}
	weight = recorder__pay(recorder, event->spawn.task,
			       event->spawn.stack ? event->spawn.stack : STACK_PAST, 0);
	if (!weight)
		return -ENOMEM;
	weight[WEIGHT_SPAWN] += 1;
	if (event->spawn.copy_ns == LIFECYCLE_NO_TIME)
		return 0;
	weight[WEIGHT_SPAWN_NS] += (__s64)event->spawn.copy_ns;
	creating = HASH_GET(recorder->creating, tid, &event->task_id.tid);
	if (!creating)
		return -ENOMEM;
	creating->task = event->spawn.task;
	creating->stack = event->spawn.stack ? event->spawn.stack : STACK_PAST;
	return 0;
}

/* ---- threads ---- */

static void entry__put_together(struct profile_thread *entry)
{
	entry->id = ID_TOGETHER;
	entry->tid = entry->pid = 0;
	entry->start_ns = entry->process_start_ns = 0;
	entry->process_comm = entry->comm;
}

/* By itself as long as there is room, then with others of its name. */
static __u32 recorder__enter(struct recorder *recorder, struct profile_thread *entry)
{
	struct profile *profile = recorder->config.profile;
	__u32 number = profile__find_thread(profile, entry);

	if (number)
		return number;
	if (profile__threads_kept(profile) >= THREADS_MAX) {
		recorder->together++;
		entry__put_together(entry);
	}
	return profile__thread(profile, entry);
}

__u32 recorder__thread(struct recorder *recorder, const struct thread *thread)
{
	struct profile_thread entry = { .id = thread->id,
					.tid = thread->tid,
					.pid = thread->process->key.pid,
					.start_ns = thread->start_ns,
					.process_start_ns = thread->process->key.start_ns,
					.comm = thread->comm,
					.process_comm = thread->process->comm };

	return recorder__enter(recorder, &entry);
}

/* Of a task that nobody knows, or all of those that found no room. */
__u32 recorder__nobody(struct recorder *recorder)
{
	struct profile_thread entry = { .comm = "[unknown]" };

	entry__put_together(&entry);
	return profile__thread(recorder->config.profile, &entry);
}

__u32 recorder__thread_of(struct recorder *recorder, __u64 task)
{
	struct thread *thread;
	struct gone *gone;

	HASH_FIND(hh, recorder->config.counting->model->threads, &task, sizeof(task), thread);
	if (thread)
		return recorder__thread(recorder, thread);
	HASH_FIND(hh, recorder->gone, &task, sizeof(task), gone);
	return gone ? gone->thread : recorder__nobody(recorder);
}

/* What the summary keeps in other states than the samples say is so on the stacks, too. */
static int recorder__shift(struct recorder *recorder, __u64 task, const struct shift *shift)
{
	__s64 *weight;

	if (!shift->rest && !shift->runq)
		return 0;
	weight = recorder__pay(recorder, task, shift->stack, 0);
	if (!weight)
		return -ENOMEM;
	weight[WEIGHT_SLEEP + (int)shift->off] += shift->rest;
	weight[WEIGHT_RUNQ] += shift->runq;
	return 0;
}

/* A task's last word: its last switch out is in no sample, and it may soon be forgotten. */
int recorder__take_task(void *context, const struct wire_task *head,
			const struct task_rec *rec_head)
{
	struct recorder *recorder = context;
	struct profile_thread entry = { .id = rec_head->id,
					.tid = head->tid,
					.pid = head->tgid,
					.start_ns = head->start_ns,
					.process_start_ns = head->leader_ns };
	char comm[UTF8_COMM], leader[UTF8_COMM];
	struct gone *gone;
	__s64 *weight;

	if (recorder__shift(recorder, rec_head->id, &recorder->config.counting->model->shift))
		return -ENOMEM;
	if (head->type == WIRE_LIVE)
		return 0;
	if (rec_head->flags & REC_LEFT) {
		weight = recorder__pay(recorder, rec_head->id, head->stack, 0);
		if (!weight)
			return -ENOMEM;
		weight[WEIGHT_SWITCHES] += 1;
	}
	utf8__from_bytes(comm, sizeof(comm), head->comm, sizeof(head->comm));
	utf8__from_bytes(leader, sizeof(leader), head->leader_comm, sizeof(head->leader_comm));
	entry.comm = comm;
	entry.process_comm = leader;
	gone = calloc(1, sizeof(*gone));
	if (!gone)
		return -ENOMEM;
	gone->task = rec_head->id;
	gone->thread = recorder__enter(recorder, &entry);
	gone->together = entry.id == ID_TOGETHER;
	HASH_ADD(hh, recorder->gone, task, sizeof(gone->task), gone);
	return gone->thread ? 0 : -ENOMEM;
}

struct release {
	struct store_writer *writer;
	int error;
};

static void release__thread(void *context, __u32 number)
{
	struct release *release = context;

	if (!release->error)
		release->error = store__retire_thread(release->writer, number);
}

int recorder__release(struct recorder *recorder, struct store_writer *writer)
{
	struct release release = { .writer = writer };
	size_t i;

	for (i = 0; i < recorder->done_count; i++)
		profile__forget_thread(recorder->config.profile, recorder->done[i], release__thread,
				       &release);
	recorder->done_count = 0;
	return release.error;
}

bool recorder__is_full(const struct recorder *recorder)
{
	const struct profile *profile = recorder->config.profile;
	size_t share = recorder->config.bytes / 8;

	return profile__stack_bytes(profile) > share || profile__place_bytes(profile) > share;
}

void recorder__forget_written(struct recorder *recorder)
{
	struct profile *profile = recorder->config.profile;

	if (profile__place_bytes(profile) > recorder->config.bytes / 8)
		profile__forget_places(profile);
	else
		profile__forget_stacks(profile);
}

static void use_stack(void *context, __u32 stack)
{
	store__use_stack(context, stack);
}

/* Its stack is made anew at each writing, of frames that the profile may have forgotten. */
static void use_frames(const struct crash *crash, struct store_writer *writer)
{
	size_t i;

	for (i = 0; i < crash->culprit.frame_count; i++)
		store__use_frame(writer, crash->culprit.frames[i].number);
}

int recorder__sweep(struct recorder *recorder, struct store_writer *writer, enum litter litter,
		    struct failure *failure)
{
	const __u32 marks[] = { recorder->stack_new, recorder->stack_past, recorder->stack_lost,
				recorder->stack_waits, recorder->stack_idle };
	const struct model *model = recorder->config.counting->model;
	struct profile *profile = recorder->config.profile;
	size_t i;

	if (litter == LITTER_PLACES)
		profile__forget_places(profile);
	else
		profile__forget_stacks(profile);
	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		store__use_stack(writer, marks[i]);
	symbolization__each_stack(recorder->config.symbolization, use_stack, writer);
	for (i = 0; i < model->crash_count; i++)
		use_frames(model->crashes[i], writer);
	return store__sweep(writer, profile, failure);
}

/* ---- writing ---- */

void recorder__end(struct recorder *recorder)
{
	recorder->last = true;
}

bool recorder__has_ended(const struct recorder *recorder)
{
	return recorder->last;
}

int recorder__write(struct recorder *recorder, struct store_writer *writer, __u32 period, __u64 now,
		    bool close, struct failure *failure)
{
	const struct model *model = recorder->config.counting->model;
	size_t i;
	int err = store__clear_open(writer, period, failure);

	if (!err)
		err = recorder__write_paid(recorder, writer, period, close, failure);
	if (err || recorder->is_cut)
		return err;
	if (!err)
		err = recorder__write_open(recorder, writer, period, now, failure);
	if (!err && model->whole_machine)
		err = recorder__write_idle(recorder, writer, period, failure);
	if (!err && model->whole_machine && close)
		err = recorder__write_withheld(recorder, writer, period, failure);
	for (i = 0; i < model->crash_count && !err; i++)
		err = recorder__write_crash(recorder, writer, period, model->crashes[i], failure);
	return err;
}

int recorder__next(struct recorder *recorder, __u64 now, struct failure *failure)
{
	const struct model *model = recorder->config.counting->model;
	struct thread *thread, *next;
	__s64 open[WEIGHTS], *weight;
	size_t i;
	int w;

	recorder->lost_open = 0; /* they stay in the period that is over */
	for (i = 0; i < model->crash_count; i++)
		recorder__forget_culprit(recorder, model->crashes[i]);
	HASH_ITER(hh, recorder->config.counting->model->threads, thread, next) {
		size_t count = recorder->paid_count;

		if (!recorder__open_weights(recorder, thread, now, open))
			continue;
		weight = recorder__pay(recorder, thread->id, thread->stack, 0);
		if (!weight)
			return failure__set(failure, -ENOMEM, NULL, NULL, "cannot keep the stacks");
		for (w = 0; w < WEIGHTS; w++)
			weight[w] -= open[w];
		if (recorder->paid_count > count) /* it has found room */
			recorder->paid[count].takes_back = true;
	}
	return 0;
}
