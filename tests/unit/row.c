/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/switching/row.h"

#include <stdlib.h>
#include <string.h>

#include "make_reading.h"
#include "unit.h"

static const struct reading nothing = { 0 };

static struct reading reading_of(const struct task *task)
{
	return (struct reading){ .rec = &task->rec,
				 .dists = &task->rec.PICK,
				 .ends = reading__all };
}

/* Every counter another number, so that none can stand for another. */
static void count_all(struct task_rec *rec, __u32 times)
{
	__u32 n = 0;

#define COUNTER(id, type, ...) rec->id += times * (100 + n++);
#include "counters.def"
}

Test(row, first_reading_is_taken_whole)
{
	struct task task = task__make(1, 1, 1);
	struct row row = { 0 };
	struct reading now = reading_of(&task);
	int i;

	count_all(&task.rec, 1);
	cr_assert_eq(row__add_readings(&row, &now, &nothing, 0), 0);
	for (i = 0; i < C_COUNT; i++)
		SAME(row.n[i], 100 + i);
	SAME(row.n[C_IN_IDLE], 0);
	row__clear(&row);
}

Test(row, difference_of_two_readings_is_added)
{
	struct task before = task__make(1, 1, 1), now;
	struct row row = { 0 };
	struct reading old = reading_of(&before), new;
	int i;

	count_all(&before.rec, 5);
	task__sample(&before, D_PICK, 300);
	now = before;
	count_all(&now.rec, 2);
	task__sample(&now, D_PICK, 500);
	new = reading_of(&now);
	cr_assert_eq(row__add_readings(&row, &new, &old, 0), 0);
	cr_assert_eq(row__add_readings(&row, &new, &new, 0), 0);
	for (i = 0; i < C_COUNT; i++)
		SAME(row.n[i], 2 * (100 + i));
	SAME(row__dist(&row, D_PICK)->count, 1);
	SAME(row__dist(&row, D_PICK)->sum, 500);
	row__clear(&row);
}

Test(row, counters_wrap_in_their_own_width)
{
	struct task before = task__make(1, 1, 1), now = before;
	struct reading old = reading_of(&before), new = reading_of(&now);
	struct row row = { 0 };
	int i;

#define COUNTER(id, type, ...)                                                                     \
	before.rec.id = (type)-3;                                                                  \
	now.rec.id = 4;
#include "counters.def"
	cr_assert_eq(row__add_readings(&row, &new, &old, 0), 0);
	for (i = 0; i < C_COUNT; i++)
		SAME(row.n[i], 7);
	row__clear(&row);
}

Test(row, idle_record_keeps_its_switches_in_the_place_of_kernel)
{
	struct task idle = task__make(1, 0, 0), kernel = task__make(2, 2, 2);
	struct reading of_idle = reading_of(&idle), of_kernel = reading_of(&kernel);
	struct row row = { 0 };

	kernel.rec.IN_KERNEL = 7;
	task__sample(&kernel, D_SWITCH_KERNEL, 400);
	idle.rec.IN_KERNEL = 11;
	task__sample(&idle, D_SWITCH_KERNEL, 300);
	task__sample(&idle, D_PICK, 700);
	cr_assert_eq(row__add_readings(&row, &of_kernel, &nothing, 0), 0);
	cr_assert_eq(row__add_readings(&row, &of_idle, &nothing, 1), 0);
	SAME(row.n[C_IN_KERNEL], 7);
	SAME(row.n[C_IN_IDLE], 11);
	SAME(row__dist(&row, D_SWITCH_KERNEL)->sum, 400);
	SAME(row__dist(&row, D_SWITCH_IDLE)->sum, 300);
	SAME(row__dist(&row, D_PICK)->sum, 700);
	row__clear(&row);
}

Test(row, idle_readings_are_differences_too)
{
	struct task before = task__make(1, 0, 0), now;
	struct reading old = reading_of(&before), new;
	struct row row = { 0 };

	before.rec.IN_KERNEL = 11;
	task__sample(&before, D_SWITCH_KERNEL, 300);
	now = before;
	now.rec.IN_KERNEL = 15;
	task__sample(&now, D_SWITCH_KERNEL, 450);
	new = reading_of(&now);
	cr_assert_eq(row__add_readings(&row, &new, &old, 1), 0);
	SAME(row.n[C_IN_IDLE], 4);
	SAME(row.n[C_IN_KERNEL], 0);
	SAME(row__dist(&row, D_SWITCH_IDLE)->sum, 450);
	row__clear(&row);
}

Test(row, sum_of_rows_has_the_figures_of_both)
{
	struct task task = task__make(1, 1, 1);
	struct reading now = reading_of(&task);
	struct row a = { 0 }, b = { 0 };
	int i;

	count_all(&task.rec, 1);
	task__sample(&task, D_RUNQ, 5000);
	cr_assert_eq(row__add_readings(&a, &now, &nothing, 0), 0);
	cr_assert_eq(row__add_sample(&b, D_RUNQ, 9000), 0);
	cr_assert_eq(row__add_sample(&b, D_OFF_DISK, 70000), 0);
	b.n[C_IN_IDLE] = 3;
	cr_assert_eq(row__add(&b, &a), 0);
	cr_assert_eq(row__add(&b, &a), 0);
	for (i = 0; i < C_COUNT; i++)
		SAME(b.n[i], 2 * (100 + i));
	SAME(b.n[C_IN_IDLE], 3);
	SAME(row__dist(&b, D_RUNQ)->count, 3);
	SAME(row__dist(&b, D_RUNQ)->sum, 19000);
	SAME(row__dist(&b, D_RUNQ)->max, 9000);
	SAME(row__dist(&b, D_OFF_DISK)->sum, 70000);
	SAME(row__dist(&a, D_RUNQ)->count, 1);
	row__clear(&a);
	row__clear(&b);
}

Test(row, toll_is_pick_and_switch_of_all_kinds_and_nothing_else)
{
	struct row row = { 0 };
	__u64 ns = 1;
	int d;

	for (d = 0; d < ROW_DISTS; d++, ns *= 2)
		cr_assert_eq(row__add_sample(&row, d, ns), 0);
	SAME(row__toll(&row), 1ULL << D_PICK | 1ULL << D_SWITCH_THREAD | 1ULL << D_SWITCH_PROCESS |
				      1ULL << D_SWITCH_RESUME | 1ULL << D_SWITCH_KERNEL |
				      1ULL << D_SWITCH_IDLE);
	row__clear(&row);
	SAME(row__toll(&row), 0);
}

Test(row, switches_are_out_of_both_sorts_and_in_of_five_kinds)
{
	struct row row = { 0 };
	int i;

	for (i = 0; i < ROW_COUNTERS; i++)
		row.n[i] = 1ULL << (2 * i);
	SAME(row__switches(&row), row.n[C_VOLUNTARY] | row.n[C_INVOLUNTARY]);
	SAME(row__in(&row), row.n[C_IN_THREAD] | row.n[C_IN_PROCESS] | row.n[C_IN_RESUME] |
				    row.n[C_IN_KERNEL] | row.n[C_IN_IDLE]);
}

Test(row, distribution_that_is_not_there_is_empty)
{
	struct row row = { 0 };
	int d;

	for (d = 0; d < ROW_DISTS; d++) {
		cr_assert_not_null(row__dist(&row, d));
		SAME(row__dist(&row, d)->count, 0);
	}
}

Test(row, cleared_row_is_as_new)
{
	static const struct row blank;
	struct row row = { 0 };
	int d;

	for (d = 0; d < ROW_DISTS; d++)
		cr_assert_eq(row__add_sample(&row, d, 1000), 0);
	row.n[C_ONCPU] = 5;
	row__clear(&row);
	cr_expect_arr_eq(&row, &blank, sizeof(row));
	row__clear(&row);
}

Test(row, every_figure_has_a_name_of_its_own)
{
	int i, k;

	for (i = 0; i < ROW_COUNTERS; i++) {
		cr_expect_not_null(counter_infos[i].name);
		for (k = 0; k < i; k++)
			cr_expect(strcmp(counter_infos[i].name, counter_infos[k].name) ||
					  strcmp(counter_infos[i].group, counter_infos[k].group),
				  "%s is there twice", counter_infos[i].name);
	}
	for (i = 0; i < ROW_DISTS; i++) {
		cr_expect_not_null(dist_infos[i].name);
		cr_expect_leq(dist_infos[i].buckets, HIST_MAX_BUCKETS);
		for (k = 0; k < i; k++)
			cr_expect(strcmp(dist_infos[i].name, dist_infos[k].name) ||
					  strcmp(dist_infos[i].group, dist_infos[k].group),
				  "%s is there twice", dist_infos[i].name);
	}
}
