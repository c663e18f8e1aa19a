/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/compare_prices.h"

#include <errno.h>
#include <math.h>

#include "price/keep.h"

static double price_of(const struct price_list *list, struct price_key key)
{
	const struct price *price = price_list__find(list, &key);

	return price ? price__quantile(price, 0.5) : NAN;
}

static const char *why_none(int err)
{
	switch (err) {
	case -ENOENT:
		return "there is no price list: run tasktoll calibrate";
	case -ESTALE:
		return "the price list is of another machine or kernel: run tasktoll calibrate";
	default:
		return "the price list cannot be read: run tasktoll calibrate";
	}
}

struct portrait_prices compare_prices__read(const char **ret_why)
{
	static const enum price_channel channels[WAKE_CHANNELS] = {
		[WAKE_FUTEX] = CHANNEL_FUTEX,	  [WAKE_PIPE] = CHANNEL_PIPE,
		[WAKE_UNIX] = CHANNEL_UNIX,	  [WAKE_TCP] = CHANNEL_TCP,
		[WAKE_EVENTFD] = CHANNEL_EVENTFD, [WAKE_SIGNAL] = CHANNEL_SIGNAL,
	};
	struct portrait_prices prices = portrait_prices__none();
	struct price_list list = { 0 };
	struct failure none = { 0 };
	int channel, err = price_list__recall(&list, &none);

	if (err) {
		*ret_why = why_none(err);
		return prices;
	}
	if (price_list__is_noisy(&list)) {
		*ret_why = "the price list is noisy: run tasktoll calibrate on the quiet machine";
	} else {
		prices.process_extra = price_list__process_extra(&list, CHANNEL_FUTEX);
		prices.futex = price_of(&list, (struct price_key){ .what = PRICE_HANDOFF,
								   .shape = SHAPE_THREAD,
								   .channel = CHANNEL_FUTEX });
		prices.pipe = price_of(&list, (struct price_key){ .what = PRICE_HANDOFF,
								  .shape = SHAPE_PROCESS,
								  .channel = CHANNEL_PIPE });
		prices.thread = price_of(&list, (struct price_key){ .what = PRICE_CREATE,
								    .call = CALL_THREAD });
		prices.fork = price_of(&list, (struct price_key){ .what = PRICE_CREATE,
								  .call = CALL_FORK,
								  .bytes = 1 << 20 });
		for (channel = 0; channel < WAKE_CHANNELS; channel++) {
			if (channels[channel] != CHANNEL_NONE)
				prices.extra_by[channel] =
					price_list__process_extra(&list, channels[channel]);
		}
	}
	price_list__free(&list);
	return prices;
}
