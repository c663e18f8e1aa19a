/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/columns.h"

#include <stdlib.h>
#include <string.h>

#include "make_reading.h"
#include "unit.h"

#define PROCESSES 40

/* Processes whose figures follow no common order, and that often tie. */
static struct model *make_model(bool keep_threads, __u64 seed)
{
	struct model *model = model__new(keep_threads, false);
	struct chance chance = { seed };
	__u32 i;

	for (i = 0; i < PROCESSES; i++) {
		/* shuffled, so that the order of arrival is not that of the pids */
		__u32 pid = 100 + i * 17 % PROCESSES;
		struct task task = task__make(i + 1, keep_threads ? 100 : pid, pid);

		task__switch(&task, (__u32)chance__below(&chance, 4),
			     (__u32)chance__below(&chance, 4));
		task.rec.IN_PROCESS = (__u32)chance__below(&chance, 5);
		task.rec.ONCPU = chance__below(&chance, 5);
		task.rec.MIGRATIONS = (__u32)chance__below(&chance, 5);
		task__sample(&task, D_RUNQ, 1000 + chance__below(&chance, 5));
		task__sample(&task, D_OFF_SLEEP, 2000 + chance__below(&chance, 5));
		task__sample(&task, D_OFF_DISK, 3000 + chance__below(&chance, 5));
		task__sample(&task, D_PICK, 500 + chance__below(&chance, 5));
		task__sample(&task, D_SWITCH_THREAD, 300 + chance__below(&chance, 5));
		task__read(&task, model);
	}
	cr_assert_eq(model__close(model, 1000), 0);
	return model;
}

static __u64 expected_key(const char *name, const struct row *row)
{
	if (!strcmp(name, "toll"))
		return row__dist(row, D_PICK)->sum + row__dist(row, D_SWITCH_THREAD)->sum;
	if (!strcmp(name, "switches"))
		return row->n[C_VOLUNTARY] + row->n[C_INVOLUNTARY];
	if (!strcmp(name, "involuntary"))
		return row->n[C_INVOLUNTARY];
	if (!strcmp(name, "mm"))
		return row->n[C_IN_PROCESS];
	if (!strcmp(name, "sleep"))
		return row__dist(row, D_OFF_SLEEP)->sum;
	if (!strcmp(name, "disk"))
		return row__dist(row, D_OFF_DISK)->sum;
	if (!strcmp(name, "spawned"))
		return 0;
	if (!strcmp(name, "runq") || !strcmp(name, "wait"))
		return row__dist(row, D_RUNQ)->sum;
	if (!strcmp(name, "oncpu"))
		return row->n[C_ONCPU];
	if (!strcmp(name, "migrations"))
		return row->n[C_MIGRATIONS];
	cr_assert(false, "no test for sort %s", name);
	return 0;
}

/* By the metric, then by switches; what ties in both is in the order of birth. */
static void check_order(const char *name, const struct row *a, const struct row *b, __u64 id_a,
			__u64 id_b)
{
	__u64 x = expected_key(name, a), y = expected_key(name, b);

	cr_expect_geq(x, y, "%s: %llu before %llu", name, x, y);
	if (x != y)
		return;
	cr_expect_geq(row__switches(a), row__switches(b), "%s", name);
	if (row__switches(a) == row__switches(b))
		cr_expect_lt(id_a, id_b, "%s: a tie is not in order", name);
}

Test(summary, every_sort_puts_the_highest_first_and_ties_in_order)
{
	struct model *model = make_model(false, 5);
	size_t s, i;

	for (s = 0; s < sorts_listed; s++) {
		struct summary summary = { 0 };

		cr_assert_eq(summary__take(&summary, model, &sorts[s]), 0);
		cr_assert_eq(summary.process_count, PROCESSES);
		for (i = 1; i < summary.process_count; i++)
			check_order(sorts[s].name, &summary.processes[i - 1]->row,
				    &summary.processes[i]->row, summary.processes[i - 1]->key.pid,
				    summary.processes[i]->key.pid);
		summary__release(&summary);
	}
	model__free(model);
}

Test(summary, threads_are_sorted_the_same_way)
{
	struct model *model = make_model(true, 6);
	size_t s, i, count;

	for (s = 0; s < sorts_listed; s++) {
		struct summary summary = { 0 };
		const struct thread **threads;

		cr_assert_eq(summary__take(&summary, model, &sorts[s]), 0);
		cr_assert_eq(summary.process_count, 1);
		threads = summary__threads(&summary, summary.processes[0], &count);
		cr_assert_eq(count, PROCESSES);
		for (i = 1; i < count; i++)
			check_order(sorts[s].name, &threads[i - 1]->row, &threads[i]->row,
				    threads[i - 1]->id, threads[i]->id);
		free(threads);
		summary__release(&summary);
	}
	model__free(model);
}

Test(summary, every_process_is_there_once)
{
	struct model *model = make_model(false, 7);
	struct summary summary = { 0 };
	bool seen[PROCESSES] = { false };
	size_t i;

	cr_assert_eq(summary__take(&summary, model, &sorts[0]), 0);
	for (i = 0; i < summary.process_count; i++) {
		__u32 at = summary.processes[i]->key.pid - 100;

		cr_assert_lt(at, PROCESSES);
		cr_expect_not(seen[at], "pid %u is there twice", at + 100);
		seen[at] = true;
	}
	summary__release(&summary);
	model__free(model);
}

Test(summary, sorts_are_found_by_their_whole_name)
{
	size_t s;

	for (s = 0; s < sorts_listed; s++) {
		cr_expect_eq(sort__find(sorts[s].name), &sorts[s]);
		cr_expect(*sorts[s].help);
	}
	SAME_TEXT(sorts[0].name, "toll");
	cr_expect_null(sort__find(""));
	cr_expect_null(sort__find("tol"));
	cr_expect_null(sort__find("TOLL"));
}

Test(summary, of_nothing_has_no_processes)
{
	struct model *model = model__new(true, false);
	struct summary summary = { 0 };

	cr_assert_eq(model__close(model, 1000), 0);
	cr_assert_eq(summary__take(&summary, model, &sorts[0]), 0);
	SAME(summary.process_count, 0);
	cr_expect(summary.complete);
	summary__release(&summary);
	model__free(model);
}

Test(summary, any_loss_makes_it_incomplete)
{
	struct model *model = model__new(false, false);
	struct task task = task__make(1, 100, 100);
	struct summary last = { 0 };
	size_t i;

	cr_assert_eq(model__close(model, 1000), 0);
	for (i = 0; i < 4; i++) {
		struct summary summary = { 0 };
		__u64 *losses[] = { &summary.lost.events, &summary.lost.tasks, &summary.lost.stacks,
				    &summary.lost.edges };

		*losses[i] = 1;
		cr_assert_eq(summary__take(&summary, model, &sorts[0]), 0);
		cr_expect_not(summary.complete, "loss %zu", i);
		summary__release(&summary);
	}
	task.rec.MISSED = 1;
	task__read(&task, model);
	cr_assert_eq(model__close(model, 1000), 0);
	cr_assert_eq(summary__take(&last, model, &sorts[0]), 0);
	cr_expect_not(last.complete, "missed");
	summary__release(&last);
	model__free(model);
}

static void have_all(struct summary *summary)
{
	memset(summary, 0, sizeof(*summary));
	memset(summary->has_counter, true, sizeof(summary->has_counter));
	memset(summary->has_dist, true, sizeof(summary->has_dist));
}

Test(summary, unavailable_measure_takes_its_figures_along_and_no_other)
{
	struct summary summary;
	int i;

	have_all(&summary);
	summary__unavailable(&summary, "switch_ns", "no hook");
	summary__unavailable(&summary, "tlb_shootdowns_sent", "not an x86 kernel");
	for (i = 0; i < ROW_DISTS; i++)
		cr_expect_eq(summary.has_dist[i],
			     i < D_SWITCH_THREAD || (i > D_SWITCH_KERNEL && i != D_SWITCH_IDLE),
			     "%s", dist_infos[i].name);
	for (i = 0; i < ROW_COUNTERS; i++)
		cr_expect_eq(summary.has_counter[i], i != C_SHOOT_SENT, "%s",
			     counter_infos[i].name);
	SAME(summary.unavailable_count, 2);
	SAME_TEXT(summary.unavailable[0].measure, "switch_ns");
	SAME_TEXT(summary.unavailable[1].reason, "not an x86 kernel");
}

Test(summary, more_unavailable_measures_than_there_is_room_for_are_still_unavailable)
{
	struct summary summary;
	char reason[400];
	int i;

	memset(reason, 'x', sizeof(reason) - 1);
	reason[sizeof(reason) - 1] = 0;
	have_all(&summary);
	for (i = 0; i < SUMMARY_UNAVAILABLE; i++)
		summary__unavailable(&summary, "pick_ns", reason);
	summary__unavailable(&summary, "runq_ns", reason);
	SAME(summary.unavailable_count, SUMMARY_UNAVAILABLE);
	cr_expect_not(summary.has_dist[D_RUNQ]);
	SAME(strlen(summary.unavailable[0].reason), sizeof(summary.unavailable[0].reason) - 1);
}
