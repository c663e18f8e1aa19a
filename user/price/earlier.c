/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a price was in the calibrations before: prices that hold for minutes may not for hours. */
#include "price/price.h"

#include <math.h>

#define DRIFT_MAX 1.15

static struct price *find_same(struct price_list *list, const struct price_key *key)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (price_key__same(&list->prices[i].key, key))
			return &list->prices[i];
	}
	return NULL;
}

static void price__remember(struct price *price, double median)
{
	if (price->earlier_count < PRICE_EARLIER_MAX)
		price->earlier[price->earlier_count++] = median;
}

void price_list__remember(struct price_list *list, const struct price_list *before)
{
	bool noisy = price_list__is_noisy(before);
	size_t i, k;

	for (i = 0; i < before->count; i++) {
		const struct price *old = &before->prices[i];
		struct price *price = find_same(list, &old->key);

		if (!price)
			continue;
		price->earlier_count = 0;
		if (!noisy && old->count)
			price__remember(price, round(price__quantile(old, 0.5)));
		for (k = 0; k < old->earlier_count; k++)
			price__remember(price, old->earlier[k]);
	}
}

size_t price_list__calibrations(const struct price_list *list)
{
	size_t i, most = 0;

	for (i = 0; i < list->count; i++) {
		if (list->prices[i].earlier_count > most)
			most = list->prices[i].earlier_count;
	}
	return most + 1;
}

double price__drift(const struct price *price)
{
	double median = price__quantile(price, 0.5), least = median, most = median;
	size_t i;

	for (i = 0; i < price->earlier_count; i++) {
		least = fmin(least, price->earlier[i]);
		most = fmax(most, price->earlier[i]);
	}
	return price->count ? fmax(most, 1) / fmax(least, 1) : NAN;
}

bool price__moves(const struct price *price)
{
	return price__drift(price) > DRIFT_MAX;
}
