/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A period: the model as it is, before its close.  Only rows that have changed are written again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "store/writer.h"

/* ---- fingerprints ---- */

static __u64 print__add(__u64 print, __u64 value)
{
	print = (print ^ value) * 0x9e3779b97f4a7c15ULL;
	return print ^ (print >> 29);
}

static __u64 print__add_text(__u64 print, const char *text)
{
	for (; *text; text++)
		print = print__add(print, (unsigned char)*text);
	return print__add(print, 256);
}

/* Samples change a count, and what is taken back a sum: buckets need no look. */
static __u64 print__add_dist(__u64 print, const struct dist *dist)
{
	if (!dist)
		return print__add(print, 1);
	print = print__add(print, dist->count);
	print = print__add(print, dist->sum);
	return print__add(print, dist->max);
}

static __u64 print__add_row(__u64 print, const struct row *row)
{
	int i;

	for (i = 0; i < ROW_COUNTERS; i++)
		print = print__add(print, row->n[i]);
	for (i = 0; i < ROW_DISTS; i++)
		print = print__add_dist(print, row->dist[i]);
	return print;
}

static __u64 print__of_spawns(const struct spawns *spawns)
{
	__u64 print = print__add(1, spawns->execs);
	int kind, i;

	for (kind = 0; kind < SPAWN_KINDS; kind++) {
		const struct spawn *spawn = &spawns->kind[kind];

		print = print__add(print, spawn->count);
		print = print__add(print, spawn->failed);
		for (i = 0; i < PHASES; i++)
			print = print__add_dist(print, spawn->phase[i]);
	}
	return print__add_dist(print, spawns->exec);
}

static __u64 print__of_process(const struct process *process)
{
	__u64 print = print__add_text(2, process->comm);

	print = print__add(print, process->ppid);
	print = print__add(print, process->own_pid);
	print = print__add(print, process->ended);
	print = print__add(print, process->threads_alive);
	print = print__add(print, process->threads_ended);
	print = print__add(print, process->threads_folded);
	print = print__add(print, process->end ? process->end->class + 1U : 0);
	print = print__add(print, process->end ? process->end->life_ns : 0);
	return print__add_row(print, &process->row);
}

static __u64 print__of_self(const struct process *process)
{
	__u64 print = print__add_text(3, process->comm);

	print = print__add(print, process->ppid);
	return print__add(print, process->birth.seen);
}

static __u64 print__of_thread(const struct thread *thread)
{
	const struct task_rec *last = thread->last.rec;
	__u64 print = print__add_text(4, thread->comm);

	print = print__add(print, thread->process->key.start_ns);
	print = print__add(print, thread->process->key.pid);
	print = print__add(print, thread->ended + 2U * thread->never_seen);
	print = print__add(print, thread->missed);
	print = print__add(print, thread->reported_sleep);
	print = print__add(print, thread->reported_runq);
	print = print__add(print, last ? last->off_ns : 0);
	print = print__add(print, last ? last->wake_ns : 0);
	print = print__add(print, last ? last->off : 0);
	return print__add_row(print, &thread->row);
}

/* Finds or makes it, and notes that it is there; NULL without memory. */
static struct kept *kept__meet(struct store_writer *writer, struct kept **all, __u64 id, __u64 pid)
{
	struct kept_key key = { id, pid };
	struct kept *kept = HASH_GET(*all, key, &key);

	if (!kept)
		return NULL;
	if (kept->period != writer->period) { /* a period has its own rows */
		kept->row = kept->spawns = 0;
		kept->final = kept->forgot = false;
	}
	kept->period = writer->period;
	kept->flush = writer->flush;
	return kept;
}

static int no_memory(const struct store_writer *writer, struct failure *failure)
{
	return failure__set(failure, -ENOMEM, NULL, NULL, "cannot write the recording %s",
			    writer->path);
}

/* ---- processes ---- */

static struct keys keys_of(const struct store_writer *writer, const struct process *process)
{
	return (struct keys){ .period = writer->period,
			      .pid = process->key.pid,
			      .start_ns = process->key.start_ns };
}

static int delete_process(struct store_writer *writer, const struct kept *kept,
			  struct failure *failure)
{
	static const char *const statements[] = {
		"DELETE FROM process_rows WHERE period = ?1 AND pid = ?2 AND process_start_ns = ?3",
		"DELETE FROM ends WHERE period = ?1 AND pid = ?2 AND process_start_ns = ?3",
		"DELETE FROM spawns WHERE period = ?1 AND scope = 'process' AND pid = ?2 AND "
		"process_start_ns = ?3",
		"DELETE FROM spawn_errors WHERE period = ?1 AND scope = 'process' AND pid = ?2 AND "
		"process_start_ns = ?3",
		"DELETE FROM fork_sizes WHERE period = ?1 AND scope = 'process' AND pid = ?2 AND "
		"process_start_ns = ?3",
		"DELETE FROM execs WHERE period = ?1 AND scope = 'process' AND pid = ?2 AND "
		"process_start_ns = ?3",
	};
	size_t i, count = kept->spawns ? sizeof(statements) / sizeof(statements[0]) : 2;
	int err = 0;

	for (i = 0; i < count && !err; i++)
		err = writer__delete(writer, statements[i], writer->period, kept->key.pid,
				     kept->key.id, failure);
	/* without an index, and seldom: of a process whose many threads ended before it */
	if (!err && kept->forgot)
		err = writer__delete(writer,
				     "DELETE FROM thread_rows WHERE period = ?1 AND pid = ?2 AND "
				     "process_start_ns = ?3",
				     writer->period, kept->key.pid, kept->key.id, failure);
	return err;
}

static int put_process(struct store_writer *writer, const struct process *process,
		       struct failure *failure)
{
	struct kept *kept =
		kept__meet(writer, &writer->processes, process->key.start_ns, process->key.pid);
	__u64 row = print__of_process(process), self = print__of_self(process);
	__u64 spawns = process->spawns ? print__of_spawns(process->spawns) : 0;
	const struct keys keys = keys_of(writer, process);
	int err = 0;

	if (!kept)
		return no_memory(writer, failure);
	if (kept->spawns && !process->spawns) { /* folded, and come again by what came late */
		err = delete_process(writer, kept, failure);
		kept->row = kept->spawns = 0;
	}
	if (!err && kept->self != self)
		err = writer__put(writer, TABLE_PROCESSES, &keys, process, failure);
	if (!err && kept->row != row)
		err = writer__put(writer, TABLE_PROCESS_ROWS, &keys, process, failure);
	if (!err && kept->row != row && process->end)
		err = writer__put(writer, TABLE_ENDS, &keys, process->end, failure);
	if (!err && kept->spawns != spawns)
		err = writer__put_spawns(writer, writer->period, &process->key, process->spawns,
					 failure);
	kept->self = self;
	kept->row = row;
	kept->spawns = spawns;
	kept->forgot = process->threads_forgotten;
	return err;
}

/* ---- threads ---- */

static struct thread_row thread_row__of(const struct thread *thread)
{
	const struct task_rec *last = thread->last.rec;
	struct thread_row row = { .thread = *thread, .process = thread->process->key };

	if (last && last->off_ns && last->off < OFF_COUNT) {
		row.has_off = true;
		row.off = last->off;
		row.off_ns = last->off_ns;
		row.woken_ns = last->wake_ns & ~1ULL;
	}
	return row;
}

static int put_thread(struct store_writer *writer, const struct thread *thread,
		      struct failure *failure)
{
	struct kept *kept = kept__meet(writer, &writer->threads, thread->id, 0);
	const struct keys keys = { .period = writer->period, .record = thread->id };
	__u64 row = print__of_thread(thread);
	struct thread_row values;

	if (!kept)
		return no_memory(writer, failure);
	kept->final = thread->ended && process__is_crowded(thread->process);
	if (kept->row == row || (kept->row && thread->written_down))
		return 0;
	kept->row = row;
	values = thread_row__of(thread);
	return writer__put(writer, TABLE_THREAD_ROWS, &keys, &values, failure);
}

/* ---- who was there in this period and is no longer: folded, or not kept ---- */

static int sweep(struct store_writer *writer, struct failure *failure)
{
	struct kept *kept, *next;
	int err = 0;

	HASH_ITER(hh, writer->processes, kept, next) {
		if (err || kept->flush == writer->flush || writer__is_cut(writer))
			continue;
		if (kept->period == writer->period)
			err = delete_process(writer, kept, failure);
		if (!err && writer__retire(writer, &(struct retired){ .period = kept->period,
								      .process = kept->key }))
			err = no_memory(writer, failure);
		HASH_DEL(writer->processes, kept);
		free(kept);
	}
	HASH_ITER(hh, writer->threads, kept, next) {
		if (err || kept->flush == writer->flush || writer__is_cut(writer))
			continue;
		if (kept->period == writer->period && !kept->final)
			err = writer__delete(
				writer, "DELETE FROM thread_rows WHERE period = ?1 AND record = ?2",
				writer->period, kept->key.id, 0, failure);
		HASH_DEL(writer->threads, kept);
		free(kept);
	}
	return err;
}

/* ---- the machine ---- */

static int put_cpu(struct store_writer *writer, int number, const struct model_cpu *cpu,
		   struct failure *failure)
{
	const struct cpu_slot *now = &cpu->last, *old = &cpu->base;
	const struct keys keys = { .period = writer->period, .number = (__u64)number };
	struct cpu_row row = { .switches = now->switches - old->switches,
			       .voluntary = now->voluntary - old->voluntary,
			       .wakes_missed = now->wakes_missed - old->wakes_missed };
	int kind;

	for (kind = 0; kind < KIND_COUNT; kind++)
		row.in[kind] = now->in[kind] - old->in[kind];
	/* else there is no way to the run queue on this kernel */
	row.has_kernel_switches = !now->switches || now->nr_switches;
	row.kernel_switches = now->nr_switches - old->nr_switches;
	return writer__put(writer, TABLE_CPUS, &keys, &row, failure);
}

static int put_other(struct store_writer *writer, enum other other, const struct row *row,
		     struct failure *failure)
{
	const struct keys keys = { .period = writer->period, .kind = other };

	return writer__put(writer, TABLE_OTHER_ROWS, &keys, row, failure);
}

static int put_head(struct store_writer *writer, const struct model *model,
		    const struct summary *summary, __u64 now, struct failure *failure)
{
	const struct keys keys = { .period = writer->period };
	struct period_row row = { .summary = *summary,
				  .now_ns = now,
				  .run_start_ns = model->run_start,
				  .whole_machine = model->whole_machine,
				  .threads_kept = model->keep_threads,
				  .lives_followed = model->tracker != NULL,
				  .missed_ended = model->missed_ended,
				  .skipped_runs = model->skipped_runs,
				  .folded_processes = model->folded_processes,
				  .priced = model__priced(model),
				  .crashes_left_out = model->crashes_left_out };

	memcpy(row.ends, model->ends, sizeof(row.ends));
	return writer__put(writer, TABLE_PERIODS, &keys, &row, failure);
}

static int put_machine(struct store_writer *writer, const struct model *model,
		       struct failure *failure)
{
	int cpu, err = put_other(writer, OTHER_IDLE, &model->idle, failure);

	if (!err)
		err = put_other(writer, OTHER_FOLDED, &model->folded, failure);
	if (!err && model->has_fine)
		err = put_other(writer, OTHER_FINE, &model->fine, failure);
	for (cpu = 0; cpu < model->cpu_count && !err; cpu++) {
		if (model->cpus[cpu].seen)
			err = put_cpu(writer, cpu, &model->cpus[cpu], failure);
	}
	return err;
}

int store__put_period(struct store_writer *writer, __u32 period, const struct model *model,
		      const struct summary *summary, __u64 now, struct failure *failure)
{
	const struct process *process;
	const struct thread *thread;
	int err;

	if (writer->period != period) {
		writer->crash_count = 0;
		writer->period = period;
	}
	if (period < writer->begin.period)
		writer->begin.period = period;
	writer->flush++;
	err = put_head(writer, model, summary, now, failure);
	if (!err)
		err = put_machine(writer, model, failure);
	for (process = model->processes; process && !err && !writer__is_cut(writer);
	     process = process->hh.next)
		err = put_process(writer, process, failure);
	for (thread = model->threads; thread && !err && !writer__is_cut(writer);
	     thread = thread->hh.next)
		err = put_thread(writer, thread, failure);
	/* otherwise it is not known who is no longer there */
	if (!err && !store__is_cut(writer))
		err = sweep(writer, failure);
	if (!err && model->tracker)
		err = writer__put_spawns(writer, period, NULL, &model->spawns, failure);
	if (err || store__is_cut(writer))
		return err;
	return writer__put_crashes(writer, period, model, failure);
}
