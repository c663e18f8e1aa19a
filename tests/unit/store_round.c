/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is read from a recording prints what the live model prints. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/tt.h"
#include "ids.h"
#include "make_lifecycle.h"
#include "make_store.h"
#include "unit.h"

#define CREATOR 101

TestSuite(store_round, .fini = tt__cleanup);

Test(store_round, processes_and_threads)
{
	static const bool yes_no[] = { false, true };
	struct scene scene;
	size_t t, w;

	for (t = 0; t < 2; t++) {
		for (w = 0; w < 2; w++) {
			scene__fill(&scene, 30, yes_no[t], yes_no[w]);
			scene__round(&scene);
			scene__release(&scene);
		}
	}
}

Test(store_round, nothing_at_all)
{
	struct scene scene;

	scene__fill(&scene, 0, true, false);
	scene__round(&scene);
	scene__release(&scene);
}

Test(store_round, names_that_want_more)
{
	struct scene scene;
	size_t i;

	for (i = 0; hostile_names[i]; i++) {
		struct task task = task__make(5, 5, 5);

		scene__begin(&scene, true, false);
		task__rename(&task, hostile_names[i], hostile_names[i]);
		task__switch(&task, 3, 1);
		task__read(&task, scene.model);
		scene__round(&scene);
		scene__release(&scene);
	}
}

Test(store_round, waits_that_are_open)
{
	static const enum off ways[] = { OFF_SLEEP, OFF_DISK, OFF_PREEMPTED, OFF_OTHER };
	struct scene scene;
	size_t i;

	scene__begin(&scene, true, false);
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		struct task task = task__make(i + 1, 100, 100 + (__u32)i);

		task__switch(&task, 3, 1);
		task__go_off(&task, ways[i], i * 1000000 + 5);
		task.rec.wake_ns = (SCENE_END - 1000) | (i & 1);
		task__read(&task, scene.model);
	}
	scene__round(&scene);
	scene__release(&scene);
}

Test(store_round, switches_that_were_missed_or_withheld)
{
	struct task missed = task__make(1, 100, 100), withheld = task__make(2, 101, 101);
	struct task dead = task__make(3, 102, 102);
	struct cpu_slot slot = { .switches = 50, .nr_base = 3, .nr_switches = 60 };
	struct cpu_slot unknown = { .switches = 40 };
	struct scene scene;
	int round;

	for (round = 0; round < 2; round++) {
		scene__begin(&scene, true, true);
		missed.head.kernel_nv = 7;
		withheld.head.kernel_nv = 9;
		withheld.rec.flags = 0;
		dead.rec.MISSED = 4;
		task__read(&missed, scene.model);
		task__read(&withheld, scene.model);
		task__die(&dead, scene.model);
		model__apply_cpu(scene.model, 3, round ? &unknown : &slot);
		scene.model->skipped_runs = 2;
		scene__round(&scene);
		scene__release(&scene);
	}
}

/* An interval that goes on: what earlier periods were told of it is not told again. */
Test(store_round, periods)
{
	struct task task = task__make(1, 100, 100), other = task__make(2, 200, 200);
	struct store_writer *writer = recording__create();
	struct scene live[3], read;
	struct store *store;
	__u32 period;

	scene__begin(&live[0], true, false);
	task__switch(&other, 5, 5);
	task__go_off(&task, OFF_SLEEP, SCENE_START + 5);
	for (period = 1; period <= 3; period++) {
		struct scene *scene = &live[period - 1];
		__u64 now = SCENE_START + period * 1000000;
		char *text;

		scene->model = live[0].model;
		task__switch(&task, 1, 0);
		task__read(&task, scene->model);
		if (period < 3)
			task__read(&other, scene->model);
		if (period == 2)
			task__die(&other, scene->model);
		scene__describe(&scene->summary);
		/* more than once, as a recorder does: only what changed is written */
		recording__put(writer, period, scene, &scene->summary, now - 10);
		recording__put(writer, period, scene, &scene->summary, now);
		cr_assert_eq(model__close(scene->model, now), 0);
		cr_assert_eq(summary__take(&scene->summary, scene->model, &sorts[0]), 0);
		store = NULL;
		text = scene__show(scene, &view_json, &(struct view_options){ .rows = 1 });
		live[period - 1].summary.host[64] = 0;
		summary__release(&scene->summary);
		model__begin(scene->model);
		snprintf(live[period - 1].summary.target, 16, "period %u", period);
		setenv(live[period - 1].summary.target, text, 1);
		free(text);
	}
	recording__end(writer, true);
	model__free(live[0].model);
	store = recording__open();
	SAME(store__periods(store), 3);
	for (period = 1; period <= 3; period++) {
		char *text;

		recording__read(store, period, &read);
		text = scene__show(&read, &view_json, &(struct view_options){ .rows = 1 });
		SAME_TEXT(text, getenv(live[period - 1].summary.target));
		free(text);
		scene__release(&read);
	}
	store__free(store);
}

Test(store_round, processes_that_were_folded)
{
	struct store_writer *writer = recording__create();
	struct summary summary;
	struct scene scene;
	__u32 i;

	scene__begin(&scene, true, true);
	scene__describe(&summary);
	for (i = 1; i <= MODEL_ENDED_MAX + 20; i++) {
		struct task task = task__make(i, i, i);

		task__switch(&task, i, 1);
		task__die(&task, scene.model);
		if (i == MODEL_ENDED_MAX) /* some that are written, and then folded */
			recording__put(writer, 1, &scene, &summary, SCENE_END);
	}
	recording__put(writer, 1, &scene, &summary, SCENE_END);
	recording__end(writer, true);
	scene__take(&scene);
	{
		struct store *store = recording__open();
		struct scene read;

		recording__read(store, 1, &read);
		SAME(read.summary.folded_processes, 20);
		scenes__compare(&scene, &read);
		scene__release(&read);
		store__free(store);
	}
	scene__release(&scene);
}

/* It had created others, was folded, and then something came late: that is all that it has. */
Test(store_round, process_that_comes_again)
{
	struct store_writer *writer = recording__create();
	struct process *process;
	struct summary summary;
	struct story story;
	struct scene scene, read;
	struct store *store;

	scene__fill_lifecycle(&scene, &story);
	scene__describe(&summary);
	recording__put(writer, 1, &scene, &summary, SCENE_END);
	for (process = scene.model->processes; process && !process->spawns;)
		process = process->hh.next;
	cr_assert_not_null(process);
	spawns__clear(process->spawns);
	free(process->spawns);
	process->spawns = NULL;
	recording__put(writer, 1, &scene, &summary, SCENE_END);
	recording__end(writer, true);
	scene__take(&scene);
	store = recording__open();
	recording__read(store, 1, &read);
	scenes__compare(&scene, &read);
	scene__release(&read);
	store__free(store);
	scene__release(&scene);
	story__end(&story);
}

Test(store_round, what_cannot_be_had)
{
	struct store_writer *writer;
	struct failure failure = { 0 };
	struct scene scene, read;
	struct store *store;
	struct summary summary;

	scene__fill(&scene, 3, true, true);
	scene__describe(&summary);
	summary__unavailable(&summary, "pick_ns", "no hook: not here");
	summary__unavailable(&summary, "switch_ns", "no hook: not there");
	summary__unavailable(&summary, "copy_ns", "no hook");
	summary__unavailable(&summary, "failed", "no hook");
	summary__unavailable(&summary, "tlb_shootdowns_sent", "it is emulated");
	summary.cost_source = COST_NONE;
	summary.self.known = false;
	summary.lost = (struct summary_loss){ 1, 2, 3, 4, 5 };
	summary.tlb_unattributed = scene.model->tlb_unattributed = 6;
	cr_assert_eq(store__create(&writer, recording__path(), true, &summary, &failure), 0);
	recording__put(writer, 1, &scene, &summary, SCENE_END);
	recording__end(writer, true);
	cr_assert_eq(model__close(scene.model, SCENE_END), 0);
	scene.summary = summary;
	cr_assert_eq(summary__take(&scene.summary, scene.model, sort__find("switches")), 0);
	store = recording__open();
	recording__read(store, 1, &read);
	scenes__compare(&scene, &read);
	scene__release(&read);
	store__free(store);
	scene__release(&scene);
}

/* ---- births, ends, crashes ---- */

Test(store_round, births_ends_and_crashes)
{
	struct story story;
	struct scene scene;

	scene__fill_lifecycle(&scene, &story);
	cr_assert_eq(scene.model->crash_count, 2);
	cr_assert_gt(scene.model->crashes[0]->victim_count, 2);
	scene.model->crashes[0]->own_pid = 7;
	scene.model->crashes[0]->victims[1].own_pid = 8;
	scene.model->crashes[1]->pid |= ID_OUTSIDE;
	scene.model->crashes[1]->thread_only = true;
	scene.model->crashes[1]->syscall.nr = 110;
	scene.model->crashes[1]->syscall.arch = 0xc000003e; /* AUDIT_ARCH_X86_64 */
	scene.model->processes->own_pid = 9;
	scene__round(&scene);
	scene__release(&scene);
	story__end(&story);
}

/* The first recordings of this version have none of what came later. */
static void drop_later_columns(void)
{
	static const char *const columns[] = { "ends.from_kernel",	   "crashes.from_kernel",
					       "victims.from_kernel",	   "crash_frames.module",
					       "crash_frames.interrupted", "process_rows.ns_pid",
					       "crash_frames.mark",	   "crashes.ns_pid",
					       "victims.ns_pid",	   "crashes.thread_only",
					       "crashes.syscall_nr",	   "crashes.syscall_arch" };
	char sql[128];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(columns); i++) {
		int table = (int)strcspn(columns[i], ".");

		snprintf(sql, sizeof(sql), "ALTER TABLE %.*s DROP COLUMN %s", table, columns[i],
			 columns[i] + table + 1);
		recording__change(sql);
	}
}

Test(store_round, recording_without_the_columns_that_came_later)
{
	struct store_writer *writer;
	struct summary summary;
	struct story story;
	struct scene scene, read;
	struct store *store;

	scene__fill_lifecycle(&scene, &story);
	writer = recording__create();
	scene__describe(&summary);
	recording__put(writer, 1, &scene, &summary, SCENE_END);
	recording__end(writer, true);
	drop_later_columns();
	store = recording__open();
	recording__read(store, 1, &read);
	SAME(read.model->crash_count, scene.model->crash_count);
	SAME_TEXT(crash__function(read.model->crashes[0]), "abort");
	SAME(read.model->crashes[0]->victim_count, scene.model->crashes[0]->victim_count);
	cr_expect_not(read.model->crashes[0]->end.sender.kernel);
	cr_expect_null(read.model->crashes[0]->culprit.frames[1].module);
	cr_expect_not(read.model->crashes[0]->culprit.frames[1].mark);
	cr_expect(read.model->crashes[0]->culprit.frames[2].mark);
	scene__release(&read);
	store__free(store);
	model__free(scene.model);
	story__end(&story);
}

Test(store_round, crashes_as_crash_prints_them)
{
	const struct view_options options = { .first = true };
	struct store_writer *writer = recording__create();
	struct summary summary;
	struct scene scene, read;
	struct story story;
	struct store *store;
	size_t i;

	scene__fill_lifecycle(&scene, &story);
	scene__describe(&summary);
	recording__put(writer, 1, &scene, &summary, SCENE_END);
	recording__put(writer, 1, &scene, &summary, SCENE_END);
	recording__end(writer, true);
	store = recording__open();
	recording__read(store, 1, &read);
	SAME(read.model->crash_count, scene.model->crash_count);
	for (i = 0; i < read.model->crash_count; i++) {
		char *a = crash__show(read.model->crashes[i], &view_json, &options);
		char *b = crash__show(scene.model->crashes[i], &view_json, &options);
		char *c = crash__show(read.model->crashes[i], &view_text, &options);
		char *d = crash__show(scene.model->crashes[i], &view_text, &options);

		SAME_TEXT(a, b);
		SAME_TEXT(c, d);
		free(a);
		free(b);
		free(c);
		free(d);
	}
	scene__release(&read);
	store__free(store);
	model__free(scene.model);
	story__end(&story);
}

static int keep_sample(void *context, const struct sample *sample)
{
	*(struct sample *)context = *sample;
	return 0;
}

/* Columns are found by name: a file may lack those that came later, and have others. */
Test(store_round, columns_of_other_versions)
{
	struct sample sample = { .thread = 1, .stack = 1, .weight = { 5, 6, 7 } };
	struct profile_thread thread = { .id = 1, .comm = "a", .process_comm = "b" };
	struct store_writer *writer = recording__create();
	struct task task = task__make(1, 100, 100);
	struct profile *profile = profile__new(), *again;
	struct failure failure = { 0 };
	struct summary summary;
	struct store *store;
	struct scene scene, read;

	scene__begin(&scene, true, true);
	task.rec.MIGRATIONS = 77;
	task__switch(&task, 3, 1);
	task__read(&task, scene.model);
	scene__describe(&summary);
	recording__put(writer, 1, &scene, &summary, SCENE_END);
	recording__begin(writer);
	profile__stack(profile, 0, profile__mark(profile, "main"));
	profile__thread(profile, &thread);
	cr_assert_eq(store__put_profile(writer, profile, &failure), 0);
	cr_assert_eq(store__put_sample(writer, 1, &sample, &failure), 0);
	recording__commit(writer);
	recording__end(writer, true);
	recording__change("DROP VIEW process_sums; DROP VIEW folded_stacks; DROP VIEW all_samples;"
			  "DELETE FROM measures WHERE measure = 'migrations';"
			  "ALTER TABLE process_rows DROP COLUMN migrations;"
			  "ALTER TABLE process_rows DROP COLUMN ns_pid;"
			  "ALTER TABLE thread_rows ADD COLUMN added_later INTEGER DEFAULT 9;"
			  "ALTER TABLE samples DROP COLUMN sleep_ns");
	store = recording__open();
	recording__read(store, 1, &read);
	cr_expect_not(read.summary.has_counter[C_MIGRATIONS]);
	SAME(read.summary.processes[0]->row.n[C_MIGRATIONS], 0);
	SAME(row__switches(&read.summary.processes[0]->row), 4);
	SAME(read.summary.processes[0]->row.n[C_ONCPU], task.rec.ONCPU);
	memset(&sample, 0, sizeof(sample));
	cr_assert_eq(store__each_sample(store, 1, 7, keep_sample, &sample, &failure), 0);
	SAME(sample.weight[WEIGHT_SWITCHES], 5);
	SAME(sample.weight[WEIGHT_SLEEP], 0);
	SAME(sample.weight[WEIGHT_DISK], 7);
	cr_assert_eq(store__read_profile(store, &again, &failure), 0);
	SAME_TEXT(profile__get_thread(again, 1)->comm, "a");
	SAME_TEXT(profile__get_thread(again, 1)->process_comm, "b");
	profile__free(again);
	cr_expect_not(store__is_damaged(store), "%s", store__remark(store, 0));
	scene__release(&read);
	store__free(store);
	profile__free(profile);
	model__free(scene.model);
}
