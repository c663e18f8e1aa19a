/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Periods: each begins at zero, and together they are everything. */
#include "model/switching/model.h"

#include "make_reading.h"
#include "unit.h"

static struct process *process_of(const struct model *model, const struct task *task)
{
	return model__only_process(model, task->head.tgid, task->head.leader_ns);
}

Test(model_period, rows_begin_at_zero)
{
	struct task task = task__make(1, 100, 100);
	struct model *model = model__new(true, false);

	task__switch(&task, 5, 0);
	task__sample(&task, D_PICK, 600);
	task__read(&task, model);
	cr_assert_eq(model__close(model, 1000), 0);
	model__begin(model);
	cr_assert_not_null(process_of(model, &task));
	SAME(row__switches(&process_of(model, &task)->row), 0);
	SAME(row__dist(&process_of(model, &task)->row, D_PICK)->count, 0);
	SAME(row__switches(&model__find_thread(model, 1)->row), 0);
	cr_assert_eq(model__close(model, 2000), 0);
	SAME(row__switches(&model->system), 0);
	SAME(model->proof.seen, 0);
	model__free(model);
}

Test(model_period, what_ended_is_dropped_and_the_rest_stays)
{
	struct task gone = task__make(1, 100, 100), tracker = task__make(2, 200, 200);
	struct task sibling = task__make(3, 200, 201);
	struct model *model = model__new(true, false);

	task__switch(&gone, 5, 0);
	task__read(&tracker, model);
	task__die(&sibling, model);
	task__die(&gone, model);
	cr_assert_eq(model__close(model, 1000), 0);
	SAME(HASH_COUNT(model->processes), 2);
	SAME(HASH_COUNT(model->threads), 3);
	model__begin(model);
	SAME(HASH_COUNT(model->processes), 1);
	SAME(HASH_COUNT(model->threads), 1);
	cr_assert_not_null(process_of(model, &tracker));
	SAME(process_of(model, &tracker)->threads_alive, 1);
	SAME(process_of(model, &tracker)->threads_ended, 1);
	SAME(model->ended_processes, 0);
	SAME(model->ended_threads, 0);
	model__free(model);
}

Test(model_period, threads_that_ended_are_kept_only_if_asked_for)
{
	struct task a = task__make(1, 100, 100), b = task__make(2, 100, 101);
	struct model *model = model__new(false, false);

	task__switch(&b, 4, 0);
	task__read(&a, model);
	task__die(&b, model);
	SAME(HASH_COUNT(model->threads), 1);
	SAME(row__switches(&process_of(model, &a)->row), 4);
	model__free(model);
}

/* ---- memory is bounded, and nothing is lost by it ---- */

static void check_folding_to(__u32 most, bool keep_threads, __u32 ended)
{
	struct task alive = task__make(1, 1, 1);
	struct model *model = model__new(keep_threads, false);
	__u64 voluntary = 1000000;
	__u32 folded = ended > most ? ended - most : 0, i;

	if (most < MODEL_ENDED_MAX)
		model->ended_max = most;
	task__switch(&alive, (__u32)voluntary, 0);
	task__read(&alive, model); /* the oldest of all */
	for (i = 0; i < ended; i++) {
		struct task task = task__make(i + 2, i + 2, i + 2);

		task__switch(&task, i % 7, 1);
		task__sample(&task, D_RUNQ, 1000 + i);
		task.rec.MISSED = 1;
		task__die(&task, model);
		voluntary += i % 7;
	}
	cr_assert_eq(model__close(model, 1000), 0);
	SAME(HASH_COUNT(model->processes), 1 + ended - folded);
	SAME(model->folded_processes, folded);
	SAME(model->folded.n[C_INVOLUNTARY], folded);
	cr_expect_not_null(process_of(model, &alive));
	if (folded) {
		cr_expect_null(model__only_process(model, 2, birth_of(2)), "the oldest goes first");
		cr_expect_not_null(model__only_process(model, ended + 1, birth_of(ended + 1)));
	}
	SAME(model->system.n[C_INVOLUNTARY], ended);
	SAME(model->system.n[C_VOLUNTARY], voluntary);
	SAME(row__dist(&model->system, D_RUNQ)->count, ended);
	SAME(row__dist(&model->system, D_RUNQ)->sum,
	     1000ULL * ended + (__u64)ended * (ended - 1) / 2);
	SAME(row__dist(&model->system, D_RUNQ)->max, 999 + ended);
	SAME(model->proof.missed, ended);
	model__begin(model);
	SAME(HASH_COUNT(model->processes), 1);
	SAME(model->folded_processes, 0);
	cr_assert_eq(model__close(model, 2000), 0);
	SAME(row__switches(&model->system), 0);
	model__free(model);
}

static void check_folding(bool keep_threads, __u32 ended)
{
	check_folding_to(MODEL_ENDED_MAX, keep_threads, ended);
}

Test(model_period, ended_processes_are_kept_apart_up_to_a_limit)
{
	check_folding(false, MODEL_ENDED_MAX);
}

Test(model_period, older_ones_are_folded_into_one_row_and_nothing_is_lost)
{
	check_folding(false, MODEL_ENDED_MAX + 3000);
}

Test(model_period, the_limit_may_be_lower)
{
	check_folding_to(50, true, 50);
	check_folding_to(50, true, 170);
}

Test(model_period, folding_takes_their_threads_along)
{
	check_folding(true, MODEL_ENDED_MAX + 100);
}

Test(model_period, ended_threads_are_kept_apart_up_to_a_limit)
{
	struct task leader = task__make(1, 1, 1);
	struct model *model = model__new(true, false);
	__u32 ended = MODEL_ENDED_THREADS_MAX + 500, i;

	task__read(&leader, model);
	for (i = 0; i < ended; i++) {
		struct task task = task__make(i + 2, 1, i + 2);

		task__switch(&task, 1, 0);
		task__die(&task, model);
	}
	cr_assert_eq(model__close(model, 1000), 0);
	SAME(HASH_COUNT(model->threads), 1 + MODEL_ENDED_THREADS_MAX);
	SAME(process_of(model, &leader)->threads_folded, 500);
	SAME(process_of(model, &leader)->threads_ended, ended);
	SAME(process_of(model, &leader)->threads_alive, 1);
	SAME(row__switches(&process_of(model, &leader)->row), ended);
	model__begin(model);
	SAME(process_of(model, &leader)->threads_folded, 0);
	SAME(HASH_COUNT(model->threads), 1);
	model__free(model);
}
