/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "price/price.h"

#include <math.h>
#include <stdlib.h>

/* Beyond these a price list is told to be noisy. */
#define DISTURBED_MAX 0.20
#define SPREAD_MAX    0.25

const char *const price_whats[PRICE_WHATS] = { "handoff", "alone", "create", "cow_fault" };
const char *const price_shapes[PRICE_SHAPES] = { "", "thread", "process" };
const char *const price_channels[PRICE_CHANNELS] = { "",     "futex", "pipe",  "eventfd",
						     "unix", "tcp",   "signal" };
const char *const price_calls[PRICE_CALLS] = { "", "thread", "spawn", "vfork", "fork" };

double price__quantile(const struct price *price, double share)
{
	double rank = share * (double)(price->count - 1);
	size_t below = (size_t)rank;

	if (!price->count)
		return NAN;
	if (below + 1 >= price->count)
		return price->ns[price->count - 1];
	return price->ns[below] +
	       (rank - (double)below) * (price->ns[below + 1] - price->ns[below]);
}

static bool same(const struct price_key *a, const struct price_key *b)
{
	return a->what == b->what && a->shape == b->shape && a->channel == b->channel &&
	       a->call == b->call && a->other_cpu == b->other_cpu && a->bytes == b->bytes;
}

const struct price *price_list__find(const struct price_list *list, const struct price_key *key)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (same(&list->prices[i].key, key))
			return list->prices[i].count ? &list->prices[i] : NULL;
	return NULL;
}

double price_list__process_extra(const struct price_list *list, enum price_channel channel)
{
	struct price_key key = { .what = PRICE_HANDOFF, .channel = channel, .shape = SHAPE_THREAD };
	const struct price *threads, *processes;

	threads = price_list__find(list, &key);
	key.shape = SHAPE_PROCESS;
	processes = price_list__find(list, &key);
	if (!threads || !processes)
		return NAN;
	return price__quantile(processes, 0.5) - price__quantile(threads, 0.5);
}

double price_list__indirect(const struct price_list *list, enum price_shape shape, __u64 bytes)
{
	struct price_key key = { .what = PRICE_HANDOFF, .shape = shape, .channel = CHANNEL_FUTEX };
	const struct price *direct = price_list__find(list, &key), *loaded, *alone;

	key.bytes = bytes;
	loaded = price_list__find(list, &key);
	alone = price_list__find(list, &(struct price_key){ .what = PRICE_ALONE, .bytes = bytes });
	if (!direct || !loaded || !alone)
		return NAN;
	return price__quantile(loaded, 0.5) - price__quantile(direct, 0.5) -
	       price__quantile(alone, 0.5);
}

bool price_list__is_noisy(const struct price_list *list)
{
	return list->disturbed > DISTURBED_MAX || !(list->spread <= SPREAD_MAX);
}

void price_list__free(struct price_list *list)
{
	free(list->prices);
	*list = (struct price_list){ 0 };
}
