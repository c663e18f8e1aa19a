/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A period becomes a model again, as it was before its close. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "store/reader.h"
#include "wire.h"

#define CPUS_MAX    8192
#define THREADS_MAX (1 << 22)

static __u32 get__u32(struct get *get)
{
	return (__u32)get__up_to(get, UINT32_MAX);
}

/* ---- the machine ---- */

/*
 * Only differences are kept.  They begin at one here, because a CPU that has switched and
 * whose runqueue counts nothing is one whose runqueue cannot be read.
 */
static void get__cpu(struct get *get, struct model_cpu *cpu)
{
	int kind;

	get__skip(get); /* period */
	get__skip(get); /* number: only their sum counts */
	cpu->seen = true;
	cpu->base.switches = cpu->base.nr_switches = 1;
	cpu->last.switches = 1 + get__u64(get);
	cpu->last.voluntary = get__u64(get);
	for (kind = 0; kind < KIND_COUNT; kind++)
		cpu->last.in[kind] = get__u64(get);
	if (get__is_null(get)) {
		get__skip(get);
		cpu->base.nr_switches = 0;
	} else {
		cpu->last.nr_switches = 1 + get__u64(get);
	}
	cpu->last.wakes_missed = get__u64(get);
}

static int read_cpus(struct store *store, __u32 period, struct model *model)
{
	struct query query;
	int err;

	query__begin(&query, store, TABLE_CPUS, NULL, "WHERE period = ?1", period, 0);
	while ((err = query__next(&query)) > 0 && model->cpu_count < CPUS_MAX) {
		struct model_cpu *more =
			realloc(model->cpus, (size_t)(model->cpu_count + 1) * sizeof(*more));

		if (!more) {
			err = -ENOMEM;
			break;
		}
		model->cpus = more;
		memset(&more[model->cpu_count], 0, sizeof(*more));
		get__cpu(&query.get, &more[model->cpu_count++]);
	}
	query__end(&query);
	return err < 0 ? err : 0;
}

static int read_other(struct store *store, __u32 period, struct model *model)
{
	static const char *const names[] = { "idle", "folded" };
	struct row *rows[] = { &model->idle, &model->folded };
	struct query query;
	int err;

	query__begin(&query, store, TABLE_OTHER_ROWS, NULL, "WHERE period = ?1", period, 0);
	while ((err = query__next(&query)) > 0) {
		int which;

		get__skip(&query.get);
		which = get__name(&query.get, names, 2);
		row__clear(rows[which]);
		err = get__row(&query.get, rows[which]);
		if (err)
			break;
	}
	query__end(&query);
	return err;
}

/* ---- processes and threads ---- */

struct process *store__find_process(const struct model *model, __u32 pid, __u64 start_ns)
{
	struct process_key key = { .start_ns = start_ns, .pid = pid };
	struct process *process;

	HASH_FIND(hh, model->processes, &key, sizeof(key), process);
	return process;
}

static int get__process(struct get *get, struct model *model)
{
	struct process *process = calloc(1, sizeof(*process));

	if (!process)
		return -ENOMEM;
	get__skip(get);
	process->key.pid = get__u32(get);
	process->key.start_ns = get__u64(get);
	if (store__find_process(model, process->key.pid, process->key.start_ns)) {
		++*get->bad;
		free(process);
		return 0;
	}
	HASH_ADD(hh, model->processes, key, sizeof(process->key), process);
	process->ppid = get__u32(get);
	get__text(get, process->comm, sizeof(process->comm));
	process->kthread = get__bool(get);
	process->ended = get__bool(get);
	process->threads_alive = get__u32(get);
	process->threads_ended = get__u32(get);
	process->threads_folded = get__u32(get);
	process->own_pid = get__id(get);
	return get__row(get, &process->row);
}

/* Of its last reading only what an open interval is made of. */
static int get__interval(struct get *get, struct thread *thread)
{
	struct task_rec last = { 0 };

	if (get__is_null(get)) {
		get->at += 5;
		return 0;
	}
	last.off = (__u8)get__name(get, off_names, OFF_COUNT);
	last.off_ns = get__u64(get);
	last.wake_ns = get__u64(get);
	thread->told_sleep = get__u64(get);
	thread->told_runq = get__u64(get);
	thread->last_bytes = malloc(WIRE_REC_HEAD);
	if (!thread->last_bytes)
		return -ENOMEM;
	memcpy(thread->last_bytes, &last, WIRE_REC_HEAD);
	thread->last.rec = thread->last_bytes;
	return 0;
}

static int get__thread(struct get *get, struct model *model)
{
	struct thread *thread = calloc(1, sizeof(*thread)), *other;
	struct process *process;
	__u64 start_ns;
	__u32 pid;
	int err;

	if (!thread)
		return -ENOMEM;
	get__skip(get);
	thread->id = get__bits(get);
	thread->tid = get__u32(get);
	thread->start_ns = get__u64(get);
	pid = get__u32(get);
	start_ns = get__u64(get);
	process = store__find_process(model, pid, start_ns);
	HASH_FIND(hh, model->threads, &thread->id, sizeof(thread->id), other);
	if (!process || other) {
		++*get->bad;
		free(thread);
		return 0;
	}
	thread->process = process;
	DL_PREPEND(process->threads, thread);
	HASH_ADD(hh, model->threads, id, sizeof(thread->id), thread);
	get__text(get, thread->comm, sizeof(thread->comm));
	thread->ended = get__bool(get);
	err = get__interval(get, thread);
	thread->unseen = get__bool(get);
	thread->unshown = get__u64(get);
	return err ? err : get__row(get, &thread->row);
}

static int read_rows(struct store *store, __u32 period, struct model *model, enum store_table table,
		     int (*take)(struct get *, struct model *))
{
	struct query query;
	int err;

	query__begin(&query, store, table, NULL, "WHERE period = ?1", period, 0);
	while ((err = query__next(&query)) > 0 && query.rows <= THREADS_MAX) {
		err = take(&query.get, model);
		if (err)
			break;
	}
	query__end(&query);
	return err < 0 ? err : 0;
}

/* ---- the period ---- */

struct head {
	__u64 now_ns;
	struct model *model;
	struct summary *summary;
};

static void get__losses(struct get *get, struct store *store, struct summary *summary)
{
	struct summary_toll *self = &summary->self;
	char why_not[256];

	summary->lost.events = get__u64(get);
	summary->lost.tasks = get__u64(get);
	summary->lost.switches = get__u64(get);
	summary->lost.stacks = get__u64(get);
	summary->lost.edges = get__u64(get);
	summary->tlb_unattributed = get__u64(get);
	self->known = get__bool(get);
	if (get__is_null(get)) {
		get__skip(get);
		self->why_not = "no reason was recorded";
	} else {
		get__text(get, why_not, sizeof(why_not));
		self->why_not = store__keep(store, why_not);
	}
	self->ns_per_switch = get__real(get);
	self->bpf_ns = get__u64(get);
	self->cpu_ns = get__u64(get);
	self->rss_bytes = get__u64(get);
	self->kernel_bytes = get__u64(get);
}

/* Makes the model; 0 or -ENOMEM. */
static int get__head(struct get *get, struct store *store, struct head *head)
{
	const struct lives_config nothing = { 0 };
	struct summary *summary = head->summary;
	__u64 run_start;
	bool whole, threads;
	int i, err = 0;

	get__skip(get);
	summary->start_realtime_ns = get__u64(get);
	summary->duration_ns = get__u64(get);
	if (!summary->duration_ns) /* rates are made of it */
		summary->duration_ns = 1;
	head->now_ns = get__u64(get);
	run_start = get__u64(get);
	whole = get__bool(get);
	threads = get__bool(get);
	head->model = model__new(threads, whole);
	if (!head->model)
		return -ENOMEM;
	head->model->run_start = run_start;
	if (get__bool(get))
		err = model__follow(head->model, &nothing);
	head->model->missed_ended = get__u64(get);
	head->model->skipped_runs = get__u64(get);
	head->model->folded_processes = get__u64(get);
	for (i = 0; i < END_CLASSES; i++)
		head->model->ends[i] = get__u64(get);
	head->model->crashes_left_out = get__u64(get);
	get__losses(get, store, summary);
	head->model->tlb_unattributed = summary->tlb_unattributed;
	return err;
}

static int read_head(struct store *store, __u32 period, struct head *head)
{
	struct query query;
	int err;

	query__begin(&query, store, TABLE_PERIODS, NULL, "WHERE period = ?1", period, 0);
	err = query__next(&query);
	if (err > 0)
		err = get__head(&query.get, store, head);
	query__end(&query);
	return err;
}

int store__read_period(struct store *store, __u32 period, struct model **ret_model,
		       struct summary *ret_summary, __u64 *ret_now, struct failure *failure)
{
	struct head head = { .summary = ret_summary };
	int err;

	*ret_model = NULL;
	*ret_summary = store->meta;
	err = read_head(store, period, &head);
	if (!err && !head.model)
		return failure__set(failure, -ENOENT,
				    store->broken[TABLE_PERIODS] ? "it is damaged" :
								   "it is not in it",
				    "sqlite3 FILE .recover saves what can be saved",
				    "cannot read period %u of the recording %s", period,
				    store->path);
	if (!err)
		err = read_cpus(store, period, head.model);
	if (!err)
		err = read_other(store, period, head.model);
	if (!err)
		err = read_rows(store, period, head.model, TABLE_PROCESS_ROWS, get__process);
	if (!err)
		err = read_rows(store, period, head.model, TABLE_THREAD_ROWS, get__thread);
	if (!err)
		err = store__read_lives(store, period, head.model);
	if (err) {
		model__free(head.model);
		return failure__set(failure, err, NULL, NULL, "cannot read the recording %s",
				    store->path);
	}
	*ret_model = head.model;
	*ret_now = head.now_ns;
	return 0;
}
