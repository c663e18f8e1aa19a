/* SPDX-License-Identifier: GPL-2.0-or-later */
/* By chance: whatever happens between readings, periods and processes add up to what happened. */
#include "model/switching/model.h"

#include <string.h>

#include "make_reading.h"
#include "unit.h"

#define TASKS	  60
#define RUN_START 1000000ULL

struct truth {
	__u64 n[C_COUNT];
	__u64 count[D_COUNT], sum[D_COUNT];
	__u64 missed;
};

struct story {
	struct chance chance;
	struct model *model;
	struct truth happened, told;
	struct task tasks[TASKS];
	bool alive[TASKS];
	__u64 next_id, now;
};

static void sample(struct story *story, struct task *task, enum measure d)
{
	__u64 ns = 1 + chance__spread(&story->chance, 34);

	task__sample(task, d, ns);
	story->happened.sum[d] += ns;
	story->happened.count[d]++;
}

static void happen(struct story *story, struct task *task)
{
	__u32 nv = (__u32)chance__below(&story->chance, 9);
	__u32 niv = (__u32)chance__below(&story->chance, 4);
	int d;

	task__switch(task, nv, niv);
	story->happened.n[C_VOLUNTARY] += nv;
	story->happened.n[C_INVOLUNTARY] += niv;
	task->rec.ONCPU += 12345;
	story->happened.n[C_ONCPU] += 12345;
	if (!chance__below(&story->chance, 50)) {
		task->rec.MISSED++;
		story->happened.n[C_MISSED]++;
		story->happened.missed++;
	}
	for (d = 0; d < D_OFF_SLEEP; d++) {
		if (d != D_RUNQ && chance__below(&story->chance, 2))
			sample(story, task, d);
	}
	if (task->rec.off_ns) {
		if (task->rec.off < OFF_NONE)
			story->happened.sum[D_OFF_SLEEP + task->rec.off] += story->now -
									    task->rec.off_ns;
		if (task->rec.off < OFF_NONE)
			task__come_in(task, story->now, RUN_START);
	}
	if (chance__below(&story->chance, 2))
		task__go_off(task, (enum off)chance__below(&story->chance, OFF_COUNT), story->now);
}

static void go_on(struct story *story)
{
	__u64 i = chance__below(&story->chance, TASKS);
	struct task *task = &story->tasks[i];

	story->now += 1 + chance__below(&story->chance, 1000000);
	if (!story->alive[i]) { /* pids are few, and taken again */
		__u32 tgid = 100 + (__u32)chance__below(&story->chance, 8);

		*task = task__make(++story->next_id, tgid, 100 + (__u32)i);
		story->alive[i] = true;
		return;
	}
	happen(story, task);
	if (!chance__below(&story->chance, 30)) {
		task__die(task, story->model);
		story->alive[i] = false;
	} else if (!chance__below(&story->chance, 3)) {
		task__read(task, story->model);
	}
}

static void read_all(struct story *story)
{
	int i;

	for (i = 0; i < TASKS; i++) {
		if (story->alive[i])
			task__read(&story->tasks[i], story->model);
	}
}

static void check_processes(const struct story *story)
{
	const struct process *process;
	__u64 switches = 0, toll = 0;

	for (process = story->model->processes; process; process = process->hh.next) {
		const struct thread *thread;
		__u64 own = 0, alive = 0;

		switches += row__switches(&process->row);
		toll += row__toll(&process->row);
		for (thread = process->threads; thread; thread = thread->next) {
			own += row__switches(&thread->row);
			alive += !thread->ended;
		}
		SAME(own, row__switches(&process->row));
		SAME(alive, process->threads_alive);
	}
	SAME(switches, row__switches(&story->model->system));
	SAME(toll, row__toll(&story->model->system));
}

static void end_period(struct story *story)
{
	const struct row *system = &story->model->system;
	int i;

	read_all(story);
	cr_assert_eq(model__close(story->model, story->now), 0);
	check_processes(story);
	for (i = 0; i < C_COUNT; i++)
		story->told.n[i] += system->n[i];
	for (i = 0; i < D_COUNT; i++) {
		story->told.count[i] += row__dist(system, i)->count;
		story->told.sum[i] += row__dist(system, i)->sum;
	}
	story->told.missed += story->model->proof.missed;
	SAME(story->model->proof.seen, row__switches(system));
	model__begin(story->model);
}

static void check_story(__u64 seed, int periods)
{
	struct story story = { .chance = { seed }, .now = RUN_START };
	int i, step;

	story.model = model__new(true, false);
	story.model->run_start = RUN_START;
	for (i = 0; i < periods; i++) {
		for (step = 0; step < 3000; step++)
			go_on(&story);
		end_period(&story);
	}
	/* what is open is told, too */
	for (i = 0; i < TASKS; i++) {
		const struct task_rec *rec = &story.tasks[i].rec;

		if (story.alive[i] && rec->off_ns && rec->off < OFF_NONE)
			story.happened.sum[D_OFF_SLEEP + rec->off] += story.now - rec->off_ns;
	}
	for (i = 0; i < C_COUNT; i++)
		cr_expect_eq(story.told.n[i], story.happened.n[i], "seed %llu: %s is %llu of %llu",
			     seed, counter_infos[i].name, story.told.n[i], story.happened.n[i]);
	for (i = 0; i < D_COUNT; i++) {
		if (i == D_RUNQ)
			continue; /* a part of what is off CPU; see model_open.c */
		cr_expect_eq(story.told.sum[i], story.happened.sum[i],
			     "seed %llu: %s is %llu of %llu", seed, dist_infos[i].name,
			     story.told.sum[i], story.happened.sum[i]);
		if (i < D_OFF_SLEEP)
			cr_expect_eq(story.told.count[i], story.happened.count[i]);
	}
	SAME(story.told.missed, story.happened.missed);
	model__free(story.model);
}

Test(model_sum, one_period_is_all_that_happened)
{
	__u64 seed;

	for (seed = 1; seed <= 5; seed++)
		check_story(seed, 1);
}

Test(model_sum, periods_together_are_all_that_happened)
{
	__u64 seed;

	for (seed = 11; seed <= 15; seed++)
		check_story(seed, 8);
}
