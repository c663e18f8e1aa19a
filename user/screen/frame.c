/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "screen/frame.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/heap.h"
#include "model/machine/group.h"

/* ---- rows ---- */

/* Is it so short, and of characters that need no look at how wide they are? */
static bool is_plain(const char *text, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)text[i];

		if (byte < ' ' || byte >= 0x7f)
			return !byte;
	}
	return false;
}

void frame__take_name(char *name, size_t size, const char *comm)
{
	size_t fits, bytes = strlen(comm);

	if (is_plain(comm, size)) {
		memcpy(name, comm, bytes + 1);
		return;
	}
	fits = utf8__fitting(comm, size - 1);
	while (bytes >= size) /* many bytes for few columns: whole characters only */
		bytes = utf8__fitting(comm, --fits);
	memcpy(name, comm, bytes);
	name[bytes] = '\0';
}

static void take_figures(float *figures, const struct measured *measured)
{
	int i;

	for (i = 0; i < COLUMNS; i++)
		figures[i] = (float)column_infos[i].figure(measured);
}

static void take_process(struct frame_row *row, const struct summary *summary,
			 const struct process *process)
{
	struct measured measured = summary__measured(summary, process);

	row->key = (struct row_key){ process->key.start_ns, process->key.pid, 0 };
	row->parent = process->ppid;
	row->ended = process->ended;
	row->kthread = process->kthread;
	frame__take_name(row->name, sizeof(row->name), process->comm);
	take_figures(row->figure, &measured);
}

static void take_thread(struct frame_row *row, const struct summary *summary,
			const struct process *process, const struct thread *thread)
{
	struct measured measured = { &thread->row, summary->duration_ns, 1, NULL };

	row->key = (struct row_key){ thread->id, process->key.pid, thread->tid };
	row->parent = process->key.pid;
	row->ended = thread->ended;
	row->kthread = process->kthread;
	frame__take_name(row->name, sizeof(row->name), thread->comm);
	take_figures(row->figure, &measured);
}

#define ROWS_AT_ONCE 256

/* The next one; most of those that there is room for may not be needed. */
static struct frame_row *next_row(struct frame *frame, size_t room)
{
	struct frame_row *row = &frame->rows[frame->count];
	size_t rest = room - frame->count;

	if (frame->count++ % ROWS_AT_ONCE == 0)
		heap__expect(row, (rest < ROWS_AT_ONCE ? rest : ROWS_AT_ONCE) * sizeof(*row));
	return row;
}

static bool did_something(const struct row *row)
{
	return row__switches(row) || row__in(row);
}

/* Those that did something: of them all as they are, or the first so many. */
static void take_threads(struct frame *frame, const struct summary *summary,
			 const struct process *process, size_t room, bool all)
{
	const struct thread **threads, *thread;
	size_t count, t;

	if (!summary->threads || !process->threads || !did_something(&process->row))
		return;
	if (all) { /* the list has an order of its own */
		for (thread = process->threads; thread && frame->count < room;
		     thread = thread->next) {
			if (thread->next)
				row__expect(&thread->next->row);
			if (did_something(&thread->row))
				take_thread(next_row(frame, room), summary, process, thread);
		}
		return;
	}
	threads = summary__threads(summary, process, &count);
	for (t = 0; threads && t < count && frame->count < room; t++)
		if (did_something(&threads[t]->row))
			take_thread(next_row(frame, room), summary, process, threads[t]);
	free(threads);
}

/* Those that did nothing have no figures worth keeping; they are listed while there is room. */
static int take_rows(struct frame *frame, const struct summary *summary, size_t rows_max)
{
	size_t room = summary->process_count, i;
	struct frame_row *fewer;
	bool all;

	if (summary->threads)
		for (i = 0; i < summary->process_count; i++)
			room += summary->processes[i]->threads_alive +
				summary->processes[i]->threads_ended;
	all = room <= rows_max;
	if (!all)
		room = rows_max;
	frame->rows = malloc((room + 1) * sizeof(*frame->rows));
	if (!frame->rows)
		return -ENOMEM;
	for (i = 0; i < summary->process_count; i++) {
		const struct process *process = summary->processes[i];

		if (frame->count == room) {
			frame->left_out++;
			continue;
		}
		take_process(next_row(frame, room), summary, process);
		take_threads(frame, summary, process, room, all);
	}
	fewer = realloc(frame->rows, (frame->count + 1) * sizeof(*frame->rows));
	if (fewer)
		frame->rows = fewer;
	frame->bytes += (frame->count + 1) * sizeof(*frame->rows);
	return 0;
}

/* ---- groups ---- */

static int take_groups(struct frame *frame, const struct summary *summary)
{
	struct groups groups;
	size_t i;

	if (groups__make(&groups, summary, frame->by))
		return -ENOMEM;
	frame->groups = calloc(groups.count + 1, sizeof(*frame->groups));
	frame->group_count = frame->groups ? groups.count : 0;
	for (i = 0; i < frame->group_count; i++) {
		struct measured measured = group__measured(groups.sorted[i], summary);

		frame__take_name(frame->groups[i].name, sizeof(frame->groups[i].name),
				 groups.sorted[i]->name);
		frame->groups[i].processes = groups.sorted[i]->processes;
		take_figures(frame->groups[i].figure, &measured);
	}
	frame->bytes += (groups.count + 1) * sizeof(*frame->groups);
	groups__free(&groups);
	return frame->groups ? 0 : -ENOMEM;
}

/* ---- births ---- */

static double copy_p50(const struct spawns *spawns, enum spawn_kind kind)
{
	const struct dist *copy = spawn__phase(&spawns->kind[kind], PHASE_COPY);

	return copy->count ? (double)dist__percentile(copy, D_COPY, 0.5) : NAN;
}

static __u64 taken(const struct spawns *spawns)
{
	__u64 ns = 0;
	int kind;

	for (kind = 0; kind < SPAWN_KINDS; kind++) {
		ns += spawn__phase(&spawns->kind[kind], PHASE_COPY)->sum;
		if (kind != SPAWN_VFORK)
			ns += spawn__phase(&spawns->kind[kind], PHASE_RETURN)->sum;
	}
	return ns;
}

static int take_births(struct frame *frame, const struct summary *summary)
{
	size_t i, count = 0;

	for (i = 0; i < summary->process_count; i++)
		count += summary->processes[i]->spawns &&
			 spawns__any(summary->processes[i]->spawns);
	frame->births = calloc(count + 1, sizeof(*frame->births));
	if (!frame->births)
		return -ENOMEM;
	for (i = 0; i < summary->process_count; i++) {
		const struct process *process = summary->processes[i];
		struct frame_births *births = &frame->births[frame->birth_count];
		int kind;

		if (!process->spawns || !spawns__any(process->spawns))
			continue;
		births->key = (struct row_key){ process->key.start_ns, process->key.pid, 0 };
		frame__take_name(births->name, sizeof(births->name), process->comm);
		for (kind = 0; kind < SPAWN_KINDS; kind++) {
			births->count[kind] = process->spawns->kind[kind].count;
			births->failed += process->spawns->kind[kind].failed;
		}
		births->fork_p50_ns = copy_p50(process->spawns, SPAWN_PROCESS);
		births->thread_p50_ns = copy_p50(process->spawns, SPAWN_THREAD);
		births->taken_ns = taken(process->spawns);
		frame->birth_count++;
	}
	frame->bytes += (count + 1) * sizeof(*frame->births);
	return 0;
}

/* ---- the machine ---- */

static void take_head(struct frame *frame, const struct summary *summary)
{
	double seconds = (double)summary->duration_ns / 1e9, cpus = summary->cpus * seconds * 1e9;
	const struct row *system = summary->system;
	const struct dist *wait = row__dist(system, D_RUNQ);
	double switches = (double)row__switches(system), on, births = 0, ends = 0;
	static const int kinds[5] = { C_IN_THREAD, C_IN_PROCESS, C_IN_RESUME, C_IN_KERNEL,
				      C_IN_IDLE };
	int i;

	on = (double)system->n[C_ONCPU];
	for (i = 0; summary->spawns && i < SPAWN_KINDS; i++)
		births += (double)summary->spawns->kind[i].count;
	for (i = 0; summary->ends && i < END_CLASSES; i++)
		ends += (double)summary->ends[i];
	frame->head[HEAD_SWITCHES] = switches / seconds;
	frame->head[HEAD_BUSY] = 100 * on / summary__cpu_time(summary);
	frame->head[HEAD_WANTED] = (on + (double)wait->sum) / (double)summary->duration_ns;
	frame->head[HEAD_TOLL] =
		summary->cost_source == COST_NONE ? NAN : 100 * (double)row__toll(system) / cpus;
	frame->head[HEAD_WAIT_P50] = wait->count ? (double)dist__percentile(wait, D_RUNQ, 0.5) :
						   NAN;
	frame->head[HEAD_WAIT_P99] = wait->count ? (double)dist__percentile(wait, D_RUNQ, 0.99) :
						   NAN;
	frame->head[HEAD_BIRTHS] = births / seconds;
	frame->head[HEAD_ENDS] = ends / seconds;
	frame->head[HEAD_CRASHES] = summary->ends ? (double)summary->ends[END_CRASH] : 0;
	frame->head[HEAD_LOST] = (double)(summary->lost.events + summary->lost.tasks +
					  summary->lost.stacks + summary->lost.edges +
					  summary->proof.missed);
	frame->head[HEAD_SELF] =
		summary->self.known ?
			100 * ((double)summary->self.bpf_ns + (double)summary->self.cpu_ns) / cpus :
			NAN;
	frame->no_self = summary->self.known ? NULL : summary->self.why_not;
	for (i = 0; i < 5; i++)
		frame->head[HEAD_KIND + i] =
			switches > 0 ? 100 * (double)system->n[kinds[i]] / switches : 0;
}

struct frame *frame__take(const struct summary *summary, size_t rows_max, enum group_by by)
{
	struct frame *frame = calloc(1, sizeof(*frame));

	if (!frame)
		return NULL;
	frame->bytes = sizeof(*frame);
	frame->by = by;
	frame->duration_ns = summary->duration_ns;
	frame->realtime_ns = summary->start_realtime_ns + summary->duration_ns;
	frame->samples = summary__samples(summary);
	take_head(frame, summary);
	if (take_rows(frame, summary, rows_max) || take_groups(frame, summary) ||
	    take_births(frame, summary)) {
		frame__free(frame);
		return NULL;
	}
	return frame;
}

void frame__free(struct frame *frame)
{
	if (!frame)
		return;
	free(frame->rows);
	free(frame->groups);
	free(frame->births);
	free(frame->wakes);
	free(frame->own.list);
	free(frame);
}

bool row_key__same(const struct row_key *a, const struct row_key *b)
{
	return a->start_ns == b->start_ns && a->pid == b->pid && a->tid == b->tid;
}

/* ---- history ---- */

int history__begin(struct history *history, size_t most, size_t bytes_max)
{
	*history = (struct history){ .most = most, .bytes_max = bytes_max };
	history->frames = calloc(most, sizeof(*history->frames));
	return history->frames ? 0 : -ENOMEM;
}

static void forget_oldest(struct history *history)
{
	history->bytes -= history->frames[0]->bytes;
	frame__free(history->frames[0]);
	memmove(history->frames, history->frames + 1, --history->count * sizeof(*history->frames));
}

void history__end(struct history *history)
{
	while (history->count)
		forget_oldest(history);
	free(history->frames);
	history->frames = NULL;
}

void history__add(struct history *history, struct frame *frame)
{
	while (history->count && (history->count == history->most ||
				  history->bytes + frame->bytes > history->bytes_max))
		forget_oldest(history);
	history->frames[history->count++] = frame;
	history->bytes += frame->bytes;
}

const struct frame *history__at(const struct history *history, size_t back)
{
	return back < history->count ? history->frames[history->count - 1 - back] : NULL;
}
