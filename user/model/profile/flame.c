/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/profile/flame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/profile/flame_private.h"

struct flame *flame__new(const struct flame_options *options)
{
	struct flame *flame = calloc(1, sizeof(*flame));

	if (!flame)
		return NULL;
	flame->options = *options;
	flame->width = options->raw ? WEIGHTS : options->waits ? FLAME_VALUES : 1;
	flame->by_thread = options->raw || options->waits || options->groups;
	flame->by_waker = flame__weights(flame) & weights_by_waker;
	return flame;
}

static void side__release(struct flame_side *side)
{
	free(side->roots);
	free(side->paying);
	keyset__release(&side->keys);
	free(side->values);
	free(side->parts);
	free(side->frame_names.at);
	keyset__release(&side->memo_keys);
	free(side->memo);
}

void flame__free(struct flame *flame)
{
	__u32 i;

	if (!flame)
		return;
	HASH_CLEAR(hh, flame->name_hash);
	for (i = 0; i < flame->name_count; i++) {
		free(flame->names[i]->key);
		free(flame->names[i]);
	}
	free(flame->names);
	for (i = 0; i < 2; i++) {
		side__release(&flame->sides[i]);
		free(flame->self[i]);
		free(flame->totals[i]);
	}
	free(flame->pools.at);
	keyset__release(&flame->node_keys);
	free(flame->nodes);
	free(flame);
}

int flame__begin(struct flame *flame, const struct profile *profile)
{
	struct flame_side *side;

	if (flame->side_count == 2)
		return -EINVAL;
	side = &flame->sides[flame->side_count];
	side->roots = calloc(profile__thread_count(profile) + 1UL, sizeof(*side->roots));
	side->paying = calloc(profile__thread_count(profile) + 1UL, sizeof(*side->paying));
	if (!side->roots || !side->paying) {
		side__release(side);
		memset(side, 0, sizeof(*side));
		return -ENOMEM;
	}
	side->profile = profile;
	side->threads = profile__thread_count(profile);
	flame->side_count++;
	return 0;
}

void flame__set_duration(struct flame *flame, int side, __u64 ns)
{
	flame->sides[side].duration_ns = ns;
}

#define WAITS_OF_A_THREAD                                                                          \
	((1U << WEIGHT_SLEEP) | (1U << WEIGHT_DISK) | (1U << WEIGHT_OTHER) |                       \
	 (1U << WEIGHT_SWITCHES))

__u32 flame__weights(const struct flame *flame)
{
	if (flame->options.raw)
		return (1U << WEIGHTS) - 1;
	return flame->options.metric->weights | (flame->options.waits ? WAITS_OF_A_THREAD : 0);
}

/* ---- which threads ---- */

/* What its samples are added up under; 0 without memory. */
static __u32 flame__ask_root(struct flame *flame, const struct flame_side *side, __u32 number)
{
	const struct profile_thread *thread = profile__get_thread(side->profile, number);

	if (!thread_filter__passes(&flame->options.filter, thread))
		return ROOT_LEFT_OUT;
	if (flame->by_thread) /* 0 means something else */
		return thread ? number : ROOT_LEFT_OUT - 1;
	return flame__task_name(flame, side, number);
}

static __u32 flame__root(struct flame *flame, struct flame_side *side, __u32 thread)
{
	if (thread > side->threads)
		thread = 0;
	if (side->roots[thread] == ROOT_NOT_ASKED)
		side->roots[thread] = flame__ask_root(flame, side, thread);
	return side->roots[thread];
}

/* ---- adding up ---- */

/* The values of a key, 0 at first; NULL without memory. */
static __s64 *side__values(struct flame_side *side, int width, struct key key)
{
	__u32 before = side->keys.count, number;
	__s64 *value = keyset__beside(&side->keys, side->values, &side->value_room,
				      (size_t)width * sizeof(*value));

	if (!value)
		return NULL;
	side->values = value;
	number = keyset__add(&side->keys, key);
	if (!number)
		return NULL;
	value = &side->values[(number - 1UL) * (size_t)width];
	if (number > before)
		memset(value, 0, (size_t)width * sizeof(*value));
	return value;
}

static int flame__add(struct flame *flame, struct flame_side *side, struct key key, __s64 metric,
		      const __s64 weight[WEIGHTS])
{
	__s64 *value = side__values(side, flame->width, key);

	if (!value)
		return -ENOMEM;
	value[VALUE_METRIC] = add(value[VALUE_METRIC], metric);
	if (!flame->options.waits)
		return 0;
	value[VALUE_WAITED] = add(value[VALUE_WAITED], weight[WEIGHT_SLEEP]);
	value[VALUE_WAITED] = add(value[VALUE_WAITED], weight[WEIGHT_DISK]);
	value[VALUE_WAITED] = add(value[VALUE_WAITED], weight[WEIGHT_OTHER]);
	value[VALUE_WAITS] = add(value[VALUE_WAITS], weight[WEIGHT_SWITCHES]);
	return 0;
}

/* All of the weights, those by waker apart from the others. */
static int flame__add_raw(struct flame *flame, struct flame_side *side, struct key key,
			  const struct sample *sample)
{
	struct key plain = { key.a, key.b, 0 };
	__s64 *value;
	int w;

	for (w = 0; w < WEIGHTS; w++) {
		if (!sample->weight[w])
			continue;
		value = side__values(side, flame->width,
				     weights_by_waker & (1U << w) ? key : plain);
		if (!value)
			return -ENOMEM;
		value[w] = add(value[w], sample->weight[w]);
	}
	return 0;
}

int flame__take(struct flame *flame, const struct sample *sample)
{
	struct flame_side *side = &flame->sides[flame->side_count - 1];
	__s64 value = metric__of(flame->options.metric, sample->weight);
	struct key key = { .b = sample->stack };

	if (!value && !flame->options.raw && !flame->options.waits)
		return 0;
	side->seen += value != 0;
	key.a = flame__root(flame, side, sample->thread);
	if (!key.a)
		return -ENOMEM;
	if (key.a == ROOT_LEFT_OUT)
		return 0;
	side->taken += value != 0;
	side->paying[sample->thread > side->threads ? 0 : sample->thread] |= value != 0;
	side->total = add(side->total, value);
	if (flame->by_waker && flame->options.charged)
		key.b = sample->waker;
	else if (flame->by_waker)
		key.c = (sample->waker > profile__stack_count(side->profile) ? 0 : sample->waker) +
			1;
	return flame->options.raw ? flame__add_raw(flame, side, key, sample) :
				    flame__add(flame, side, key, value, sample->weight);
}

/* ---- what is in it ---- */

/* A recorder that has forgotten a thread numbers it anew. */
static int compare_threads(const void *a, const void *b)
{
	const struct profile_thread *const *x = a, *const *y = b;

	if ((*x)->tid != (*y)->tid)
		return (*x)->tid < (*y)->tid ? -1 : 1;
	return (*x)->start_ns < (*y)->start_ns ? -1 : (*x)->start_ns > (*y)->start_ns;
}

__u32 flame__threads(const struct flame *flame, int which)
{
	const struct flame_side *side = &flame->sides[which];
	const struct profile_thread **threads = calloc(side->threads + 1UL, sizeof(*threads));
	__u32 number, count = 0, different = 0;

	for (number = 1; threads && number <= side->threads; number++) {
		if (side->paying[number])
			threads[count++] = profile__get_thread(side->profile, number);
	}
	if (count)
		qsort(threads, count, sizeof(*threads), compare_threads);
	for (number = 0; number < count; number++)
		different += !number || compare_threads(&threads[number - 1], &threads[number]);
	free(threads);
	return different;
}

struct flame_idle flame__idle(const struct flame *flame)
{
	return flame->idle;
}

__u64 flame__seen(const struct flame *flame, int side)
{
	return flame->sides[side].seen;
}

__u64 flame__taken(const struct flame *flame, int side)
{
	return flame->sides[side].taken;
}

const struct flame_options *flame__options(const struct flame *flame)
{
	return &flame->options;
}

int flame__sides(const struct flame *flame)
{
	return flame->side_count;
}

__s64 flame__total(const struct flame *flame, int side)
{
	return flame->sides[side].total;
}

const struct profile *flame__profile(const struct flame *flame, int side)
{
	return flame->sides[side].profile;
}

__u32 flame__sum_count(const struct flame *flame, int side)
{
	return flame->sides[side].keys.count;
}

struct flame_sum flame__get_sum(const struct flame *flame, int side, __u32 i)
{
	const struct flame_side *from = &flame->sides[side];
	struct key key = from->keys.keys[i];

	return (struct flame_sum){
		.thread = key.a == ROOT_LEFT_OUT - 1 ? 0 : key.a,
		.stack = key.b,
		.woken = key.c,
		.waker = key.c ? key.c - 1 : 0,
		.value = &from->values[(size_t)i * (size_t)flame->width],
	};
}
