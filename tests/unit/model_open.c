/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Intervals off CPU that are open when a period ends: a task that sleeps does not vanish. */
#include "model/switching/model.h"

#include "make_reading.h"
#include "unit.h"

#define RUN_START 1000000ULL

static struct model *model;

static void set_up(void)
{
	model = model__new(true, false);
	cr_assert_not_null(model);
	model->run_start = RUN_START;
}

static void tear_down(void)
{
	model__free(model);
}

TestSuite(model_open, .init = set_up, .fini = tear_down);

static const struct dist *waits(int which)
{
	return row__dist(&model->system, which);
}

static void check_period(__u64 now, enum off why, __u64 off, __u64 runq)
{
	const struct process *process;

	cr_assert_eq(model__close(model, now), 0);
	SAME(waits(D_OFF_SLEEP + why)->sum, off);
	SAME(waits(D_RUNQ)->sum, runq);
	process = model__only_process(model, 100, birth_of(100));
	if (process && process->threads && !process->threads->next) {
		SAME(row__dist(&process->threads->row, D_OFF_SLEEP + why)->sum, off);
		SAME(row__dist(&process->threads->row, D_RUNQ)->sum, runq);
	}
}

Test(model_open, sleep_counts_up_to_now)
{
	struct task task = task__make(1, 100, 100);

	task__go_off(&task, OFF_SLEEP, RUN_START + 200);
	task__read(&task, model);
	check_period(RUN_START + 5200, OFF_SLEEP, 5000, 0);
	SAME(waits(D_OFF_SLEEP)->count, 1);
	SAME(waits(D_OFF_SLEEP)->max, 5000);
}

/* For sums over many periods: each would have a sample of it. */
Test(model_open, is_no_sample_until_it_is_over_if_that_is_asked_for)
{
	struct task task = task__make(1, 100, 100);
	const struct dist *sleep;
	struct row sums = { 0 };

	model->ended_samples = true;
	task__go_off(&task, OFF_SLEEP, RUN_START + 200);
	task__read(&task, model);
	check_period(RUN_START + 5200, OFF_SLEEP, 5000, 0);
	SAME(waits(D_OFF_SLEEP)->count, 0);
	SAME(dist__sum_of_samples(waits(D_OFF_SLEEP)), 0);
	SAME(model->open.count[STATE_SLEEP], 1);
	SAME(model->open.ns[STATE_SLEEP], 5000);
	cr_assert_eq(row__add(&sums, &model->system), 0);
	model__begin(model);
	check_period(RUN_START + 7200, OFF_SLEEP, 2000, 0);
	SAME(waits(D_OFF_SLEEP)->count, 0);
	SAME(model->open.ns[STATE_SLEEP], 7000);
	cr_assert_eq(row__add(&sums, &model->system), 0);
	model__begin(model);
	task__come_in(&task, RUN_START + 9200, RUN_START);
	task__read(&task, model);
	check_period(RUN_START + 9200, OFF_SLEEP, 2000, 0);
	sleep = waits(D_OFF_SLEEP);
	SAME(sleep->count, 1);
	SAME(sleep->max, 9000);
	SAME(model->open.count[STATE_SLEEP], 0);
	SAME(model->open.ns[STATE_SLEEP], 0);
	cr_assert_eq(row__add(&sums, &model->system), 0);
	SAME(row__dist(&sums, D_OFF_SLEEP)->count, 1);
	SAME(row__dist(&sums, D_OFF_SLEEP)->sum, 9000);
	SAME(dist__sum_of_samples(row__dist(&sums, D_OFF_SLEEP)), 9000);
	row__clear(&sums);
}

/* The wait after a sleep was told as too long while it was open: its sample has the right length. */
Test(model_open, sums_of_samples_have_nothing_that_was_told_too_early)
{
	struct task task = task__make(1, 100, 100);
	struct row sums = { 0 };

	model->ended_samples = true;
	task__go_off(&task, OFF_SLEEP, RUN_START + 500);
	task.rec.wake_ns = RUN_START + 600;
	task__read(&task, model);
	cr_assert_eq(model__close(model, RUN_START + 1000), 0);
	SAME(model->open.count[STATE_SLEEP], 1);
	SAME(model->open.ns[STATE_SLEEP], 100);
	SAME(model->open.count[STATE_WAITING], 1);
	SAME(model->open.ns[STATE_WAITING], 400);
	cr_assert_eq(row__add(&sums, &model->system), 0);
	model__begin(model);
	task.rec.wake_ns = RUN_START + 700;
	task__come_in(&task, RUN_START + 1050, RUN_START);
	task__read(&task, model);
	cr_assert_eq(model__close(model, RUN_START + 1050), 0);
	cr_assert_eq(row__add(&sums, &model->system), 0);
	SAME(row__dist(&sums, D_RUNQ)->sum, 400);
	SAME(dist__sum_of_samples(row__dist(&sums, D_RUNQ)), 350);
	SAME(row__dist(&sums, D_RUNQ)->max, 350);
	SAME(dist__sum_of_samples(row__dist(&sums, D_OFF_SLEEP)), 200);
	SAME(row__dist(&sums, D_OFF_SLEEP)->max, 200);
	row__clear(&sums);
}

Test(model_open, what_was_before_the_run_does_not_count)
{
	struct task task = task__make(1, 100, 100);

	task__go_off(&task, OFF_DISK, 30);
	task__read(&task, model);
	check_period(RUN_START + 7, OFF_DISK, 7, 0);
}

Test(model_open, each_reason_has_its_own_distribution)
{
	struct task tasks[OFF_COUNT];
	int off;

	for (off = 0; off < OFF_COUNT; off++) {
		tasks[off] = task__make((__u64)off + 1, 100, 100 + (__u32)off);
		task__go_off(&tasks[off], off, RUN_START + 1000 * (__u64)off);
		task__read(&tasks[off], model);
	}
	cr_assert_eq(model__close(model, RUN_START + 10000), 0);
	for (off = 0; off < OFF_COUNT; off++) {
		SAME(waits(D_OFF_SLEEP + off)->count, 1);
		SAME(waits(D_OFF_SLEEP + off)->sum, 10000 - 1000 * off);
	}
	SAME(D_OFF_SLEEP + OFF_DISK, D_OFF_DISK);
	SAME(D_OFF_SLEEP + OFF_PREEMPTED, D_OFF_PREEMPTED);
	SAME(D_OFF_SLEEP + OFF_OTHER, D_OFF_OTHER);
}

Test(model_open, preempted_task_waits_for_a_cpu_all_the_time)
{
	struct task task = task__make(1, 100, 100);

	task__go_off(&task, OFF_PREEMPTED, RUN_START + 500);
	task__read(&task, model);
	check_period(RUN_START + 800, OFF_PREEMPTED, 300, 300);
}

Test(model_open, woken_task_waits_for_a_cpu_since_its_wakeup)
{
	struct task task = task__make(1, 100, 100);

	task__go_off(&task, OFF_SLEEP, RUN_START + 500);
	task.rec.wake_ns = (RUN_START + 600) | 1; /* the mark is no part of the time */
	task__read(&task, model);
	check_period(RUN_START + 1000, OFF_SLEEP, 100, 400);
}

Test(model_open, wakeup_of_an_earlier_sleep_does_not_count)
{
	struct task task = task__make(1, 100, 100);

	task__go_off(&task, OFF_SLEEP, RUN_START + 500);
	task.rec.wake_ns = RUN_START + 400;
	task__read(&task, model);
	check_period(RUN_START + 1000, OFF_SLEEP, 500, 0);
}

Test(model_open, task_on_its_cpu_has_no_open_interval)
{
	struct task task = task__make(1, 100, 100);

	task__read(&task, model);
	cr_assert_eq(model__close(model, RUN_START + 1000), 0);
	SAME(waits(D_OFF_SLEEP)->count, 0);
	SAME(waits(D_RUNQ)->count, 0);
}

Test(model_open, task_that_died_has_no_open_interval)
{
	struct task task = task__make(1, 100, 100);

	task__go_off(&task, OFF_SLEEP, RUN_START + 100);
	task__read(&task, model);
	task__die(&task, model);
	cr_assert_eq(model__close(model, RUN_START + 1000), 0);
	SAME(waits(D_OFF_SLEEP)->count, 0);
}

Test(model_open, interval_that_begins_after_now_does_not_count)
{
	struct task task = task__make(1, 100, 100);

	task__go_off(&task, OFF_SLEEP, RUN_START + 2000);
	task__read(&task, model);
	check_period(RUN_START + 2000, OFF_SLEEP, 0, 0);
}

/* ---- an interval and several periods ---- */

Test(model_open, two_periods_add_up_to_its_length)
{
	struct task task = task__make(1, 100, 100);

	task__go_off(&task, OFF_SLEEP, RUN_START + 100);
	task__read(&task, model);
	check_period(RUN_START + 1000, OFF_SLEEP, 900, 0);
	model__begin(model);
	task__come_in(&task, RUN_START + 1700, RUN_START);
	task__read(&task, model);
	check_period(RUN_START + 2000, OFF_SLEEP, 700, 0);
}

Test(model_open, periods_add_up_to_now_while_it_lasts)
{
	struct task task = task__make(1, 100, 100);
	int i;

	task__go_off(&task, OFF_SLEEP, 5);
	for (i = 1; i <= 5; i++) {
		task__read(&task, model);
		check_period(RUN_START + 1000 * (__u64)i, OFF_SLEEP, 1000, 0);
		model__begin(model);
	}
}

Test(model_open, wait_after_a_wakeup_is_split_between_periods_too)
{
	struct task task = task__make(1, 100, 100);

	task__go_off(&task, OFF_SLEEP, RUN_START + 100);
	task__read(&task, model);
	check_period(RUN_START + 1000, OFF_SLEEP, 900, 0);
	model__begin(model);
	task.rec.wake_ns = RUN_START + 1400;
	task__read(&task, model);
	check_period(RUN_START + 2000, OFF_SLEEP, 400, 600);
	model__begin(model);
	task__come_in(&task, RUN_START + 2050, RUN_START);
	task__read(&task, model);
	check_period(RUN_START + 3000, OFF_SLEEP, 0, 50);
}

Test(model_open, wait_for_a_cpu_that_lasts_is_told_once)
{
	struct task task = task__make(1, 100, 100);

	task__go_off(&task, OFF_SLEEP, RUN_START + 100);
	task.rec.wake_ns = RUN_START + 300;
	task__read(&task, model);
	check_period(RUN_START + 1000, OFF_SLEEP, 200, 700);
	model__begin(model);
	task__read(&task, model);
	check_period(RUN_START + 2000, OFF_SLEEP, 0, 1000);
	model__begin(model);
	task__come_in(&task, RUN_START + 2005, RUN_START);
	task__read(&task, model);
	check_period(RUN_START + 3000, OFF_SLEEP, 0, 5);
}

/* It is told to have been preempted for 600 ns so far, and the next period has begun. */
static struct task tell_preemption(void)
{
	struct task task = task__make(1, 100, 100);

	task__go_off(&task, OFF_PREEMPTED, RUN_START + 400);
	task__read(&task, model);
	check_period(RUN_START + 1000, OFF_PREEMPTED, 600, 600);
	model__begin(model);
	return task;
}

Test(model_open, preemption_is_split_between_periods)
{
	struct task task = tell_preemption();

	task__come_in(&task, RUN_START + 1250, RUN_START);
	task__read(&task, model);
	check_period(RUN_START + 2000, OFF_PREEMPTED, 250, 250);
}

Test(model_open, next_interval_begins_with_nothing_told)
{
	struct task task = task__make(1, 100, 100);

	task__go_off(&task, OFF_SLEEP, RUN_START + 100);
	task__read(&task, model);
	check_period(RUN_START + 1000, OFF_SLEEP, 900, 0);
	model__begin(model);
	task__come_in(&task, RUN_START + 1300, RUN_START);
	task__go_off(&task, OFF_SLEEP, RUN_START + 1500);
	task__read(&task, model);
	check_period(RUN_START + 2000, OFF_SLEEP, 300 + 500, 0);
	model__begin(model);
	task__come_in(&task, RUN_START + 2100, RUN_START);
	task__go_off(&task, OFF_DISK, RUN_START + 2200);
	task__read(&task, model);
	cr_assert_eq(model__close(model, RUN_START + 3000), 0);
	SAME(waits(D_OFF_SLEEP)->sum, 100);
	SAME(waits(D_OFF_DISK)->sum, 800);
}

Test(model_open, interval_that_ends_with_death_adds_up)
{
	struct task task = task__make(1, 100, 100);

	task__go_off(&task, OFF_SLEEP, RUN_START + 100);
	task__read(&task, model);
	check_period(RUN_START + 1000, OFF_SLEEP, 900, 0);
	model__begin(model);
	task__come_in(&task, RUN_START + 1600, RUN_START);
	task__die(&task, model);
	check_period(RUN_START + 2000, OFF_SLEEP, 600, 0);
}

Test(model_open, siblings_do_not_take_from_each_other)
{
	struct task a = task__make(1, 100, 100), b = task__make(2, 100, 101);

	task__go_off(&a, OFF_SLEEP, RUN_START + 100);
	task__go_off(&b, OFF_SLEEP, RUN_START + 600);
	task__read(&a, model);
	task__read(&b, model);
	check_period(RUN_START + 1000, OFF_SLEEP, 900 + 400, 0);
	model__begin(model);
	task__come_in(&a, RUN_START + 1001, RUN_START);
	task__read(&a, model);
	task__read(&b, model);
	check_period(RUN_START + 2000, OFF_SLEEP, 1 + 1000, 0);
	SAME(row__dist(&model__find_thread(model, 1)->row, D_OFF_SLEEP)->sum, 1);
	SAME(row__dist(&model__find_thread(model, 2)->row, D_OFF_SLEEP)->sum, 1000);
}

/* ---- what was told of an open interval, and comes out otherwise ---- */

/* A sibling that sleeps and waits as much as the process may be thought to have room for. */
static void read_sibling(__u64 sleep, __u64 runq)
{
	struct task sibling = task__make(2, 100, 101);

	task__sample(&sibling, D_OFF_SLEEP, sleep);
	task__sample(&sibling, D_RUNQ, runq);
	sibling.rec.off = OFF_NONE;
	task__read(&sibling, model);
	SAME(model->shift.rest, 0);
	SAME(model->shift.runq, 0);
}

/* Told: 400 of sleep, 500 of waiting.  It was so much in all, of the first so much. */
static void check_split(__u64 sleep, __u64 runq, __u64 more_sleep, __u64 more_runq)
{
	struct task task = task__make(1, 100, 100);
	const struct thread *thread;

	task__go_off(&task, OFF_SLEEP, RUN_START + 100);
	task.rec.wake_ns = RUN_START + 500;
	task.head.stack = 77;
	task__read(&task, model);
	check_period(RUN_START + 1000, OFF_SLEEP, 400, 500);
	model__begin(model);
	task__sample(&task, D_OFF_SLEEP, sleep);
	task__sample(&task, D_RUNQ, runq);
	task.rec.off_ns = RUN_START + 100 + sleep + runq;
	task.rec.off = OFF_NONE;
	task.head.stack = 88;
	task__read(&task, model);
	SAME(model->shift.stack, 77);
	SAME(model->shift.off, OFF_SLEEP);
	SAME(model->shift.rest, (__s64)(400 + more_sleep - sleep));
	SAME(model->shift.runq, (__s64)(500 + more_runq - runq));
	read_sibling(10000, 20000);
	SAME(model__close(model, RUN_START + 2000), 0);
	thread = model__find_thread(model, 1);
	SAME(row__dist(&thread->row, D_OFF_SLEEP)->sum, more_sleep);
	SAME(row__dist(&thread->row, D_RUNQ)->sum, more_runq);
	SAME(waits(D_OFF_SLEEP)->sum, 10000 + more_sleep);
	SAME(waits(D_RUNQ)->sum, 20000 + more_runq);
}

Test(model_open, as_it_was_told)
{
	check_split(400, 507, 0, 7);
}

Test(model_open, sleep_that_was_told_too_long_is_taken_from_the_wait)
{
	check_split(397, 510, 0, 7);
}

Test(model_open, wait_that_was_told_too_long_is_taken_from_the_sleep)
{
	check_split(408, 499, 7, 0);
}

Test(model_open, preemption_that_was_told_too_long_is_taken_from_the_time_on_cpu)
{
	struct task task = tell_preemption();

	task__sample(&task, D_OFF_PREEMPTED, 595);
	task__sample(&task, D_RUNQ, 595);
	task.rec.ONCPU = 105;
	task.rec.off_ns = RUN_START + 1100;
	task.rec.off = OFF_NONE;
	task__read(&task, model);
	SAME(model->shift.off, OFF_PREEMPTED);
	SAME(model->shift.rest, 5);
	SAME(model->shift.runq, 5);
	check_period(RUN_START + 1100, OFF_PREEMPTED, 0, 0);
	SAME(model->system.n[C_ONCPU], 100);
	SAME(model->system.n[C_LIFETIME], 100);
	SAME(model->proof.time_missing_ns, 0);
}

/* Each reading has its own idea of since when the task waits. */
Test(model_open, what_was_told_of_an_open_interval_stays_told)
{
	struct task task = task__make(1, 100, 100);

	task__go_off(&task, OFF_SLEEP, RUN_START + 100);
	task.rec.wake_ns = RUN_START + 500;
	task__read(&task, model);
	check_period(RUN_START + 1000, OFF_SLEEP, 400, 500);
	model__begin(model);
	task.rec.wake_ns = RUN_START + 490;
	task__read(&task, model);
	check_period(RUN_START + 1100, OFF_SLEEP, 0, 100);
	model__begin(model);
	task.rec.wake_ns = RUN_START + 520;
	task__read(&task, model);
	check_period(RUN_START + 1110, OFF_SLEEP, 10, 0);
	SAME(model__find_thread(model, 1)->reported_sleep, 410);
	SAME(model__find_thread(model, 1)->reported_runq, 600);
}

/*
 * 500 of waiting are told of which 42 are still to be taken from the time on CPU: with the
 * reading all adds up, and what the kernel's side takes later is not taken twice.
 */
static void check_owed(__u32 ran, __u64 oncpu, __u64 waiting)
{
	struct task task = task__make(1, 100, 100);

	task.rec.since_ns = RUN_START;
	task.rec.off_ns = RUN_START + 458 + ran;
	task.rec.ONCPU = ran;
	task.rec.flags |= REC_OWES;
	task.rec.owed_ns = 42;
	task__sample(&task, D_RUNQ, 500);
	task.rec.off = OFF_NONE;
	task__read(&task, model);
	SAME(model__close(model, RUN_START + 458 + ran), 0);
	SAME(model->system.n[C_ONCPU], oncpu);
	SAME(waits(D_RUNQ)->sum, waiting);
	SAME(model->system.n[C_LIFETIME], oncpu + waiting);
	model__begin(model);
	task.rec.off_ns += 1000;
	task.rec.ONCPU += 1000 - 42;
	task.rec.flags &= (__u8)~REC_OWES;
	task__read(&task, model);
	SAME(model__close(model, RUN_START + 1458 + ran), 0);
	SAME(model->system.n[C_ONCPU], 1000 - 42 + ran - oncpu);
	SAME(waits(D_RUNQ)->sum, 500 - waiting);
	SAME(model->system.n[C_LIFETIME], 1000);
}

Test(model_open, what_is_owed_is_taken_from_the_time_on_cpu)
{
	check_owed(100, 58, 500);
}

Test(model_open, or_from_the_waiting_where_that_is_too_short)
{
	check_owed(10, 0, 468);
}
