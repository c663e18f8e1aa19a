/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/comparison/shape.h"

#include <math.h>
#include <string.h>

#define AT_LEAST(a, b)                                                                             \
	do {                                                                                       \
		if ((a) < (b))                                                                     \
			(a) = (b);                                                                 \
	} while (0)

/* ---- one run ---- */

static void take_row(struct shape *shape, const struct summary *summary)
{
	const struct row *row = summary->system;
	int i;

	memcpy(shape->n, row->n, sizeof(shape->n));
	for (i = 0; i < ROW_DISTS; i++) {
		shape->dist[i] = *row__dist(row, i);
		shape->dist[i].fine = NULL; /* is the row's */
	}
	memcpy(shape->has_counter, summary->has_counter, sizeof(shape->has_counter));
	memcpy(shape->has_dist, summary->has_dist, sizeof(shape->has_dist));
	shape->has_states = summary__has_states(summary);
}

static void take_processes(struct shape *shape, const struct summary *summary)
{
	struct together all = together__all(summary);

	shape->processes = all.processes;
	shape->threads = all.threads;
	shape->most_threads = all.largest;
	shape->together = together__of(summary);
}

static void take_lives(struct shape *shape, const struct summary *summary)
{
	const struct spawns *spawns = summary->spawns;
	int kind;
	size_t i;

	shape->lives_unknown = !spawns;
	if (!spawns)
		return;
	shape->has_create = summary->has_phase[PHASE_COPY];
	for (kind = 0; kind < SPAWN_KINDS; kind++) {
		const struct spawn *spawn = &spawns->kind[kind];

		shape->created[kind] = spawn->count;
		shape->create_ns += spawn__phase(spawn, PHASE_COPY)->sum;
		if (kind != SPAWN_VFORK) /* there it contains what the child does up to exec */
			shape->create_ns += spawn__phase(spawn, PHASE_RETURN)->sum;
	}
	memcpy(shape->ends, summary->ends, sizeof(shape->ends));
	shape->crashes = summary->crash_count + summary->crashes_left_out;
	for (i = 0; i < summary->crash_count; i++)
		AT_LEAST(shape->crash_victims, summary->crashes[i]->fan_out);
}

void shape__take(struct shape *shape, const struct summary *summary, __u64 own_ns)
{
	__u64 all = summary->duration_ns * (__u64)summary->cpus, ours;

	memset(shape, 0, sizeof(*shape));
	shape->runs = 1;
	shape->duration_ns = shape->elapsed_ns = summary->duration_ns;
	shape->cpus = summary->cpus;
	shape->incomplete = !summary->complete;
	shape->priced_one_in = summary->priced.most;
	take_row(shape, summary);
	take_processes(shape, summary);
	take_lives(shape, summary);
	shape->idle_ns = summary->idle->n[C_ONCPU];
	ours = shape->idle_ns + own_ns + shape->n[C_ONCPU];
	shape->others_ns = all > ours ? all - ours : 0;
}

void shape__take_wakes(struct shape *shape, const struct summary *summary,
		       const struct wakes *wakes)
{
	size_t i;

	shape->has_wakes = wakes && (wakes->group_count || wakes->recorded);
	if (!shape->has_wakes)
		return;
	shape->wakes = wakes->sums;
	/* the group of all of the target is not there */
	shape->at_once_unknown = !wakes->group_count || wakes->groups[0].leader_ns;
	for (i = 0; i < WAKE_AT_ONCE && !shape->at_once_unknown; i++)
		shape->running_ns[i] = wakes->groups[0].times.running[i] << WAKE_UNIT_SHIFT;
	serial__take(&shape->serial, summary, wakes);
}

void shape_memory__keep(struct shape_memory *memory, const struct shape_memory *sample)
{
	__u64 samples = memory->samples + sample->samples;
	bool more = memory->moved == sample->moved ? sample->sum.pss > memory->sum.pss :
						     memory->moved;

	if (!memory->samples || (sample->samples && more))
		*memory = *sample;
	memory->samples = samples;
}

/* ---- several runs ---- */

static void add_figures(struct shape *sum, const struct shape *run)
{
	int i;

	for (i = 0; i < ROW_COUNTERS; i++) {
		sum->n[i] += run->n[i];
		sum->has_counter[i] = sum->has_counter[i] && run->has_counter[i];
	}
	for (i = 0; i < ROW_DISTS; i++) {
		dist__add(&sum->dist[i], i,
			  &run->dist[i]); /* no memory: nothing in the fine grain */
		sum->has_dist[i] = sum->has_dist[i] && run->has_dist[i];
	}
	for (i = 0; i < SPAWN_KINDS; i++)
		sum->created[i] += run->created[i];
	for (i = 0; i < END_CLASSES; i++)
		sum->ends[i] += run->ends[i];
	sum->has_states = sum->has_states && run->has_states;
	sum->has_create = sum->has_create && run->has_create;
	sum->lives_unknown |= run->lives_unknown;
	AT_LEAST(sum->priced_one_in, run->priced_one_in);
	sum->create_ns += run->create_ns;
	sum->has_wakes = sum->has_wakes && run->has_wakes;
	sum->at_once_unknown |= run->at_once_unknown;
	wake_sums__add(&sum->wakes, &run->wakes);
	serial__add(&sum->serial, &run->serial);
	for (i = 0; i < WAKE_AT_ONCE; i++)
		sum->running_ns[i] += run->running_ns[i];
}

void shape__add(struct shape *sum, const struct shape *run)
{
	if (!sum->runs) {
		*sum = *run;
		return;
	}
	sum->runs += run->runs;
	sum->elapsed_ns += run->elapsed_ns;
	sum->duration_ns += run->duration_ns;
	add_figures(sum, run);
	AT_LEAST(sum->processes, run->processes);
	AT_LEAST(sum->threads, run->threads);
	AT_LEAST(sum->most_threads, run->most_threads);
	together__merge(&sum->together, &run->together);
	AT_LEAST(sum->crash_victims, run->crash_victims);
	sum->crashes += run->crashes;
	shape_memory__keep(&sum->memory, &run->memory);
	sum->idle_ns += run->idle_ns;
	sum->others_ns += run->others_ns;
	sum->incomplete += run->incomplete;
	sum->failed += run->failed;
	if (run->status)
		sum->status = run->status;
}

/* ---- what follows from the figures ---- */

__u64 shape__state(const struct shape *shape, enum state state)
{
	static const int dists[STATES] = { [STATE_WAITING] = D_RUNQ,
					   [STATE_SLEEP] = D_OFF_SLEEP,
					   [STATE_DISK] = D_OFF_DISK,
					   [STATE_OTHER] = D_OFF_OTHER };

	return state == STATE_ONCPU ? shape->n[C_ONCPU] : shape->dist[dists[state]].sum;
}

static double ratio(double part, double whole)
{
	return whole > 0 ? part / whole : NAN;
}

double shape__cpus_obtained(const struct shape *shape)
{
	return ratio((double)shape->n[C_ONCPU], (double)shape->elapsed_ns);
}

double shape__cpus_wanted(const struct shape *shape)
{
	return ratio((double)(shape->n[C_ONCPU] + shape__state(shape, STATE_WAITING)),
		     (double)shape->elapsed_ns);
}

double shape__state_share(const struct shape *shape, enum state state)
{
	__u64 all = 0;
	int i;

	for (i = 0; i < STATES; i++)
		all += shape__state(shape, (enum state)i);
	return ratio((double)shape__state(shape, state), (double)all);
}

__u64 shape__switches(const struct shape *shape)
{
	return shape->n[C_VOLUNTARY] + shape->n[C_INVOLUNTARY];
}

double shape__rate(const struct shape *shape, __u64 value)
{
	return ratio((double)value * 1e9, (double)shape->elapsed_ns);
}

__u64 shape__toll(const struct shape *shape)
{
	__u64 sum = 0;
	int d;

	for (d = 0; d < ROW_DISTS; d++) {
		if (dist_infos[d].layout == LAYOUT_COST)
			sum += shape->dist[d].sum;
	}
	return sum;
}

double shape__process_extra(const struct shape *of_process, const struct shape *of_thread)
{
	const struct dist *process = &of_process->dist[D_SWITCH_PROCESS];
	const struct dist *thread = &of_thread->dist[D_SWITCH_THREAD];

	if (!of_process->has_dist[D_SWITCH_PROCESS] || !of_thread->has_dist[D_SWITCH_THREAD] ||
	    process->count < SHAPE_SAMPLES || thread->count < SHAPE_SAMPLES)
		return NAN;
	return dist__median(process, D_SWITCH_PROCESS) - dist__median(thread, D_SWITCH_THREAD);
}

const char *shape__name(const struct shape *shape)
{
	if (shape->most_threads > 1)
		return shape->processes > 1 ? "threads and processes" : "threads";
	return shape->processes > 1 ? "processes" : "one thread";
}

const char *shape__no_memory(const struct shape *shape)
{
	return shape->recorded ? "a recording keeps no memory of its processes" :
				 "no process showed its memory while it ran";
}

const char *shape__no_wakes(const struct shape *shape)
{
	return shape->recorded ?
		       "the recording does not say who wakes whom (record --wakes keeps it)" :
		       "this kernel does not say who wakes whom";
}

const char *shape__no_lives(const struct shape *shape)
{
	return shape->recorded ? "the recording did not follow creations, ends and crashes" :
				 "creations, ends and crashes were not followed";
}

const char *shape__no_states(const struct shape *shape)
{
	return shape->recorded ? "the recording does not tell run-queue wait from sleep" :
				 "run-queue wait is not measured here";
}

double shape__others_share(const struct shape *shape)
{
	return ratio((double)shape->others_ns, (double)shape->duration_ns * shape->cpus);
}
