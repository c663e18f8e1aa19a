/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct model *model__new(bool keep_threads, bool whole_machine)
{
	struct model *model = calloc(1, sizeof(*model));

	if (model) {
		model->keep_threads = keep_threads;
		model->whole_machine = whole_machine;
	}
	return model;
}

/* ---- threads and processes ---- */

static void thread__forget(struct thread *thread)
{
	free(thread->last_bytes);
	thread->last_bytes = NULL;
	memset(&thread->last, 0, sizeof(thread->last));
}

static void thread__free(struct model *model, struct thread *thread)
{
	struct thread **link = &thread->process->threads;

	while (*link != thread)
		link = &(*link)->next;
	*link = thread->next;
	HASH_DEL(model->threads, thread);
	row__clear(&thread->row);
	thread__forget(thread);
	free(thread);
}

static void process__free(struct model *model, struct process *process)
{
	while (process->threads)
		thread__free(model, process->threads);
	HASH_DEL(model->processes, process);
	row__clear(&process->row);
	free(process);
}

void model__free(struct model *model)
{
	struct process *process, *next;

	if (!model)
		return;
	HASH_ITER(hh, model->processes, process, next)
		process__free(model, process);
	row__clear(&model->idle);
	row__clear(&model->system);
	row__clear(&model->folded);
	free(model->cpus);
	free(model);
}

static struct process *model__process(struct model *model, const struct wire_task *head)
{
	struct process_key key = { .start_ns = head->leader_ns, .pid = head->tgid };
	struct process *process;

	HASH_FIND(hh, model->processes, &key, sizeof(key), process);
	if (!process) {
		process = calloc(1, sizeof(*process));
		if (!process)
			return NULL;
		process->key = key;
		HASH_ADD(hh, model->processes, key, sizeof(process->key), process);
	}
	process->ppid = head->ppid;
	process->kthread = head->flags & WIRE_KTHREAD;
	utf8__from_bytes(process->comm, sizeof(process->comm), head->leader_comm,
			 sizeof(head->leader_comm));
	return process;
}

/* A process has ended when no thread that we know of lives; another may turn up. */
static void process__count_alive(struct model *model, struct process *process, int more)
{
	bool ended;

	process->threads_alive += (__u32)more;
	ended = !process->threads_alive;
	if (ended != process->ended)
		model->ended_processes += ended ? 1 : -1ULL;
	process->ended = ended;
}

static void process__adopt(struct model *model, struct process *process, struct thread *thread)
{
	thread->process = process;
	thread->next = process->threads;
	process->threads = thread;
	process__count_alive(model, process, 1);
}

static void process__disown(struct model *model, struct thread *thread)
{
	struct thread **link = &thread->process->threads;

	while (*link != thread)
		link = &(*link)->next;
	*link = thread->next;
	process__count_alive(model, thread->process, -1);
}

static struct thread *model__thread(struct model *model, struct process *process, __u64 id)
{
	struct thread *thread;

	HASH_FIND(hh, model->threads, &id, sizeof(id), thread);
	if (!thread) {
		thread = calloc(1, sizeof(*thread));
		if (!thread)
			return NULL;
		thread->id = id;
		HASH_ADD(hh, model->threads, id, sizeof(thread->id), thread);
		process__adopt(model, process, thread);
	} else if (thread->process != process && !thread->ended) {
		/* its identity changed: exec by a thread that was not the leader */
		process__disown(model, thread);
		process__adopt(model, process, thread);
	}
	return thread;
}

static void model__fold_ended(struct model *model)
{
	struct process *process, *next;

	HASH_ITER(hh, model->processes, process, next) { /* oldest first */
		if (model->ended_processes <= MODEL_ENDED_MAX)
			return;
		if (!process->ended)
			continue;
		row__add(&model->folded, &process->row);
		model->folded_processes++;
		model->ended_processes--;
		process__free(model, process);
	}
}

static void thread__end(struct model *model, struct thread *thread)
{
	struct process *process = thread->process;

	if (thread->ended)
		return;
	thread->ended = true;
	thread__forget(thread);
	model->missed_ended += thread->unshown;
	process->threads_ended++;
	process__count_alive(model, process, -1);
	if (model->keep_threads && model->ended_threads < MODEL_ENDED_THREADS_MAX) {
		model->ended_threads++;
		return;
	}
	process->threads_folded += model->keep_threads;
	thread__free(model, thread);
}

/* ---- readings ---- */

/* What the kernel counted and we did not, in all: told by the record, or not yet sighted. */
static __u64 reading__unshown(const struct wire_task *head, const struct task_rec *rec)
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

/* An interval that earlier periods were told about has ended: only the rest of it is news. */
static void row__take_back(struct row *row, int which, __u64 ns)
{
	if (row->dist[which])
		row->dist[which]->sum -= ns < row->dist[which]->sum ? ns : row->dist[which]->sum;
}

static int thread__add(struct thread *thread, struct row *row, const struct reading *now)
{
	const struct task_rec *last = thread->last.rec;
	int err = row__add_readings(row, now, &thread->last, 0);

	if (!err && thread->told_sleep && now->rec->off_ns != last->off_ns) {
		row__take_back(row, D_OFF_SLEEP + last->off, thread->told_sleep);
		row__take_back(row, D_RUNQ, thread->told_runq);
	}
	return err;
}

/* Keeps the reading the way it came: the head of the record, then the histograms. */
static int thread__remember(struct thread *thread, const struct reading *now)
{
	size_t size = dist__wire_size(now->mask);
	char *copy = malloc(WIRE_REC_HEAD + size);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, now->rec, WIRE_REC_HEAD);
	memcpy(copy + WIRE_REC_HEAD, now->dists, size);
	if (thread->last.rec && now->rec->off_ns != thread->last.rec->off_ns)
		thread->told_sleep = thread->told_runq = 0;
	thread__forget(thread);
	thread->last_bytes = copy;
	thread->last = (struct reading){ (const void *)copy, copy + WIRE_REC_HEAD, now->mask };
	return 0;
}

/*
 * A task that was caught in the middle of a switch takes back what it seemed to
 * miss, unless that has been told in an earlier period.
 */
static void thread__tell_unshown(struct thread *thread, __u64 unshown)
{
	__u64 back;

	if (unshown >= thread->unshown_all) {
		thread->unshown += unshown - thread->unshown_all;
		thread->unshown_all = unshown;
		return;
	}
	back = thread->unshown_all - unshown;
	if (back > thread->unshown)
		back = thread->unshown;
	thread->unshown -= back;
	thread->unshown_all -= back;
}

int model__apply_task(void *context, const struct wire_task *head, const struct task_rec *rec_head,
		      const void *dists)
{
	struct reading now = { rec_head, dists, head->dists };
	struct model *model = context;
	struct process *process = model__process(model, head);
	struct thread *thread = process ? model__thread(model, process, rec_head->id) : NULL;
	__u64 unshown = reading__unshown(head, rec_head);
	int err;

	if (!thread)
		return -ENOMEM;
	thread->tid = head->tid;
	thread->start_ns = head->start_ns;
	utf8__from_bytes(thread->comm, sizeof(thread->comm), head->comm, sizeof(head->comm));
	if (thread->ended) /* the iterator was on its way when it died */
		return 0;
	err = thread__add(thread, &process->row, &now);
	if (!err && model->keep_threads)
		err = thread__add(thread, &thread->row, &now);
	if (!err)
		err = thread__remember(thread, &now);
	if (err)
		return err;
	thread->unseen = !(rec_head->flags & REC_SEEN);
	thread__tell_unshown(thread, unshown);
	if (head->type != WIRE_LIVE) {
		thread__end(model, thread);
		model__fold_ended(model);
	}
	return 0;
}

int model__apply_cpu(void *context, int cpu, const struct cpu_slot *slot)
{
	struct model *model = context;
	struct model_cpu *kept;
	struct reading now = { &slot->idle, &slot->idle.PICK, WIRE_ALL_DISTS }, before;
	int err;

	if (cpu >= model->cpu_count) {
		struct model_cpu *more = realloc(model->cpus, (size_t)(cpu + 1) * sizeof(*more));

		if (!more)
			return -ENOMEM;
		memset(more + model->cpu_count, 0,
		       (size_t)(cpu + 1 - model->cpu_count) * sizeof(*more));
		model->cpus = more;
		model->cpu_count = cpu + 1;
	}
	kept = &model->cpus[cpu];
	before = (struct reading){ kept->seen ? &kept->last.idle : NULL, &kept->last.idle.PICK,
				   WIRE_ALL_DISTS };
	err = row__add_readings(&model->idle, &now, &before, 1);
	if (!kept->seen) {
		/* counting began at zero, a moment after the kernel's own base was read */
		kept->base.nr_switches = slot->nr_base;
		kept->base.nr_base = slot->nr_base;
	}
	kept->seen = true;
	kept->last = *slot;
	return err;
}

/* ---- the period ---- */

static int thread__add_open(struct model *model, struct thread *thread, __u64 now)
{
	struct row *rows[] = { &thread->process->row, &thread->row };
	const struct task_rec *last = thread->last.rec;
	__u64 from, wake, gone, runq = 0;
	int i, err = 0, off;

	if (!last || !last->off_ns || last->off >= OFF_COUNT)
		return 0;
	from = last->off_ns;
	wake = last->wake_ns & ~1ULL;
	off = last->off;
	if (from < model->run_start)
		from = model->run_start;
	if (from >= now)
		return 0;
	gone = now - from;
	if (off == OFF_PREEMPTED)
		runq = gone;
	else if (wake > from && wake < now)
		runq = now - wake;
	for (i = 0; !err && i < 1 + model->keep_threads; i++) {
		err = row__add_sample(rows[i], D_OFF_SLEEP + off, gone);
		if (!err && runq)
			err = row__add_sample(rows[i], D_RUNQ, runq);
		row__take_back(rows[i], D_OFF_SLEEP + off, thread->told_sleep);
		row__take_back(rows[i], D_RUNQ, thread->told_runq);
	}
	thread->told_sleep = gone;
	thread->told_runq = runq;
	return err;
}

/*
 * The CPUs' own totals are the machine's; with a narrower target, the tasks'
 * sum is.  What the kernel counted on each CPU comes from its runqueue, read
 * at the same instant as ours.
 *
 * Where the kernel counted more: a tracepoint either runs our program or
 * counts that it skipped it, and what a skipped run did not count is missing
 * from its task's own proof.  What neither explains, the kernel has shown to no
 * tracepoint: it withholds the switches of some tasks.
 */
static void model__prove_machine(struct model *model, __u64 unseen)
{
	struct proof *proof = &model->proof;
	struct row *system = &model->system;
	__u64 switches = 0, voluntary = 0, kernel = 0, hidden;
	__u64 in[KIND_COUNT] = { 0 };
	bool known = true;
	int cpu, kind;

	model->wakes_missed = 0;
	for (cpu = 0; cpu < model->cpu_count; cpu++) {
		const struct cpu_slot *now = &model->cpus[cpu].last, *old = &model->cpus[cpu].base;

		switches += now->switches - old->switches;
		voluntary += now->voluntary - old->voluntary;
		kernel += now->nr_switches - old->nr_switches;
		known = known && (!now->switches || now->nr_switches);
		model->wakes_missed += now->wakes_missed - old->wakes_missed;
		for (kind = 0; kind < KIND_COUNT; kind++)
			in[kind] += now->in[kind] - old->in[kind];
	}
	if (!model->whole_machine)
		return;
	system->n[C_VOLUNTARY] = voluntary;
	system->n[C_INVOLUNTARY] = switches - voluntary;
	system->n[C_IN_THREAD] = in[KIND_THREAD];
	system->n[C_IN_PROCESS] = in[KIND_PROCESS];
	system->n[C_IN_RESUME] = in[KIND_RESUME];
	system->n[C_IN_KERNEL] = in[KIND_KERNEL];
	system->n[C_IN_IDLE] = in[KIND_IDLE];
	proof->seen = switches;
	if (!known) /* no way to the runqueue on this kernel: the tasks' own counts must do */
		kernel = switches + proof->missed + unseen;
	hidden = kernel > switches ? kernel - switches : 0;
	if (proof->missed < model->skipped_runs)
		proof->missed = model->skipped_runs;
	if (proof->missed > hidden)
		proof->missed = hidden;
	proof->withheld = hidden - proof->missed;
	proof->kernel = switches + proof->missed;
}

int model__close(struct model *model, __u64 now)
{
	struct proof *proof = &model->proof;
	struct process *process, *next;
	__u64 unseen = 0;
	struct thread *thread, *after;
	int err = 0;

	memset(proof, 0, sizeof(*proof));
	row__clear(&model->system);
	proof->missed = model->missed_ended;
	HASH_ITER(hh, model->threads, thread, after) {
		if (thread->ended)
			continue;
		if (!err)
			err = thread__add_open(model, thread, now);
		if (thread->unseen)
			unseen += thread->unshown;
		else
			proof->missed += thread->unshown;
	}
	HASH_ITER(hh, model->processes, process, next) {
		if (!err)
			err = row__add(&model->system, &process->row);
	}
	if (!err)
		err = row__add(&model->system, &model->folded);
	proof->seen = row__switches(&model->system);
	proof->withheld = unseen;
	proof->kernel = proof->seen + proof->missed;
	if (!err && model->whole_machine) {
		__u64 busy = model->system.n[C_ONCPU];

		err = row__add(&model->system, &model->idle);
		model->system.n[C_ONCPU] = busy; /* being idle is not running */
	}
	model__prove_machine(model, unseen);
	return err;
}

void model__begin(struct model *model)
{
	struct process *process, *next;
	struct thread *thread, *after;
	int cpu;

	HASH_ITER(hh, model->processes, process, next) {
		if (process->ended) {
			process__free(model, process);
			continue;
		}
		row__clear(&process->row);
		process->threads_folded = 0;
	}
	model->ended_processes = model->ended_threads = 0;
	HASH_ITER(hh, model->threads, thread, after) {
		if (thread->ended) {
			thread__free(model, thread);
			continue;
		}
		row__clear(&thread->row);
		thread->unshown = 0;
	}
	for (cpu = 0; cpu < model->cpu_count; cpu++)
		model->cpus[cpu].base = model->cpus[cpu].last;
	row__clear(&model->idle);
	row__clear(&model->folded);
	model->folded_processes = 0;
	model->missed_ended = 0;
}
