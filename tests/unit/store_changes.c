/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What changes between two flushes of a period, alone: the second one writes it. */
#include <stdlib.h>
#include <string.h>

#include "../lib/tt.h"
#include "make_store.h"
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
