/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Readings of tasks become threads and processes: each switch once, under the right name. */
#include "model/switching/model.h"

#include "make_reading.h"
#include "unit.h"

static struct model *model;

static void set_up(void)
{
	model = model__new(true, false);
	cr_assert_not_null(model);
}

static void tear_down(void)
{
	model__free(model);
}

TestSuite(model_apply, .init = set_up, .fini = tear_down);

static struct process *process_of(const struct task *task)
{
	struct process *process = model__only_process(model, task->head.tgid, task->head.leader_ns);

	cr_assert_not_null(process, "process %u is not there", task->head.tgid);
	return process;
}

static struct thread *thread_of(const struct task *task)
{
	struct thread *thread = model__find_thread(model, task->rec.id);

	cr_assert_not_null(thread, "thread %u is not there", task->head.tid);
	return thread;
}

/* ---- readings ---- */

Test(model_apply, first_reading_counts_whole)
{
	struct task task = task__make(1, 100, 100);

	task__switch(&task, 5, 2);
	task__sample(&task, D_SWITCH_PROCESS, 540);
	task.rec.ONCPU = 777;
	task__read(&task, model);
	SAME(process_of(&task)->row.n[C_VOLUNTARY], 5);
	SAME(process_of(&task)->row.n[C_INVOLUNTARY], 2);
	SAME(process_of(&task)->row.n[C_ONCPU], 777);
	SAME(row__dist(&process_of(&task)->row, D_SWITCH_PROCESS)->sum, 540);
	SAME(row__switches(&thread_of(&task)->row), 7);
	SAME(row__dist(&thread_of(&task)->row, D_SWITCH_PROCESS)->sum, 540);
}

Test(model_apply, growing_readings_add_up_to_the_last_one)
{
	struct task task = task__make(1, 100, 100);
	__u64 sum = 0;
	__u32 i;

	for (i = 1; i <= 50; i++) {
		task__switch(&task, i, 1);
		task__sample(&task, D_RUNQ, 1000ULL * i);
		sum += 1000ULL * i;
		task__read(&task, model);
	}
	SAME(process_of(&task)->row.n[C_VOLUNTARY], 1275);
	SAME(process_of(&task)->row.n[C_INVOLUNTARY], 50);
	SAME(row__dist(&process_of(&task)->row, D_RUNQ)->count, 50);
	SAME(row__dist(&process_of(&task)->row, D_RUNQ)->sum, sum);
	SAME(row__dist(&process_of(&task)->row, D_RUNQ)->max, 50000);
	SAME(row__switches(&thread_of(&task)->row), 1325);
}

Test(model_apply, reading_again_adds_nothing)
{
	struct task task = task__make(1, 100, 100);
	int i;

	task__switch(&task, 5, 2);
	task__sample(&task, D_PICK, 600);
	for (i = 0; i < 10; i++)
		task__read(&task, model);
	SAME(row__switches(&process_of(&task)->row), 7);
	SAME(row__switches(&thread_of(&task)->row), 7);
	SAME(row__dist(&process_of(&task)->row, D_PICK)->count, 1);
	SAME(process_of(&task)->threads_alive, 1);
}

Test(model_apply, histogram_that_is_new_on_the_wire_counts_whole)
{
	struct task task = task__make(1, 100, 100);

	task__sample(&task, D_OFF_OTHER, 5000);
	task__read(&task, model);
	task__sample(&task, D_PICK, 600); /* lies before the other */
	task__read(&task, model);
	SAME(row__dist(&process_of(&task)->row, D_PICK)->sum, 600);
	SAME(row__dist(&process_of(&task)->row, D_OFF_OTHER)->sum, 5000);
	SAME(row__dist(&process_of(&task)->row, D_OFF_OTHER)->count, 1);
}

Test(model_apply, counters_of_32_bits_may_wrap_between_readings)
{
	struct task task = task__make(1, 100, 100);

	task__switch(&task, 0xfffffff0, 0);
	task__read(&task, model);
	task__switch(&task, 0x20, 0);
	SAME(task.rec.VOLUNTARY, 0x10);
	task__read(&task, model);
	SAME(process_of(&task)->row.n[C_VOLUNTARY], 0x100000010ULL);
}

/* ---- the end of a task ---- */

Test(model_apply, final_reading_adds_only_what_is_new)
{
	struct task task = task__make(1, 100, 100);

	task__switch(&task, 5, 0);
	task__sample(&task, D_PICK, 600);
	task__read(&task, model);
	task__switch(&task, 1, 0);
	task__sample(&task, D_RUNQ, 2000);
	task__die(&task, model);
	SAME(row__switches(&process_of(&task)->row), 6);
	SAME(row__switches(&thread_of(&task)->row), 6);
	SAME(row__dist(&process_of(&task)->row, D_PICK)->count, 1);
	SAME(row__dist(&process_of(&task)->row, D_RUNQ)->count, 1);
	cr_expect(thread_of(&task)->ended);
	cr_expect(process_of(&task)->ended);
	SAME(process_of(&task)->threads_alive, 0);
	SAME(process_of(&task)->threads_ended, 1);
}

/* The iterator had read the task, and its final record overtook what it wrote. */
static void check_late_reading(bool siblings)
{
	struct task task = task__make(1, 100, 101), late = task, other = task__make(2, 100, 100);

	model__free(model);
	model = model__new(true, false);
	if (siblings)
		task__read(&other, model);
	task__switch(&late, 4, 0);
	task = late;
	task__switch(&task, 1, 0);
	task__die(&task, model);
	task__read(&late, model);
	SAME(row__switches(&process_of(&task)->row), 5);
	SAME(process_of(&task)->threads_alive, siblings);
	SAME(process_of(&task)->threads_ended, 1);
	cr_expect_eq(process_of(&task)->ended, !siblings);
	cr_assert_eq(model__close(model, 1000), 0);
	SAME(model->proof.seen, 5);
	SAME(model->proof.missed, 0);
}

Test(model_apply, late_reading_of_a_task_that_died_adds_nothing)
{
	check_late_reading(false);
	check_late_reading(true);
}

Test(model_apply, task_that_left_the_target_has_ended_for_us)
{
	struct task task = task__make(1, 100, 100);

	task__switch(&task, 3, 0);
	task__leave(&task, model);
	SAME(row__switches(&process_of(&task)->row), 3);
	cr_expect(process_of(&task)->ended);
}

/* ---- who is who ---- */

/* Its record stays its own, and it takes over the tid and the birth of the leader. */
Test(model_apply, exec_by_a_thread_that_is_not_the_leader_is_one_thread)
{
	struct task leader = task__make(1, 100, 100), task = task__make(2, 100, 101);

	task__switch(&leader, 3, 0);
	task__switch(&task, 7, 0);
	task__read(&leader, model);
	task__read(&task, model);
	task__switch(&leader, 1, 0);
	leader.head.tid = 101;
	task__die(&leader, model);
	task.head.tid = 100;
	task.head.start_ns = birth_of(100);
	task__switch(&task, 2, 0);
	task__read(&task, model);
	SAME(HASH_COUNT(model->processes), 1);
	SAME(thread_of(&task)->tid, 100);
	SAME(thread_of(&task)->start_ns, birth_of(100));
	SAME(row__switches(&thread_of(&task)->row), 9);
	SAME(row__switches(&thread_of(&leader)->row), 4);
	SAME(row__switches(&process_of(&task)->row), 13);
	SAME(process_of(&task)->threads_alive, 1);
	cr_expect_not(process_of(&task)->ended);
}

Test(model_apply, record_that_comes_with_another_process_is_counted_once)
{
	struct task before = task__make(1, 100, 101), task = before;

	task__switch(&before, 7, 0);
	task__read(&before, model);
	task = before;
	task.head.tid = task.head.tgid = 200;
	task.head.start_ns = task.head.leader_ns = birth_of(200);
	task__switch(&task, 2, 0);
	task__read(&task, model);
	SAME(HASH_COUNT(model->threads), 1);
	SAME(thread_of(&task)->tid, 200);
	cr_expect_eq(thread_of(&task)->process, process_of(&task));
	SAME(row__switches(&thread_of(&task)->row), 9);
	cr_assert_eq(model__close(model, 1000), 0);
	SAME(row__switches(&model->system), 9);
	SAME(process_of(&before)->threads_alive, 0);
	SAME(process_of(&task)->threads_alive, 1);
}

/* Nobody would ever say of it that it ended. */
Test(model_apply, process_whose_last_thread_moved_on_has_ended)
{
	struct task before = task__make(1, 100, 101), task = before;

	task__read(&before, model);
	task.head.tid = task.head.tgid = 200;
	task.head.start_ns = task.head.leader_ns = birth_of(200);
	task__read(&task, model);
	cr_expect(process_of(&before)->ended);
	cr_expect_not(process_of(&task)->ended);
}

Test(model_apply, reused_tid_is_another_thread)
{
	struct task first = task__make(1, 100, 101), second = task__make(2, 100, 101);

	second.head.start_ns = birth_of(101) + 50;
	task__switch(&first, 3, 0);
	task__switch(&second, 4, 0);
	task__die(&first, model);
	task__read(&second, model);
	SAME(HASH_COUNT(model->threads), 2);
	SAME(row__switches(&thread_of(&first)->row), 3);
	SAME(row__switches(&thread_of(&second)->row), 4);
	SAME(row__switches(&process_of(&first)->row), 7);
}

Test(model_apply, reused_pid_is_another_process)
{
	struct task first = task__make(1, 100, 100), second = task__make(2, 100, 100);

	second.head.start_ns = second.head.leader_ns = birth_of(100) + 50;
	task__switch(&first, 3, 0);
	task__switch(&second, 4, 0);
	task__die(&first, model);
	task__read(&second, model);
	SAME(HASH_COUNT(model->processes), 2);
	SAME(row__switches(&process_of(&first)->row), 3);
	SAME(row__switches(&process_of(&second)->row), 4);
	cr_expect(process_of(&first)->ended);
	cr_expect_not(process_of(&second)->ended);
}

Test(model_apply, names_are_those_of_the_last_reading)
{
	struct task task = task__make(1, 100, 101);

	task__read(&task, model);
	task__rename(&task, "w\xff\x72ker", "server");
	task.head.ppid = 42;
	task.head.flags = WIRE_KTHREAD;
	task__read(&task, model);
	SAME_TEXT(thread_of(&task)->comm, "w\xef\xbf\xbdrker");
	SAME_TEXT(process_of(&task)->comm, "server");
	SAME(process_of(&task)->ppid, 42);
	cr_expect(process_of(&task)->kthread);
}

Test(model_apply, process_is_the_sum_of_its_threads)
{
	struct task tasks[20];
	__u64 sum = 0;
	__u32 i, round;

	for (i = 0; i < ARRAY_SIZE(tasks); i++)
		tasks[i] = task__make(i + 1, 100, 100 + i);
	for (round = 0; round < 5; round++) {
		for (i = 0; i < ARRAY_SIZE(tasks); i++) {
			task__switch(&tasks[i], i, round);
			task__sample(&tasks[i], D_PICK, 500 + i);
			sum += i + round;
			task__read(&tasks[i], model);
		}
	}
	SAME(HASH_COUNT(model->processes), 1);
	SAME(row__switches(&process_of(tasks)->row), sum);
	SAME(row__dist(&process_of(tasks)->row, D_PICK)->count, 5 * ARRAY_SIZE(tasks));
	SAME(process_of(tasks)->threads_alive, ARRAY_SIZE(tasks));
	for (i = 0; i < ARRAY_SIZE(tasks); i++)
		SAME(row__switches(&thread_of(&tasks[i])->row), 5 * i + 10);
}
