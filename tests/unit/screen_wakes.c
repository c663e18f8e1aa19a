/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who wakes whom, interval by interval, and how the screen shows it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"
#include "make_summary.h"
#include "screen/screen.h"
#include "unit.h"

static struct screen screen;
static struct canvas canvas;
static struct scene scene;
static struct wakes wakes;
static struct wake_bases bases;

static void begin(void)
{
	cr_assert_eq(screen__begin(&screen), 0);
	cr_assert_eq(canvas__resize(&canvas, 24, 80), 0);
	scene__make(&scene, 3, false, true);
	snprintf(screen.host, sizeof(screen.host), "made");
	screen.cpus = 2;
}

static void end(void)
{
	wakes__clear(&wakes);
	wake_bases__free(&bases);
	scene__release(&scene);
	screen__end(&screen);
	canvas__free(&canvas);
}

TestSuite(screen_wakes, .init = begin, .fini = end);
TestSuite(golden_screen_wakes, .init = begin, .fini = end);

static struct task_id task_of(__u32 tid, __u32 tgid, const char *comm)
{
	struct task_id task = { .start_ns = 1000 + tid,
				.leader_ns = 1000 + tgid,
				.tid = tid,
				.tgid = tgid,
				.flags = TASK_ID_TRACED };

	memcpy(task.comm, comm, strnlen(comm, sizeof(task.comm)));
	return task;
}

/* As the kernel has it: of all so far, `count` wakeups of `ns` each. */
static struct wake_value value_of(__u64 count, __u64 ns)
{
	struct wake_value value = { .count = count, .slept_ns = 10 * count };

	value.latency.sum = count * ns;
	value.latency.max = count ? ns : 0;
	value.latency.low = count ? ~ns : 0;
	value.latency.bucket[hist_bucket(ns, HIST_WAIT_FIRST, HIST_WAIT_OCTAVES)] = (__u32)count;
	return value;
}

static void add(const struct task_id *waker, const struct task_id *woken,
		enum channel_of_wake channel, __u64 count, __u64 ns)
{
	struct wake_value value = value_of(count, ns);

	cr_assert_not(wakes__add_since(&wakes, &bases, waker, woken, channel, &value));
}

static void take(const char *why_not)
{
	struct frame *frame = frame__take(&scene.summary, 100, BY_COMM);

	cr_assert(frame);
	frame->no_wakes = why_not;
	if (!why_not)
		cr_assert_not(frame__take_wakes(frame, &wakes, 4));
	screen__take(&screen, frame);
}

static char *shown(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	screen__draw(&screen, &canvas);
	canvas__write(&canvas, out);
	fclose(out);
	return text;
}

static void expect_shown(const char *what, bool is)
{
	char *text = shown();

	cr_expect_eq(strstr(text, what) != NULL, is, "\"%s\" %s in:\n%s", what,
		     is ? "missing" : "found", text);
	free(text);
}

/* What a reading has of a pair: by the kernel's own sum, and since the last one. */
Test(screen_wakes, an_interval_has_what_came_in_it)
{
	const struct task_id a = task_of(11, 10, "a"), b = task_of(12, 10, "b");

	add(&a, &b, WAKE_FUTEX, 5, 4000);
	SAME(wakes.list[0].count, 5);
	SAME(wakes.list[0].total, 5);
	wakes__clear(&wakes);
	add(&a, &b, WAKE_FUTEX, 12, 4000);
	add(&a, &b, WAKE_PIPE, 2, 4000);
	add(NULL, &b, WAKE_TIMER, 1, 4000);
	SAME(wakes.list[0].count, 7);
	SAME(wakes.list[0].total, 12);
	SAME(wakes.list[0].slept_ns, 70);
	SAME(wakes.list[0].latency.count, 7);
	SAME(wakes.list[1].count, 2);
	SAME(wakes.list[2].count, 1);
	SAME(wake_sums__count(&wakes.sums, WAKES_INSIDE), 9);
	wakes__clear(&wakes);
	add(&a, &b, WAKE_FUTEX, 12, 4000);
	SAME(wakes.list[0].count, 0);
	SAME(wakes.list[0].total, 12);
	SAME(wakes.list[0].latency.count, 0);
	SAME(wake_sums__count(&wakes.sums, WAKES_INSIDE), 0);
}

/* An id is used again: another start is another task. */
Test(screen_wakes, a_pair_of_the_same_ids_is_another_pair)
{
	struct task_id a = task_of(11, 10, "a"), b = task_of(12, 10, "b");

	add(&a, &b, WAKE_FUTEX, 5, 4000);
	wakes__clear(&wakes);
	a.start_ns++;
	add(&a, &b, WAKE_FUTEX, 7, 4000);
	SAME(wakes.list[0].count, 7);
	wakes__clear(&wakes);
	b.start_ns++;
	add(&a, &b, WAKE_FUTEX, 6, 4000);
	SAME(wakes.list[0].count, 6);
}

static void fill(void)
{
	const struct task_id server = task_of(1234567, 1234560, "a-long-name-15c");
	const struct task_id worker = task_of(21, 1234560, "worker"), client = task_of(31, 31, "c");
	struct task_id kernel = task_of(9, 9, "kworker/1:2");

	kernel.flags = 0;
	add(&server, &worker, WAKE_FUTEX, 1500, 4000);
	add(&client, &server, WAKE_UNIX, 1500000000, 12000);
	add(NULL, &client, WAKE_TIMER, 3, 90000);
	wakes__clear(&wakes);
	add(&kernel, &client, WAKE_OTHER, 1, 700);
	add(NULL, &worker, WAKE_UNSEEN, 2, 0);
	add(&server, &worker, WAKE_FUTEX, 2000, 4000);
	add(&client, &server, WAKE_UNIX, 1500000100, 12000);
	add(NULL, &client, WAKE_TIMER, 3, 90000);
	take(NULL);
	screen__key(&screen, '6');
}

/* The head has the time of day, here. */
static char *without_head(char *text)
{
	char *pane = strstr(text, "1 processes");

	cr_assert(pane && pane > text, "%s", text);
	pane--; /* a blank, or a bracket */
	memmove(text, pane, strlen(pane) + 1);
	return text;
}

Test(golden_screen_wakes, the_pane_has_pairs_and_sums)
{
	fill();
	golden__check("screen-wakes.txt", without_head(shown()));
}

Test(golden_screen_wakes, a_narrow_pane_keeps_ids)
{
	fill();
	cr_assert_eq(canvas__resize(&canvas, 15, 60), 0);
	golden__check("screen-wakes-narrow.txt", without_head(shown()));
}

Test(screen_wakes, what_is_filtered_and_scrolled)
{
	fill();
	expect_shown("and 1 more pairs", true);
	screen__key(&screen, '/');
	screen__key(&screen, 'u');
	screen__key(&screen, 'n');
	screen__key(&screen, 'i');
	screen__key(&screen, 'x');
	screen__key(&screen, KEY_OF_ENTER);
	expect_shown("1,500,000,100", false); /* too long for its cell */
	expect_shown("1.50G", true);
	expect_shown("futex", false);
	screen__key(&screen, '/');
	screen__key(&screen, 'q');
	screen__key(&screen, KEY_OF_ENTER);
	expect_shown("no pair matches the filter", true);
	screen__key(&screen, '\\');
	cr_assert_eq(canvas__resize(&canvas, 8, 80), 0);
	expect_shown("futex", true);
	screen__key(&screen, KEY_OF_DOWN);
	expect_shown("futex", false);
	screen__key(&screen, KEY_OF_END);
	expect_shown("unix", false);
	expect_shown("kworker/1:2 (9)", true);
	screen__key(&screen, KEY_OF_HOME);
	expect_shown("futex", true);
}

Test(screen_wakes, an_empty_pane_says_why)
{
	take("not collected: a reason");
	SAME(screen.wants.wakes, 0);
	screen__key(&screen, '6');
	SAME(screen.wants.wakes, 1);
	expect_shown("not collected: a reason", true);
	expect_shown("0 wakeups", false);
	take(NULL);
	expect_shown("no task has been woken since it is collected", true);
	expect_shown("0 wakeups", true);
}

/* ---- of the process that is open ---- */

/* Process 101 is open: a server of two threads; with its clients, and what is none of its business. */
static void fill_own(void)
{
	const struct task_id server = task_of(101, 101, "server"),
			     worker = task_of(102, 101, "work");
	const struct task_id client = task_of(31, 31, "client"), other = task_of(41, 41, "other");
	struct task_id again = task_of(101, 101, "before");

	again.start_ns++;
	again.leader_ns++;
	add(&other, &client, WAKE_PIPE, 1000, 4000);
	add(&client, &other, WAKE_PIPE, 999, 4000);
	add(&other, &other, WAKE_PIPE, 998, 4000);
	add(&again, &other, WAKE_TCP, 997, 4000); /* had the same pid */
	add(&server, &worker, WAKE_FUTEX, 30, 4000);
	add(&client, &server, WAKE_UNIX, 60, 12000);
	add(NULL, &server, WAKE_TIMER, 10, 90000);
	add(&worker, &client, WAKE_UNIX, 40, 700);
}

static void open_server(void)
{
	const struct frame_row row = { .key = { .pid = 101, .start_ns = 1101 }, .name = "server" };

	detail__open(&screen.detail, &row);
}

static void take_own(size_t most)
{
	struct frame *frame = frame__take(&scene.summary, 100, BY_COMM);

	cr_assert(frame);
	cr_assert_not(frame__take_wakes(frame, &wakes, 4));
	cr_assert_not(frame__take_own_wakes(frame, &wakes, &screen.detail.key, most));
	screen__take(&screen, frame);
}

/* Others have more wakeups: all of its own are there, and no others. */
Test(screen_wakes, an_open_process_has_its_own)
{
	const struct frame_own_wakes *own;

	fill_own();
	open_server();
	take_own(10);
	own = &screen__frame(&screen)->own;
	SAME(own->of.pid, 101);
	SAME(own->by_count, 3);
	SAME(own->by_more, 0);
	SAME(own->sums[WAKES_INSIDE], 30);
	SAME(own->sums[WAKES_BETWEEN], 60);
	SAME(own->sums[WAKES_OUTSIDE], 0);
	SAME(own->sums[WAKES_INTERRUPT], 10);
	SAME_TEXT(own->list[0].waker, "client");
	SAME_TEXT(own->list[0].woken, "server");
	SAME(own->list[0].count, 60);
	SAME(own->list[0].channel, WAKE_UNIX);
	SAME(own->list[1].waker_tid, 101);
	SAME(own->list[1].woken_tid, 102);
	SAME(own->list[1].count, 30);
	SAME(own->list[2].scope, WAKES_INTERRUPT);
	SAME(own->to_count, 1);
	SAME(own->to_sum, 40);
	SAME_TEXT(own->list[3].waker, "work");
	SAME_TEXT(own->list[3].woken, "client");
	SAME(own->list[3].count, 40);
}

Test(screen_wakes, an_open_process_has_room_for_so_many)
{
	const struct frame_own_wakes *own;

	fill_own();
	open_server();
	take_own(2);
	own = &screen__frame(&screen)->own;
	SAME(own->by_count, 2);
	SAME(own->by_more, 1);
	SAME(own->to_count, 1);
	SAME(own->to_more, 0);
	SAME(own->sums[WAKES_INTERRUPT], 10);
	screen.wants.wakes = true;
	screen__key(&screen, 'u');
	expect_shown("and 1 more pairs that had no room", true);
}

/* Opened from a thread: the start is not known yet. */
Test(screen_wakes, a_start_that_is_not_known_is_any)
{
	fill_own();
	open_server();
	screen.detail.key.start_ns = 0;
	take_own(10);
	SAME(screen__frame(&screen)->own.by_count, 3);
	SAME(screen__frame(&screen)->own.to_sum, 40 + 997);
}

Test(golden_screen_wakes, who_wakes_an_open_process)
{
	fill_own();
	open_server();
	cr_assert_eq(canvas__resize(&canvas, 30, 100), 0);
	screen__key(&screen, 'u');
	take_own(10);
	golden__check("screen-wakes-open.txt", without_head(shown()));
}

/* Nobody has asked: a key does; and it does nothing where nothing is open. */
Test(screen_wakes, an_open_process_says_which_key_collects_them)
{
	take("not collected: a reason");
	screen__key(&screen, 'u');
	SAME(screen.wants.wakes, 0);
	expect_shown("open a process with Enter", true);
	open_server();
	expect_shown("not collected: u collects who wakes it", true);
	screen__key(&screen, 'u');
	SAME(screen.wants.wakes, 1);
	expect_shown("WHO WAKES IT", true);
	expect_shown("not collected: a reason", true);
	take(NULL);
	expect_shown("with the next refresh", true);
	take_own(10);
	expect_shown("nobody has woken it since it is collected", true);
	expect_shown("it has woken no other process", true);
	screen__key(&screen, 'u');
	expect_shown("WHO WAKES IT", false);
	expect_shown("woken, last interval  0 wakeups", true);
	SAME(screen.wants.wakes, 1);
}

/* Of an interval in which another process was open nothing is known. */
Test(screen_wakes, history_has_those_of_the_process_that_was_open)
{
	fill_own();
	take(NULL);
	open_server();
	screen__key(&screen, 'u');
	take_own(10);
	expect_shown("WHO WAKES IT  100 wakeups  inside 30.0%  between 60.0%  interrupt 10.0%",
		     true);
	expect_shown("outside", false); /* there was none */
	screen__key(&screen, ' ');
	screen__key(&screen, '[');
	expect_shown("not kept of this interval", true);
	screen__key(&screen, ']');
	expect_shown("WHO WAKES IT  100 wakeups", true);
}

/* Three of its wakers, a heading and one that it wakes are five lines for what room there is. */
Test(screen_wakes, wakers_scroll_and_filter)
{
	fill_own();
	open_server();
	screen__key(&screen, 'u');
	take_own(10);
	cr_assert_eq(canvas__resize(&canvas, 18, 80), 0);
	expect_shown("client (31)          server (101)", true);
	expect_shown("work (102)           client (31)", false);
	screen__key(&screen, KEY_OF_END);
	expect_shown("client (31)          server (101)", false);
	expect_shown("work (102)           client (31)", true);
	screen__key(&screen, KEY_OF_HOME);
	screen__key(&screen, '/');
	screen__key(&screen, 'w');
	screen__key(&screen, 'o');
	screen__key(&screen, 'r');
	screen__key(&screen, KEY_OF_ENTER);
	cr_assert_eq(canvas__resize(&canvas, 30, 80), 0);
	expect_shown("client (31)          server (101)", false);
	expect_shown("server (101)         work (102)", true);
	screen__key(&screen, KEY_OF_BACKSPACE);
	SAME(screen.wakers, 0);
}

/* The pane shows the interval that is looked at. */
Test(screen_wakes, history_has_them)
{
	const struct task_id a = task_of(11, 10, "early"), b = task_of(12, 10, "b");

	add(&a, &b, WAKE_FUTEX, 5, 4000);
	take(NULL);
	wakes__clear(&wakes);
	take(NULL);
	screen__key(&screen, '6');
	expect_shown("early", false);
	screen__key(&screen, ' ');
	screen__key(&screen, '[');
	expect_shown("early (11)", true);
}
