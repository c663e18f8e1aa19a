/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording is read while memory runs out, one allocation after the other: what is read then is
 * whole, or it is said that it is not.
 */
#include <stdlib.h>

#include "make_rich.h"
#include "scarce.h"
#include "unit.h"

static struct rich_round made;

static void begin(void)
{
	rich_round__begin(&made);
}

static void end(void)
{
	rich_round__end(&made);
}

TestSuite(store_scarce, .init = begin, .fini = end, .timeout = 300);

static __u64 sum;

static int add_up(void *context, const struct sample *sample)
{
	int w;

	(void)context;
	for (w = 0; w < WEIGHTS; w++)
		sum = sum * 31 + (__u64)sample->weight[w] + sample->stack;
	return 0;
}

static int add_up_process(void *context, const struct process *process)
{
	(void)context;
	sum = sum * 31 + process->key.pid;
	return 0;
}

static void read_period(struct store *store, struct failure *failure)
{
	struct model *model;
	struct summary summary;
	__u64 now;
	__u32 i;

	if (store__read_period(store, 1, &model, &summary, &now, failure))
		return;
	sum = model->cpu_count + 31 * HASH_COUNT(model->processes) +
	      997 * HASH_COUNT(model->threads) + model->spawns.execs;
	for (i = 0; i < model->crash_count; i++) {
		const struct crash *crash = model->crashes[i];

		sum = sum * 31 + crash->victim_count + 7 * crash->culprit.frame_count;
	}
	model__free(model);
}

static void read_wakes(struct store *store, struct failure *failure)
{
	struct wakes wakes = { 0 };

	if (store__read_wakes(store, 1, &wakes, failure))
		return;
	sum = wakes.count + 31 * wakes.group_count;
	wakes__clear(&wakes);
}

static void read_profile(struct store *store, struct failure *failure)
{
	struct profile *profile;

	if (store__read_profile(store, &profile, failure))
		return;
	sum = profile__stack_count(profile) + 31 * profile__frame_count(profile) +
	      997 * profile__thread_count(profile);
	profile__free(profile);
}

static void read_samples(struct store *store, struct failure *failure)
{
	store__each_sample(store, 0, ~0U >> (32 - WEIGHTS), add_up, NULL, failure);
}

static void read_processes(struct store *store, struct failure *failure)
{
	store__each_process(store, add_up_process, NULL, failure);
}

struct part {
	void (*read)(struct store *store, struct failure *failure);
	__u64 whole;
};

static enum scarce read_scarce(void *context)
{
	const struct part *part = context;
	struct failure failure = { 0 };
	struct store *store;

	sum = 0;
	if (store__open(&store, recording__path(), &failure))
		return SCARCE_LESS;
	scarce__begin();
	part->read(store, &failure);
	scarce__end();
	if (failure.error || store__is_damaged(store))
		return SCARCE_TOLD;
	return sum == part->whole ? SCARCE_WHOLE : SCARCE_LESS;
}

static void check(void (*read)(struct store *store, struct failure *failure), size_t step)
{
	struct part part = { .read = read };
	struct failure failure = { 0 };

	sum = 0;
	read(made.store, &failure);
	cr_assert(!failure.error && !store__is_damaged(made.store), "%s", failure.text);
	part.whole = sum;
	scarce__try(read_scarce, &part, step);
}

Test(store_scarce, period)
{
	check(read_period, 89);
}

Test(store_scarce, wakes)
{
	check(read_wakes, 5);
}

Test(store_scarce, profile)
{
	check(read_profile, 5);
}

Test(store_scarce, samples)
{
	check(read_samples, 5);
}

Test(store_scarce, processes)
{
	check(read_processes, 1);
}
