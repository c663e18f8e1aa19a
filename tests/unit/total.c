/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The periods of a run add up to what one period of all of it would have been. */
#include "model/switching/total.h"

#include <stdlib.h>
#include <string.h>

#include "make_reading.h"
#include "model/switching/births.h"
#include "unit.h"

#define RUN_START 1000000ULL
#define MIDDLE	  (RUN_START + 5000000ULL)
#define RUN_END	  (RUN_START + 9000000ULL)

static struct model *parts, *whole;
static struct total total;

static struct model *make_model(void)
{
	struct model *model = model__new(true, false);

	cr_assert(model);
	model->run_start = RUN_START;
	model->price = PRICE_EACH;
	return model;
}

static void begin(void)
{
	parts = make_model();
	whole = make_model();
}

static void end(void)
{
	total__free(&total);
	model__free(parts);
	model__free(whole);
}

TestSuite(total, .init = begin, .fini = end);

static void read_both(const struct task *task)
{
	task__read(task, parts);
	task__read(task, whole);
}

static void die_in_both(const struct task *task)
{
	task__die(task, parts);
	task__die(task, whole);
}

static void add_part(__u64 now, const struct summary *summary)
{
	cr_assert_not(model__close(parts, now));
	cr_assert_not(total__add(&total, parts, summary));
	model__begin(parts);
}

static void expect_same_row(const struct row *a, const struct row *b)
{
	int i;

	for (i = 0; i < ROW_COUNTERS; i++)
		SAME(a->n[i], b->n[i]);
	for (i = 0; i < ROW_DISTS; i++) {
		SAME(row__dist(a, i)->sum, row__dist(b, i)->sum);
		SAME(row__dist(a, i)->max, row__dist(b, i)->max);
	}
}

static const struct thread *thread_of(const struct model *model, __u32 pid, __u32 tid)
{
	const struct process *process = model__only_process(model, pid, birth_of(pid));
	const struct thread *thread;

	cr_assert(process, "no process %u", pid);
	for (thread = process->threads; thread; thread = thread->next)
		if (thread->tid == tid)
			return thread;
	cr_assert_fail("no thread %u", tid);
	return NULL;
}

static void expect_same_thread(__u32 pid, __u32 tid)
{
	const struct thread *summed = thread_of(total.model, pid, tid),
			    *kept = thread_of(whole, pid, tid);

	expect_same_row(&summed->row, &kept->row);
	SAME(summed->ended, kept->ended);
	SAME_TEXT(summed->comm, kept->comm);
}

/* One goes on, one is off CPU across the border, one has ended, and one comes later. */
Test(total, periods_add_up_to_the_run)
{
	struct task on = task__make(1, 100, 100), off = task__make(2, 100, 101);
	struct task early = task__make(3, 200, 200), late = task__make(4, 300, 300);
	const struct summary summary = { .duration_ns = 1 };
	static const __u32 pids[] = { 100, 200, 300 };
	size_t i;

	task__switch(&on, 5, 2);
	task__sample(&on, D_RUNQ, 1000);
	read_both(&on);
	task__go_off(&off, OFF_SLEEP, RUN_START + 1000);
	read_both(&off);
	task__switch(&early, 3, 0);
	read_both(&early);
	die_in_both(&early);
	add_part(MIDDLE, &summary);
	task__switch(&on, 7, 1);
	task__sample(&on, D_RUNQ, 5000);
	task__rename(&on, "new", "new");
	task__rename(&off, "task", "new");
	read_both(&on);
	task__come_in(&off, MIDDLE + 1000, RUN_START);
	task__switch(&off, 1, 0);
	read_both(&off);
	task__switch(&late, 0, 4);
	read_both(&late);
	add_part(RUN_END, &summary);
	cr_assert_not(model__close(whole, RUN_END));
	cr_assert_not(total__sum_up(&total, NULL));

	SAME(total.summary.process_count, 3);
	SAME(total.summary.duration_ns, 2);
	SAME(total.summary.threads, 1);
	SAME(row__switches(total.summary.system), 23);
	expect_same_row(total.summary.system, &whole->system);
	SAME(total.summary.proof.seen, whole->proof.seen);
	SAME(total.summary.proof.time_ns, whole->proof.time_ns);
	SAME(total.model->ended_processes, 1);
	for (i = 0; i < ARRAY_SIZE(pids); i++)
		expect_same_row(&model__only_process(total.model, pids[i], birth_of(pids[i]))->row,
				&model__only_process(whole, pids[i], birth_of(pids[i]))->row);
	expect_same_thread(100, 100);
	expect_same_thread(100, 101);
	expect_same_thread(200, 200);
	expect_same_thread(300, 300);
	SAME_TEXT(thread_of(total.model, 100, 100)->comm, "new");
	SAME_TEXT(model__only_process(total.model, 100, birth_of(100))->comm, "new");
}

/* Tracing that begins again gives records the numbers that others had. */
Test(total, a_record_of_the_same_number_is_another_thread)
{
	struct task first = task__make(1, 100, 100), second = task__make(1, 200, 200);
	const struct summary summary = { .duration_ns = 1 };

	task__switch(&first, 5, 0);
	task__read(&first, parts);
	add_part(MIDDLE, &summary);
	model__free(parts);
	parts = make_model();
	task__switch(&second, 7, 0);
	task__read(&second, parts);
	add_part(RUN_END, &summary);
	SAME(row__switches(&thread_of(total.model, 100, 100)->row), 5);
	SAME(row__switches(&thread_of(total.model, 200, 200)->row), 7);
}

/* Those that ended first are added up in one row when they are too many. */
Test(total, ended_processes_are_folded)
{
	const struct summary summary = { .duration_ns = 1 };
	__u32 i;

	for (i = 0; i < 3; i++) {
		struct task task = task__make(1 + i, 100 + i, 100 + i);

		task__switch(&task, 5, 0);
		task__read(&task, parts);
		task__die(&task, parts);
		add_part(MIDDLE, &summary);
		total.model->ended_max = 1;
	}
	cr_assert_not(total__sum_up(&total, NULL));
	SAME(total.summary.process_count, 1);
	SAME(total.summary.processes[0]->key.pid, 102);
	SAME(total.summary.folded_processes, 2);
	SAME(row__switches(total.summary.folded), 10);
	SAME(row__switches(total.summary.system), 15);
}

Test(total, what_is_said_of_the_run)
{
	struct summary first = { .duration_ns = 30,
				 .start_realtime_ns = 1000,
				 .lost = { .events = 1, .tasks = 2, .switches = 3 },
				 .self = { .known = true,
					   .ns_per_switch = 100,
					   .bpf_ns = 500,
					   .cpu_ns = 50,
					   .rss_bytes = 9 },
				 .has_counter[C_ONCPU] = true,
				 .has_counter[C_LIFETIME] = true },
		       second = first;
	struct task task = task__make(1, 100, 100);

	task__switch(&task, 5, 0);
	task__read(&task, parts);
	add_part(MIDDLE, &first);
	task__switch(&task, 15, 0);
	task__read(&task, parts);
	second.start_realtime_ns = 1030;
	second.self.ns_per_switch = 300;
	second.self.bpf_ns = 4500;
	second.self.rss_bytes = 8;
	second.has_counter[C_LIFETIME] = false;
	add_part(RUN_END, &second);
	cr_assert_not(total__sum_up(&total, NULL));
	SAME(total.summary.start_realtime_ns, 1000);
	SAME(total.summary.duration_ns, 60);
	SAME(total.summary.lost.events, 2);
	SAME(total.summary.lost.tasks, 4);
	SAME(total.summary.lost.switches, 6);
	SAME(total.summary.self.bpf_ns, 5000);
	SAME(total.summary.self.ns_per_switch, 250);
	SAME(total.summary.self.cpu_ns, 100);
	SAME(total.summary.self.rss_bytes, 9);
	cr_expect(total.summary.has_counter[C_ONCPU]);
	cr_expect_not(total.summary.has_counter[C_LIFETIME]);
	cr_expect_not(total.summary.complete);
}

/* What each period says for itself: sums, and what is not known of one is not known of the run. */
static void add_said(const struct proof *proof, const struct priced *priced, __u64 more,
		     const struct summary *summary)
{
	cr_assert_not(model__close(parts, MIDDLE));
	parts->price = 0; /* what is said of prices is read */
	parts->proof = *proof;
	parts->priced = *priced;
	parts->wakes_missed = more;
	parts->folded_processes = 10 * more;
	parts->crashes_left_out = 100 * more;
	cr_assert_not(total__add(&total, parts, summary));
	model__begin(parts);
}

static struct summary all_known(void)
{
	struct summary summary = { .duration_ns = 1, .has_failed = true, .self.known = true };

	memset(summary.has_counter, 1, sizeof(summary.has_counter));
	memset(summary.has_dist, 1, sizeof(summary.has_dist));
	memset(summary.has_phase, 1, sizeof(summary.has_phase));
	return summary;
}

Test(total, what_each_period_says)
{
	static const struct proof proofs[] = { { 2, 3, 5, 7, 11, 13 },
					       { 20, 30, 50, 70, 110, 130 } };
	static const struct priced priced[] = { { 4, 8, 17 }, { 2, 16, 19 } };
	struct summary summary = all_known();

	summary.tlb_unattributed = 23;
	summary.self.kernel_bytes = 29;
	summary.self.why_not = "first";
	add_said(&proofs[0], &priced[0], 1, &summary);
	summary.tlb_unattributed = 31;
	summary.self.kernel_bytes = 28;
	summary.self.known = false;
	summary.self.why_not = "second";
	summary.has_dist[D_RUNQ] = summary.has_phase[PHASE_EXEC] = summary.has_failed = false;
	add_said(&proofs[1], &priced[1], 3, &summary);
	SAME(total.model->proof.seen, 22);
	SAME(total.model->proof.kernel, 33);
	SAME(total.model->proof.withheld, 55);
	SAME(total.model->proof.missed, 77);
	SAME(total.model->proof.time_ns, 121);
	SAME(total.model->proof.time_missing_ns, 143);
	SAME(total.model->priced.least, 2);
	SAME(total.model->priced.most, 16);
	SAME(total.model->priced.switches, 36);
	SAME(total.model->wakes_missed, 4);
	SAME(total.model->folded_processes, 40);
	SAME(total.model->crashes_left_out, 400);
	SAME(total.summary.tlb_unattributed, 54);
	SAME(total.summary.self.kernel_bytes, 29);
	cr_expect_not(total.summary.self.known);
	SAME_TEXT(total.summary.self.why_not, "second");
	cr_expect_not(total.summary.has_dist[D_RUNQ]);
	cr_expect(total.summary.has_dist[D_RUNQ + 1]);
	cr_expect_not(total.summary.has_phase[PHASE_EXEC]);
	cr_expect(total.summary.has_phase[PHASE_COPY]);
	cr_expect_not(total.summary.has_failed);
}

/* Where a recording does not say it, each was priced. */
Test(total, one_in_how_many_was_priced)
{
	static const struct proof proof = { 0 };
	static const struct priced priced[] = {
		{ 4, 8, 2 }, { 6, 7, 3 }, { 3, 9, 5 }, { 0, 0, 7 }
	};
	static const struct priced expected[] = {
		{ 4, 8, 2 }, { 4, 8, 5 }, { 3, 9, 10 }, { 1, 9, 17 }
	};
	struct summary summary = all_known();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(priced); i++) {
		add_said(&proof, &priced[i], 0, &summary);
		SAME(total.model->priced.least, expected[i].least);
		SAME(total.model->priced.most, expected[i].most);
		SAME(total.model->priced.switches, expected[i].switches);
	}
}

/* ---- births and ends ---- */

Test(total, creations_and_crashes_add_up)
{
	const struct process_tracker_config nothing = { 0 };
	const struct summary summary = { .duration_ns = 1 };
	const struct crash crash = { .traced = true, .pid = 7, .fan_out = 2 };
	int i;

	cr_assert_not(model__track_processes(parts, &nothing));
	for (i = 0; i < 2; i++) {
		parts->spawns.kind[SPAWN_PROCESS].count = 3;
		cr_assert_not(spawn__sample(&parts->spawns.kind[SPAWN_PROCESS], PHASE_COPY, 700));
		spawn__fail(&parts->spawns.kind[SPAWN_THREAD], 11);
		cr_assert_not(spawns__exec(&parts->spawns, 900));
		cr_assert_not(spawns__fork_size(&parts->spawns, 4 << 20, 700));
		parts->ends[END_CRASH] = 1;
		births__take_crash(parts, crash__copy(&crash));
		add_part(MIDDLE, &summary);
	}
	cr_assert_not(total__sum_up(&total, NULL));
	SAME(total.summary.spawns->kind[SPAWN_PROCESS].count, 6);
	SAME(spawn__phase(&total.summary.spawns->kind[SPAWN_PROCESS], PHASE_COPY)->count, 2);
	SAME(spawn__phase(&total.summary.spawns->kind[SPAWN_PROCESS], PHASE_COPY)->sum, 1400);
	SAME(total.summary.spawns->kind[SPAWN_THREAD].failed, 2);
	SAME(total.summary.spawns->kind[SPAWN_THREAD].errors[0].error, 11);
	SAME(total.summary.spawns->kind[SPAWN_THREAD].errors[0].count, 2);
	SAME(total.summary.spawns->execs, 2);
	SAME(total.summary.spawns->exec->sum, 1800);
	SAME(total.summary.spawns->sizes[3]->count, 2);
	SAME(total.summary.ends[END_CRASH], 2);
	SAME(total.summary.crash_count, 2);
	SAME(total.summary.crashes[0]->pid, 7);
}
