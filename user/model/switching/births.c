/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/switching/births.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/switching/tasks.h"

/* ---- where a figure goes: to all of the target, and to its creator ---- */

static struct process_key key__of(const struct task_id *task_id)
{
	return (struct process_key){ .start_ns = task_id->leader_ns, .pid = task_id->tgid };
}

/* The process of somebody whose record has not been read yet; NULL without memory. */
static struct process *births__process(struct model *model, const struct task_id *task_id)
{
	struct wire_task head = { .tgid = task_id->tgid,
				  .ppid = task_id->ppid,
				  .own_tgid = task_id->own_tgid,
				  .leader_ns = task_id->leader_ns,
				  .flags = task_id->flags & TASK_ID_KTHREAD ? WIRE_KTHREAD : 0 };

	memcpy(head.leader_comm, task_id->leader_comm, sizeof(head.leader_comm));
	return model__process(model, &head);
}

/* What somebody in the target creates, also if nothing of it has been read yet; NULL without memory. */
static struct spawns *births__spawns(struct model *model, const struct task_id *task_id)
{
	return process__get_spawns(births__process(model, task_id));
}

static int births__sample(struct model *model, const struct process_key *creator,
			  enum spawn_kind kind, enum phase phase, __u64 ns)
{
	struct spawns *own =
		process__get_spawns(model__find_process(model, creator->pid, creator->start_ns));
	int err = spawn__sample(&model->spawns.kind[kind], phase, ns);

	if (!err && own)
		err = spawn__sample(&own->kind[kind], phase, ns);
	return err;
}

/* ---- events ---- */

static int births__spawn(struct model *model, const struct lifecycle_event *event)
{
	struct spawns *to[] = { &model->spawns, NULL };
	enum spawn_kind kind = event->spawn.kind;
	int i, err = 0;

	if (!(event->task_id.flags & TASK_ID_TRACED) || kind >= SPAWN_KINDS)
		return 0;
	to[1] = births__spawns(model, &event->task_id);
	for (i = 0; i < 2 && to[i] && !err; i++) {
		to[i]->kind[kind].count++;
		to[i]->kind[kind].namespaces += event->spawn.namespaces;
		if (event->spawn.copy_ns == LIFECYCLE_NO_TIME)
			continue;
		err = spawn__sample(&to[i]->kind[kind], PHASE_COPY, event->spawn.copy_ns);
		if (!err && kind == SPAWN_PROCESS)
			err = spawns__fork_size(to[i], event->spawn.rss, event->spawn.copy_ns);
	}
	return err;
}

/* Remembers of a new process in the target how it came into being. */
static int births__note(struct model *model, const struct lifecycle_event *event)
{
	const struct task_id *child = &event->spawn.other;
	struct process *process;

	if (!(child->flags & TASK_ID_TRACED) || event->spawn.kind == SPAWN_THREAD ||
	    event->spawn.kind >= SPAWN_KINDS)
		return 0;
	process = births__process(model, child);
	if (!process)
		return -ENOMEM;
	process->birth.seen = event->task_id.flags & TASK_ID_TRACED;
	process->birth.kind = event->spawn.kind;
	process->birth.creator = key__of(&event->task_id);
	return 0;
}

static int births__return(struct model *model, const struct lifecycle_event *event)
{
	struct process_key creator = key__of(&event->task_id);
	enum spawn_kind kind = event->back.kind;

	if (!(event->task_id.flags & TASK_ID_TRACED) || kind >= SPAWN_KINDS)
		return 0;
	return births__sample(model, &creator, kind, PHASE_RETURN, event->back.return_ns);
}

static int births__fail(struct model *model, const struct lifecycle_event *event)
{
	enum spawn_kind kind = event->back.kind;
	struct spawns *own;

	if (!(event->task_id.flags & TASK_ID_TRACED) || kind >= SPAWN_KINDS)
		return 0;
	own = births__spawns(model, &event->task_id);
	spawn__fail(&model->spawns.kind[kind], event->back.error);
	if (own)
		spawn__fail(&own->kind[kind], event->back.error);
	return 0;
}

/* Counts for the process that calls it, and as the last phase of the creation that it completes. */
static int births__exec(struct model *model, const struct lifecycle_event *event)
{
	__u64 ns = event->exec.exec_ns;
	struct process *process;
	struct spawns *own;
	int err;

	if (!(event->task_id.flags & TASK_ID_TRACED))
		return 0;
	process = births__process(model, &event->task_id);
	own = process__get_spawns(process);
	if (ns == LIFECYCLE_NO_TIME) { /* its beginning was before the run, or is not hooked */
		model->spawns.execs++;
		if (own)
			own->execs++;
		return 0;
	}
	err = spawns__exec(&model->spawns, ns);
	if (!err && own)
		err = spawns__exec(own, ns);
	if (!err && process && process->birth.seen)
		err = births__sample(model, &process->birth.creator, process->birth.kind,
				     PHASE_EXEC, ns);
	return err;
}

static int births__count(struct model *model, const struct lifecycle_event *event)
{
	int err;

	switch (event->type) {
	case LIFECYCLE_SPAWN:
		err = births__note(model, event);
		return err ? err : births__spawn(model, event);
	case LIFECYCLE_RETURN:
		return births__return(model, event);
	case LIFECYCLE_FAILED:
		return births__fail(model, event);
	case LIFECYCLE_EXEC:
		return births__exec(model, event);
	default:
		return 0;
	}
}

int model__apply_lifecycle(void *context, const struct lifecycle_event *event)
{
	struct model *model = context;
	int err = 0;

	/* what happened while everything was being attached only tells who is there */
	model->in_run = event->now_ns >= model->run_start;
	if (model->in_run)
		err = births__count(model, event);
	if (!err && model->tracker)
		err = process_tracker__apply(model->tracker, event);
	return err;
}

int births__of_reading(struct model *model, struct thread *thread, const struct wire_task *head,
		       const struct task_rec *rec)
{
	struct process_key creator = { .start_ns = rec->creator_ns, .pid = rec->creator };
	int err = 0;

	if (!rec->born_ns || rec->spawn >= SPAWN_KINDS)
		return 0;
	if (rec->start_wait && !(rec->start_wait & START_WAITS) && !thread->start_reported) {
		thread->start_reported = true;
		err = births__sample(model, &creator, rec->spawn, PHASE_START, rec->start_wait);
	}
	if (!err && head->type == WIRE_DEAD && head->now_ns > rec->born_ns)
		err = births__sample(model, &creator, rec->spawn, PHASE_LIFE,
				     head->now_ns - rec->born_ns);
	return err;
}

/* ---- ends and crashes ---- */

static void births__on_end(void *context, const struct task_id *task_id, const struct end *end)
{
	struct model *model = context;
	struct process *process;

	if (!model->in_run || !(task_id->flags & TASK_ID_TRACED))
		return;
	model->ends[end->class]++;
	process = births__process(model, task_id);
	if (!process)
		return;
	if (!process->end)
		process->end = malloc(sizeof(*process->end));
	if (process->end)
		*process->end = *end;
}

static void births__drop_least(struct model *model)
{
	struct crash *least = model->crashes[--model->crash_count];

	model->crash_victims -= least->victim_count;
	model->crashes_left_out++;
	crash__free(least);
}

/* Of equal ones, the earlier is kept. */
void births__take_crash(struct model *model, struct crash *crash)
{
	size_t at;

	if (!crash->traced) {
		crash__free(crash);
		return;
	}
	if (!model->crashes) /* one more than is kept, until the least one goes */
		model->crashes = calloc(MODEL_CRASHES_MAX + 1, sizeof(*model->crashes));
	if (!model->crashes) {
		model->crashes_left_out++;
		crash__free(crash);
		return;
	}
	for (at = model->crash_count++; at && model->crashes[at - 1]->fan_out < crash->fan_out;
	     at--)
		model->crashes[at] = model->crashes[at - 1];
	model->crashes[at] = crash;
	model->crash_victims += crash->victim_count;
	while (model->crash_count > MODEL_CRASHES_MAX ||
	       (model->crash_victims > MODEL_VICTIMS_MAX && model->crash_count > 1))
		births__drop_least(model);
}

static void births__on_crash(void *context, struct crash *crash)
{
	births__take_crash(context, crash);
}

int model__track_processes(struct model *model, const struct process_tracker_config *config)
{
	struct process_tracker_config own = *config;

	own.context = model;
	own.on_end = births__on_end;
	own.on_crash = births__on_crash;
	model->tracker = process_tracker__new(&own);
	return model->tracker ? 0 : -ENOMEM;
}

void births__begin(struct model *model)
{
	size_t i;

	for (i = 0; i < model->crash_count; i++)
		crash__free(model->crashes[i]);
	free(model->crashes);
	model->crashes = NULL;
	model->crash_count = 0;
	model->crashes_left_out = 0;
	model->crash_victims = 0;
	memset(model->ends, 0, sizeof(model->ends));
	spawns__clear(&model->spawns);
}

void births__free(struct model *model)
{
	process_tracker__free(model->tracker);
	births__begin(model);
}
