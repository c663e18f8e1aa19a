/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/switching/compact.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/switching/packer.h"
#include "model/switching/tasks.h"

/* Of an integer of any type, a bool or an enum. */
#define NUMBER(packer, place) ((place) = (__typeof__(place))packer__number(packer, (__u64)(place)))

/* ---- rows ---- */

static void dist_itself(struct packer *packer, struct dist *dist, int which)
{
	__u64 figures[] = { dist->count, dist->sum, dist->max, dist->min };
	size_t fine = dist_infos[which].fine;

	packer__figures(packer, figures, sizeof(figures) / sizeof(figures[0]));
	dist->count = figures[0];
	dist->sum = figures[1];
	dist->max = figures[2];
	dist->min = figures[3];
	packer__dense(packer, dist->bucket, dist__first(dist), dist__end(dist) - dist__first(dist));
	dist->fine = packer__there(packer, dist->fine, fine * sizeof(*dist->fine));
	if (dist->fine)
		packer__sparse(packer, dist->fine, 0, fine);
}

static void dist(struct packer *packer, struct dist **place, int which)
{
	*place = packer__there(packer, *place, sizeof(**place));
	if (*place)
		dist_itself(packer, *place, which);
}

static void row(struct packer *packer, struct row *row)
{
	int i;

	packer__figures(packer, row->n, ROW_COUNTERS);
	for (i = 0; i < ROW_DISTS && !packer->err; i++)
		dist(packer, &row->dist[i], i);
}

_Static_assert(ROW_COUNTERS <= 16, "as many as go together");

/* ---- creations ---- */

static void spawn(struct packer *packer, struct spawn *spawn)
{
	int i;

	NUMBER(packer, spawn->count);
	NUMBER(packer, spawn->failed);
	NUMBER(packer, spawn->namespaces);
	for (i = 0; i < SPAWN_ERRORS; i++) {
		NUMBER(packer, spawn->errors[i].error);
		NUMBER(packer, spawn->errors[i].count);
	}
	for (i = 0; i < PHASES && !packer->err; i++)
		dist(packer, &spawn->phase[i], D_COPY + i);
}

static void spawns(struct packer *packer, struct spawns *spawns)
{
	int i;

	for (i = 0; i < SPAWN_KINDS && !packer->err; i++)
		spawn(packer, &spawns->kind[i]);
	for (i = 0; i < FORK_SIZES && !packer->err; i++) {
		struct fork_size *size = packer__there(packer, spawns->sizes[i], sizeof(*size));

		spawns->sizes[i] = size;
		if (!size)
			continue;
		NUMBER(packer, size->count);
		NUMBER(packer, size->rss);
		dist_itself(packer, &size->copy, D_COPY);
	}
	NUMBER(packer, spawns->execs);
	dist(packer, &spawns->exec, D_EXEC);
}

/* ---- processes and threads ---- */

static void process_itself(struct packer *packer, struct process *process)
{
	NUMBER(packer, process->key.pid);
	NUMBER(packer, process->key.start_ns);
	NUMBER(packer, process->ppid);
	NUMBER(packer, process->own_pid);
	NUMBER(packer, process->kthread);
	NUMBER(packer, process->ended);
	NUMBER(packer, process->birth.seen);
	if (process->birth.seen) {
		NUMBER(packer, process->birth.kind);
		NUMBER(packer, process->birth.creator.pid);
		NUMBER(packer, process->birth.creator.start_ns);
	}
	packer__text(packer, process->comm);
	NUMBER(packer, process->threads_alive);
	NUMBER(packer, process->threads_ended);
	NUMBER(packer, process->threads_folded);
	row(packer, &process->row);
	process->spawns = packer__there(packer, process->spawns, sizeof(*process->spawns));
	if (process->spawns)
		spawns(packer, process->spawns);
	process->end = packer__there(packer, process->end, sizeof(*process->end));
	if (process->end)
		packer__raw(packer, process->end, sizeof(*process->end));
}

static void thread_itself(struct packer *packer, struct thread *thread)
{
	__u64 figures[] = { thread->id,	   thread->tid,	       thread->start_ns,
			    thread->ended, thread->never_seen, thread->missed };

	packer__figures(packer, figures, sizeof(figures) / sizeof(figures[0]));
	thread->id = figures[0];
	thread->tid = (__u32)figures[1];
	thread->start_ns = figures[2];
	thread->ended = figures[3];
	thread->never_seen = figures[4];
	thread->missed = figures[5];
	packer__text(packer, thread->comm);
	row(packer, &thread->row);
}

static bool is_worth_keeping(const struct thread *thread)
{
	return thread->ended || thread->missed || row__switches(&thread->row) ||
	       row__in(&thread->row);
}

/* From the last to the first: unpacking puts each in front of those before. */
static void pack_threads(struct packer *packer, const struct process *process)
{
	struct thread *first = process->threads, *thread = first ? first->prev : NULL;

	for (; thread; thread = thread != first ? thread->prev : NULL) {
		row__expect(&thread->prev->row);
		if (!is_worth_keeping(thread))
			continue;
		packer__number(packer, 1);
		thread_itself(packer, thread);
	}
	packer__number(packer, 0);
}

/* The model is not changed: packing writes back what it has read. */
static void pack_processes(struct packer *packer, const struct model *model)
{
	struct process *process;

	for (process = model->processes; process && !packer->err; process = process->hh.next) {
		packer__number(packer, 1);
		process_itself(packer, process);
		pack_threads(packer, process);
	}
	packer__number(packer, 0);
}

static void unpack_thread(struct packer *packer, struct model *model, struct process *process)
{
	struct thread *thread = calloc(1, sizeof(*thread));

	if (!thread) {
		packer->err = -ENOMEM;
		return;
	}
	thread_itself(packer, thread);
	model__put_thread(model, process, thread);
}

static void unpack_processes(struct packer *packer, struct model *model)
{
	while (!packer->err && packer__number(packer, 0)) {
		struct process *process = calloc(1, sizeof(*process));

		if (!process) {
			packer->err = -ENOMEM;
			return;
		}
		process_itself(packer, process);
		model__put_process(model, process);
		while (!packer->err && packer__number(packer, 0))
			unpack_thread(packer, model, process);
	}
}

/* ---- the machine ---- */

/* What the end of a period takes the difference of. */
static void slot(struct packer *packer, struct cpu_slot *slot)
{
	int kind;

	NUMBER(packer, slot->switches);
	NUMBER(packer, slot->voluntary);
	NUMBER(packer, slot->nr_switches);
	NUMBER(packer, slot->wakes_missed);
	for (kind = 0; kind < KIND_COUNT; kind++)
		NUMBER(packer, slot->in[kind]);
}

static void cpus(struct packer *packer, struct model *model)
{
	int cpu, count = (int)packer__number(packer, (__u64)model->cpu_count);

	if (count && !model__cpu(model, count - 1)) {
		packer->err = -ENOMEM;
		return;
	}
	for (cpu = 0; cpu < count; cpu++) {
		NUMBER(packer, model->cpus[cpu].seen);
		slot(packer, &model->cpus[cpu].last);
		slot(packer, &model->cpus[cpu].base);
	}
}

static void machine(struct packer *packer, struct model *model)
{
	int i;

	NUMBER(packer, model->run_start);
	NUMBER(packer, model->has_fine);
	NUMBER(packer, model->folded_processes);
	NUMBER(packer, model->missed_ended);
	NUMBER(packer, model->skipped_runs);
	NUMBER(packer, model->tlb_unattributed);
	NUMBER(packer, model->crashes_left_out);
	NUMBER(packer, model->priced.least);
	NUMBER(packer, model->priced.most);
	NUMBER(packer, model->priced.switches);
	for (i = 0; i < END_CLASSES; i++)
		NUMBER(packer, model->ends[i]);
	row(packer, &model->idle);
	row(packer, &model->fine);
	row(packer, &model->folded);
	spawns(packer, &model->spawns);
	cpus(packer, model);
}

/* ---- crashes ---- */

static size_t crash__bytes(const struct crash *crash)
{
	return sizeof(*crash) + crash->victim_count * sizeof(*crash->victims) +
	       crash->culprit.frame_count * (sizeof(*crash->culprit.frames) + 64);
}

static int copy_crashes(struct compact *compact, const struct model *model)
{
	size_t i;

	if (!model->crash_count)
		return 0;
	compact->crashes = calloc(model->crash_count, sizeof(struct crash *));
	for (i = 0; compact->crashes && i < model->crash_count; i++) {
		compact->crashes[i] = crash__copy(model->crashes[i]);
		if (!compact->crashes[i])
			return -ENOMEM;
		compact->crash_count++;
		compact->crash_bytes += crash__bytes(compact->crashes[i]);
	}
	return compact->crashes ? 0 : -ENOMEM;
}

/* ---- all of it ---- */

int compact__pack(struct compact *ret_compact, const struct model *model, size_t expected)
{
	struct compact compact = { 0 };
	struct packer packer = { .expected = expected };
	struct model head = *model; /* packing changes nothing of what it points to */

	head.priced = model__priced(model);
	packer__number(&packer, model->keep_threads);
	packer__number(&packer, model->whole_machine);
	packer__number(&packer, model->tracker != NULL);
	machine(&packer, &head);
	pack_processes(&packer, model);
	compact.bytes = packer.bytes;
	compact.size = packer.size;
	if (!packer.err)
		packer.err = copy_crashes(&compact, model);
	if (!packer.err && packer.room > packer.size) {
		unsigned char *less = realloc(packer.bytes, packer.size);

		compact.bytes = less ? less : packer.bytes;
	}
	if (packer.err) {
		compact__free(&compact);
		return packer.err;
	}
	*ret_compact = compact;
	return 0;
}

void compact__free(struct compact *compact)
{
	size_t i;

	for (i = 0; i < compact->crash_count; i++)
		crash__free(compact->crashes[i]);
	free(compact->crashes);
	free(compact->bytes);
	memset(compact, 0, sizeof(*compact));
}

int compact__unpack(struct compact *compact, struct model **ret_model)
{
	const struct process_tracker_config nothing = { 0 };
	struct packer packer = { .bytes = compact->bytes, .size = compact->size, .reads = true };
	bool threads = packer__number(&packer, 0), whole = packer__number(&packer, 0),
	     tracks = packer__number(&packer, 0);
	struct model *model = model__new(threads, whole);

	if (!model)
		return -ENOMEM;
	machine(&packer, model);
	if (!packer.err)
		unpack_processes(&packer, model);
	if (!packer.err && tracks)
		packer.err = model__track_processes(model, &nothing);
	if (packer.err) {
		model__free(model);
		return packer.err;
	}
	model->crashes = compact->crashes;
	model->crash_count = compact->crash_count;
	compact->crashes = NULL;
	compact->crash_count = compact->crash_bytes = 0;
	*ret_model = model;
	return 0;
}
