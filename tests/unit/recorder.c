/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Under whose name what is paid on stacks is written. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "callstack/symbolization.h"
#include "core/halt.h"
#include "session/recorder.h"
#include "make_reading.h"
#include "make_store.h"
#include "unit.h"

#define MANY 200000 /* threads that a profile keeps apart */

static struct counting counting;
static struct recorder_config config = { .counting = &counting };
static struct symbolization *session;
static struct recorder *recorder;

static void begin(void)
{
	struct symbolization_config names = { 0 };
	struct failure failure = { 0 };

	counting.model = model__new(true, false);
	config.profile = names.profile = profile__new();
	cr_assert_eq(symbolization__open(&session, &names, &failure), 0, "%s", failure.text);
	config.symbolization = session;
	recorder = recorder__new(&config);
	cr_assert(counting.model && config.profile && recorder);
}

static void end(void)
{
	recorder__free(recorder);
	symbolization__close(session);
	profile__free(config.profile);
	model__free(counting.model);
	recording__remove();
}

TestSuite(recorder, .init = begin, .fini = end);

static void fill(void)
{
	struct profile_thread entry = { .comm = "early", .process_comm = "early" };

	while (profile__thread_count(config.profile) < MANY) {
		entry.id = 1000 + profile__thread_count(config.profile);
		cr_assert(profile__thread(config.profile, &entry));
	}
}

static void write_all(void)
{
	struct store_writer *writer = recording__create();
	struct failure failure = { 0 };

	recording__begin(writer);
	cr_assert_eq(recorder__write(recorder, writer, 1, 1000, false, &failure), 0, "%s",
		     failure.text);
	recording__commit(writer);
	recording__end(writer, true);
}

/* One that has ended and one that lives, of another process. */
static void pay(void)
{
	struct task dead = task__make(1, 10, 11), alive = task__make(2, 20, 21);
	struct sample_key key = { .task = alive.rec.id };
	struct sample_value value = { .switches = 1 };

	task__rename(&dead, "worker", "server");
	task__rename(&alive, "worker", "other");
	dead.head.type = WIRE_DEAD;
	task__read(&alive, counting.model);
	cr_assert_eq(recorder__take_task(recorder, &dead.head, &dead.rec), 0);
	cr_assert_eq(recorder__take_sample(recorder, &key, &value), 0);
}

static void expect_thread(__u32 number, __u32 pid, __u32 tid, const char *process_comm)
{
	const struct profile_thread *thread = profile__get_thread(config.profile, number);

	cr_assert_not_null(thread, "there is no thread %u", number);
	SAME(thread->pid, pid);
	SAME(thread->tid, tid);
	SAME_TEXT(thread->comm, "worker");
	SAME_TEXT(thread->process_comm, process_comm);
}

Test(recorder, threads_are_kept_apart)
{
	pay();
	write_all();
	SAME(profile__thread_count(config.profile), 2);
	expect_thread(1, 10, 11, "server");
	expect_thread(2, 20, 21, "other");
}

/* By their name, and of no process: whichever of them came first. */
Test(recorder, too_many_threads_are_put_together)
{
	fill();
	pay();
	write_all();
	SAME(profile__thread_count(config.profile), MANY + 1);
	expect_thread(MANY + 1, 0, 0, "worker");
}

/* However many there were: only those that are there take places. */
Test(recorder, threads_that_are_gone_take_no_place)
{
	__u32 number;

	fill();
	for (number = 1; number <= MANY; number++)
		profile__forget_thread(config.profile, number, NULL, NULL);
	pay();
	write_all();
	SAME(profile__thread_count(config.profile), MANY + 2);
	SAME(profile__threads_kept(config.profile), 2);
	expect_thread(MANY + 1, 10, 11, "server");
	expect_thread(MANY + 2, 20, 21, "other");
}

/* One that was there before there were too many stays apart. */
Test(recorder, a_thread_that_is_known_has_its_place)
{
	pay();
	write_all();
	fill();
	pay();
	write_all();
	SAME(profile__threads_kept(config.profile), MANY);
}

/* Ended processes take half of the memory at most, and of much memory no more than elsewhere. */
Test(recorder, ended_processes_are_kept_as_there_is_memory)
{
	static const struct {
		size_t bytes;
		__u64 most;
	} limits[] = { { 64UL << 20, 2581 }, { 1UL << 30, MODEL_ENDED_MAX } };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		struct recorder_config limited = config;
		struct recorder *other;

		limited.bytes = limits[i].bytes;
		other = recorder__new(&limited);
		cr_assert(other);
		recorder__limit_ended(other);
		SAME(counting.model->ended_max, limits[i].most);
		recorder__free(other);
	}
}

static int add_switches(void *context, const struct sample *sample)
{
	__s64 *switches = context;

	*switches += sample->weight[WEIGHT_SWITCHES];
	return 0;
}

/* More than there is room for: the stacks of the rest are lost, and not what was paid. */
Test(recorder, samples_without_room)
{
	struct sample_value value = { .switches = 1 };
	struct failure failure = { 0 };
	__s64 switches = 0;
	struct store *store;
	__u64 i, count = 6000;

	recorder__free(recorder);
	config.bytes = 4 << 20; /* of which samples have a quarter */
	recorder = recorder__new(&config);
	for (i = 0; i < 2 * count; i++) {
		struct sample_key key = { .task = i };

		cr_assert_eq(recorder__take_sample(recorder, &key, &value), 0);
		if (i == count) /* those up to then have found room */
			cr_assert_eq(recorder__lost(recorder), 0);
	}
	cr_expect_gt(recorder__lost(recorder), 0);
	write_all();
	store = recording__open();
	cr_assert_eq(store__each_sample(store, 1, ~0U, add_switches, &switches, &failure), 0);
	SAME(switches, 2 * count);
	store__free(store);
}

/* ---- how much is written ---- */

struct found {
	size_t rows;
	__s64 switches;
};

static int add_row(void *context, const struct sample *sample)
{
	struct found *found = context;

	found->rows++;
	found->switches += sample->weight[WEIGHT_SWITCHES];
	return 0;
}

static struct found find_rows(void)
{
	struct store *store = recording__open();
	struct failure failure = { 0 };
	struct found found = { 0 };

	cr_assert_eq(store__each_sample(store, 1, ~0U, add_row, &found, &failure), 0, "%s",
		     failure.text);
	store__free(store);
	return found;
}

/* A switch of each of so many tasks, which nobody knows, by turns. */
static void pay_each(__u64 tasks, int times)
{
	struct sample_value value = { .switches = 1 };
	__u64 task;

	for (; times; times--) {
		for (task = 1; task <= tasks; task++) {
			struct sample_key key = { .task = task, .stack = STACK_NEW };

			cr_assert_eq(recorder__take_sample(recorder, &key, &value), 0);
		}
	}
}

Test(recorder, samples_of_one_thread_and_stack_are_one_row)
{
	struct task alive = task__make(2, 20, 21);
	struct sample_key own = { .task = alive.rec.id, .stack = STACK_NEW };
	struct sample_value value = { .switches = 2 };
	struct found found;

	task__read(&alive, counting.model);
	pay_each(3, 4);
	cr_assert_eq(recorder__take_sample(recorder, &own, &value), 0);
	SAME(recorder__unwritten(recorder), 13);
	write_all();
	SAME(recorder__unwritten(recorder), 0);
	found = find_rows(); /* those that nobody knows are one thread */
	SAME(found.rows, 2);
	SAME(found.switches, 14);
}

static int keep_row(void *context, const struct sample *sample)
{
	*(struct sample *)context = *sample;
	return 0;
}

/* So that the stacks add up to what the summary says. */
Test(recorder, what_a_reading_told_in_another_state_is_paid_on_the_stack_before)
{
	struct task alive = task__make(2, 20, 21);
	struct sample row = { 0 };
	struct failure failure = { 0 };
	struct store *store;

	task__read(&alive, counting.model);
	counting.model->shift =
		(struct shift){ .stack = STACK_NEW, .off = OFF_DISK, .rest = 7, .runq = -5 };
	cr_assert_eq(recorder__take_task(recorder, &alive.head, &alive.rec), 0);
	counting.model->shift = (struct shift){ 0 };
	cr_assert_eq(recorder__take_task(recorder, &alive.head, &alive.rec), 0);
	SAME(recorder__unwritten(recorder), 1);
	write_all();
	store = recording__open();
	cr_assert_eq(store__each_sample(store, 1, ~0U, keep_row, &row, &failure), 0, "%s",
		     failure.text);
	store__free(store);
	SAME(row.weight[WEIGHT_DISK], 7);
	SAME(row.weight[WEIGHT_RUNQ], -5);
	SAME(row.weight[WEIGHT_SLEEP], 0);
}

static void get_a_signal(void)
{
	struct pollfd wait = { .events = POLLIN };

	cr_assert_eq(halt__begin(&counting.run.halt), 0);
	wait.fd = halt__fd(counting.run.halt);
	kill(getpid(), SIGTERM);
	while (poll(&wait, 1, -1) < 0)
		cr_assert_eq(errno, EINTR);
}

static void forget_signal(void)
{
	halt__end(counting.run.halt);
	counting.run.halt = NULL;
}

static void write_once(struct store_writer *writer, bool close)
{
	struct failure failure = { 0 };

	cr_assert_eq(recorder__write(recorder, writer, 1, 1000, close, &failure), 0, "%s",
		     failure.text);
}

/* What was begun when the signal came is not done twice: the last period has the rest. */
Test(recorder, a_signal_cuts_a_writing_and_nothing_is_lost)
{
	struct store_writer *writer = recording__create();
	struct found found;

	pay_each(1000, 1);
	get_a_signal();
	recording__begin(writer);
	write_once(writer, false);
	SAME(recorder__unwritten(recorder), 1000);
	recorder__end(recorder);
	write_once(writer, true);
	SAME(recorder__unwritten(recorder), 0);
	recording__commit(writer);
	recording__end(writer, true);
	forget_signal();
	found = find_rows();
	SAME(found.switches, 1000);
	SAME(recorder__unwritten(recorder), 0);
}

Test(recorder, what_is_late_after_a_signal_is_one_row_and_counts_as_lost)
{
	struct store_writer *writer = recording__create();
	struct found found;

	pay_each(1000, 1);
	get_a_signal();
	while (!halt__is_due(counting.run.halt, 1000000000))
		usleep(100000);
	recorder__end(recorder);
	recording__begin(writer);
	write_once(writer, true);
	recording__commit(writer);
	recording__end(writer, true);
	forget_signal();
	found = find_rows();
	SAME(found.rows, 1);
	SAME(found.switches, 1000);
	SAME(recorder__lost(recorder), 1000);
}

/* It is written anew each time, and is one loss as long as it goes on, in each period that it is in. */
Test(recorder, an_open_interval_on_a_lost_stack_is_one_loss)
{
	struct store_writer *writer = recording__create();
	struct task asleep = task__make(2, 20, 21);
	struct failure failure = { 0 };
	__u64 before;

	task__go_off(&asleep, OFF_SLEEP, 400);
	asleep.head.stack = 999; /* which nobody has told of */
	task__read(&asleep, counting.model);
	recording__begin(writer);
	write_once(writer, false);
	SAME(recorder__lost(recorder), 1);
	write_once(writer, false);
	write_once(writer, true);
	SAME(recorder__lost(recorder), 1);
	cr_assert_eq(recorder__next(recorder, 1000, &failure), 0);
	before = recorder__lost(recorder);
	write_once(writer, false);
	write_once(writer, true);
	SAME(recorder__lost(recorder) - before, 1);
	recording__commit(writer);
	recording__end(writer, true);
}
