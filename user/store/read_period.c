/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A period becomes a model again, as it was before its close. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/switching/tasks.h"
#include "store/reader.h"
#include "wire.h"

#define CPUS_MAX    8192
#define THREADS_MAX (1 << 22)

/* ---- the machine ---- */

/*
 * Only differences are kept.  They begin at one here, because a CPU that has switched and
 * whose runqueue counts nothing is one whose runqueue cannot be read.
 */
static void model_cpu__fill(struct model_cpu *cpu, const struct cpu_row *row)
{
	int kind;

	cpu->seen = true;
	cpu->base.switches = 1;
	cpu->last.switches = 1 + row->switches;
	cpu->last.voluntary = row->voluntary;
	for (kind = 0; kind < KIND_COUNT; kind++)
		cpu->last.in[kind] = row->in[kind];
	if (row->has_kernel_switches) {
		cpu->base.nr_switches = 1;
		cpu->last.nr_switches = 1 + row->kernel_switches;
	}
	cpu->last.wakes_missed = row->wakes_missed;
}

static int read_cpus(struct store *store, __u32 period, struct model *model)
{
	struct query query;
	int err = 0;

	query__begin(&query, store, TABLE_CPUS, NULL, "WHERE period = ?1", period);
	while (model->cpu_count < CPUS_MAX) {
		struct keys keys = { 0 };
		struct cpu_row row = { 0 };
		struct model_cpu *cpu;

		err = query__next(&query, &keys, &row);
		if (err <= 0)
			break;
		/* its number is not kept: only their sum counts */
		cpu = model__cpu(model, model->cpu_count);
		if (!cpu) {
			err = -ENOMEM;
			break;
		}
		model_cpu__fill(cpu, &row);
	}
	query__end(&query);
	return err < 0 ? err : 0;
}

static int read_other(struct store *store, __u32 period, struct model *model)
{
	struct query query;
	int err;

	query__begin(&query, store, TABLE_OTHER_ROWS, NULL, "WHERE period = ?1", period);
	for (;;) {
		struct keys keys = { 0 };
		struct other_row row = { 0 };
		struct row *to;

		err = query__next(&query, &keys, &row);
		if (err <= 0) {
			row__clear(&row.row);
			break;
		}
		to = keys.kind == OTHER_IDLE   ? &model->idle :
		     keys.kind == OTHER_FOLDED ? &model->folded :
						 &model->fine;
		model->has_fine |= keys.kind == OTHER_FINE;
		row__clear(to);
		*to = row.row;
	}
	query__end(&query);
	return err;
}

/* ---- processes and threads ---- */

static void process__drop(struct process *process)
{
	row__clear(&process->row);
	free(process);
}

/* Makes the next process of the model; 1, 0 if there is none, or -ENOMEM. */
static int read_process(struct query *query, struct model *model)
{
	struct process *process = calloc(1, sizeof(*process));
	struct keys keys = { 0 };
	int err;

	if (!process)
		return -ENOMEM;
	err = query__next(query, &keys, process);
	if (err <= 0) {
		process__drop(process);
		return err;
	}
	process->key.pid = (__u32)keys.pid;
	process->key.start_ns = keys.start_ns;
	if (model__find_process(model, process->key.pid, process->key.start_ns)) {
		query->store->bad++;
		process__drop(process);
	} else {
		model__put_process(model, process);
	}
	return 1;
}

/* Of its last reading only what an open interval is made of. */
static int thread__set_interval(struct thread *thread, const struct thread_row *row)
{
	struct task_rec last = { .off = (__u8)row->off,
				 .off_ns = row->off_ns,
				 .wake_ns = row->woken_ns };

	if (!row->has_off) {
		thread->reported_sleep = thread->reported_runq = 0;
		return 0;
	}
	thread->last_bytes = malloc(WIRE_REC_HEAD);
	if (!thread->last_bytes)
		return -ENOMEM;
	memcpy(thread->last_bytes, &last, WIRE_REC_HEAD);
	thread->last.rec = thread->last_bytes;
	return 0;
}

/* A copy of the row's thread, in its process. */
static int thread__add(struct store *store, struct model *model, struct thread_row *row)
{
	struct process *process =
		model__find_process(model, row->process.pid, row->process.start_ns);
	struct thread *thread;

	HASH_FIND(hh, model->threads, &row->thread.id, sizeof(row->thread.id), thread);
	if (!process || thread) {
		store->bad++;
		row__clear(&row->thread.row);
		return 0;
	}
	thread = malloc(sizeof(*thread));
	if (!thread) {
		row__clear(&row->thread.row);
		return -ENOMEM;
	}
	*thread = row->thread;
	model__put_thread(model, process, thread);
	return thread__set_interval(thread, row);
}

/* The same of a thread. */
static int read_thread(struct query *query, struct model *model)
{
	struct thread_row row = { 0 };
	struct keys keys = { 0 };
	int err = query__next(query, &keys, &row);

	if (err <= 0) {
		row__clear(&row.thread.row);
		return err;
	}
	row.thread.id = keys.record;
	err = thread__add(query->store, model, &row);
	return err ? err : 1;
}

static int read_rows(struct store *store, __u32 period, struct model *model, enum store_table table,
		     int (*read)(struct query *, struct model *))
{
	struct query query;
	int err;

	query__begin(&query, store, table, NULL, "WHERE period = ?1", period);
	do
		err = read(&query, model);
	while (err > 0 && query.rows <= THREADS_MAX);
	query__end(&query);
	return err < 0 ? err : 0;
}

/* ---- who there was ---- */

int store__each_process(struct store *store,
			int (*take)(void *context, const struct process *process), void *context,
			struct failure *failure)
{
	struct query query;
	int err;

	query__begin(&query, store, TABLE_PROCESSES, NULL, "", 0);
	for (;;) {
		struct process process = { 0 };
		struct keys keys = { 0 };

		err = query__next(&query, &keys, &process);
		if (err <= 0)
			break;
		process.key.pid = (__u32)keys.pid;
		process.key.start_ns = keys.start_ns;
		err = take(context, &process);
		if (err)
			break;
	}
	query__end(&query);
	if (err < 0 && !failure->error)
		failure__set(failure, err, NULL, NULL, "cannot read the recording %s", store->path);
	return err;
}

/* ---- the period ---- */

bool store__is_of_whole_machine(struct store *store)
{
	static const char *const only[] = { "whole_machine", NULL };
	struct period_row row = { 0 };
	struct keys keys = { 0 };
	struct query query;

	query__begin(&query, store, TABLE_PERIODS, only, "WHERE period = ?1", store->first);
	query__next(&query, &keys, &row);
	query__end(&query);
	return row.whole_machine;
}

/* Makes the model; 0 or -ENOMEM. */
static int make_model(const struct period_row *row, struct model **ret_model)
{
	const struct process_tracker_config nothing = { 0 };
	struct model *model = model__new(row->threads_kept, row->whole_machine);

	if (!model)
		return -ENOMEM;
	*ret_model = model;
	model->run_start = row->run_start_ns;
	model->missed_ended = row->missed_ended;
	model->skipped_runs = row->skipped_runs;
	model->folded_processes = row->folded_processes;
	model->priced = row->priced;
	memcpy(model->ends, row->ends, sizeof(model->ends));
	model->crashes_left_out = row->crashes_left_out;
	model->tlb_unattributed = row->summary.tlb_unattributed;
	return row->lives_followed ? model__track_processes(model, &nothing) : 0;
}

/* The model stays NULL if there is no such period. */
static int read_head(struct store *store, __u32 period, struct model **ret_model,
		     struct summary *ret_summary, __u64 *ret_now)
{
	struct period_row row = { .summary = store->meta };
	struct keys keys = { 0 };
	const char *why_not;
	struct query query;
	int err;

	query__begin(&query, store, TABLE_PERIODS, NULL, "WHERE period = ?1", period);
	err = query__next(&query, &keys, &row);
	if (err > 0) {
		why_not = row.summary.self.why_not;
		row.summary.self.why_not = why_not ? store__keep(store, why_not) :
						     "no reason was recorded";
		if (!row.summary.duration_ns) /* rates are made of it */
			row.summary.duration_ns = 1;
		*ret_summary = row.summary;
		*ret_now = row.now_ns;
		err = make_model(&row, ret_model);
	}
	query__end(&query);
	return err;
}

int store__read_period(struct store *store, __u32 period, struct model **ret_model,
		       struct summary *ret_summary, __u64 *ret_now, struct failure *failure)
{
	struct model *model = NULL;
	__u64 now;
	int err;

	*ret_model = NULL;
	*ret_summary = store->meta;
	period += store->first - 1; /* as the file has it */
	err = read_head(store, period, &model, ret_summary, &now);
	if (!err && !model)
		return failure__set(failure, -ENOENT,
				    store->broken[TABLE_PERIODS] ? "it is damaged" :
								   "it is not in it",
				    "sqlite3 FILE .recover saves what can be saved",
				    "cannot read period %u of the recording %s", period,
				    store->path);
	if (!err)
		err = read_cpus(store, period, model);
	if (!err)
		err = read_other(store, period, model);
	if (!err)
		err = read_rows(store, period, model, TABLE_PROCESS_ROWS, read_process);
	if (!err)
		err = read_rows(store, period, model, TABLE_THREAD_ROWS, read_thread);
	if (!err)
		err = store__read_lifecycle(store, period, model);
	if (err) {
		model__free(model);
		return failure__set(failure, err, NULL, NULL, "cannot read the recording %s",
				    store->path);
	}
	*ret_model = model;
	*ret_now = now;
	return 0;
}
