/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An ended thread's row is in the recording, and not in memory any more. */

#include "make_store.h"
#include "unit.h"

static size_t dists_of(const struct row *row)
{
	size_t dists = 0, i;

	for (i = 0; i < ROW_DISTS; i++)
		dists += row->dist[i] != NULL;
	return dists;
}

/* A process of one thread, which has ended. */
static void end_one(struct scene *scene)
{
	struct task task = task__make(7, 100, 100);

	scene__begin(scene, true, false);
	task__switch(&task, 3, 1);
	task__sample(&task, D_RUNQ, 500);
	task__read(&task, scene->model);
	task__die(&task, scene->model);
}

Test(written_down, row_of_an_ended_thread_is_not_kept_in_memory, .fini = recording__remove)
{
	struct store_writer *writer = recording__create();
	const struct thread *thread;
	struct scene scene;
	int flush;

	end_one(&scene);
	thread = model__find_thread(scene.model, 7);
	cr_assert_not_null(thread);
	SAME(dists_of(&thread->row), 1); /* though its last word has all of them */
	for (flush = 0; flush < 3; flush++) {
		recording__put(writer, 1, &scene, &scene.summary, SCENE_END);
		model__forget_ended_threads(scene.model);
	}
	cr_expect(thread->written_down);
	SAME(dists_of(&thread->row), 0);
	SAME(dists_of(&thread->process->row), 1);
	recording__put(writer, 1, &scene, &scene.summary, SCENE_END);
	recording__end(writer, true);
	SAME(recording__number("SELECT count(*) FROM thread_rows"), 1);
	SAME(recording__number("SELECT voluntary FROM thread_rows WHERE record = 7"), 3);
	SAME(recording__number("SELECT involuntary FROM thread_rows WHERE record = 7"), 1);
	SAME(recording__number("SELECT runq_ns_count FROM thread_rows WHERE record = 7"), 1);
	model__free(scene.model);
}
