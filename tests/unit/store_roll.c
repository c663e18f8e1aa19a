/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording that rolls on: what is forgotten is gone, what is left is as it was, and it stays small. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "make_store.h"
#include "unit.h"

TestSuite(store_roll, .fini = recording__remove);

#define MOST (16ULL << 20)

static const __u32 switches_of[] = { 0, 2, 3, 5, 7, 11, 13 };
#define PERIODS 6

static struct store_writer *create(__u64 most)
{
	struct failure failure = { 0 };
	struct store_writer *writer;
	struct summary meta;

	scene__describe(&meta);
	cr_assert_eq(store__create_rolling(&writer, recording__path(), true, most, &meta, &failure),
		     0, "%s", failure.text);
	return writer;
}

static struct sample sample_of(struct profile *profile, __u32 period, const char *function)
{
	struct profile_thread thread = { .id = period,
					 .tid = 100 + period,
					 .pid = 100 + period,
					 .comm = "task",
					 .process_comm = "task" };
	struct sample sample = { .thread = profile__thread(profile, &thread),
				 .stack = profile__stack(profile, 0,
							 profile__mark(profile, function)) };

	sample.weight[WEIGHT_SWITCHES] = switches_of[period];
	return sample;
}

#define POOL 200 /* stacks */

/* So many samples without weight, which take room. */
static void fill(struct store_writer *writer, struct profile *profile, __u32 period,
		 struct sample sample, int rows)
{
	struct failure failure = { 0 };
	__u32 pool[POOL];
	char text[16];
	int i;

	for (i = 0; i < POOL; i++) {
		snprintf(text, sizeof(text), "pool %d", i);
		pool[i] = profile__stack(profile, 0, profile__mark(profile, text));
	}
	memset(sample.weight, 0, sizeof(sample.weight));
	for (i = 0; i < rows; i++) {
		sample.stack = pool[i % POOL];
		sample.waker = pool[i / POOL];
		cr_assert_eq(store__put_sample(writer, period, &sample, &failure), 0);
	}
}

/* A process of its own, and a thread that nothing is paid by later; and so many samples more. */
static int try_period(struct store_writer *writer, struct profile *profile, __u32 period, int rows,
		      struct failure *failure)
{
	struct sample sample = sample_of(profile, period, period % 2 ? "odd" : "even");
	struct task task = task__make(period, 100 + period, 100 + period);
	struct summary summary;
	struct scene scene;
	int err;

	scene__begin(&scene, true, true);
	scene__describe(&summary);
	task__switch(&task, period, switches_of[period]);
	task__die(&task, scene.model);
	recording__begin(writer);
	fill(writer, profile, period, sample, rows);
	cr_assert_eq(store__put_sample(writer, period, &sample, failure), 0);
	cr_assert_eq(store__put_profile(writer, profile, failure), 0);
	cr_assert_eq(store__put_period(writer, period, scene.model, &summary, SCENE_END, failure),
		     0);
	err = store__commit(writer, failure);
	profile__forget_thread(profile, sample.thread, NULL, NULL);
	cr_assert_eq(store__retire_thread(writer, sample.thread), 0);
	model__free(scene.model);
	return err;
}

static void put_period(struct store_writer *writer, struct profile *profile, __u32 period)
{
	struct failure failure = { 0 };

	cr_assert_eq(try_period(writer, profile, period, 0, &failure), 0, "%s", failure.text);
}

static void put_periods(struct store_writer *writer)
{
	struct profile *profile = profile__new();
	__u32 period;

	for (period = 1; period <= PERIODS; period++)
		put_period(writer, profile, period);
	profile__free(profile);
}

struct found {
	struct profile *profile;
	__u64 switches, tids;
};

static int take(void *context, const struct sample *sample)
{
	struct found *found = context;

	found->switches += (__u64)sample->weight[WEIGHT_SWITCHES];
	found->tids += profile__get_thread(found->profile, sample->thread)->tid;
	return 0;
}

static void expect_samples(struct store *store, __u32 period, __u64 switches, __u64 tids)
{
	struct failure failure = { 0 };
	struct found found = { 0 };

	cr_assert_eq(store__read_profile(store, &found.profile, &failure), 0, "%s", failure.text);
	cr_assert_eq(store__each_sample(store, period, 1U << WEIGHT_SWITCHES, take, &found,
					&failure),
		     0);
	SAME(found.switches, switches);
	SAME(found.tids, tids);
	profile__free(found.profile);
}

/* Periods count from the first that is there. */
Test(store_roll, what_is_left_is_as_it_was)
{
	struct store_writer *writer = create(MOST);
	struct failure failure = { 0 };
	struct store *store;
	struct scene read;
	__u32 period;

	put_periods(writer);
	cr_assert_eq(store__roll(writer, 4, &failure), 0, "%s", failure.text);
	recording__end(writer, true);
	store = recording__open();
	SAME(store__periods(store), 3);
	for (period = 1; period <= 3; period++) {
		recording__read(store, period, &read);
		SAME(read.summary.process_count, 1);
		SAME(read.summary.processes[0]->key.pid, 103 + period);
		expect_samples(store, period, switches_of[period + 3], 103 + period);
		scene__release(&read);
	}
	expect_samples(store, 0, 7 + 11 + 13, 104 + 105 + 106);
	cr_expect_not(store__is_damaged(store));
	store__free(store);
	SAME(recording__number("SELECT count(*) FROM threads"), 3);
	SAME(recording__number("SELECT count(*) FROM processes"), 3);
	SAME(recording__number("SELECT count(*) FROM process_rows WHERE period < 4"), 0);
	SAME(recording__number("SELECT count(*) FROM samples WHERE period < 4"), 0);
}

/* Nothing is forgotten of a recording that says nothing of that. */
Test(store_roll, gaps_are_damage_elsewhere)
{
	struct store_writer *writer = create(MOST);
	struct profile *profile;
	struct failure failure = { 0 };
	struct store *store;

	put_periods(writer);
	cr_assert_eq(store__roll(writer, 4, &failure), 0);
	recording__end(writer, true);
	recording__change("DELETE FROM recording WHERE key = 'rolls'");
	store = recording__open();
	SAME(store__periods(store), 6);
	cr_assert_eq(store__read_profile(store, &profile, &failure), 0);
	cr_expect(store__is_damaged(store));
	profile__free(profile);
	store__free(store);
}

static off_t size_of_file(void)
{
	struct stat status;

	cr_assert_eq(stat(recording__path(), &status), 0);
	return status.st_size;
}

#define SMALL (800 << 10)
#define BURST 12000 /* samples */

/* More than there is room for beside the periods before it: as many of these go as have to. */
Test(store_roll, a_burst_takes_the_room_of_the_oldest)
{
	struct store_writer *writer = create(SMALL);
	struct profile *profile = profile__new();
	struct failure failure = { 0 };
	struct store *store;
	__u32 period, first;

	for (period = 1; period < PERIODS; period++)
		cr_assert_eq(try_period(writer, profile, period, 3000, &failure), 0);
	SAME(store__first_period(writer), 1);
	cr_assert_eq(try_period(writer, profile, PERIODS, BURST, &failure), 0, "%s", failure.text);
	first = store__first_period(writer);
	cr_expect_gt(first, 1);
	cr_expect_leq(size_of_file(), SMALL);
	recording__end(writer, true);
	store = recording__open();
	SAME(store__periods(store), PERIODS - first + 1);
	expect_samples(store, store__periods(store), switches_of[PERIODS], 100 + PERIODS);
	cr_expect_not(store__is_damaged(store));
	store__free(store);
	SAME(recording__number("SELECT count(*) FROM samples WHERE period = 6"), BURST + 1);
	SAME(recording__number("SELECT count(*) FROM processes"), PERIODS - first + 1);
	profile__free(profile);
}

/* The disk never has more, whatever is put; the reason is said only when nothing more can be forgotten. */
Test(store_roll, a_period_that_is_too_large_alone_fails)
{
	struct store_writer *writer = create(SMALL);
	struct failure failure = { 0 };
	struct profile *profile = profile__new();
	struct store *store;

	put_period(writer, profile, 1);
	cr_expect_eq(try_period(writer, profile, 2, POOL * POOL, &failure), -EFBIG);
	cr_expect(strstr(failure.text, "one interval alone"), "%s", failure.text);
	cr_expect(strstr(failure.text, "raise --max-size"), "%s", failure.text);
	cr_expect_leq(size_of_file(), SMALL);
	store__close(writer, false, &failure);
	store = recording__open();
	SAME(store__periods(store), 1);
	expect_samples(store, 0, switches_of[1], 101);
	cr_expect_not(store__is_damaged(store));
	store__free(store);
	profile__free(profile);
}

/* Why it was kept is the first thing that its reader is told. */
Test(store_roll, a_copy_says_why_it_was_kept)
{
	struct store_writer *writer = create(MOST);
	struct failure failure = { 0 };
	struct store *store;

	put_periods(writer);
	recording__end(writer, false);
	cr_assert_eq(store__give_reason(recording__path(), "a crash: \x1b[31m'red' (7)", &failure),
		     0);
	store = recording__open();
	cr_expect(strstr(store__remark(store, 0), "kept because of a crash"));
	cr_expect_not(strchr(store__remark(store, 0), '\x1b'));
	cr_expect_not(store__is_cut_off(store));
	store__free(store);
	cr_expect_neq(store__give_reason("/nowhere/x", "", &failure), 0);
	cr_expect(strstr(failure.text, "cannot write /nowhere/x"));
}
