/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What changes between two flushes of a period, alone: the second one writes it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/tt.h"
#include "make_store.h"
#include "make_changes.h"
#include "unit.h"

TestSuite(store_changes, .fini = tt__cleanup);

static void check(void (*change)(struct process *process, int which), int which)
{
	struct store_writer *writer = recording__create();
	struct scene scene, read;
	struct summary summary;
	struct store *store;

	scene__fill(&scene, 3, true, true);
	scene__describe(&summary);
	recording__put(writer, 1, &scene, &summary, SCENE_END);
	change(scene.model->processes, which);
	recording__put(writer, 1, &scene, &summary, SCENE_END);
	recording__end(writer, true);
	scene__take(&scene);
	store = recording__open();
	recording__read(store, 1, &read);
	scenes__compare(&scene, &read);
	scene__release(&read);
	store__free(store);
	scene__release(&scene);
}

static void change_counter(struct process *process, int which)
{
	process->row.n[which] += 1000003;
}

static void change_dist(struct process *process, int which)
{
	struct dist **dist = &process->row.dist[which];

	if (!*dist)
		*dist = calloc(1, sizeof(**dist));
	cr_assert_not_null(*dist);
	dist__add_sample(*dist, which, 123456);
}

static void change_parent(struct process *process, int which)
{
	process->ppid += (__u32)which;
}

static void change_name(struct process *process, int which)
{
	process->comm[0] = (char)which;
}

Test(store_changes, each_counter)
{
	int i;

	for (i = 0; i < ROW_COUNTERS; i++)
		check(change_counter, i);
}

Test(store_changes, each_distribution)
{
	int i;

	for (i = 0; i < ROW_DISTS; i++)
		check(change_dist, i);
}

Test(store_changes, parent_and_name)
{
	check(change_parent, 7);
	check(change_name, 'x');
}

/* ---- what goes ---- */

/* A crash that the model no longer keeps leaves no row, in any of its tables. */
Test(store_changes, crash_that_goes_takes_its_rows)
{
	struct store_writer *writer = recording__create();
	struct crash *gone, *left;
	struct summary summary;
	struct story story;
	struct scene scene;
	__u64 links = 0;
	size_t i;

	scene__fill_lifecycle(&scene, &story);
	scene__describe(&summary);
	recording__put(writer, 1, &scene, &summary, SCENE_END);
	cr_assert_eq(scene.model->crash_count, 2);
	gone = scene.model->crashes[0];
	left = scene.model->crashes[1];
	cr_assert(gone->culprit.frame_count && gone->victim_count);
	scene.model->crashes[0] = left;
	scene.model->crash_count = 1;
	recording__put(writer, 1, &scene, &summary, SCENE_END);
	recording__end(writer, true);
	for (i = 0; i < left->victim_count; i++)
		links += (__u64)left->victims[i].link_count;
	SAME(recording__number("SELECT count(*) FROM crashes"), 1);
	SAME(recording__number("SELECT count(*) FROM crash_frames"), left->culprit.frame_count);
	SAME(recording__number("SELECT count(*) FROM victims"), left->victim_count);
	SAME(recording__number("SELECT count(*) FROM links"), links);
	crash__free(gone);
	model__free(scene.model);
	story__end(&story);
}

/* Written once: those that the model has in another order later are the same. */
Test(store_changes, crashes_keep_their_numbers)
{
	enum { CRASHES = 5 };
	static const int orders[][CRASHES] = {
		{ 0, 1, 2, 3, 4 }, { 4, 3, 2, 1, 0 }, { 1, 2, 3, 4, 0 }, { 0, 2, 4, 1, 3 }
	};
	struct store_writer *writer = recording__create();
	struct crash *made[CRASHES];
	struct summary summary;
	struct scene scene;
	char sql[160];
	size_t i, k;

	scene__begin(&scene, false, false);
	scene__describe(&summary);
	scene.model->crashes = calloc(MODEL_CRASHES_MAX + 1, sizeof(struct crash *));
	cr_assert_not_null(scene.model->crashes);
	for (i = 0; i < CRASHES; i++) {
		made[i] = calloc(1, sizeof(*made[i]));
		made[i]->at_ns = SCENE_START + 1;
		made[i]->pid = 100 + (__u32)i / 2;
		made[i]->start_ns = 7 + i % 2;
	}
	made[4]->at_ns += 3; /* the same process once more */
	made[4]->pid = 100;
	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		for (k = 0; k < CRASHES; k++)
			scene.model->crashes[k] = made[orders[i][k]];
		scene.model->crash_count = CRASHES;
		recording__put(writer, 1, &scene, &summary, SCENE_END);
	}
	recording__end(writer, true);
	SAME(recording__number("SELECT count(*) FROM crashes"), CRASHES);
	SAME(recording__number("SELECT max(crash) FROM crashes"), CRASHES);
	for (i = 0; i < CRASHES; i++) {
		snprintf(
			sql, sizeof(sql),
			"SELECT crash FROM crashes WHERE pid = %u AND process_start_ns = %llu AND at_ns = %llu",
			made[i]->pid, made[i]->start_ns, made[i]->at_ns);
		SAME(recording__number(sql), i + 1);
	}
	model__free(scene.model);
}

/* ---- nothing ---- */

/* Rows that the second of two flushes writes, of so many processes with threads. */
static int rows_of_second_flush(unsigned int processes, bool change_one)
{
	struct store_writer *writer = recording__create();
	struct summary summary;
	struct scene scene;
	int before;

	scene__fill(&scene, processes, true, true);
	scene__describe(&summary);
	recording__put(writer, 1, &scene, &summary, SCENE_END);
	before = store_writer__changes(writer);
	if (change_one)
		scene.model->processes->row.n[C_VOLUNTARY]++;
	recording__put(writer, 1, &scene, &summary, SCENE_END);
	before = store_writer__changes(writer) - before;
	recording__end(writer, true);
	model__free(scene.model);
	return before;
}

/* But for what is said of the run itself, such as how long it took between two commits. */
Test(store_changes, what_stays_the_same_is_not_written_again)
{
	cr_expect_lt(rows_of_second_flush(30, false), 10);
	cr_expect_lt(rows_of_second_flush(30, true), 10);
}
