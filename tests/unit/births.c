/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the model counts of births and ends: for the target, and for each creator. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "make_lifecycle.h"
#include "make_reading.h"
#include "unit.h"

#define CREATOR 100

static struct model *model;
static struct story births;
static struct story *const story = &births;

static void begin(void)
{
	struct process_tracker_config config = { .window_ns = STORY_WINDOW_NS,
						 .kernel_name = story__kernel_name };
	struct task task = task__make(1, CREATOR, CREATOR);

	model = model__new(false, false);
	cr_assert_eq(model__track_processes(model, &config), 0);
	story__begin(story, model__apply_lifecycle, model);
	story__census(story, 1, 0, "init");
	story__census(story, CREATOR, 1, "creator");
	task__read(&task, model);
}

static void end(void)
{
	model__free(model);
	story__end(story);
}

TestSuite(births, .init = begin, .fini = end);

static const struct process *process(__u32 pid)
{
	const struct process *found = model__only_process(model, pid, story->tasks[pid].leader_ns);

	cr_assert_not_null(found, "the model has no process %u", pid);
	return found;
}

static const struct spawns *by(__u32 pid)
{
	static const struct spawns nothing;

	return process(pid)->spawns ? process(pid)->spawns : &nothing;
}

static const struct dist *phase_of(const struct spawns *spawns, enum spawn_kind kind,
				   enum phase phase)
{
	return spawn__phase(&spawns->kind[kind], phase);
}

/* ---- creations ---- */

Test(births, creations_count_by_kind_for_all_and_for_who_did_it)
{
	int kind;

	for (kind = 0; kind < SPAWN_KINDS; kind++) {
		story__create(story, CREATOR, 200 + (__u32)kind, (enum spawn_kind)kind);
		SAME(model->spawns.kind[kind].count, 1);
		SAME(by(CREATOR)->kind[kind].count, 1);
	}
	story__fork(story, 200 + SPAWN_PROCESS, 300);
	SAME(model->spawns.kind[SPAWN_PROCESS].count, 2);
	SAME(by(CREATOR)->kind[SPAWN_PROCESS].count, 1);
	SAME(by(200 + SPAWN_PROCESS)->kind[SPAWN_PROCESS].count, 1);
}

Test(births, thread_creates_for_its_process)
{
	story__thread(story, CREATOR, 101);
	story__fork(story, 101, 200);
	SAME(by(CREATOR)->kind[SPAWN_PROCESS].count, 1);
}

Test(births, creator_outside_of_the_target_counts_for_nothing)
{
	story->tasks[CREATOR].flags = 0;
	story->copy_ns = story->exec_ns = 1000;
	story__fork(story, CREATOR, 200);
	story__return(story, CREATOR, SPAWN_PROCESS, 1000, 0);
	story__return(story, CREATOR, SPAWN_PROCESS, 1000, EAGAIN);
	story__exec(story, CREATOR, "other");
	story__die(story, 200, EXIT_CODE(1));
	cr_expect_not(spawns__any(&model->spawns));
	cr_expect_not(spawns__any(by(CREATOR)));
	SAME(model->ends[END_FAILED], 0);
}

Test(births, namespaces_of_their_own_are_counted)
{
	story__fork(story, CREATOR, 200);
	story->namespaces = 1;
	story__fork(story, CREATOR, 201);
	SAME(model->spawns.kind[SPAWN_PROCESS].count, 2);
	SAME(model->spawns.kind[SPAWN_PROCESS].namespaces, 1);
}

Test(births, copy_that_nobody_timed_is_no_sample)
{
	story__fork(story, CREATOR, 200);
	SAME(phase_of(&model->spawns, SPAWN_PROCESS, PHASE_COPY)->count, 0);
	story->copy_ns = 1500;
	story__fork(story, CREATOR, 201);
	SAME(phase_of(&model->spawns, SPAWN_PROCESS, PHASE_COPY)->count, 1);
	SAME(phase_of(&model->spawns, SPAWN_PROCESS, PHASE_COPY)->sum, 1500);
	SAME(phase_of(by(CREATOR), SPAWN_PROCESS, PHASE_COPY)->sum, 1500);
}

Test(births, only_forks_have_a_size)
{
	story->copy_ns = 1500;
	story->rss = 4 << 20;
	story__create(story, CREATOR, 200, SPAWN_VFORK);
	story__thread(story, CREATOR, 101);
	cr_expect_null(model->spawns.sizes[3]);
	story__fork(story, CREATOR, 201);
	cr_assert_not_null(model->spawns.sizes[3]);
	SAME(model->spawns.sizes[3]->rss, 4 << 20);
	SAME(by(CREATOR)->sizes[3]->count, 1);
}

Test(births, return_and_failure_are_of_the_creator)
{
	story__return(story, CREATOR, SPAWN_VFORK, 7000, 0);
	story__return(story, CREATOR, SPAWN_THREAD, 0, EAGAIN);
	SAME(phase_of(&model->spawns, SPAWN_VFORK, PHASE_RETURN)->sum, 7000);
	SAME(phase_of(by(CREATOR), SPAWN_VFORK, PHASE_RETURN)->sum, 7000);
	SAME(model->spawns.kind[SPAWN_THREAD].failed, 1);
	SAME(by(CREATOR)->kind[SPAWN_THREAD].errors[0].error, EAGAIN);
	SAME(by(CREATOR)->kind[SPAWN_THREAD].count, 0);
}

Test(births, unknown_kind_is_passed_over)
{
	story__return(story, CREATOR, SPAWN_KINDS, 7000, 0);
	story__return(story, CREATOR, SPAWN_KINDS, 0, EAGAIN);
	cr_expect_not(spawns__any(&model->spawns));
}

/* ---- exec ---- */

Test(births, exec_is_the_last_phase_of_the_creation_before_it)
{
	story->exec_ns = 300000;
	story__create(story, CREATOR, 200, SPAWN_VFORK);
	story__exec(story, 200, "ls");
	SAME(model->spawns.execs, 1);
	SAME(model->spawns.exec->sum, 300000);
	SAME(by(200)->execs, 1);
	SAME(by(CREATOR)->execs, 0);
	SAME(phase_of(&model->spawns, SPAWN_VFORK, PHASE_EXEC)->sum, 300000);
	SAME(phase_of(by(CREATOR), SPAWN_VFORK, PHASE_EXEC)->sum, 300000);
}

Test(births, exec_of_an_older_process_completes_no_creation)
{
	int kind;

	story->exec_ns = 300000;
	story__exec(story, CREATOR, "other");
	SAME(model->spawns.execs, 1);
	for (kind = 0; kind < SPAWN_KINDS; kind++)
		SAME(phase_of(&model->spawns, (enum spawn_kind)kind, PHASE_EXEC)->count, 0);
}

Test(births, exec_that_nobody_timed_is_counted_and_no_sample)
{
	story__fork(story, CREATOR, 200);
	story__exec(story, 200, "ls");
	SAME(model->spawns.execs, 1);
	SAME(by(200)->execs, 1);
	cr_expect_null(model->spawns.exec);
	SAME(phase_of(&model->spawns, SPAWN_PROCESS, PHASE_EXEC)->count, 0);
}

/* ---- what readings tell ---- */

static struct task born(__u32 pid)
{
	struct task task = task__make(pid, pid, pid);

	task.rec.born_ns = STORY_BEGIN_NS;
	task.rec.creator = CREATOR;
	task.rec.creator_ns = birth_of(CREATOR);
	task.rec.spawn = SPAWN_PROCESS;
	return task;
}

Test(births, wait_for_the_first_cpu_counts_once)
{
	struct task task = born(200);

	task__read(&task, model);
	SAME(phase_of(&model->spawns, SPAWN_PROCESS, PHASE_START)->count, 0);
	task.rec.start_wait = 4000;
	task__read(&task, model);
	task__read(&task, model);
	SAME(phase_of(&model->spawns, SPAWN_PROCESS, PHASE_START)->count, 1);
	SAME(phase_of(by(CREATOR), SPAWN_PROCESS, PHASE_START)->sum, 4000);
}

Test(births, life_ends_with_the_last_reading)
{
	struct task task = born(200);

	task.head.now_ns = STORY_BEGIN_NS + 50000;
	task__read(&task, model);
	SAME(phase_of(&model->spawns, SPAWN_PROCESS, PHASE_LIFE)->count, 0);
	task__die(&task, model);
	SAME(phase_of(by(CREATOR), SPAWN_PROCESS, PHASE_LIFE)->sum, 50000);
}

Test(births, task_that_is_older_than_the_run_tells_nothing)
{
	struct task task = born(200);

	task.rec.born_ns = 0;
	task.rec.start_wait = 4000;
	task__die(&task, model);
	cr_expect_null(model->spawns.kind[SPAWN_PROCESS].phase[PHASE_START]);
	cr_expect_null(model->spawns.kind[SPAWN_PROCESS].phase[PHASE_LIFE]);
}

/* ---- ends ---- */

Test(births, ends_are_counted_by_class_and_kept_with_their_process)
{
	story__fork(story, CREATOR, 200);
	story__die(story, 200, EXIT_CODE(3));
	story__die(story, CREATOR, EXIT_CODE(0));
	SAME(model->ends[END_FAILED], 1);
	SAME(model->ends[END_CLEAN], 1);
	cr_assert_not_null(process(200)->end);
	cr_expect_eq(process(200)->end->class, END_FAILED);
	SAME(process(200)->end->code, 3);
}

Test(births, nothing_from_before_the_run_is_counted)
{
	model->run_start = STORY_BEGIN_NS + 1000000;
	story->copy_ns = story->exec_ns = 1000;
	story__fork(story, CREATOR, 200);
	story__exec(story, 200, "ls");
	story__return(story, CREATOR, SPAWN_PROCESS, 1000, 0);
	story__return(story, CREATOR, SPAWN_PROCESS, 1000, EAGAIN);
	story__fork(story, CREATOR, 201);
	story->now_ns = model->run_start;
	cr_expect_not(spawns__any(&model->spawns));
	story__die(story, 201, EXIT_CODE(1));
	SAME(model->ends[END_FAILED], 1);
}

Test(births, end_from_before_the_run_is_not_counted)
{
	story__fork(story, CREATOR, 200);
	model->run_start = STORY_BEGIN_NS + 1000000;
	story__die(story, 200, EXIT_CODE(1));
	SAME(model->ends[END_FAILED], 0);
}

/* ---- crashes ---- */

/* With as many orphans. */
static void crash(__u32 pid, __u32 orphans)
{
	__u32 i;

	story__fork(story, CREATOR, pid);
	for (i = 1; i <= orphans; i++)
		story__fork(story, pid, pid + i);
	story__fault(story, pid, SIGSEGV, SEGV_MAPERR);
	story__die(story, pid, SIGSEGV);
}

Test(births, worst_crashes_are_kept_in_order)
{
	const __u32 more = 100;
	__u32 i;

	for (i = 0; i < MODEL_CRASHES_MAX + more; i++)
		crash(1000 + 8 * i, i < MODEL_CRASHES_MAX ? 1 + i % 3 : 4);
	process_tracker__advance(model->tracker, story->now_ns, true);
	SAME(model->crash_count, MODEL_CRASHES_MAX);
	SAME(model->crashes_left_out, more);
	SAME(model->ends[END_CRASH], MODEL_CRASHES_MAX + more);
	for (i = 0; i < model->crash_count; i++) {
		if (i < more)
			SAME(model->crashes[i]->fan_out, 4);
		if (i && model->crashes[i - 1]->fan_out == model->crashes[i]->fan_out)
			cr_expect_lt(model->crashes[i - 1]->at_ns, model->crashes[i]->at_ns);
		else if (i)
			cr_expect_gt(model->crashes[i - 1]->fan_out, model->crashes[i]->fan_out);
	}
}

Test(births, crash_that_is_no_worse_than_the_least_is_left_out)
{
	__u32 i;

	for (i = 0; i < MODEL_CRASHES_MAX; i++)
		crash(1000 + 8 * i, 1);
	crash(20000, 1);
	process_tracker__advance(model->tracker, story->now_ns, true);
	SAME(model->crash_count, MODEL_CRASHES_MAX);
	SAME(model->crashes_left_out, 1);
	for (i = 0; i < model->crash_count; i++)
		cr_expect_neq(model->crashes[i]->pid, 20000);
}

Test(births, crash_that_has_nothing_to_do_with_the_target_is_none)
{
	story->tasks[CREATOR].flags = 0;
	crash(200, 2);
	process_tracker__advance(model->tracker, story->now_ns, true);
	SAME(model->crash_count, 0);
	SAME(model->crashes_left_out, 0);
	SAME(model->ends[END_CRASH], 0);
}

Test(births, next_period_begins_with_nothing)
{
	story__fork(story, CREATOR, 300);
	story__die(story, 300, EXIT_CODE(0));
	crash(200, 1);
	process_tracker__advance(model->tracker, story->now_ns, true);
	cr_assert_eq(model__close(model, story->now_ns), 0);
	model__begin(model);
	SAME(model->crash_count, 0);
	SAME(model->ends[END_CLEAN], 0);
	SAME(model->ends[END_CRASH], 0);
	cr_expect_not(spawns__any(&model->spawns));
	cr_expect_not(spawns__any(by(CREATOR)));
	crash(400, 2);
	process_tracker__advance(model->tracker, story->now_ns, true);
	SAME(model->crash_count, 1);
}

/* Of whom nothing has been read so far, because its switches are read at the end of a period. */
Test(births, creator_that_is_older_than_the_run)
{
	story__census(story, 400, 1, "server");
	story__fork(story, 400, 401);
	story__return(story, 400, SPAWN_PROCESS, 0, EAGAIN);
	SAME(by(400)->kind[SPAWN_PROCESS].count, 1);
	SAME(by(400)->kind[SPAWN_PROCESS].failed, 1);
	SAME(model->spawns.kind[SPAWN_PROCESS].count, 1);
}
