/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole machine: its CPUs' own totals against what the kernel counted on their runqueues. */
#include "model/switching/model.h"

#include "make_reading.h"
#include "unit.h"

static struct model *model;

static void set_up(void)
{
	model = model__new(false, true);
	cr_assert_not_null(model);
}

static void tear_down(void)
{
	model__free(model);
}

TestSuite(model_machine, .init = set_up, .fini = tear_down);

/* A CPU that switched so often, of which the kernel says `kernel`. */
static struct cpu_slot slot(__u64 switches, __u64 kernel)
{
	return (struct cpu_slot){ .switches = switches,
				  .voluntary = switches / 2,
				  .nr_base = 5000,
				  .nr_switches = 5000 + kernel };
}

static void apply(int cpu, struct cpu_slot at)
{
	cr_assert_eq(model__apply_cpu(model, cpu, &at), 0);
}

static void check_proof(__u64 seen, __u64 missed, __u64 withheld)
{
	cr_assert_eq(model__close(model, 1000), 0);
	SAME(model->proof.seen, seen);
	SAME(model->proof.missed, missed);
	SAME(model->proof.kernel, seen + missed);
	SAME(model->proof.withheld, withheld);
}

Test(model_machine, cpus_that_agree_with_the_kernel_are_complete)
{
	apply(0, slot(100, 100));
	apply(1, slot(50, 50));
	check_proof(150, 0, 0);
	SAME(row__switches(&model->system), 150);
	SAME(model->system.n[C_VOLUNTARY], 75);
}

Test(model_machine, readings_of_a_cpu_are_not_added_twice)
{
	apply(0, slot(100, 100));
	apply(0, slot(130, 130));
	apply(0, slot(130, 130));
	check_proof(130, 0, 0);
}

Test(model_machine, cpu_without_a_switch_counts_nothing)
{
	apply(3, slot(0, 0));
	check_proof(0, 0, 0);
	SAME(model->cpu_count, 4);
}

Test(model_machine, what_a_task_missed_and_the_kernel_counted_is_missed)
{
	struct task task = task__make(1, 100, 100);

	task.rec.MISSED = 3;
	task__read(&task, model);
	apply(0, slot(100, 103));
	check_proof(100, 3, 0);
}

Test(model_machine, what_nothing_explains_is_withheld)
{
	struct task task = task__make(1, 100, 100);

	task.rec.MISSED = 3;
	task__read(&task, model);
	apply(0, slot(100, 120));
	check_proof(100, 3, 17);
}

Test(model_machine, no_more_is_missed_than_the_kernel_counted)
{
	struct task task = task__make(1, 100, 100);

	task.rec.MISSED = 30;
	task__read(&task, model);
	apply(0, slot(100, 102));
	check_proof(100, 2, 0);
}

Test(model_machine, skipped_runs_are_missed_switches)
{
	model->skipped_runs = 4;
	apply(0, slot(100, 110));
	check_proof(100, 4, 6);
}

Test(model_machine, skipped_runs_and_what_tasks_missed_are_the_same_switches)
{
	struct task task = task__make(1, 100, 100);

	task.rec.MISSED = 3;
	task__read(&task, model);
	model->skipped_runs = 4;
	apply(0, slot(100, 110));
	check_proof(100, 4, 6);
}

Test(model_machine, without_the_runqueue_the_tasks_prove_it)
{
	struct task task = task__make(1, 100, 100), hidden = task__make(2, 200, 200);
	struct cpu_slot at = slot(100, 0);

	at.nr_base = at.nr_switches = 0;
	task.rec.MISSED = 3;
	task__read(&task, model);
	hidden.rec.flags = 0;
	hidden.head.kernel_nv = 8;
	task__read(&hidden, model);
	apply(0, at);
	check_proof(100, 3, 8);
}

Test(model_machine, period_is_the_difference_to_its_beginning)
{
	apply(0, slot(100, 103));
	check_proof(100, 0, 3);
	model__begin(model);
	apply(0, slot(150, 153));
	apply(1, slot(7, 7)); /* came online */
	check_proof(57, 0, 0);
	model__begin(model);
	check_proof(0, 0, 0);
}

Test(model_machine, kinds_are_those_of_the_cpus)
{
	struct cpu_slot at = slot(31, 31);
	struct task task = task__make(1, 100, 100);
	int kind;

	for (kind = 0; kind < KIND_COUNT; kind++)
		at.in[kind] = 1ULL << kind;
	task.rec.IN_THREAD = 1000;
	task__read(&task, model);
	apply(0, at);
	check_proof(31, 0, 0);
	SAME(model->system.n[C_IN_THREAD], 1 << KIND_THREAD);
	SAME(model->system.n[C_IN_PROCESS], 1 << KIND_PROCESS);
	SAME(model->system.n[C_IN_RESUME], 1 << KIND_RESUME);
	SAME(model->system.n[C_IN_KERNEL], 1 << KIND_KERNEL);
	SAME(model->system.n[C_IN_IDLE], 1 << KIND_IDLE);
	SAME(row__in(&model->system), 31);
}

Test(model_machine, idle_is_an_account_of_its_own_and_part_of_the_whole)
{
	struct task idle = task__make(1, 0, 0), task = task__make(2, 100, 100);
	struct cpu_slot at = slot(10, 10);

	idle.rec.IN_KERNEL = 6;
	idle.rec.ONCPU = 900;
	task__sample(&idle, D_SWITCH_KERNEL, 300);
	task__sample(&idle, D_PICK, 400);
	at.idle = idle.rec;
	task.rec.ONCPU = 50;
	task__sample(&task, D_SWITCH_KERNEL, 500);
	task__read(&task, model);
	apply(0, at);
	check_proof(10, 0, 0);
	SAME(model->idle.n[C_IN_IDLE], 6);
	SAME(model->idle.n[C_IN_KERNEL], 0);
	SAME(model->idle.n[C_ONCPU], 900);
	SAME(row__dist(&model->system, D_SWITCH_IDLE)->sum, 300);
	SAME(row__dist(&model->system, D_SWITCH_KERNEL)->sum, 500);
	SAME(row__dist(&model->system, D_PICK)->sum, 400);
	SAME(row__toll(&model->system), 1200);
	SAME(model->system.n[C_ONCPU], 50); /* being idle is not running */
	model__begin(model);
	apply(0, at);
	SAME(model->idle.n[C_IN_IDLE], 0);
	SAME(row__toll(&model->idle), 0);
}

Test(model_machine, wakeups_that_were_missed_are_counted_per_period)
{
	struct cpu_slot at = slot(10, 10);

	at.wakes_missed = 4;
	apply(0, at);
	check_proof(10, 0, 0);
	SAME(model->wakes_missed, 4);
	model__begin(model);
	at.wakes_missed = 5;
	apply(0, at);
	check_proof(0, 0, 0);
	SAME(model->wakes_missed, 1);
}
