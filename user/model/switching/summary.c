/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/switching/summary.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double sort__key(const struct sort *sort, const struct measured *measured)
{
	double key = sort ? sort->key(measured) : 0;

	return isnan(key) ? -1 : key;
}

void summary_loss__add(struct summary_loss *loss, const struct summary_loss *more)
{
	loss->events += more->events;
	loss->tasks += more->tasks;
	loss->switches += more->switches;
	loss->stacks += more->stacks;
	loss->edges += more->edges;
}

__u64 summary_loss__sum(const struct summary_loss *loss)
{
	return loss->events + loss->tasks + loss->stacks + loss->edges;
}

struct sort_entry {
	double key;
	__u64 second;
	__u64 id; /* makes the order the same every time */
	const void *what;
};

static int sort_entry__compare(const void *a, const void *b)
{
	const struct sort_entry *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? 1 : -1;
	if (x->second != y->second)
		return x->second < y->second ? 1 : -1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static struct sort_entry sort_entry__of(const struct sort *sort, const struct measured *measured,
					__u64 id, const void *what)
{
	return (struct sort_entry){ sort__key(sort, measured), row__switches(measured->row), id,
				    what };
}

struct measured summary__measured(const struct summary *summary, const struct process *process)
{
	return (struct measured){ &process->row, summary->duration_ns, process->threads_alive,
				  process->spawns };
}

int summary__take(struct summary *summary, const struct model *model, const struct sort *sort)
{
	size_t count = HASH_COUNT(model->processes), i = 0;
	struct sort_entry *entries = calloc(count ? count : 1, sizeof(*entries));
	const struct process *process;

	summary->processes = calloc(count ? count : 1, sizeof(*summary->processes));
	if (!entries || !summary->processes) {
		free(entries);
		return -ENOMEM;
	}
	for (process = model->processes; process; process = process->hh.next) {
		struct measured measured = summary__measured(summary, process);

		entries[i++] = sort_entry__of(sort, &measured, process->key.pid, process);
	}
	qsort(entries, count, sizeof(*entries), sort_entry__compare);
	for (i = 0; i < count; i++)
		summary->processes[i] = entries[i].what;
	free(entries);
	summary->process_count = count;
	summary->sort = sort;
	summary->system = &model->system;
	summary->idle = &model->idle;
	summary->proof = model->proof;
	summary->priced = model__priced(model);
	summary->whole_machine = model->whole_machine;
	summary->threads = model->keep_threads;
	summary->wakes_missed = model->wakes_missed;
	summary->open = model->open;
	summary->folded_processes = model->folded_processes;
	summary->folded = &model->folded;
	if (model->tracker) {
		summary->spawns = &model->spawns;
		summary->ends = model->ends;
	}
	summary->crashes = model->crashes;
	summary->crash_count = model->crash_count;
	summary->crashes_left_out = model->crashes_left_out;
	summary->complete = !summary->proof.missed && !summary_loss__sum(&summary->lost);
	return 0;
}

void summary__release(struct summary *summary)
{
	free(summary->processes);
	summary->processes = NULL;
}

const struct thread **summary__threads(const struct summary *summary, const struct process *process,
				       size_t *ret_count)
{
	const struct thread **threads, *thread;
	struct sort_entry *entries;
	size_t count = 0, i = 0;

	for (thread = process->threads; thread; thread = thread->next)
		count++;
	*ret_count = 0;
	threads = calloc(count ? count : 1, sizeof(*threads));
	entries = calloc(count ? count : 1, sizeof(*entries));
	if (threads && entries) {
		for (thread = process->threads; thread; thread = thread->next) {
			struct measured measured = { &thread->row, summary->duration_ns, 1, NULL };

			entries[i++] = sort_entry__of(summary->sort, &measured, thread->id, thread);
		}
		qsort(entries, count, sizeof(*entries), sort_entry__compare);
		for (i = 0; i < count; i++)
			threads[i] = entries[i].what;
		*ret_count = count;
	}
	free(entries);
	return threads;
}

bool summary__has_states(const struct summary *summary)
{
	return summary->has_counter[C_LIFETIME] && summary->has_dist[D_RUNQ];
}

double summary__cpu_time(const struct summary *summary)
{
	if (summary->whole_machine && summary->idle && summary->idle->n[C_ONCPU])
		return (double)summary->system->n[C_ONCPU] + (double)summary->idle->n[C_ONCPU];
	return (double)summary->duration_ns * summary->cpus;
}

bool summary__samples(const struct summary *summary)
{
	return summary->priced.most > 1;
}

void summary__unavailable(struct summary *summary, const char *measure, const char *reason)
{
	int i, at = summary->unavailable_count;

	if (at < SUMMARY_UNAVAILABLE) {
		summary->unavailable[at].measure = measure;
		snprintf(summary->unavailable[at].reason, sizeof(summary->unavailable[at].reason),
			 "%s", reason);
		summary->unavailable_count++;
	}
	/* a measure is a figure, or a group of them */
	for (i = 0; i < ROW_COUNTERS; i++) {
		if (!strcmp(counter_infos[i].name, measure) ||
		    (*counter_infos[i].group && !strcmp(counter_infos[i].group, measure)))
			summary->has_counter[i] = false;
	}
	for (i = 0; i < ROW_DISTS; i++) {
		if (!strcmp(dist_infos[i].name, measure) ||
		    (*dist_infos[i].group && !strcmp(dist_infos[i].group, measure)))
			summary->has_dist[i] = false;
	}
	for (i = 0; i < PHASES; i++) {
		if (!strcmp(phase_names[i], measure))
			summary->has_phase[i] = false;
	}
	if (!strcmp(measure, "failed"))
		summary->has_failed = false;
}
