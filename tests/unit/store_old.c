/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first recordings: other buckets, and no minimum. */

#include "make_store.h"
#include "unit.h"

TestSuite(store_old, .fini = recording__remove);

/* A recording of one process, where `sql` has put what an old one had. */
static struct store *make_old(const char *sql, enum measure which)
{
	struct task task = task__make(1, 100, 100);
	struct store_writer *writer = recording__create();
	struct scene scene;

	scene__begin(&scene, false, false);
	task__switch(&task, 3, 1);
	task__sample(&task, which, 2000);
	task__read(&task, scene.model);
	scene__describe(&scene.summary);
	recording__put(writer, 1, &scene, &scene.summary, SCENE_END);
	recording__end(writer, true);
	model__free(scene.model);
	recording__change(sql);
	return recording__open();
}

/* The process's distribution. */
static struct dist read_old(const char *sql, enum measure which)
{
	struct store *store = make_old(sql, which);
	struct scene again = { 0 };
	struct dist dist;

	recording__read(store, 1, &again);
	dist = *row__dist(&again.model->processes->row, which);
	scene__release(&again);
	store__free(store);
	return dist;
}

Test(store_old, bucket_of_an_old_layout_is_spread_over_those_of_now)
{
	/* of costs, bucket 20 was from 4096 to 8191 ns, and bucket 3 from 224 to 255 ns */
	struct dist dist = read_old("UPDATE process_rows SET pick_ns_count = 105, "
				    "pick_ns_sum = 600000, pick_ns_max = 8000, "
				    "pick_ns_buckets = x'03051064'",
				    D_PICK);
	__u64 low = 0, high = 0;
	__u32 i;

	SAME(dist.count, 105);
	SAME(dist.min, 224);
	SAME(dist.max, 8000);
	for (i = 0; i < dist_infos[D_PICK].buckets; i++) {
		__u64 from = hist_floor(i, HIST_COST_FIRST);

		if (!dist.bucket[i])
			continue;
		if (from < 256)
			low += dist.bucket[i];
		else
			high += dist.bucket[i];
		cr_expect(from >= 215 && from < 8192);
		cr_expect(from < 256 || from >= 4096);
	}
	SAME(low, 5);
	SAME(high, 100);
	cr_expect_geq(dist__percentile(&dist, D_PICK, 0.5), 4096);
}

Test(store_old, whole_octaves_begin_at_powers_of_two)
{
	/* of costs, bucket 21 was from 8192 to 16383 ns */
	struct dist dist = read_old("UPDATE process_rows SET pick_ns_count = 64, "
				    "pick_ns_sum = 786432, pick_ns_max = 16383, "
				    "pick_ns_buckets = x'1540'",
				    D_PICK);
	__u64 inside = 0;
	__u32 i;

	SAME(dist.count, 64);
	SAME(dist.min, 8192);
	for (i = 0; i < dist_infos[D_PICK].buckets; i++) {
		__u64 from = hist_floor(i, HIST_COST_FIRST);

		if (from >= 8192 && from < 16384)
			inside += dist.bucket[i];
	}
	SAME(inside, 64);
}

Test(store_old, one_sample_is_exact)
{
	struct dist dist = read_old("UPDATE process_rows SET offcpu_ns_sleep_count = 1, "
				    "offcpu_ns_sleep_sum = 100000000, "
				    "offcpu_ns_sleep_max = 100000000, "
				    "offcpu_ns_sleep_buckets = x'2101'",
				    D_OFF_SLEEP);

	SAME(dist.count, 1);
	SAME(dist__percentile(&dist, D_OFF_SLEEP, 0.5), 100000000);
}

Test(store_old, open_bucket_at_the_end_is_beyond_all)
{
	struct dist dist = read_old("UPDATE process_rows SET pick_ns_count = 3, "
				    "pick_ns_sum = 30000000, pick_ns_max = 20000000, "
				    "pick_ns_buckets = x'1b03'",
				    D_PICK);

	SAME(dist.count, 3);
	SAME(dist.max, 20000000);
	SAME(dist__percentile(&dist, D_PICK, 1), 20000000);
}

/* One sample in a bucket, by its number; one behind the last is damage. */
static void check_bucket(enum measure which, const char *name, const char *bucket, bool there)
{
	struct failure failure = { 0 };
	struct scene scene = { 0 };
	struct store *store;
	char sql[256];
	__u64 now;

	snprintf(sql, sizeof(sql),
		 "UPDATE process_rows SET %s_count = 1, %s_sum = 5000000000000000, "
		 "%s_max = 5000000000000000, %s_buckets = x'%s01'",
		 name, name, name, name, bucket);
	store = make_old(sql, which);
	cr_assert_eq(store__read_period(store, 1, &scene.model, &scene.summary, &now, &failure), 0);
	SAME(row__dist(&scene.model->processes->row, which)->count, there);
	SAME(store__is_damaged(store), !there);
	model__free(scene.model);
	store__free(store);
}

#define LAST_BUCKET(test, which, name, last, more)                                                 \
	Test(store_old, test##_have_a_last_bucket)                                                 \
	{                                                                                          \
		check_bucket(which, name, last, true);                                             \
	}                                                                                          \
	Test(store_old, test##_have_none_behind_it)                                                \
	{                                                                                          \
		check_bucket(which, name, more, false);                                            \
	}

LAST_BUCKET(costs, D_PICK, "pick_ns", "1b", "1c")
LAST_BUCKET(waits, D_RUNQ, "runq_ns", "2b", "2c")
LAST_BUCKET(sleeps, D_OFF_SLEEP, "offcpu_ns_sleep", "3b", "3c")
