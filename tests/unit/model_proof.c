/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a narrower target proves from its tasks: complete, missed, or withheld by the kernel. */
#include "model/switching/model.h"

#include "make_reading.h"
#include "unit.h"

static struct model *model;

static void set_up(void)
{
	model = model__new(false, false);
	cr_assert_not_null(model);
}

static void tear_down(void)
{
	model__free(model);
}

TestSuite(model_proof, .init = set_up, .fini = tear_down);

static void check_proof(__u64 seen, __u64 missed, __u64 withheld)
{
	cr_assert_eq(model__close(model, 1000), 0);
	SAME(model->proof.seen, seen);
	SAME(model->proof.missed, missed);
	SAME(model->proof.kernel, seen + missed);
	SAME(model->proof.withheld, withheld);
}

Test(model_proof, what_the_kernel_counted_and_we_saw_is_complete)
{
	struct task a = task__make(1, 100, 100), b = task__make(2, 200, 200);

	task__switch(&a, 30, 5);
	task__switch(&b, 7, 0);
	task__read(&a, model);
	task__die(&b, model);
	check_proof(42, 0, 0);
}

Test(model_proof, nothing_at_all_is_complete)
{
	check_proof(0, 0, 0);
}

Test(model_proof, what_the_record_says_was_missed_is_missed)
{
	struct task task = task__make(1, 100, 100);

	task__switch(&task, 10, 0);
	task.rec.MISSED = 3;
	task__read(&task, model);
	check_proof(10, 3, 0);
}

Test(model_proof, what_only_the_kernel_has_counted_so_far_is_missed)
{
	struct task task = task__make(1, 100, 100);

	task__switch(&task, 10, 0);
	task.rec.MISSED = 3;
	task.head.kernel_nv += 1;
	task.head.kernel_niv += 1;
	task__read(&task, model);
	check_proof(10, 5, 0);
}

Test(model_proof, what_was_missed_of_a_task_that_died_is_not_forgotten)
{
	struct task task = task__make(1, 100, 100);

	task__switch(&task, 10, 0);
	task.rec.MISSED = 1;
	task__read(&task, model);
	task.rec.MISSED = 4;
	task__die(&task, model);
	check_proof(10, 4, 0);
}

Test(model_proof, sums_up_over_tasks)
{
	struct task a = task__make(1, 100, 100), b = task__make(2, 200, 200);
	struct task c = task__make(3, 300, 300);

	a.rec.MISSED = 1;
	b.rec.MISSED = 10;
	c.rec.MISSED = 100;
	task__read(&a, model);
	task__die(&b, model);
	task__leave(&c, model);
	check_proof(0, 111, 0);
}

Test(model_proof, task_that_was_never_shown_to_us_is_withheld)
{
	struct task task = task__make(1, 100, 100);

	task.rec.flags = 0;
	task.head.kernel_nv = 50;
	task__read(&task, model);
	check_proof(0, 0, 50);
}

Test(model_proof, switch_that_is_under_way_on_a_cpu_is_not_missed)
{
	struct task task = task__make(1, 100, 100);

	task__switch(&task, 10, 0);
	task.head.flags = WIRE_RUNNING;
	task.head.kernel_nv++;
	task__read(&task, model);
	check_proof(10, 0, 0);
}

Test(model_proof, two_switches_cannot_both_be_under_way)
{
	struct task task = task__make(1, 100, 100);

	task__switch(&task, 10, 0);
	task.head.flags = WIRE_RUNNING;
	task.head.kernel_nv += 2;
	task__read(&task, model);
	check_proof(10, 2, 0);
}

Test(model_proof, kernel_counts_on_after_the_run_has_stopped)
{
	struct task task = task__make(1, 100, 100);

	task__switch(&task, 10, 0);
	task.rec.flags |= REC_OVER;
	task.rec.MISSED = 2;
	task.head.kernel_nv += 500;
	task__read(&task, model);
	check_proof(10, 2, 0);
}

/* The iterator reads the kernel's counts first and copies the record a moment later. */
Test(model_proof, record_that_is_ahead_of_the_kernels_counts_misses_nothing)
{
	struct task task = task__make(1, 100, 100);

	task__switch(&task, 10, 2);
	task__switch(&task, 1, 0);
	task.head.kernel_nv--;
	task__read(&task, model);
	check_proof(13, 0, 0);
}

Test(model_proof, counts_beyond_32_bits_compare_with_those_of_the_record)
{
	struct task task = task__make(1, 100, 100);

	task.head.kernel_nv = 0xfffffffffULL;
	task__switch(&task, 10, 0);
	task.rec.MISSED = 0;
	task__read(&task, model);
	check_proof(10, 0, 0);
}

/* ---- readings that come too early, and periods ---- */

Test(model_proof, what_was_caught_in_the_middle_of_a_switch_settles)
{
	struct task task = task__make(1, 100, 100);

	task.head.kernel_nv = 1;
	task.head.flags = WIRE_UNSETTLED;
	task__read(&task, model);
	task.head.flags = 0;
	task.head.kernel_nv = 0;
	task__switch(&task, 1, 0);
	task__read(&task, model);
	check_proof(1, 0, 0);
}

Test(model_proof, what_settles_in_the_next_period_makes_no_negative_number_of_it)
{
	struct task task = task__make(1, 100, 100);

	task.head.kernel_nv = 1;
	task.head.flags = WIRE_UNSETTLED;
	task__read(&task, model);
	cr_assert_eq(model__close(model, 1000), 0);
	cr_expect_leq(model->proof.missed, 1);
	model__begin(model);
	task.head.flags = 0;
	task.head.kernel_nv = 0;
	task__switch(&task, 1, 0);
	task__read(&task, model);
	check_proof(1, 0, 0);
	model__begin(model);
	task.rec.MISSED = 1; /* the one that was told already */
	task__read(&task, model);
	cr_assert_eq(model__close(model, 3000), 0);
	cr_expect_leq(model->proof.missed, 1);
	model__begin(model);
	task.rec.MISSED = 3;
	task__read(&task, model);
	check_proof(0, 2, 0);
}

Test(model_proof, what_was_missed_is_told_in_its_own_period_only)
{
	struct task task = task__make(1, 100, 100);

	task__switch(&task, 10, 0);
	task.rec.MISSED = 3;
	task__read(&task, model);
	check_proof(10, 3, 0);
	model__begin(model);
	task__switch(&task, 1, 0);
	task__read(&task, model);
	check_proof(1, 0, 0);
	model__begin(model);
	task.rec.MISSED = 5;
	task__die(&task, model);
	check_proof(0, 2, 0);
	model__begin(model);
	check_proof(0, 0, 0);
}

Test(model_proof, cpus_do_not_speak_for_a_narrower_target)
{
	struct task task = task__make(1, 100, 100);
	struct cpu_slot slot = { .switches = 1000, .nr_base = 5, .nr_switches = 2000 };

	slot.wakes_missed = 6;
	slot.idle.ONCPU = 99;
	model->skipped_runs = 7;
	task__switch(&task, 10, 0);
	task.rec.IN_THREAD = 10;
	task__read(&task, model);
	cr_assert_eq(model__apply_cpu(model, 0, &slot), 0);
	check_proof(10, 0, 0);
	SAME(model->system.n[C_IN_THREAD], 10);
	SAME(model->system.n[C_IN_IDLE], 0);
	SAME(model->system.n[C_ONCPU], 0);
	SAME(model->wakes_missed, 6);
}
