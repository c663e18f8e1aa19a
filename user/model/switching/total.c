/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/switching/total.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "core/hash.h"
#include "model/switching/births.h"
#include "model/switching/tasks.h"

/* Records are numbered anew when tracing begins again: a thread is known by its id and start. */
struct thread_key {
	__u64 start_ns;
	struct process_key process;
	__u32 tid, pad;
};

struct total_thread {
	struct thread_key key;
	__u64 id; /* of the model's thread, which may have been folded since */
	UT_hash_handle hh;
};

/* ---- threads ---- */

static struct total_thread *total__known_thread(struct total *total, const struct thread_key *key)
{
	struct total_thread *known = HASH_GET(total->threads, key, key);

	if (known && !known->id)
		known->id = HASH_COUNT(total->threads);
	return known;
}

static struct thread *total__thread(struct total *total, const struct thread *thread,
				    struct process *process)
{
	const struct total_thread *known;
	struct thread_key key;
	struct thread *to;

	memset(&key, 0, sizeof(key));
	key.start_ns = thread->start_ns;
	key.process.start_ns = process->key.start_ns;
	key.process.pid = process->key.pid;
	key.tid = thread->tid;
	known = total__known_thread(total, &key);
	if (!known)
		return NULL;
	to = model__get_thread(total->model, known->id);
	if (to && !to->process) {
		to->process = process;
		DL_APPEND(process->threads, to);
	}
	return to;
}

static int total__add_thread(struct total *total, const struct thread *thread,
			     struct process *process)
{
	struct thread *to = total__thread(total, thread, process);

	if (!to)
		return -ENOMEM;
	to->tid = thread->tid;
	to->start_ns = thread->start_ns;
	memcpy(to->comm, thread->comm, sizeof(to->comm));
	to->ended = thread->ended;
	to->never_seen = thread->never_seen;
	to->missed += thread->missed;
	return row__add(&to->row, &thread->row);
}

/* ---- processes ---- */

/* The last period knows best what it is called. */
static void process__describe(struct process *to, const struct process *process)
{
	to->ppid = process->ppid;
	to->own_pid = process->own_pid ? process->own_pid : to->own_pid;
	to->kthread = process->kthread;
	to->ended = process->ended;
	to->birth = process->birth.seen ? process->birth : to->birth;
	memcpy(to->comm, process->comm, sizeof(to->comm));
	to->threads_alive = process->threads_alive;
	to->threads_ended = process->threads_ended;
	to->threads_folded += process->threads_folded;
}

static int process__add_lifecycle(struct process *to, const struct process *process)
{
	if (process->end && !to->end) {
		to->end = malloc(sizeof(*to->end));
		if (!to->end)
			return -ENOMEM;
	}
	if (process->end)
		*to->end = *process->end;
	if (!process->spawns)
		return 0;
	if (!to->spawns)
		to->spawns = calloc(1, sizeof(*to->spawns));
	return to->spawns ? spawns__add(to->spawns, process->spawns) : -ENOMEM;
}

static int total__add_process(struct total *total, const struct process *process)
{
	struct process *to = model__get_process(total->model, &process->key);
	const struct thread *thread;
	int err;

	if (!to)
		return -ENOMEM;
	total->model->ended_processes += !to->ended && process->ended;
	total->model->ended_processes -= to->ended && !process->ended;
	process__describe(to, process);
	err = row__add(&to->row, &process->row);
	if (!err)
		err = process__add_lifecycle(to, process);
	if (!total->model->keep_threads)
		return err;
	for (thread = process->threads; thread && !err; thread = thread->next)
		err = total__add_thread(total, thread, to);
	return err;
}

/* ---- the machine ---- */

static void proof__add(struct proof *to, const struct proof *proof)
{
	to->seen += proof->seen;
	to->kernel += proof->kernel;
	to->withheld += proof->withheld;
	to->missed += proof->missed;
	to->time_ns += proof->time_ns;
	to->time_missing_ns += proof->time_missing_ns;
}

static void priced__add(struct priced *to, const struct priced *priced)
{
	if (!to->least || (priced->least && priced->least < to->least))
		to->least = priced->least;
	if (priced->most > to->most)
		to->most = priced->most;
	to->switches += priced->switches;
}

static int total__add_lifecycle(struct total *total, struct model *period)
{
	const struct process_tracker_config nothing = { 0 };
	struct model *model = total->model;
	size_t i;

	if (period->tracker && !model->tracker && model__track_processes(model, &nothing))
		return -ENOMEM;
	for (i = 0; i < END_CLASSES; i++)
		model->ends[i] += period->ends[i];
	return spawns__add(&model->spawns, &period->spawns);
}

static void total__take_crashes(struct total *total, struct model *period)
{
	size_t i;

	for (i = 0; i < period->crash_count; i++)
		births__take_crash(total->model, period->crashes[i]);
	period->crash_count = 0;
	total->model->crashes_left_out += period->crashes_left_out;
}

static int total__add_machine(struct total *total, const struct model *period)
{
	struct model *model = total->model;
	struct priced priced = model__priced(period);
	int err = row__add(&model->system, &period->system);

	if (!err)
		err = row__add(&model->idle, &period->idle);
	if (!err)
		err = row__add(&model->folded, &period->folded);
	model->folded_processes += period->folded_processes;
	model->wakes_missed += period->wakes_missed;
	proof__add(&model->proof, &period->proof);
	priced__add(&model->priced, &priced);
	return err;
}

/* ---- what is said of it ---- */

static void total__add_toll(struct total *total, const struct summary_toll *toll)
{
	struct summary_toll *to = &total->summary.self;

	if (!toll->known)
		to->why_not = toll->why_not;
	to->known &= toll->known;
	to->bpf_ns += toll->bpf_ns;
	to->cpu_ns += toll->cpu_ns;
	if (toll->rss_bytes > to->rss_bytes)
		to->rss_bytes = toll->rss_bytes;
	if (toll->kernel_bytes > to->kernel_bytes)
		to->kernel_bytes = toll->kernel_bytes;
}

static void total__describe(struct total *total, const struct summary *summary)
{
	struct summary *to = &total->summary;
	int i;

	to->duration_ns += summary->duration_ns;
	to->tlb_unattributed += summary->tlb_unattributed;
	summary_loss__add(&to->lost, &summary->lost);
	total__add_toll(total, &summary->self);
	for (i = 0; i < ROW_COUNTERS; i++)
		to->has_counter[i] &= summary->has_counter[i];
	for (i = 0; i < ROW_DISTS; i++)
		to->has_dist[i] &= summary->has_dist[i];
	for (i = 0; i < PHASES; i++)
		to->has_phase[i] &= summary->has_phase[i];
	to->has_failed &= summary->has_failed;
}

int total__add_sums(struct total *total, struct model *period, const struct summary *summary)
{
	double switches = (double)period->proof.seen;
	int err;

	if (!total->model) {
		total->summary = *summary;
		total->summary.processes = NULL;
		total->summary.groups = NULL;
		total->model = model__new(period->keep_threads, period->whole_machine);
		if (!total->model)
			return -ENOMEM;
	} else {
		total__describe(total, summary);
	}
	total->bpf_ns_of_switches += summary->self.ns_per_switch * switches;
	total->switches += period->proof.seen;
	err = total__add_machine(total, period);
	return err ? err : total__add_lifecycle(total, period);
}

int total__add(struct total *total, struct model *period, const struct summary *summary)
{
	const struct process *process;
	int err = total__add_sums(total, period, summary);

	for (process = period->processes; process && !err; process = process->hh.next)
		err = total__add_process(total, process);
	if (err)
		return err;
	total__take_crashes(total, period);
	model__fold_ended(total->model);
	return 0;
}

int total__sum_up(struct total *total, const struct sort *sort)
{
	if (total->switches)
		total->summary.self.ns_per_switch = total->bpf_ns_of_switches /
						    (double)total->switches;
	summary__release(&total->summary);
	return summary__take(&total->summary, total->model, sort);
}

void total__free(struct total *total)
{
	HASH_FREE_ALL(total->threads);
	if (total->model) {
		summary__release(&total->summary);
		model__free(total->model);
	}
	memset(total, 0, sizeof(*total));
}
