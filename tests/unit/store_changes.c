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
