/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "price/price.h"

#include <math.h>
#include <stdlib.h>

/* Beyond these a price list is told to be noisy. */
#define DISTURBED_MAX 0.20
#define SPREAD_MAX    0.25
/* Fewer rounds than this do not show how far they differ. */
#define SPREAD_FEW 3

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

bool price_key__same(const struct price_key *a, const struct price_key *b)
{
	return a->what == b->what && a->shape == b->shape && a->channel == b->channel &&
	       a->call == b->call && a->other_cpu == b->other_cpu && a->bytes == b->bytes;
}

const struct price *price_list__find(const struct price_list *list, const struct price_key *key)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (price_key__same(&list->prices[i].key, key))
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

/* The three that an indirect price is made of. */
struct indirect {
	const struct price *loaded, *direct, *alone;
};

static bool find_indirect(struct indirect *of, const struct price_list *list,
			  enum price_shape shape, __u64 bytes)
{
	struct price_key key = { .what = PRICE_HANDOFF, .shape = shape, .channel = CHANNEL_FUTEX };

	of->direct = price_list__find(list, &key);
	key.bytes = bytes;
	of->loaded = price_list__find(list, &key);
	of->alone =
		price_list__find(list, &(struct price_key){ .what = PRICE_ALONE, .bytes = bytes });
	return of->direct && of->loaded && of->alone;
}

double price_list__indirect(const struct price_list *list, enum price_shape shape, __u64 bytes)
{
	struct indirect of;

	if (!find_indirect(&of, list, shape, bytes))
		return NAN;
	return price__quantile(of.loaded, 0.5) - price__quantile(of.direct, 0.5) -
	       price__quantile(of.alone, 0.5);
}

static double half_width(const struct price *price)
{
	return (price__quantile(price, 0.75) - price__quantile(price, 0.25)) / 2;
}

double price_list__indirect_spread(const struct price_list *list, enum price_shape shape,
				   __u64 bytes)
{
	struct indirect of;

	if (!find_indirect(&of, list, shape, bytes) || of.loaded->count < SPREAD_FEW ||
	    of.direct->count < SPREAD_FEW || of.alone->count < SPREAD_FEW)
		return NAN;
	return hypot(hypot(half_width(of.loaded), half_width(of.direct)), half_width(of.alone));
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
