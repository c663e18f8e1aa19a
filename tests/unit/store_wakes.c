/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who wakes whom in a recording: period by period, as it was; of old files nothing, and no damage. */
#include <stdio.h>
#include <string.h>

#include "make_store.h"
#include "model/comparison/shape.h"
#include "session/recorded_portrait.h"
#include "unit.h"

TestSuite(store_wakes, .fini = recording__remove);

/* Processes 10 (threads 10, 11) and 20, and one outside. */
static struct task_id id_of(__u32 tid)
{
	__u32 tgid = tid == 11 ? 10 : tid;
	struct task_id id = { .tid = tid,
			      .tgid = tgid,
			      .start_ns = birth_of(tid),
			      .leader_ns = birth_of(tgid),
			      .flags = tid < 30 ? TASK_ID_TRACED : 0 };

	snprintf(id.comm, sizeof(id.comm), "task-%u", tid);
	return id;
}

/* So many of `ns` each since the run began. */
static struct wake_value value_of(__u64 count, __u64 ns)
{
	struct wake_value value = { .count = count, .slept_ns = 7 * count, .waited_ns = 9 * count };

	value.latency.sum = count * ns;
	value.latency.max = ns;
	value.latency.low = ~ns;
	value.latency.bucket[hist_bucket(ns, HIST_WAIT_FIRST, HIST_WAIT_OCTAVES)] = (__u32)count;
	return value;
}

static void tell(struct wakes *wakes, struct wake_bases *bases, __u32 waker, __u32 woken,
		 enum channel_of_wake channel, __u64 count)
{
	struct task_id from = id_of(waker), to = id_of(woken);
	struct wake_value value = value_of(count, 4000);

	cr_assert_not(wakes__add_since(wakes, bases, waker ? &from : NULL, &to, channel, &value));
}

static void tell_groups(struct wakes *wakes, struct wake_bases *bases, __u64 times)
{
	struct wake_group all = { .times.running = {
					  [0] = 5 * times, [1] = 7 * times, [16] = times } };
	struct wake_group ten = { .leader_ns = birth_of(10),
				  .tgid = 10,
				  .times.running = { [2] = 3 * times },
				  .times.wanted = { [2] = 4 * times },
				  .times.work = 11 * times,
				  .times.one = 6 * times,
				  .times.one_idle = 2 * times,
				  .times.handoffs = times };

	cr_assert_not(wakes__add_group_since(wakes, bases, &all));
	cr_assert_not(wakes__add_group_since(wakes, bases, &ten));
}

/* All that has been seen up to the n-th time. */
static void tell_all(struct wakes *wakes, struct wake_bases *bases, __u64 n)
{
	wakes__clear(wakes);
	tell(wakes, bases, 11, 10, WAKE_FUTEX, 100 * n);
	tell(wakes, bases, 20, 10, WAKE_PIPE, 10 * n);
	tell(wakes, bases, 10, 20, WAKE_PIPE, 5); /* in the first period only */
	tell(wakes, bases, 30, 20, WAKE_TCP, 2 * n);
	tell(wakes, bases, 0, 20, WAKE_TIMER, n);
	tell_groups(wakes, bases, n);
}

static void put(struct store_writer *writer, struct model *model, __u32 period,
		const struct wakes *wakes)
{
	struct failure failure = { 0 };
	struct summary summary;

	scene__describe(&summary);
	recording__begin(writer);
	cr_assert_eq(store__put_period(writer, period, model, &summary,
				       SCENE_START + period * 1000000000ULL, &failure),
		     0);
	cr_assert_eq(store__put_wakes(writer, period, wakes, &failure), 0, "%s", failure.text);
	recording__commit(writer);
}

/* Two periods; the first one is read and written three times. */
static void record(void)
{
	struct wake_bases bases = { .by_period = true };
	struct store_writer *writer = recording__create();
	struct wakes wakes = { 0 };
	struct task tasks[] = { task__make(10, 10, 10), task__make(11, 10, 11),
				task__make(20, 20, 20) };
	struct scene scene;
	__u64 n;
	size_t i;

	scene__begin(&scene, true, true);
	for (i = 0; i < ARRAY_SIZE(tasks); i++) {
		task__switch(&tasks[i], 3, 1);
		task__read(&tasks[i], scene.model);
	}
	for (n = 1; n <= 3; n++) {
		tell_all(&wakes, &bases, n);
		put(writer, scene.model, 1, &wakes);
	}
	wake_bases__next(&bases);
	tell_all(&wakes, &bases, 7);
	put(writer, scene.model, 2, &wakes);
	recording__end(writer, true);
	wakes__clear(&wakes);
	wake_bases__free(&bases);
	model__free(scene.model);
}

static void read(__u32 period, struct wakes *ret_wakes)
{
	struct store *store = recording__open();
	struct failure failure = { 0 };

	*ret_wakes = (struct wakes){ 0 };
	cr_assert_eq(store__read_wakes(store, period, ret_wakes, &failure), 0, "%s", failure.text);
	cr_expect_not(store__is_damaged(store), "%s", store__remark(store, 0));
	store__free(store);
}

static const struct wake *find(const struct wakes *wakes, __u32 waker, __u32 woken)
{
	size_t i;

	for (i = 0; i < wakes->count; i++) {
		if (wakes->list[i].waker.tid == waker && wakes->list[i].woken.tid == woken)
			return &wakes->list[i];
	}
	return NULL;
}

/* What the file has is not put again, unless something of it is another. */
Test(store_wakes, only_what_has_changed_is_put_again)
{
	struct task_id from = id_of(30), to = id_of(20);
	struct wake_bases bases = { .by_period = true };
	struct store_writer *writer = recording__create();
	struct wake_value value = value_of(6, 4000);
	struct wakes wakes = { 0 };
	struct scene scene;
	size_t i;

	scene__begin(&scene, true, true);
	tell_all(&wakes, &bases, 3);
	put(writer, scene.model, 1, &wakes);
	tell_all(&wakes, &bases, 3); /* it may have been cut short */
	for (i = 0; i < wakes.count; i++)
		cr_expect_not(wakes.list[i].written);
	wake_bases__written(&bases);
	wakes__clear(&wakes);
	tell(&wakes, &bases, 11, 10, WAKE_FUTEX, 300);
	tell(&wakes, &bases, 20, 10, WAKE_PIPE, 31);
	strcpy(from.comm, "renamed");
	cr_assert_not(wakes__add_since(&wakes, &bases, &from, &to, WAKE_TCP, &value));
	strcpy(to.comm, "renamed, too");
	value.count = 3;
	value.slept_ns = 21;
	value.waited_ns = 27;
	value.latency = value_of(3, 4000).latency;
	cr_assert_not(wakes__add_since(&wakes, &bases, NULL, &to, WAKE_TIMER, &value));
	cr_expect(wakes.list[0].written);
	cr_expect_not(wakes.list[1].written);
	cr_expect_not(wakes.list[2].written);
	cr_expect_not(wakes.list[3].written);
	wakes.list[0].count = 999; /* the file keeps what it has */
	put(writer, scene.model, 1, &wakes);
	recording__end(writer, true);
	wakes__clear(&wakes);
	wake_bases__free(&bases);
	model__free(scene.model);
	read(1, &wakes);
	SAME(wakes.count, 5);
	SAME(find(&wakes, 11, 10)->count, 300);
	SAME(find(&wakes, 11, 10)->total, 300);
	SAME(find(&wakes, 20, 10)->count, 31);
	SAME(find(&wakes, 20, 10)->total, 31);
	SAME(find(&wakes, 10, 20)->count, 5);
	cr_expect_str_eq(find(&wakes, 30, 20)->waker.comm, "renamed");
	cr_expect_str_eq(find(&wakes, 30, 20)->woken.comm, "task-20");
	cr_expect_str_eq(find(&wakes, 0, 20)->woken.comm, "renamed, too");
	wakes__clear(&wakes);
}

Test(store_wakes, a_period_has_its_own)
{
	const struct wake *wake;
	struct wakes wakes;

	record();
	read(1, &wakes);
	SAME(wakes.count, 5);
	wake = find(&wakes, 11, 10);
	SAME(wake->count, 300);
	SAME(wake->scope, WAKES_INSIDE);
	SAME(wake->channel, WAKE_FUTEX);
	SAME(wake->slept_ns, 2100);
	SAME(wake->waited_ns, 2700);
	SAME(wake->latency.count, 300);
	SAME(dist__percentile(&wake->latency, D_RUNQ, 0.5), 4000);
	SAME(wake->waker.tgid, 10);
	SAME(wake->waker.start_ns, birth_of(11));
	SAME(wake->woken.leader_ns, birth_of(10));
	SAME_TEXT(wake->waker.comm, "task-11");
	SAME_TEXT(wake->woken.comm, "task-10");
	SAME(find(&wakes, 30, 20)->scope, WAKES_OUTSIDE);
	SAME(find(&wakes, 0, 20)->scope, WAKES_INTERRUPT);
	SAME(wake_sums__count(&wakes.sums, WAKES_BETWEEN), 35);
	wakes__clear(&wakes);
	read(2, &wakes);
	SAME(wakes.count, 4);
	SAME(find(&wakes, 11, 10)->count, 400);
	SAME(find(&wakes, 20, 10)->latency.count, 40);
	cr_expect_null(find(&wakes, 10, 20));
	wakes__clear(&wakes);
}

Test(store_wakes, groups)
{
	struct wakes wakes;

	record();
	read(2, &wakes);
	SAME(wakes.group_count, 2);
	SAME(wakes.groups[0].leader_ns, 0);
	SAME(wakes.groups[0].times.running[0], 20);
	SAME(wakes.groups[0].times.running[1], 28);
	SAME(wakes.groups[0].times.running[16], 4);
	SAME(wakes.groups[1].tgid, 10);
	SAME(wakes.groups[1].times.running[2], 12);
	SAME(wakes.groups[1].times.wanted[2], 16);
	SAME(wakes.groups[1].times.work, 44);
	SAME(wakes.groups[1].times.one, 24);
	SAME(wakes.groups[1].times.one_idle, 8);
	SAME(wakes.groups[1].times.handoffs, 4);
	wakes__clear(&wakes);
}

/* ---- the portrait ---- */

static struct portrait draw(struct recorded_portrait *recorded, const struct recorded_aim *aim,
			    const char *text)
{
	const struct recorded_part part = { .path = recording__path(), .aim = *aim, .text = text };
	struct failure failure = { 0 };
	struct portrait portrait = { .prices = { 1, 2, 3, 4, 5 } };

	*recorded = (struct recorded_portrait){ 0 };
	cr_assert_eq(recorded_portrait__take(recorded, &portrait, &part, &failure), 0, "%s",
		     failure.text);
	cr_expect_not(store__is_damaged(recorded->recorded.store));
	portrait__draw(&portrait);
	return portrait;
}

Test(store_wakes, all_periods_in_one_row)
{
	const struct recorded_aim all = { .pids = (const __u32[]){ 10, 20 }, .pid_count = 2 };
	struct recorded_portrait recorded;
	struct portrait portrait;

	record();
	portrait = draw(&recorded, &all, "processes");
	cr_expect(portrait.shape.has_wakes);
	SAME(portrait.wakes->count, 5);
	SAME(find(portrait.wakes, 11, 10)->count, 700);
	SAME(find(portrait.wakes, 11, 10)->latency.count, 700);
	SAME(portrait.wakes->list[0].count, 700);
	SAME(wake_sums__count(&portrait.shape.wakes, WAKES_INSIDE), 700);
	SAME(wake_sums__count(&portrait.shape.wakes, WAKES_BETWEEN), 75);
	SAME(wake_sums__count(&portrait.shape.wakes, WAKES_OUTSIDE), 14);
	SAME(wake_sums__count(&portrait.shape.wakes, WAKES_INTERRUPT), 7);
	SAME(portrait.rows[ROW_COMMUNICATION].samples, 700 + 75 + 14 + 7);
	SAME(portrait.shape.serial.pid, 10);
	SAME(portrait.shape.serial.given, 7);
	SAME(portrait.shape.serial.handoffs, 700);
	cr_expect(portrait.shape.at_once_unknown, "only of the whole");
	recorded_portrait__end(&recorded);
}

/* Who is no longer in the target wakes it from outside. */
Test(store_wakes, of_a_target_inside)
{
	const struct recorded_aim twenty = { .pids = (const __u32[]){ 20 }, .pid_count = 1 };
	struct recorded_portrait recorded;
	struct portrait portrait;

	record();
	portrait = draw(&recorded, &twenty, "process 20");
	cr_expect(portrait.shape.has_wakes);
	SAME(portrait.wakes->count, 3);
	SAME(wake_sums__count(&portrait.shape.wakes, WAKES_BETWEEN), 0);
	SAME(wake_sums__count(&portrait.shape.wakes, WAKES_OUTSIDE), 5 + 14);
	SAME(wake_sums__count(&portrait.shape.wakes, WAKES_INTERRUPT), 7);
	recorded_portrait__end(&recorded);
}

/* How many ran at once of a process that has no row of its own: it is told, and left out. */
Test(store_wakes, at_once_of_nobody)
{
	struct failure failure = { 0 };
	struct wakes wakes = { 0 };
	struct store *store;

	record();
	recording__change("UPDATE at_once SET pid = 4711 WHERE threads = "
			  "(SELECT min(threads) FROM at_once)");
	store = recording__open();
	cr_assert_eq(store__read_wakes(store, 1, &wakes, &failure), 0, "%s", failure.text);
	cr_expect(store__is_damaged(store));
	cr_expect_gt(wakes.group_count, 0);
	wakes__clear(&wakes);
	store__free(store);
}

Test(store_wakes, a_file_without_the_tables)
{
	const struct recorded_aim all = { .pids = (const __u32[]){ 10 }, .pid_count = 1 };
	struct recorded_portrait recorded;
	struct portrait portrait;
	struct wakes wakes;

	record();
	recording__change("DROP TABLE wakes; DROP TABLE wake_groups; DROP TABLE at_once");
	read(1, &wakes);
	SAME(wakes.count + wakes.group_count, 0);
	portrait = draw(&recorded, &all, "process 10");
	cr_expect_not(portrait.shape.has_wakes);
	SAME_TEXT(portrait.rows[ROW_COMMUNICATION].has,
		  "not known: the recording does not say who wakes whom (record --wakes keeps it)");
	recorded_portrait__end(&recorded);
}
