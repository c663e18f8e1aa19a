/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a shape takes from a run, and how runs add up. */
#include "model/comparison/shape.h"

#include <math.h>
#include <string.h>

#include "unit.h"

static struct process processes[3];
static const struct process *process_list[] = { &processes[0], &processes[1], &processes[2] };
static struct row row, idle;
static struct dist runq, copies[SPAWN_KINDS], returns[SPAWN_KINDS];
static struct spawns spawns;
static struct crash crashes[2];
static struct crash *crash_list[] = { &crashes[0], &crashes[1] };
static __u64 ends[END_CLASSES];
static struct summary summary;
static struct shape shape;

static void put_spawn(enum spawn_kind kind, __u64 count, __u64 copy, __u64 back)
{
	spawns.kind[kind].count = count;
	copies[kind].sum = copy;
	returns[kind].sum = back;
	spawns.kind[kind].phase[PHASE_COPY] = &copies[kind];
	spawns.kind[kind].phase[PHASE_RETURN] = &returns[kind];
}

static void begin(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(processes); i++) {
		processes[i].threads_alive = (__u32)(i == 1 ? 40 : 3);
		processes[i].threads_ended = (__u32)(i + 1);
	}
	row.n[C_ONCPU] = 1500;
	row.n[C_VOLUNTARY] = 17;
	row.n[C_INVOLUNTARY] = 4;
	runq.sum = 77;
	runq.count = 3;
	row.dist[D_RUNQ] = &runq;
	idle.n[C_ONCPU] = 300;
	put_spawn(SPAWN_THREAD, 2, 10, 1);
	put_spawn(SPAWN_PROCESS, 3, 200, 20);
	put_spawn(SPAWN_VFORK, 5, 4000, 100000);
	for (i = 0; i < END_CLASSES; i++)
		ends[i] = 10 + i;
	crashes[0].fan_out = 4;
	crashes[1].fan_out = 9;
	summary = (struct summary){ .processes = process_list,
				    .process_count = 3,
				    .folded_processes = 6,
				    .system = &row,
				    .idle = &idle,
				    .duration_ns = 1000,
				    .cpus = 2,
				    .complete = true,
				    .spawns = &spawns,
				    .ends = ends,
				    .crashes = crash_list,
				    .crash_count = 2,
				    .crashes_left_out = 5 };
	summary.has_phase[PHASE_COPY] = true;
	summary.has_counter[C_ONCPU] = true;
	summary.has_dist[D_SWITCH_THREAD] = true;
}

TestSuite(shape_take, .init = begin);

Test(shape_take, run)
{
	shape__take(&shape, &summary, 50);
	SAME(shape.runs, 1);
	SAME(shape.duration_ns, 1000);
	SAME(shape.elapsed_ns, 1000);
	SAME(shape.cpus, 2);
	SAME(shape.incomplete, 0);
	SAME(shape.n[C_ONCPU], 1500);
	SAME(shape.n[C_VOLUNTARY], 17);
	SAME(shape.dist[D_RUNQ].sum, 77);
	SAME(shape.dist[D_RUNQ].count, 3);
	SAME(shape.dist[D_OFF_SLEEP].count, 0);
	cr_expect(shape.has_counter[C_ONCPU] && !shape.has_counter[C_VOLUNTARY]);
	cr_expect(shape.has_dist[D_SWITCH_THREAD] && !shape.has_dist[D_SWITCH_KERNEL]);
	SAME(shape.idle_ns, 300);
	SAME(shape.others_ns, 2000 - 300 - 50 - 1500);
	summary.complete = false;
	shape__take(&shape, &summary, 250); /* clocks differ a little */
	SAME(shape.others_ns, 0);
	SAME(shape.incomplete, 1);
}

Test(shape_take, processes_and_threads)
{
	shape__take(&shape, &summary, 0);
	SAME(shape.processes, 9);
	SAME(shape.threads, 3 + 1 + 40 + 2 + 3 + 3);
	SAME(shape.most_threads, 42);
}

Test(shape_take, creations_ends_and_crashes)
{
	shape__take(&shape, &summary, 0);
	cr_expect(shape.has_create);
	SAME(shape.created[SPAWN_THREAD], 2);
	SAME(shape.created[SPAWN_PROCESS], 3);
	SAME(shape.created[SPAWN_VFORK], 5);
	SAME(shape.create_ns, 10 + 1 + 200 + 20 + 4000);
	SAME(shape.ends[0], 10);
	SAME(shape.ends[END_CLASSES - 1], 10 + END_CLASSES - 1);
	SAME(shape.crashes, 7);
	SAME(shape.crash_victims, 9);
	summary.spawns = NULL;
	shape__take(&shape, &summary, 0);
	cr_expect(!shape.has_create);
	SAME(shape.crashes, 0);
}

Test(shape_take, states_are_known_as_far_as_the_summary_has_them)
{
	static const enum measure all[] = { D_RUNQ, D_OFF_SLEEP, D_OFF_DISK, D_OFF_OTHER };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		summary.has_dist[all[i]] = true;
	shape__take(&shape, &summary, 0);
	SAME(shape.has_states, summary__has_states(&summary));
}

Test(shape_take, wakes)
{
	struct wake_group groups[2] = { { .times.running = { [0] = 5, [16] = 7 } },
					{ .times.running = { 9 } } };
	struct wakes wakes = { .groups = groups, .group_count = 2 };

	wakes.sums.of[WAKES_INSIDE][WAKE_PIPE].count = 12;
	shape__take_wakes(&shape, &summary, &wakes);
	cr_expect(shape.has_wakes);
	SAME(shape.wakes.of[WAKES_INSIDE][WAKE_PIPE].count, 12);
	SAME(shape.running_ns[0], 5 << WAKE_UNIT_SHIFT);
	SAME(shape.running_ns[1], 0);
	SAME(shape.running_ns[16], 7 << WAKE_UNIT_SHIFT);
	wakes.group_count = 0;
	shape__take_wakes(&shape, &summary, &wakes);
	cr_expect(!shape.has_wakes);
	shape__take_wakes(&shape, &summary, NULL);
	cr_expect(!shape.has_wakes);
}

Test(shape_take, largest_sample_of_memory_is_kept)
{
	struct shape_memory memory = { 0 }, none = { .samples = 1 };
	struct shape_memory small = { .samples = 2, .processes = 7, .sum.pss = 10 };
	struct shape_memory large = { .samples = 3, .processes = 8, .sum.pss = 11 };
	struct shape_memory same = { .samples = 1, .processes = 9, .sum.pss = 11 };

	none.processes = 1;
	shape_memory__keep(&memory, &none);
	SAME(memory.processes, 1);
	shape_memory__keep(&memory, &small);
	SAME(memory.processes, 7);
	shape_memory__keep(&memory, &large);
	shape_memory__keep(&memory, &small);
	shape_memory__keep(&memory, &same);
	SAME(memory.processes, 8);
	SAME(memory.samples, 9);
}

/* What changed while it was read can be any sum: it stands only where there is nothing else. */
Test(shape_take, sample_that_moved_is_kept_for_want_of_another)
{
	struct shape_memory memory = { 0 };
	struct shape_memory moved = { .samples = 1, .sum.pss = 50, .moved = true };
	struct shape_memory more = { .samples = 1, .sum.pss = 60, .moved = true };
	struct shape_memory whole = { .samples = 1, .sum.pss = 40 };
	struct shape_memory unreadable = { .unreadable = 3 };

	shape_memory__keep(&memory, &moved);
	shape_memory__keep(&memory, &more);
	shape_memory__keep(&memory, &unreadable);
	SAME(memory.sum.pss, 60);
	cr_expect(memory.moved);
	shape_memory__keep(&memory, &whole);
	shape_memory__keep(&memory, &more);
	SAME(memory.sum.pss, 40);
	cr_expect_not(memory.moved);
	SAME(memory.samples, 4);
}

/* ---- several runs ---- */

/* Each figure has another value; `more` is added to all. */
static void fill(struct shape *run, __u64 more)
{
	size_t i;

	memset(run, 0, sizeof(*run));
	run->runs = 1 + more;
	run->elapsed_ns = 20 + more;
	run->duration_ns = 30 + more;
	run->cpus = 4;
	for (i = 0; i < ROW_COUNTERS; i++) {
		run->n[i] = 100 + i + more;
		run->has_counter[i] = true;
	}
	for (i = 0; i < ROW_DISTS; i++) {
		run->dist[i].sum = 300 + i + more;
		run->has_dist[i] = true;
	}
	for (i = 0; i < SPAWN_KINDS; i++)
		run->created[i] = 500 + i + more;
	for (i = 0; i < END_CLASSES; i++)
		run->ends[i] = 600 + i + more;
	for (i = 0; i < WAKE_AT_ONCE; i++)
		run->running_ns[i] = 700 + i + more;
	run->has_states = run->has_create = run->has_wakes = true;
	run->create_ns = 800 + more;
	run->wakes.of[WAKES_BETWEEN][WAKE_UNIX].count = 900 + more;
	run->serial.found = true;
	run->serial.work_ns = 1000 + more;
	run->processes = 40 - more;
	run->threads = 50 + more;
	run->most_threads = 60 - more;
	run->crash_victims = 70 + more;
	run->crashes = 80 + more;
	run->memory.samples = 1 + more;
	run->memory.sum.pss = 90 + more;
	run->idle_ns = 2000 + more;
	run->others_ns = 3000 + more;
	run->incomplete = 2 + more;
	run->failed = 4 + more;
	run->status = (int)more;
}

Test(shape_take, runs_add_up)
{
	struct shape sum = { 0 }, first, second;
	size_t i;

	fill(&first, 5);
	fill(&second, 7);
	shape__add(&sum, &first);
	SAME(sum.elapsed_ns, 25);
	SAME(sum.cpus, 4);
	shape__add(&sum, &second);
	SAME(sum.runs, 14);
	SAME(sum.elapsed_ns, 52);
	SAME(sum.duration_ns, 72);
	for (i = 0; i < ROW_COUNTERS; i++)
		SAME(sum.n[i], 212 + 2 * i);
	for (i = 0; i < ROW_DISTS; i++)
		SAME(sum.dist[i].sum, 612 + 2 * i);
	for (i = 0; i < SPAWN_KINDS; i++)
		SAME(sum.created[i], 1012 + 2 * i);
	for (i = 0; i < END_CLASSES; i++)
		SAME(sum.ends[i], 1212 + 2 * i);
	for (i = 0; i < WAKE_AT_ONCE; i++)
		SAME(sum.running_ns[i], 1412 + 2 * i);
	SAME(sum.create_ns, 1612);
	SAME(sum.wakes.of[WAKES_BETWEEN][WAKE_UNIX].count, 1812);
	SAME(sum.serial.work_ns, 2012);
	SAME(sum.processes, 35); /* these are of the run with most */
	SAME(sum.threads, 57);
	SAME(sum.most_threads, 55);
	SAME(sum.crash_victims, 77);
	SAME(sum.memory.sum.pss, 97);
	SAME(sum.memory.samples, 14);
	SAME(sum.crashes, 172);
	SAME(sum.idle_ns, 4012);
	SAME(sum.others_ns, 6012);
	SAME(sum.incomplete, 16);
	SAME(sum.failed, 20);
	SAME(sum.status, 7);
	second.status = 0;
	shape__add(&sum, &second);
	SAME(sum.status, 7);
}

/* What is not known of one of them is not known of all. */
Test(shape_take, runs_do_not_know_what_one_does_not_know)
{
	struct shape sum, other;

	fill(&sum, 1);
	fill(&other, 1);
	shape__add(&sum, &other);
	cr_expect(!sum.at_once_unknown && !sum.lives_unknown);
	other.at_once_unknown = true;
	shape__add(&sum, &other);
	cr_expect(sum.at_once_unknown && !sum.lives_unknown);
	other.at_once_unknown = false;
	other.lives_unknown = true;
	shape__add(&sum, &other);
	cr_expect(sum.at_once_unknown && sum.lives_unknown);
	other.lives_unknown = false;
	shape__add(&sum, &other);
	cr_expect(sum.at_once_unknown && sum.lives_unknown);
}

/* What one of them lacks, all lack. */
Test(shape_take, runs_have_what_each_has)
{
	struct shape sum, other;
	int turn;

	for (turn = 0; turn < 2; turn++) {
		fill(&sum, 1);
		fill(&other, 1);
		shape__add(&sum, &other);
		cr_expect(sum.has_states && sum.has_create && sum.has_wakes &&
			  sum.has_counter[C_ONCPU] && sum.has_dist[D_RUNQ]);
		fill(&sum, 1);
		if (turn) {
			sum.has_states = sum.has_create = sum.has_wakes = false;
			sum.has_counter[C_ONCPU] = sum.has_dist[D_RUNQ] = false;
		} else {
			other.has_states = other.has_create = other.has_wakes = false;
			other.has_counter[C_ONCPU] = other.has_dist[D_RUNQ] = false;
		}
		shape__add(&sum, &other);
		cr_expect(!sum.has_states && !sum.has_create && !sum.has_wakes);
		cr_expect(!sum.has_counter[C_ONCPU] && !sum.has_dist[D_RUNQ]);
		cr_expect(sum.has_counter[C_VOLUNTARY] && sum.has_dist[D_OFF_SLEEP]);
	}
}

/* ---- what follows ---- */

static void check_figure(double figure, double expected)
{
	cr_expect(fabs(figure - expected) < 1e-9, "%g, expected %g", figure, expected);
}

Test(shape_take, figures)
{
	shape__take(&shape, &summary, 50);
	shape.dist[D_OFF_SLEEP].sum = 23;
	check_figure(shape__cpus_obtained(&shape), 1.5);
	check_figure(shape__cpus_wanted(&shape), 1.577);
	check_figure(shape__state_share(&shape, STATE_ONCPU), 1500 / 1600.0);
	check_figure(shape__state_share(&shape, STATE_SLEEP), 23 / 1600.0);
	SAME(shape__switches(&shape), 21);
	check_figure(shape__rate(&shape, 3), 3e6);
	check_figure(shape__others_share(&shape), 0.075);
	shape.elapsed_ns = 0;
	cr_expect(isnan(shape__cpus_obtained(&shape)));
	cr_expect(isnan(shape__rate(&shape, 3)));
}

Test(shape_take, toll_is_what_prices_say)
{
	int i;
	__u64 expected = 0;

	for (i = 0; i < ROW_DISTS; i++) {
		shape.dist[i].sum = 1ULL << i;
		if (dist_infos[i].layout == LAYOUT_COST)
			expected += 1ULL << i;
	}
	SAME(shape__toll(&shape), expected);
}

static void add_samples(struct shape *to, int which, __u64 count, __u64 ns)
{
	memset(&to->dist[which], 0, sizeof(to->dist[which]));
	to->has_dist[which] = true;
	while (count--)
		dist__add_sample(&to->dist[which], which, ns);
}

Test(shape_take, another_address_space_costs_more)
{
	add_samples(&shape, D_SWITCH_PROCESS, SHAPE_SAMPLES, 1000);
	add_samples(&shape, D_SWITCH_THREAD, SHAPE_SAMPLES, 700);
	check_figure(shape__process_extra(&shape, &shape), 300);
	shape.has_dist[D_SWITCH_THREAD] = false;
	cr_expect(isnan(shape__process_extra(&shape, &shape)));
	add_samples(&shape, D_SWITCH_THREAD, SHAPE_SAMPLES - 1, 700);
	cr_expect(isnan(shape__process_extra(&shape, &shape)));
	add_samples(&shape, D_SWITCH_THREAD, SHAPE_SAMPLES, 700);
	shape.has_dist[D_SWITCH_PROCESS] = false;
	cr_expect(isnan(shape__process_extra(&shape, &shape)));
	add_samples(&shape, D_SWITCH_PROCESS, SHAPE_SAMPLES - 1, 1000);
	cr_expect(isnan(shape__process_extra(&shape, &shape)));
}

Test(shape_take, names)
{
	struct shape one = { .processes = 1, .most_threads = 1 };

	SAME_TEXT(shape__name(&one), "one thread");
	one.most_threads = 2;
	SAME_TEXT(shape__name(&one), "threads");
	one.processes = 2;
	SAME_TEXT(shape__name(&one), "threads and processes");
	one.most_threads = 1;
	SAME_TEXT(shape__name(&one), "processes");
}
