/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When a process has ended.  Final records come as tasks die, and those that
 * live are read now and then: a sibling may be read long after another died.
 */
#include "model/switching/model.h"

#include "make_reading.h"
#include "unit.h"

static struct process *process_100(const struct model *model)
{
	struct process *process = model__only_process(model, 100, birth_of(100));

	cr_assert_not_null(process, "process 100 is not there");
	return process;
}

Test(model_end, process_ends_with_its_last_thread)
{
	struct task a = task__make(1, 100, 100), b = task__make(2, 100, 101);
	struct model *model = model__new(false, false);

	task__read(&a, model);
	task__read(&b, model);
	task__die(&a, model);
	cr_expect_not(process_100(model)->ended);
	task__die(&b, model);
	cr_expect(process_100(model)->ended);
	SAME(process_100(model)->threads_ended, 2);
	model__free(model);
}

Test(model_end, process_with_a_living_thread_has_not_ended_whichever_came_first)
{
	struct task dead = task__make(1, 100, 101), alive = task__make(2, 100, 100);
	struct model *model = model__new(false, false);

	task__die(&dead, model);
	task__read(&alive, model);
	SAME(process_100(model)->threads_alive, 1);
	cr_expect_not(process_100(model)->ended);
	SAME(model->ended_processes, 0);
	model__free(model);
}

/* A process is forgotten at the end of a period once it has ended, with its last readings. */
Test(model_end, what_lives_on_in_it_is_not_counted_again_in_the_next_period)
{
	struct task dead = task__make(1, 100, 101), alive = task__make(2, 100, 100);
	struct model *model = model__new(false, false);

	task__switch(&dead, 3, 0);
	task__die(&dead, model);
	task__switch(&alive, 50, 0);
	task__read(&alive, model);
	cr_assert_eq(model__close(model, 1000), 0);
	SAME(row__switches(&model->system), 53);
	model__begin(model);
	task__switch(&alive, 1, 0);
	task__read(&alive, model);
	cr_assert_eq(model__close(model, 2000), 0);
	SAME(row__switches(&model->system), 1);
	model__free(model);
}

/* With --comm, by a name that it gives up and takes again. */
Test(model_end, process_that_came_back_into_the_target_lives)
{
	struct task first = task__make(1, 100, 100), again = task__make(2, 100, 100);
	struct model *model = model__new(true, false);

	task__switch(&first, 3, 0);
	task__leave(&first, model);
	cr_expect(process_100(model)->ended);
	task__switch(&again, 20, 0);
	task__read(&again, model);
	cr_expect_not(process_100(model)->ended);
	SAME(row__switches(&process_100(model)->row), 23);
	cr_assert_eq(model__close(model, 1000), 0);
	model__begin(model);
	task__read(&again, model);
	SAME(row__switches(&process_100(model)->row), 0);
	task__die(&again, model);
	cr_expect(process_100(model)->ended);
	SAME(model->ended_processes, 1);
	model__free(model);
}

Test(model_end, process_ends_again_when_its_late_thread_does)
{
	struct task dead = task__make(1, 100, 101), late = task__make(2, 100, 100);
	struct model *model = model__new(true, false);

	task__die(&dead, model);
	task__read(&late, model);
	task__die(&late, model);
	cr_expect(process_100(model)->ended);
	SAME(process_100(model)->threads_alive, 0);
	SAME(process_100(model)->threads_ended, 2);
	SAME(model->ended_processes, 1);
	model__free(model);
}
