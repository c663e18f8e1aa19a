/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks and samples.  Each table is numbered from 1, without gaps unless the recording rolls on, and
 * refers only to what is there; of a table where that is not so, the rest is left out.  A module, stack
 * or thread can be there more than once: a recorder forgets what it has written.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/array.h"
#include "store/reader.h"

/* A row of one of the tables. */
union entry {
	struct profile_module module;
	struct profile_frame frame;
	struct profile_stack stack;
	struct profile_thread thread;
};

/* Each returns its number in the profile; 0 without memory. */
typedef __u32 (*take_entry)(struct store *store, struct profile *profile, union entry *entry);

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static const char *const number_names[STORE_TABLES] = {
	[TABLE_MODULES] = "module",
	[TABLE_FRAMES] = "frame",
	[TABLE_STACKS] = "stack",
	[TABLE_THREADS] = "thread",
};

/* Which of a table there are, where some have been forgotten.  0 or -ENOMEM. */
static int find_numbers(struct store *store, enum store_table table)
{
	const char *const only[] = { number_names[table], NULL };
	struct numbers *numbers = &store->numbers[table];
	struct query query;
	char tail[32];
	int err;

	if (!store->rolls || numbers->known)
		return 0;
	snprintf(tail, sizeof(tail), "ORDER BY %s", number_names[table]);
	query__begin(&query, store, table, only, tail, 0);
	do {
		struct keys keys = { 0 };

		err = ARRAY_ROOM(numbers->list, numbers->count, numbers->room, 1024) ?
			      query__next(&query, &keys, NULL) :
			      -ENOMEM;
		if (err > 0)
			numbers->list[numbers->count++] =
				store__limit(store, keys.number, UINT32_MAX);
	} while (err > 0);
	query__end(&query);
	numbers->known = true;
	return err;
}

static __u32 number_of(const struct store *store, enum store_table table, __u32 place)
{
	const struct numbers *numbers = &store->numbers[table];

	if (!store->rolls)
		return place;
	return place <= numbers->count ? numbers->list[place - 1] : 0;
}

/* The number in the profile, most at the most, of what the file names; 0: it has none. */
static __u32 place_of(struct store *store, enum store_table table, __u64 number, __u32 most)
{
	const struct numbers *numbers = &store->numbers[table];
	__u32 low = 0, high = numbers->count < most ? numbers->count : most;

	if (!store->rolls || !number)
		return store__limit(store, number, most);
	while (low < high) {
		__u32 middle = low + (high - low) / 2;

		if (numbers->list[middle] == number)
			return middle + 1;
		if (numbers->list[middle] < number)
			low = middle + 1;
		else
			high = middle;
	}
	store->bad++;
	return 0;
}

static __u32 take_module(struct store *store, struct profile *profile, union entry *entry)
{
	const struct profile_module *module = &entry->module;

	(void)store;
	return profile__next_module(profile, module->kind, or_empty(module->path), module->identity,
				    or_empty(module->build_id));
}

static __u32 take_frame(struct store *store, struct profile *profile, union entry *entry)
{
	const struct profile_frame *frame = &entry->frame;
	__u32 module =
		place_of(store, TABLE_MODULES, frame->module, profile__module_count(profile));
	__u32 number = profile__frame(profile, module, frame->offset);

	if (!number || !frame->name)
		return number;
	return profile__name(profile, number, frame->name, frame->inlined) ? 0 : number;
}

/* A caller comes before those that it calls: there is no way round in a circle. */
static __u32 take_stack(struct store *store, struct profile *profile, union entry *entry)
{
	const struct profile_stack *stack = &entry->stack;
	__u32 caller = place_of(store, TABLE_STACKS, stack->caller, profile__stack_count(profile));

	return profile__next_stack(profile, caller,
				   place_of(store, TABLE_FRAMES, stack->frame,
					    profile__frame_count(profile)));
}

static __u32 take_thread(struct store *store, struct profile *profile, union entry *entry)
{
	(void)store;
	entry->thread.comm = or_empty(entry->thread.comm);
	entry->thread.process_comm = or_empty(entry->thread.process_comm);
	return profile__next_thread(profile, &entry->thread);
}

static int read_table(struct store *store, enum store_table table, const char *order,
		      struct profile *profile, take_entry take)
{
	struct query query;
	__u32 expected = 0;
	int err = find_numbers(store, table);

	if (err)
		return err;
	query__begin(&query, store, table, NULL, order, 0);
	for (;;) {
		union entry entry;
		struct keys keys = { 0 };
		__u32 got;

		memset(&entry, 0, sizeof(entry));
		err = query__next(&query, &keys, &entry);
		if (err <= 0)
			break;
		expected++;
		got = keys.number == number_of(store, table, expected) ?
			      take(store, profile, &entry) :
			      ~0U;
		if (got == expected)
			continue;
		if (!got)
			err = -ENOMEM;
		else
			store->broken[table] = true;
		break;
	}
	query__end(&query);
	return err < 0 ? err : 0;
}

int store__read_profile(struct store *store, struct profile **ret_profile, struct failure *failure)
{
	struct profile *profile = profile__new();
	int err = profile ? 0 : -ENOMEM;

	*ret_profile = NULL;
	if (!err)
		err = read_table(store, TABLE_MODULES, "ORDER BY module", profile, take_module);
	if (!err)
		err = read_table(store, TABLE_FRAMES, "ORDER BY frame", profile, take_frame);
	if (!err)
		err = read_table(store, TABLE_STACKS, "ORDER BY stack", profile, take_stack);
	if (!err)
		err = read_table(store, TABLE_THREADS, "ORDER BY thread", profile, take_thread);
	if (err) {
		profile__free(profile);
		return failure__set(failure, err, NULL, NULL, "cannot read the recording %s",
				    store->path);
	}
	profile__forget_named(profile);
	store->stacks = profile__stack_count(profile);
	store->threads = profile__thread_count(profile);
	store->counted = true;
	*ret_profile = profile;
	return 0;
}

/* ---- samples ---- */

/* How many a table has: the highest number, where none have been forgotten. */
static __u32 count_of(struct store *store, enum store_table table)
{
	const char *column = number_names[table];
	const char *const only[] = { column, NULL };
	struct keys keys = { 0 };
	struct query query;
	char tail[64];

	if (store->rolls)
		return store->numbers[table].count;
	snprintf(tail, sizeof(tail), "ORDER BY %s DESC LIMIT 1", column);
	query__begin(&query, store, table, only, tail, 0);
	query__next(&query, &keys, NULL);
	query__end(&query);
	return store__limit(store, keys.number, UINT32_MAX);
}

/* Only the columns that are asked for: each one more costs time, a million times. */
static void choose_columns(const char *names[WEIGHTS + 4], __u32 weights)
{
	int w, count = 0;

	names[count++] = "thread";
	names[count++] = "stack";
	names[count++] = "waker";
	for (w = 0; w < WEIGHTS; w++) {
		if (weights & (1U << w))
			names[count++] = weight_infos[w].column;
	}
	names[count] = NULL;
}

static bool sample__any(const struct sample *sample)
{
	int w;

	for (w = 0; w < WEIGHTS; w++) {
		if (sample->weight[w])
			return true;
	}
	return false;
}

#define ASLEEP	 (1U << WEIGHT_SLEEP | 1U << WEIGHT_DISK | 1U << WEIGHT_OTHER)
#define RUNNABLE (1U << WEIGHT_RUNQ | 1U << WEIGHT_PREEMPTED)

/*
 * In the first recordings of this version a sleep lasts until its task is on a CPU; today it
 * ends when the task is runnable.  On one stack a task sleeps in one way.
 */
static void sample__end_sleep(struct sample *sample)
{
	__s64 *weight = sample->weight;
	__s64 wait = weight[WEIGHT_RUNQ] - weight[WEIGHT_PREEMPTED];

	if (weight[WEIGHT_SLEEP])
		weight[WEIGHT_SLEEP] -= wait;
	else if (weight[WEIGHT_DISK])
		weight[WEIGHT_DISK] -= wait;
	else
		weight[WEIGHT_OTHER] -= wait;
}

static int each_of_table(struct store *store, enum store_table table, __u32 period, __u32 weights,
			 int (*take)(void *context, const struct sample *sample), void *context)
{
	const char *only[WEIGHTS + 4];
	__u32 from = period ? period + store->first - 1 : store->first;
	struct query query;
	int err;

	if (weights & ASLEEP && !store->meta.has_counter[C_LIFETIME])
		weights |= ASLEEP | RUNNABLE;
	choose_columns(only, weights);
	query__begin(&query, store, table, only,
		     period	  ? "WHERE period = ?1" :
		     store->rolls ? "WHERE period >= ?1" :
				    "",
		     from);
	for (;;) {
		struct sample sample = { 0 };
		struct keys keys = { 0 };

		err = query__next(&query, &keys, &sample);
		if (err <= 0)
			break;
		if (weights & ASLEEP && !store->meta.has_counter[C_LIFETIME])
			sample__end_sleep(&sample);
		sample.thread = place_of(store, TABLE_THREADS, keys.thread, store->threads);
		sample.stack = place_of(store, TABLE_STACKS, keys.stack, store->stacks);
		sample.waker = place_of(store, TABLE_STACKS, keys.waker, store->stacks);
		err = sample__any(&sample) ? take(context, &sample) : 0;
		if (err)
			break;
	}
	query__end(&query);
	return err;
}

int store__each_sample(struct store *store, __u32 period, __u32 weights,
		       int (*take)(void *context, const struct sample *sample), void *context,
		       struct failure *failure)
{
	int err = find_numbers(store, TABLE_STACKS);

	if (!err)
		err = find_numbers(store, TABLE_THREADS);
	if (!store->counted) {
		store->stacks = count_of(store, TABLE_STACKS);
		store->threads = count_of(store, TABLE_THREADS);
		store->counted = true;
	}
	if (!err)
		err = each_of_table(store, TABLE_SAMPLES, period, weights, take, context);
	if (!err)
		err = each_of_table(store, TABLE_OPEN_SAMPLES, period, weights, take, context);
	if (err == -ENOMEM)
		failure__set(failure, err, NULL, NULL, "cannot read the samples of %s",
			     store->path);
	return err;
}
