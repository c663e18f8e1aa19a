/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who wakes whom: scopes and sums; and when threads are said to take turns. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "model/comparison/portrait_wakes.h"
#include "model/comparison/serial.h"
#include "model/wakes/wakes.h"
#include "unit.h"
#include "view/wakes.h"

static struct task_id task_of(__u32 tid, __u32 tgid, __u32 flags)
{
	struct task_id task = { .start_ns = 1000 + tid,
				.leader_ns = 1000 + tgid,
				.tid = tid,
				.tgid = tgid,
				.flags = flags };

	memcpy(task.comm, "worker", 7);
	return task;
}

/* So many wakeups of `ns` each. */
static struct wake_value value_of(__u64 count, __u64 ns)
{
	struct wake_value value = { .count = count, .slept_ns = 10 * count, .waited_ns = 20 };

	value.latency.sum = count * ns;
	value.latency.max = ns;
	value.latency.low = ~ns;
	value.latency.bucket[hist_bucket(ns, HIST_WAIT_FIRST, HIST_WAIT_OCTAVES)] = (__u32)count;
	return value;
}

Test(wakes, the_scope_is_where_the_waker_stands)
{
	struct task_id woken = task_of(11, 10, TASK_ID_TRACED);
	const struct task_id wakers[] = { task_of(12, 10, TASK_ID_TRACED),
					  task_of(21, 20, TASK_ID_TRACED), task_of(31, 30, 0) };
	struct wake_value value = value_of(3, 4000);
	struct wakes wakes = { 0 };
	size_t i;

	for (i = 0; i < 3; i++)
		cr_assert_not(wakes__add(&wakes, &wakers[i], &woken, WAKE_PIPE, &value));
	cr_assert_not(wakes__add(&wakes, NULL, &woken, WAKE_TIMER, &value));
	cr_assert_not(wakes__add(&wakes, NULL, &woken, WAKE_UNSEEN, &value));
	SAME(wakes.list[0].scope, WAKES_INSIDE);
	SAME(wakes.list[1].scope, WAKES_BETWEEN);
	SAME(wakes.list[2].scope, WAKES_OUTSIDE);
	SAME(wakes.list[3].scope, WAKES_INTERRUPT);
	SAME(wakes.list[4].scope, WAKES_UNSEEN);
	SAME(wake_sums__count(&wakes.sums, WAKES_INSIDE), 3);
	SAME(wakes.sums.of[WAKES_INTERRUPT][WAKE_TIMER].count, 3);
	SAME(wakes.sums.of[WAKES_BETWEEN][WAKE_PIPE].slept_ns, 30);
	SAME(dist__percentile(&wakes.sums.of[WAKES_BETWEEN][WAKE_PIPE].latency, D_RUNQ, 0.5), 4000);
	wakes__clear(&wakes);
	SAME(wakes.count, 0);
}

/* A tgid is used again: with another start it is another process. */
Test(wakes, the_same_pid_at_another_time_is_another_process)
{
	struct task_id woken = task_of(11, 10, TASK_ID_TRACED), waker = woken;
	struct wake_value value = value_of(1, 1000);
	struct wakes wakes = { 0 };

	waker.leader_ns = 5;
	cr_assert_not(wakes__add(&wakes, &waker, &woken, WAKE_FUTEX, &value));
	SAME(wakes.list[0].scope, WAKES_BETWEEN);
	wakes__clear(&wakes);
}

Test(wakes, most_wakeups_come_first)
{
	struct task_id a = task_of(1, 1, TASK_ID_TRACED), b = task_of(2, 2, TASK_ID_TRACED);
	struct wake_value few = value_of(2, 1000), many = value_of(200, 1000);
	struct wakes wakes = { 0 };
	int i;

	for (i = 0; i < 100; i++)
		cr_assert_not(wakes__add(&wakes, &a, &b, WAKE_PIPE, &few));
	cr_assert_not(wakes__add(&wakes, &b, &a, WAKE_PIPE, &many));
	wakes__sort(&wakes);
	SAME(wakes.list[0].woken.tid, 1);
	SAME(wakes.list[1].woken.tid, 2);
	wakes__clear(&wakes);
}

Test(wakes, channels_are_told_most_first)
{
	struct task_id a = task_of(1, 1, TASK_ID_TRACED), b = task_of(2, 1, TASK_ID_TRACED);
	struct wake_value few = value_of(20, 4000), many = value_of(200, 4000);
	struct wakes wakes = { 0 };
	char text[160];

	wakes__add(&wakes, &a, &b, WAKE_PIPE, &few);
	wakes__add(&wakes, &a, &b, WAKE_FUTEX, &many);
	wake_sums__say(&wakes.sums, WAKES_INSIDE, 10, text, sizeof(text));
	SAME_TEXT(text, "futex 20/s p50 4.0us, pipe 2/s p50 4.0us");
	wake_sums__say(&wakes.sums, WAKES_BETWEEN, 10, text, sizeof(text));
	SAME_TEXT(text, "");
	wakes__clear(&wakes);
}

/* ---- the page of one target ---- */

Test(wakes, the_row_says_what_threads_would_pay)
{
	static struct portrait portrait;
	struct task_id a = task_of(1, 1, TASK_ID_TRACED), b = task_of(2, 2, TASK_ID_TRACED);
	struct wake_value value = value_of(1000000, 4000);
	struct wakes wakes = { 0 };
	struct portrait_line *line = &portrait.rows[ROW_COMMUNICATION];

	wakes__add(&wakes, &a, &b, WAKE_PIPE, &value);
	portrait.shape.has_wakes = true;
	portrait.shape.wakes = wakes.sums;
	portrait.shape.elapsed_ns = 10000000000ULL;
	portrait.prices = (struct portrait_prices){ .futex = 1000, .pipe = 3000 };
	portrait__draw_communication(&portrait);
	SAME(line->samples, 1000000);
	SAME_TEXT(line->has, "wakeups between its processes: pipe 100k/s p50 4.0us");
	SAME_TEXT(line->other, "as threads by futex: 1.00us a hand-off where a pipe between "
			       "processes takes 3.00us here: 10.0% of a CPU for these wakeups, "
			       "and 30.0% now");
	portrait.prices.pipe = NAN;
	portrait__draw_communication(&portrait);
	cr_expect(strstr(line->known, "run tasktoll calibrate"), "%s", line->known);
	wakes__clear(&wakes);
}

/* ---- turns ---- */

#define SECOND 1000000000ULL

/* Ten seconds of four threads with one lock, on two CPUs. */
static struct serial one_lock(void)
{
	return (struct serial){ .found = true,
				.pid = 10,
				.comm = "worker",
				.threads = 4,
				.duration_ns = 10 * SECOND,
				.work_ns = 10 * SECOND,
				.one_ns = 98 * SECOND / 10,
				.one_idle_ns = 9 * SECOND,
				.idle_ns = 9 * SECOND,
				.more_ns = SECOND / 10,
				.handoffs = 4000,
				.switches = 8000,
				.waited_ns = 29 * SECOND,
				.round = 0.9,
				.takers = 4 };
}

static enum serial_verdict judge(struct serial serial)
{
	return serial__judge(&serial);
}

Test(wakes, threads_that_take_turns)
{
	struct serial serial = one_lock();
	char text[320];

	SAME(judge(serial), SERIAL_YES);
	serial__say(&serial, text, sizeof(text));
	SAME_TEXT(text, "worker takes turns on one lock: more than one of its 4 threads had work "
			"for 100.0% of the time, and for 98.0% of that exactly one ran, with a CPU "
			"idle for 91.8% of that; 400 hand-offs a second (50.0% of its switches)");
}

#define WITHOUT(change)                                                                            \
	({                                                                                         \
		struct serial serial = one_lock();                                                 \
                                                                                                   \
		change;                                                                            \
		judge(serial);                                                                     \
	})

/* Each of the marks alone speaks against it. */
Test(wakes, one_lock_is_not_claimed_of_others)
{
	SAME(WITHOUT(serial.found = false), SERIAL_UNKNOWN);
	SAME(WITHOUT(serial.threads = 1), SERIAL_UNKNOWN);
	SAME(WITHOUT(serial.duration_ns = SECOND / 5), SERIAL_FEW);
	SAME(WITHOUT(serial.work_ns = 4 * SECOND), SERIAL_NO); /* they seldom have work */
	SAME(WITHOUT(serial.more_ns = 3 * SECOND), SERIAL_NO); /* several run at once */
	SAME(WITHOUT(serial.one_ns = 7 * SECOND), SERIAL_NO);  /* nobody waits for who runs */
	SAME(WITHOUT(serial.handoffs = 40), SERIAL_NO);	       /* they hardly hand over */
	SAME(WITHOUT(serial.round = 0.1), SERIAL_NO);	       /* one gives work to the others */
	SAME(WITHOUT(serial.takers = 1.05), SERIAL_NO);	       /* one does all the work */
	SAME(WITHOUT(serial.waited_ns = SECOND), SERIAL_NO);   /* who works does not wait */
}

Test(wakes, no_idle_cpu_no_verdict)
{
	struct serial busy = one_lock();
	char text[320];

	SAME(WITHOUT(serial.idle_ns = SECOND), SERIAL_BUSY);
	SAME(WITHOUT(serial.one_idle_ns = SECOND), SERIAL_BUSY);
	busy.idle_ns = 0;
	serial__say(&busy, text, sizeof(text));
	cr_expect(strstr(text, "not decidable: CPUs were busy"), "%s", text);
}

Test(wakes, rounds_add_up)
{
	struct serial sum = { 0 }, one = one_lock(), none = { 0 };

	serial__add(&sum, &one);
	serial__add(&sum, &none);
	one.takers = 2;
	serial__add(&sum, &one);
	SAME(sum.handoffs, 8000);
	SAME(sum.duration_ns, 20 * SECOND);
	cr_expect_float_eq(sum.takers, 2, 1e-9);
	SAME(judge(sum), SERIAL_YES);
}

Test(wakes, the_gil_is_named_when_four_of_five_waits_are_for_it)
{
	struct serial serial = { .interpreter = INTERPRETER_PYTHON,
				 .lock_waits = 4,
				 .lock_inside = 4 };

	cr_expect_not(serial__is_gil(&serial), "too few");
	serial.lock_waits = serial.lock_inside = 5;
	cr_expect(serial__is_gil(&serial));
	serial.lock_waits = 7;
	cr_expect_not(serial__is_gil(&serial));
	serial = (struct serial){ 0 };
	cr_expect_not(serial__is_gil(&serial));
}

/* What lies behind the sums is not added up. */
Test(wakes, json_has_each_scope_once)
{
	struct wake_sums sums[2] = { 0 };
	json_t *json;
	__u64 total = 0;
	int scope, channel;

	for (scope = 0; scope < WAKE_SCOPES; scope++) {
		for (channel = 0; channel < WAKE_CHANNELS; channel++) {
			sums[0].of[scope][channel].count = 1ULL
							   << (scope * WAKE_CHANNELS + channel);
			sums[1].of[scope][channel].count = 1ULL << 50;
			total += sums[0].of[scope][channel].count;
		}
	}
	json = wake_sums__to_json(&sums[0]);
	SAME(json_integer_value(json_object_get(json, "wakeups")), total);
	SAME(json_object_size(json), 1 + WAKE_SCOPES);
	for (scope = 0; scope < WAKE_SCOPES; scope++) {
		json_t *object = json_object_get(json, wake_scopes[scope]);

		for (channel = 0; channel < WAKE_CHANNELS; channel++)
			SAME(json_integer_value(json_object_get(
				     json_object_get(object, wake_channels[channel]), "count")),
			     1ULL << (scope * WAKE_CHANNELS + channel));
	}
	json_decref(json);
}
