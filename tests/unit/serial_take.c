/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which process of a run takes turns, and what is taken of it; several runs. */
#include "model/comparison/serial.h"

#include <stdlib.h>
#include <string.h>

#include "session/interpreter_lock.h"
#include "unit.h"

#define SECOND 1000000000ULL
#define UNIT   (1ULL << WAKE_UNIT_SHIFT)

static struct process processes[3];
static const struct process *process_list[] = { &processes[0], &processes[1], &processes[2] };
static struct thread threads[4];
static struct row idle;
static struct summary summary;
static struct wake list[8];
static struct wake_group groups[4];
static struct wakes wakes;
static struct serial serial;

static void put_thread(size_t i, __u32 tid, __u64 ran, const char *comm)
{
	threads[i].tid = tid;
	threads[i].start_ns = 1000 + tid;
	threads[i].row.n[C_ONCPU] = ran;
	threads[i].next = i + 1 < ARRAY_SIZE(threads) ? &threads[i + 1] : NULL;
	strcpy(threads[i].comm, comm);
}

static void put_group(size_t i, __u32 tgid, __u64 leader_ns, __u64 one)
{
	groups[i] = (struct wake_group){ .tgid = tgid,
					 .leader_ns = leader_ns,
					 .times = { .work = 100 + one,
						    .one = one,
						    .one_idle = one - 2,
						    .handoffs = 30 + one } };
}

/* Process 20 of three threads that have worked, and one that has not. */
static void begin(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(processes); i++) {
		processes[i].key =
			(struct process_key){ .pid = (__u32)(10 + 10 * i), .start_ns = 100 + i };
		strcpy(processes[i].comm, i == 1 ? "turns" : "other");
	}
	processes[1].threads = threads;
	processes[1].threads_alive = 3;
	processes[1].threads_ended = 1;
	processes[1].row.n[C_ONCPU] = 1000;
	processes[1].row.n[C_VOLUNTARY] = 70;
	processes[1].row.n[C_INVOLUNTARY] = 7;
	put_thread(0, 20, 62, "main");
	put_thread(1, 21, 500, "first");
	put_thread(2, 22, 63, "second");
	put_thread(3, 23, 375, "third");
	idle.n[C_ONCPU] = 12345;
	summary = (struct summary){ .processes = process_list,
				    .process_count = 3,
				    .idle = &idle,
				    .duration_ns = 10 * SECOND };
	put_group(0, 0, 0, 5000); /* of all of the target */
	put_group(1, 10, 100, 300);
	put_group(2, 20, 101, 400);
	put_group(3, 30, 102, 400); /* the first of equals */
	for (i = 0; i < WAKE_AT_ONCE; i++)
		groups[2].times.running[i] = 1ULL << i;
	wakes = (struct wakes){ .list = list, .groups = groups, .group_count = 4 };
}

TestSuite(serial_take, .init = begin);

static struct wake_end end_of(__u32 tid)
{
	return (struct wake_end){
		.tid = tid, .start_ns = 1000 + tid, .tgid = 20, .leader_ns = 101
	};
}

static struct wake *add(__u32 waker, __u32 woken, __u64 count, __u64 waited)
{
	list[wakes.count] = (struct wake){ .waker = end_of(waker),
					   .woken = end_of(woken),
					   .channel = WAKE_FUTEX,
					   .scope = WAKES_INSIDE,
					   .count = count,
					   .waited_ns = waited };
	return &list[wakes.count++];
}

static void take(void)
{
	serial__take(&serial, &summary, &wakes);
}

static void check_share(double share, double expected)
{
	cr_expect(share > expected - 1e-9 && share < expected + 1e-9, "%g, expected %g", share,
		  expected);
}

Test(serial_take, process_in_which_one_ran_for_longest)
{
	take();
	cr_assert(serial.found);
	SAME(serial.pid, 20);
	SAME_TEXT(serial.comm, "turns");
	SAME(serial.threads, 4);
	SAME(serial.switches, 77);
	SAME(serial.duration_ns, 10 * SECOND);
	SAME(serial.work_ns, 500 * UNIT);
	SAME(serial.one_ns, 400 * UNIT);
	SAME(serial.one_idle_ns, 398 * UNIT);
	SAME(serial.given, 430);
	SAME(serial.idle_ns, 12345);
	SAME(serial.more_ns, ((1 << 17) - 4) * UNIT); /* from two on */
	SAME(serial.handoffs, 0);
	check_share(serial.round, 0);
}

Test(serial_take, threads_by_what_they_have_run)
{
	take();
	SAME(serial.holder.tid, 21);
	SAME(serial.holder.start_ns, 1021);
	SAME_TEXT(serial.holder.comm, "first");
	SAME(serial.holder_ns, 500);
	check_share(serial.takers, 1 / (0.062 * 0.062 + 0.25 + 0.063 * 0.063 + 0.375 * 0.375));
	processes[1].row.n[C_ONCPU] = 0;
	take();
	check_share(serial.takers, 0);
}

Test(serial_take, another_process_of_that_number_is_none)
{
	processes[1].key.start_ns++;
	take();
	cr_expect(!serial.found);
	processes[1].key.start_ns--;
	processes[1].key.pid++;
	take();
	cr_expect(!serial.found);
	wakes.group_count = 1;
	take();
	cr_expect(!serial.found);
	SAME(serial.duration_ns, 0);
}

Test(serial_take, handoffs_are_wakeups_by_futex_within_it)
{
	add(21, 22, 1000, 10);
	add(21, 22, 200, 10)->channel = WAKE_PIPE;
	add(21, 22, 30, 10)->scope = WAKES_BETWEEN;
	add(21, 22, 4, 10)->woken.tgid = 30;
	add(21, 22, 5, 10)->woken.leader_ns = 102;
	add(22, 23, 6, 10);
	take();
	SAME(serial.handoffs, 1006);
}

/* Of what each was given, as much as it gave: of 23, nothing. */
Test(serial_take, round_is_what_is_given_on)
{
	add(22, 21, 100, 0);
	add(21, 22, 30, 0);
	add(21, 23, 40, 0);
	add(23, 22, 20, 0);
	add(20, 21, 10, 0);
	take();
	SAME(serial.handoffs, 200);
	check_share(serial.round, (70 + 50 + 20) / 200.0);
}

Test(serial_take, round_knows_threads_of_one_number_apart)
{
	add(21, 22, 50, 0);
	add(22, 21, 50, 0)->waker.start_ns = 7; /* of an earlier thread 22 */
	take();
	check_share(serial.round, 0.5);
	list[0].woken.start_ns = 7;
	take();
	check_share(serial.round, 1);
}

/* Who has less than a quarter of its part of the work waits for the others' end. */
Test(serial_take, waits_are_those_of_workers)
{
	add(21, 20, 1, 9000);
	add(21, 22, 1, 100);
	add(23, 22, 1, 70);
	add(22, 21, 1, 150);
	add(22, 23, 1, 130);
	take();
	SAME(serial.waited_ns, 100 + 70 + 150 + 130);
	SAME(serial.waiter.tid, 22);
	SAME(serial.waiter_ns, 170);
	threads[0].row.n[C_ONCPU] = 63;
	take();
	SAME(serial.waiter.tid, 20);
	SAME(serial.waited_ns, 9000 + 100 + 70 + 150 + 130);
	threads[0].start_ns++; /* it is another thread */
	take();
	SAME(serial.waiter.tid, 22);
}

/* ---- several runs ---- */

static struct serial run_of(__u64 figure, double share)
{
	struct serial run = { .found = true,
			      .pid = (__u32)figure,
			      .threads = figure,
			      .duration_ns = figure + 1,
			      .work_ns = figure + 2,
			      .one_ns = figure + 3,
			      .one_idle_ns = figure + 4,
			      .more_ns = figure + 5,
			      .idle_ns = figure + 6,
			      .handoffs = figure + 7,
			      .given = figure + 8,
			      .switches = figure + 9,
			      .waited_ns = figure + 10,
			      .lock_waits = figure + 11,
			      .lock_inside = figure + 12,
			      .round = share,
			      .takers = 2 * share };
	return run;
}

Test(serial_take, runs_add_up_and_the_least_turns_count)
{
	struct serial sum = { 0 }, none = { 0 }, first = run_of(100, 0.5),
		      second = run_of(1000, 0.25);

	serial__add(&sum, &first);
	serial__add(&sum, &none);
	SAME(sum.pid, 100);
	SAME(sum.duration_ns, 101);
	serial__add(&sum, &second);
	SAME(sum.pid, 100);
	SAME(sum.threads, 100);
	SAME(sum.duration_ns, 1102);
	SAME(sum.work_ns, 1104);
	SAME(sum.one_ns, 1106);
	SAME(sum.one_idle_ns, 1108);
	SAME(sum.more_ns, 1110);
	SAME(sum.idle_ns, 1112);
	SAME(sum.handoffs, 1114);
	SAME(sum.given, 1116);
	SAME(sum.switches, 1118);
	SAME(sum.waited_ns, 1120);
	SAME(sum.lock_waits, 1122);
	SAME(sum.lock_inside, 1124);
	check_share(sum.round, 0.25);
	check_share(sum.takers, 0.5);
	serial__add(&sum, &first);
	check_share(sum.round, 0.25);
	check_share(sum.takers, 0.5);
}

/* ---- the verdict, at its limits ---- */

static struct serial least(void)
{
	return (struct serial){ .found = true,
				.threads = 2,
				.duration_ns = 10 * SECOND,
				.work_ns = 5 * SECOND,
				.one_ns = 4 * SECOND,
				.one_idle_ns = 2 * SECOND,
				.more_ns = SECOND * 99 / 100,
				.idle_ns = 5 * SECOND / 2,
				.handoffs = 50,
				.waited_ns = 2 * SECOND,
				.round = 0.3,
				.takers = 1.2 };
}

#define JUDGED(change)                                                                             \
	({                                                                                         \
		struct serial one = least();                                                       \
                                                                                                   \
		change;                                                                            \
		serial__judge(&one);                                                               \
	})

Test(serial_take, verdict_at_its_limits)
{
	SAME(JUDGED((void)0), SERIAL_YES);
	SAME(JUDGED(one.work_ns--), SERIAL_NO);
	SAME(JUDGED(one.one_ns--), SERIAL_NO);
	SAME(JUDGED(one.one_idle_ns--), SERIAL_BUSY);
	SAME(JUDGED(one.more_ns = SECOND * 101 / 100), SERIAL_NO);
	SAME(JUDGED(one.idle_ns--), SERIAL_BUSY);
	SAME(JUDGED(one.handoffs--), SERIAL_NO);
	SAME(JUDGED(one.waited_ns--), SERIAL_NO);
	SAME(JUDGED(one.round = 0.29), SERIAL_NO);
	SAME(JUDGED(one.takers = 1.19), SERIAL_NO);
	SAME(JUDGED(one.threads = 1), SERIAL_UNKNOWN);
}

Test(serial_take, verdict_of_a_short_run)
{
	struct serial one = { .found = true, .threads = 2, .duration_ns = 300000000 };

	SAME(serial__judge(&one), SERIAL_NO);
	one.duration_ns--;
	SAME(serial__judge(&one), SERIAL_FEW);
}

Test(serial_take, gil_of_enough_looks)
{
	struct serial one = { .interpreter = INTERPRETER_PYTHON,
			      .lock_waits = 5,
			      .lock_inside = 5 };

	cr_expect(serial__is_gil(&one));
	one.lock_inside = one.lock_waits = 4;
	cr_expect(!serial__is_gil(&one));
	one = (struct serial){ .interpreter = INTERPRETER_RUBY,
			       .lock_waits = 10,
			       .lock_inside = 8 };
	cr_expect(serial__is_gil(&one));
	one.lock_inside = 7;
	cr_expect(!serial__is_gil(&one));
}

Test(serial_take, whose_lock)
{
	struct serial one = { .interpreter = INTERPRETER_RUBY, .lock_waits = 5, .lock_inside = 5 };

	SAME_TEXT(serial__lock(&one), "Ruby's GIL (its GVL)");
	one.interpreter = INTERPRETER_PYTHON;
	SAME_TEXT(serial__lock(&one), "Python's GIL");
	one.interpreter = INTERPRETER_NONE;
	SAME_TEXT(serial__lock(&one), "one lock");
}

Test(serial_take, interpreters_by_the_names_of_their_files)
{
	static const struct {
		const char *path;
		enum interpreter interpreter;
	} paths[] = {
		{ "/usr/bin/python3", INTERPRETER_PYTHON },
		{ "/usr/bin/python3.11", INTERPRETER_PYTHON },
		{ "/opt/lib/libpython3.12.so.1.0", INTERPRETER_PYTHON },
		{ "/usr/bin/ruby", INTERPRETER_RUBY },
		{ "/usr/bin/ruby3.1", INTERPRETER_RUBY },
		{ "/usr/lib/x86_64-linux-gnu/libruby-3.1.so.3.1.2", INTERPRETER_RUBY },
		{ "/opt/lib/libruby.so.3.3", INTERPRETER_RUBY },
		{ "/usr/bin/rubyfmt", INTERPRETER_NONE },
		{ "/usr/lib/librubyish.so", INTERPRETER_NONE },
		{ "/usr/lib/ruby/3.1.0/monitor.so", INTERPRETER_NONE },
		{ "/usr/bin/perl", INTERPRETER_NONE },
		{ "[heap]", INTERPRETER_NONE },
		{ "", INTERPRETER_NONE },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(paths); i++)
		SAME(interpreter__of_path(paths[i].path), paths[i].interpreter);
}
