/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/switching/births.h"
#include "model/switching/tasks.h"
#include "model/switching/told.h"

struct model *model__new(bool keep_threads, bool whole_machine)
{
	struct model *model = calloc(1, sizeof(*model));

	if (model) {
		model->keep_threads = keep_threads;
		model->whole_machine = whole_machine;
		model->ended_max = MODEL_ENDED_MAX;
	}
	return model;
}

void model__free(struct model *model)
{
	struct process *process, *next;
	int cpu;

	if (!model)
		return;
	HASH_ITER(hh, model->processes, process, next)
		process__free(model, process);
	row__clear(&model->idle);
	row__clear(&model->fine);
	row__clear(&model->system);
	row__clear(&model->folded);
	births__free(model);
	for (cpu = 0; cpu < model->cpu_count; cpu++)
		free(model->cpus[cpu].fine);
	free(model->cpus);
	free(model);
}

/* ---- readings ---- */

/* What the kernel counted and we did not, in all: told by the record, or not seen yet. */
static __u64 reading__missed(const struct wire_task *head, const struct task_rec *rec)
{
	__u32 behind = (__u32)(head->kernel_nv + head->kernel_niv) - (rec->k_nv + rec->k_niv);

	if (rec->flags & REC_OVER) /* it has gone on since the run stopped */
		return rec->MISSED;
	/* on a CPU, the kernel may be in the middle of counting the very switch we wait for */
	if (behind == 1 && head->flags & WIRE_RUNNING)
		behind = 0;
	if (behind >> 31) /* the record was read a moment later than the kernel's counts */
		behind = 0;
	return rec->MISSED + behind;
}

/* What was accounted between the last reading and this one, and the run. */
static __u64 thread__lived(const struct model *model, const struct thread *thread,
			   const struct task_rec *now)
{
	const struct task_rec *last = thread->last.rec;
	__u64 from = last && last->off_ns ? last->off_ns : now->since_ns;

	if (from < model->run_start)
		from = model->run_start;
	return now->off_ns > from ? now->off_ns - from : 0;
}

/*
 * What the reading tells as waiting and has not yet taken from the time on CPU (see
 * rec__settle() in bpf): it is taken here, from what the task was on its CPU since the last
 * reading, and what that does not suffice for from the waiting itself.
 */
static struct owed reading__owed(const struct task_rec *now, const struct task_rec *last,
				 const struct owed *before)
{
	__u64 all = now->flags & REC_OWES ? now->owed_ns : 0;
	__u64 ran = now->ONCPU - (last ? last->ONCPU : 0) + before->oncpu;
	struct owed owed = { .oncpu = all < ran ? all : ran };

	owed.waiting = all - owed.oncpu;
	return owed;
}

/* What was taken at the last reading has been taken by the kernel's side since, or is owed still. */
static int row__settle(struct row *row, const struct owed *now, const struct owed *before)
{
	row->n[C_ONCPU] += before->oncpu - now->oncpu;
	if (now->waiting <= before->waiting)
		return row__give_back(row, D_RUNQ, before->waiting - now->waiting);
	row__take_back(row, D_RUNQ, now->waiting - before->waiting);
	return 0;
}

/* What a reading brings that its histograms do not tell: the same for its thread and its process. */
struct news {
	struct owed owed;
	struct told told;
	__u64 lived_ns;
};

static struct news thread__news(const struct model *model, const struct thread *thread,
				const struct reading *now, struct shift *ret_shift)
{
	struct news news = { .owed = reading__owed(now->rec, thread->last.rec, &thread->owed),
			     .lived_ns = thread__lived(model, thread, now->rec) };

	news.told =
		told__of(thread, now, (__s64)(thread->owed.waiting - news.owed.waiting), ret_shift);
	return news;
}

/* To its process's row, and its own if threads are kept. */
static int thread__add(const struct model *model, struct thread *thread, const struct reading *now,
		       const struct news *news)
{
	struct row *rows[] = { &thread->process->row, &thread->row };
	int count = 1 + model->keep_threads, i;
	int err = rows__add_readings(rows, count, now, &thread->last, 0);

	for (i = 0; i < count && !err; i++) {
		err = row__settle(rows[i], &news->owed, &thread->owed);
		rows[i]->n[C_LIFETIME] += news->lived_ns;
		told__take_back(&news->told, rows[i]);
	}
	return err;
}

static int thread__remember(struct thread *thread, const struct reading *now,
			    const struct owed *owed, __u64 wait_since)
{
	__u64 left = thread->last.rec ? thread->last.rec->off_ns : now->rec->off_ns;
	struct task_rec *copy = reading__copy(now, thread->last_bytes, &thread->last);

	if (!copy)
		return -ENOMEM;
	if (now->rec->off_ns != left)
		thread->reported_sleep = thread->reported_runq = 0;
	copy->wake_ns = wait_since; /* as the kernel's side knows it */
	thread->owed = *owed;
	thread->last_bytes = copy;
	return 0;
}

/*
 * A task that was caught in the middle of a switch takes back what it seemed to
 * miss, unless that has been told in an earlier period.
 */
static void thread__report_missed(struct thread *thread, __u64 missed)
{
	__u64 back;

	if (missed >= thread->missed_all) {
		thread->missed += missed - thread->missed_all;
		thread->missed_all = missed;
		return;
	}
	back = thread->missed_all - missed;
	if (back > thread->missed)
		back = thread->missed;
	thread->missed -= back;
	thread->missed_all -= back;
}

int model__apply_task(void *context, const struct wire_task *head, const struct task_rec *rec_head,
		      const void *dists)
{
	struct reading now = { .rec = rec_head, .dists = dists, .ends = head->ends };
	struct model *model = context;
	struct process *process = model__process(model, head);
	struct thread *thread = process ? model__thread(model, process, rec_head->id) : NULL;
	__u64 missed = reading__missed(head, rec_head);
	struct news news;
	int err;

	model->shift = (struct shift){ 0 };
	if (!thread)
		return -ENOMEM;
	thread->tid = head->tid;
	thread->start_ns = head->start_ns;
	if (!thread->since_ns)
		thread->since_ns = rec_head->since_ns > model->run_start ? rec_head->since_ns :
									   model->run_start;
	utf8__from_bytes(thread->comm, sizeof(thread->comm), head->comm, sizeof(head->comm));
	if (thread->ended) /* the iterator was on its way when it died */
		return 0;
	news = thread__news(model, thread, &now, &model->shift);
	err = thread__add(model, thread, &now, &news);
	if (!err)
		err = births__of_reading(model, thread, head, rec_head);
	if (!err)
		err = thread__remember(thread, &now, &news.owed, head->wait_since);
	if (err)
		return err;
	thread->stack = head->stack;
	thread->waker = head->waker;
	thread->never_seen = !(rec_head->flags & REC_SEEN);
	thread__report_missed(thread, missed);
	if (head->type != WIRE_LIVE) {
		thread__end(model, thread);
		model__fold_ended(model);
	}
	return 0;
}

int model__apply_cpu(void *context, int cpu, const struct cpu_slot *slot)
{
	struct model *model = context;
	struct model_cpu *kept = model__cpu(model, cpu);
	struct reading now = { .rec = &slot->idle,
			       .dists = &slot->idle.PICK,
			       .ends = reading__all };
	struct reading before = now;
	int err;

	if (!kept)
		return -ENOMEM;
	before.rec = kept->seen ? &kept->last.idle : NULL;
	before.dists = &kept->last.idle.PICK;
	err = row__add_readings(&model->idle, &now, &before, 1);
	model->idle.n[C_LIFETIME] = model->idle.n[C_ONCPU]; /* it is there when nothing else is */
	if (!kept->seen) {
		/* counting began at zero, a moment after the kernel's own base was read */
		kept->base.nr_switches = slot->nr_base;
		kept->base.nr_base = slot->nr_base;
	}
	kept->seen = true;
	kept->last = *slot;
	return err;
}

int model__apply_fine(void *context, int cpu, const struct fine_hists *fine)
{
	struct model *model = context;
	struct model_cpu *kept = model__cpu(model, cpu);
	int err;

	if (!kept)
		return -ENOMEM;
	model->has_fine = true;
	err = row__add_fine(&model->fine, fine, kept->fine);
	if (!err && !kept->fine) {
		kept->fine = malloc(sizeof(*kept->fine));
		err = kept->fine ? 0 : -ENOMEM;
	}
	if (!err)
		*kept->fine = *fine;
	return err;
}
