/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rich run, written and read again: each field is the same, also those that no view shows. */
#include <stdlib.h>
#include <string.h>

#include "make_rich.h"
#include "unit.h"

static struct rich_round made;

static void begin(void)
{
	rich_round__begin(&made);
}

static void end(void)
{
	rich_round__end(&made);
}

TestSuite(store_fields, .init = begin, .fini = end);

#define FIELD(a, b, field)	SAME((a)->field, (b)->field)
#define TEXT_FIELD(a, b, field) SAME_TEXT((a)->field, (b)->field)

static void same_text_or_null(const char *a, const char *b)
{
	cr_assert_eq(a == NULL, b == NULL, "%s and %s", a ? a : "NULL", b ? b : "NULL");
	if (a)
		SAME_TEXT(a, b);
}

/* ---- rows ---- */

static void same_dist(const struct dist *a, const struct dist *b)
{
	size_t i;

	FIELD(a, b, count);
	FIELD(a, b, sum);
	FIELD(a, b, max);
	FIELD(a, b, min);
	for (i = 0; i < HIST_MAX_BUCKETS; i++)
		SAME(dist__bucket(a, i), dist__bucket(b, i));
}

static void same_row(const struct row *a, const struct row *b)
{
	int i;

	for (i = 0; i < ROW_COUNTERS; i++)
		FIELD(a, b, n[i]);
	for (i = 0; i < ROW_DISTS; i++)
		same_dist(row__dist(a, i), row__dist(b, i));
}

/* The fine grain of the machine: counts and buckets. */
Test(store_fields, fine_grain_of_the_machine)
{
	const struct row *live = &made.rich.scene.model->fine, *read = &made.again.model->fine;
	int i;
	__u32 b;

	cr_assert(made.again.model->has_fine);
	for (i = 0; i < ROW_DISTS; i++) {
		cr_assert_gt(row__dist(live, i)->count, 0, "%s", dist_infos[i].name);
		FIELD(row__dist(read, i), row__dist(live, i), count);
		for (b = 0; b < dist_infos[i].fine; b++)
			FIELD(row__dist(read, i), row__dist(live, i), fine[b]);
	}
}

static void same_spawns(const struct spawns *a, const struct spawns *b)
{
	static const struct dist none;
	int kind, phase, i;

	for (kind = 0; kind < SPAWN_KINDS; kind++) {
		const struct spawn *x = &a->kind[kind], *y = &b->kind[kind];

		FIELD(x, y, count);
		FIELD(x, y, failed);
		FIELD(x, y, namespaces);
		for (i = 0; i < SPAWN_ERRORS; i++) {
			FIELD(x, y, errors[i].error);
			FIELD(x, y, errors[i].count);
		}
		for (phase = 0; phase < PHASES; phase++)
			same_dist(spawn__phase(x, phase), spawn__phase(y, phase));
	}
	for (i = 0; i < FORK_SIZES; i++) {
		cr_assert_eq(!a->sizes[i], !b->sizes[i]);
		if (!a->sizes[i])
			continue;
		FIELD(a, b, sizes[i]->count);
		FIELD(a, b, sizes[i]->rss);
		same_dist(&a->sizes[i]->copy, &b->sizes[i]->copy);
	}
	FIELD(a, b, execs);
	same_dist(a->exec ? a->exec : &none, b->exec ? b->exec : &none);
}

/* ---- ends and crashes ---- */

static void same_sender(const struct sender *a, const struct sender *b)
{
	FIELD(a, b, known);
	FIELD(a, b, pid);
	TEXT_FIELD(a, b, comm);
	FIELD(a, b, kernel);
}

static void same_end(const struct end *a, const struct end *b)
{
	FIELD(a, b, class);
	FIELD(a, b, code);
	FIELD(a, b, signal);
	FIELD(a, b, core);
	FIELD(a, b, life_ns);
	FIELD(a, b, threads);
	same_sender(&a->sender, &b->sender);
	FIELD(a, b, after.signal);
	FIELD(a, b, after.before_ns);
	same_sender(&a->after.sender, &b->after.sender);
}

static void same_victim(const struct victim *a, const struct victim *b)
{
	int i;

	FIELD(a, b, ring);
	FIELD(a, b, pid);
	FIELD(a, b, tid);
	FIELD(a, b, own_pid);
	FIELD(a, b, start_ns);
	TEXT_FIELD(a, b, comm);
	FIELD(a, b, outcome);
	FIELD(a, b, end_delay_ns);
	same_end(&a->end, &b->end);
	cr_assert_eq(a->link_count, b->link_count);
	for (i = 0; i < a->link_count; i++) {
		FIELD(a, b, links[i].how);
		FIELD(a, b, links[i].by_pid);
		FIELD(a, b, links[i].delay_ns);
		FIELD(a, b, links[i].slight);
		TEXT_FIELD(a, b, links[i].evidence);
	}
}

static void same_culprit(const struct crash *a, const struct crash *b)
{
	size_t i;

	FIELD(a, b, culprit.tid);
	TEXT_FIELD(a, b, culprit.comm);
	same_text_or_null(a->culprit.no_frames, b->culprit.no_frames);
	cr_assert_eq(a->culprit.frame_count, b->culprit.frame_count);
	for (i = 0; i < a->culprit.frame_count; i++) {
		TEXT_FIELD(a, b, culprit.frames[i].name);
		same_text_or_null(a->culprit.frames[i].module, b->culprit.frames[i].module);
		FIELD(a, b, culprit.frames[i].interrupted);
		FIELD(a, b, culprit.frames[i].mark);
	}
}

static void same_crash(const struct crash *a, const struct crash *b)
{
	size_t i;

	FIELD(a, b, at_ns);
	FIELD(a, b, at_realtime_ns);
	FIELD(a, b, window_ns);
	FIELD(a, b, cut_short);
	FIELD(a, b, ended);
	FIELD(a, b, traced);
	FIELD(a, b, pid);
	FIELD(a, b, ppid);
	FIELD(a, b, own_pid);
	FIELD(a, b, start_ns);
	TEXT_FIELD(a, b, comm);
	TEXT_FIELD(a, b, parent_comm);
	same_end(&a->end, &b->end);
	FIELD(a, b, end_delay_ns);
	FIELD(a, b, code);
	FIELD(a, b, has_address);
	if (a->has_address)
		FIELD(a, b, address);
	FIELD(a, b, reason);
	FIELD(a, b, thread_only);
	FIELD(a, b, syscall.arch);
	FIELD(a, b, syscall.nr);
	FIELD(a, b, handled.signal);
	FIELD(a, b, handled.code);
	FIELD(a, b, handled.has_address);
	if (a->handled.has_address)
		FIELD(a, b, handled.address);
	FIELD(a, b, handled.before_ns);
	same_culprit(a, b);
	FIELD(a, b, victims_left_out);
	FIELD(a, b, fan_out);
	cr_assert_eq(a->victim_count, b->victim_count);
	for (i = 0; i < a->victim_count; i++)
		same_victim(&a->victims[i], &b->victims[i]);
}

Test(store_fields, crashes)
{
	size_t i;

	cr_assert_gt(made.rich.scene.model->crash_count, 10);
	cr_assert_eq(made.rich.scene.model->crash_count, made.again.model->crash_count);
	for (i = 0; i < made.again.model->crash_count; i++)
		same_crash(made.again.model->crashes[i], made.rich.scene.model->crashes[i]);
	SAME(made.again.model->crashes_left_out, made.rich.scene.model->crashes_left_out);
	for (i = 0; i < END_CLASSES; i++)
		SAME(made.again.model->ends[i], made.rich.scene.model->ends[i]);
}

/* ---- who was there ---- */

Test(store_fields, processes)
{
	const struct process *live, *read;

	cr_assert_eq(HASH_COUNT(made.again.model->processes),
		     HASH_COUNT(made.rich.scene.model->processes));
	for (live = made.rich.scene.model->processes; live; live = live->hh.next) {
		read = model__only_process(made.again.model, live->key.pid, live->key.start_ns);
		cr_assert_not_null(read, "process %u is missing", live->key.pid);
		FIELD(read, live, ppid);
		FIELD(read, live, own_pid);
		FIELD(read, live, kthread);
		FIELD(read, live, ended);
		TEXT_FIELD(read, live, comm);
		FIELD(read, live, threads_alive);
		FIELD(read, live, threads_ended);
		FIELD(read, live, threads_folded);
		same_row(&read->row, &live->row);
		cr_assert_eq(!read->end, !live->end, "the end of process %u", live->key.pid);
		if (live->end)
			same_end(read->end, live->end);
		cr_assert_eq(!read->spawns, !live->spawns, "what process %u made", live->key.pid);
		if (live->spawns)
			same_spawns(read->spawns, live->spawns);
	}
	same_spawns(&made.again.model->spawns, &made.rich.scene.model->spawns);
}

/* Of a thread's last reading, what an open interval is made of. */
static void same_interval(const struct thread *read, const struct thread *live)
{
	bool open = live->last.rec && live->last.rec->off_ns && live->last.rec->off < OFF_NONE;

	cr_assert_eq(read->last.rec != NULL, open, "thread %u", live->tid);
	if (!open)
		return;
	FIELD(read, live, last.rec->off);
	FIELD(read, live, last.rec->off_ns);
	SAME(read->last.rec->wake_ns, live->last.rec->wake_ns & ~1ULL);
}

Test(store_fields, threads)
{
	const struct thread *live, *read;

	cr_assert_eq(HASH_COUNT(made.again.model->threads),
		     HASH_COUNT(made.rich.scene.model->threads));
	for (live = made.rich.scene.model->threads; live; live = live->hh.next) {
		read = model__find_thread(made.again.model, live->id);
		cr_assert_not_null(read, "thread %u is missing", live->tid);
		FIELD(read, live, tid);
		FIELD(read, live, start_ns);
		FIELD(read, live, since_ns);
		FIELD(read, live, process->key.pid);
		FIELD(read, live, process->key.start_ns);
		TEXT_FIELD(read, live, comm);
		FIELD(read, live, ended);
		FIELD(read, live, never_seen);
		FIELD(read, live, missed);
		FIELD(read, live, reported_sleep);
		FIELD(read, live, reported_runq);
		same_interval(read, live);
		same_row(&read->row, &live->row);
	}
}

/* ---- the machine ---- */

Test(store_fields, the_machine)
{
	int cpu, kind;

	SAME(made.again.model->run_start, SCENE_START);
	cr_expect(made.again.model->whole_machine);
	cr_expect(made.again.model->keep_threads);
	SAME(made.again.model->missed_ended, made.rich.scene.model->missed_ended);
	SAME(made.again.model->skipped_runs, 5);
	SAME(made.again.model->tlb_unattributed, 8);
	SAME(made.again.model->folded_processes, 0);
	same_row(&made.again.model->idle, &made.rich.scene.model->idle);
	cr_assert_eq(made.again.model->cpu_count, made.rich.scene.model->cpu_count);
	for (cpu = 0; cpu < made.again.model->cpu_count; cpu++) {
		const struct model_cpu *a = &made.again.model->cpus[cpu],
				       *b = &made.rich.scene.model->cpus[cpu];

#define GROWN(field) SAME(a->last.field - a->base.field, b->last.field - b->base.field)
		GROWN(switches);
		GROWN(voluntary);
		GROWN(nr_switches);
		GROWN(wakes_missed);
		for (kind = 0; kind < KIND_COUNT; kind++)
			GROWN(in[kind]);
#undef GROWN
	}
}
