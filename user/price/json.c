/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "price/keep.h"

#define SCHEMA	   "tasktoll.prices/1"
#define PRICES_MAX 1000

/* ---- writing ---- */

static void put_text(json_t *object, const char *name, const char *text)
{
	json_object_set_new(object, name, json_string(text));
}

static void put_ns(json_t *object, const char *name, double ns)
{
	json_object_set_new(object, name, isnan(ns) ? json_null() : json_integer(llround(ns)));
}

static json_t *key_to_json(const struct price_key *key)
{
	json_t *object = json_object();

	put_text(object, "what", price_whats[key->what]);
	if (key->shape)
		put_text(object, "shape", price_shapes[key->shape]);
	if (key->channel)
		put_text(object, "channel", price_channels[key->channel]);
	if (key->call)
		put_text(object, "call", price_calls[key->call]);
	if (key->what == PRICE_HANDOFF)
		put_text(object, "cpus", key->other_cpu ? "other" : "same");
	json_object_set_new(object, "bytes", json_integer((json_int_t)key->bytes));
	return object;
}

static json_t *price_to_json(const struct price *price)
{
	static const struct {
		const char *name;
		double share;
	} quantiles[] = { { "min", 0 },	   { "p10", 0.1 }, { "p25", 0.25 }, { "p50", 0.5 },
			  { "p75", 0.75 }, { "p90", 0.9 }, { "max", 1 } };
	json_t *object = key_to_json(&price->key), *samples = json_array(), *earlier = json_array();
	size_t i;

	json_object_set_new(object, "count", json_integer((json_int_t)price->count));
	for (i = 0; i < sizeof(quantiles) / sizeof(*quantiles); i++)
		put_ns(object, quantiles[i].name, price__quantile(price, quantiles[i].share));
	for (i = 0; i < price->count; i++)
		json_array_append_new(samples, json_integer(llround(price->ns[i])));
	json_object_set_new(object, "samples", samples);
	for (i = 0; i < price->earlier_count; i++)
		json_array_append_new(earlier, json_integer(llround(price->earlier[i])));
	json_object_set_new(object, "earlier_p50", earlier);
	json_object_set_new(object, "moves", json_boolean(price__moves(price)));
	if (*price->unavailable)
		put_text(object, "unavailable", price->unavailable);
	return object;
}

json_t *price_list__to_json(const struct price_list *list)
{
	const struct price_machine *machine = &list->machine;
	json_t *object = json_object(), *prices = json_array();
	size_t i;

	put_text(object, "schema", SCHEMA);
	put_text(object, "host", machine->host);
	put_text(object, "kernel", machine->kernel);
	put_text(object, "cpu", machine->cpu);
	put_text(object, "microcode", machine->microcode);
	put_text(object, "mitigations", machine->mitigations);
	json_object_set_new(object, "cpus", json_integer(machine->cpus));
	json_object_set_new(object, "cache_bytes", json_integer((json_int_t)machine->cache_bytes));
	put_text(object, "time", clock__iso8601(machine->time_ns).text);
	json_object_set_new(object, "time_ns", json_integer((json_int_t)machine->time_ns));
	json_object_set_new(object, "rounds", json_integer(list->rounds));
	json_object_set_new(object, "disturbed",
			    list->disturbed < 0 ? json_null() : json_real(list->disturbed));
	json_object_set_new(object, "spread", json_real(list->spread));
	json_object_set_new(object, "noisy", json_boolean(price_list__is_noisy(list)));
	for (i = 0; i < list->count; i++)
		json_array_append_new(prices, price_to_json(&list->prices[i]));
	json_object_set_new(object, "prices", prices);
	return object;
}

/* ---- reading: anyone may have written it ---- */

/* Returns 0 or -EINVAL. */
static int take_text(const json_t *object, const char *name, char *text, size_t size)
{
	const char *value = json_string_value(json_object_get(object, name));

	if (!value || strlen(value) >= size)
		return -EINVAL;
	strcpy(text, value);
	return 0;
}

static int take_count(const json_t *object, const char *name, __u64 most, __u64 *ret_count)
{
	const json_t *value = json_object_get(object, name);

	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    (__u64)json_integer_value(value) > most)
		return -EINVAL;
	*ret_count = (__u64)json_integer_value(value);
	return 0;
}

/* The place of a word in its list; a missing one is the first, "". */
static int take_word(const json_t *object, const char *name, const char *const *words, int count,
		     int *ret_place)
{
	const json_t *value = json_object_get(object, name);
	const char *text = value ? json_string_value(value) : "";
	int i;

	for (i = 0; text && i < count; i++)
		if (!strcmp(words[i], text)) {
			*ret_place = i;
			return 0;
		}
	return -EINVAL;
}

static int key_from_json(struct price_key *key, const json_t *object)
{
	const char *cpus = json_string_value(json_object_get(object, "cpus"));
	int what, shape, channel, call;

	if (take_word(object, "what", price_whats, PRICE_WHATS, &what) ||
	    take_word(object, "shape", price_shapes, PRICE_SHAPES, &shape) ||
	    take_word(object, "channel", price_channels, PRICE_CHANNELS, &channel) ||
	    take_word(object, "call", price_calls, PRICE_CALLS, &call) ||
	    take_count(object, "bytes", 1ULL << 50, &key->bytes))
		return -EINVAL;
	key->what = (enum price_what)what;
	key->shape = (enum price_shape)shape;
	key->channel = (enum price_channel)channel;
	key->call = (enum price_call)call;
	key->other_cpu = cpus && !strcmp(cpus, "other");
	return 0;
}

/* Lists of before do not have it. */
static int earlier_from_json(struct price *price, const json_t *earlier)
{
	size_t i, count = json_array_size(earlier);

	if ((earlier && !json_is_array(earlier)) || count > PRICE_EARLIER_MAX)
		return -EINVAL;
	for (i = 0; i < count; i++) {
		const json_t *median = json_array_get(earlier, i);

		if (!json_is_integer(median) || json_integer_value(median) < 0)
			return -EINVAL;
		price->earlier[i] = (double)json_integer_value(median);
	}
	price->earlier_count = count;
	return 0;
}

static int price_from_json(struct price *price, const json_t *object)
{
	const json_t *samples = json_object_get(object, "samples");
	double before = 0;
	size_t i;

	*price = (struct price){ .every = 1 };
	price->count = json_array_size(samples);
	if (key_from_json(&price->key, object) || !json_is_array(samples) ||
	    price->count > PRICE_ROUNDS_MAX)
		return -EINVAL;
	if (json_object_get(object, "unavailable") &&
	    take_text(object, "unavailable", price->unavailable, sizeof(price->unavailable)))
		return -EINVAL;
	for (i = 0; i < price->count; i++) {
		const json_t *sample = json_array_get(samples, i);

		price->ns[i] = (double)json_integer_value(sample);
		if (!json_is_integer(sample) || price->ns[i] < before)
			return -EINVAL;
		before = price->ns[i];
	}
	return earlier_from_json(price, json_object_get(object, "earlier_p50"));
}

static int machine_from_json(struct price_machine *machine, const json_t *object)
{
	__u64 cpus;

	if (take_text(object, "host", machine->host, sizeof(machine->host)) ||
	    take_text(object, "kernel", machine->kernel, sizeof(machine->kernel)) ||
	    take_text(object, "cpu", machine->cpu, sizeof(machine->cpu)) ||
	    take_text(object, "microcode", machine->microcode, sizeof(machine->microcode)) ||
	    take_text(object, "mitigations", machine->mitigations, sizeof(machine->mitigations)) ||
	    take_count(object, "cpus", 1 << 20, &cpus) ||
	    take_count(object, "cache_bytes", 1ULL << 50, &machine->cache_bytes) ||
	    take_count(object, "time_ns", INT64_MAX, &machine->time_ns))
		return -EINVAL;
	machine->cpus = (unsigned int)cpus;
	return 0;
}

static int prices_from_json(struct price_list *list, const json_t *array)
{
	size_t i, count = json_array_size(array);

	if (!json_is_array(array) || count > PRICES_MAX)
		return -EINVAL;
	list->prices = calloc(count + 1, sizeof(*list->prices));
	if (!list->prices)
		return -ENOMEM;
	list->count = count;
	for (i = 0; i < count; i++)
		if (price_from_json(&list->prices[i], json_array_get(array, i)))
			return -EINVAL;
	return 0;
}

int price_list__from_json(struct price_list *ret_list, const json_t *object)
{
	struct price_list list = { .disturbed = -1 };
	const json_t *disturbed = json_object_get(object, "disturbed");
	const json_t *spread = json_object_get(object, "spread");
	char schema[sizeof(SCHEMA)];
	__u64 rounds;
	int err;

	if (take_text(object, "schema", schema, sizeof(schema)) || strcmp(schema, SCHEMA) ||
	    take_count(object, "rounds", PRICE_ROUNDS_MAX, &rounds) || !json_is_number(spread))
		return -EINVAL;
	list.rounds = (unsigned int)rounds;
	list.spread = json_number_value(spread);
	if (json_is_number(disturbed))
		list.disturbed = json_number_value(disturbed);
	err = machine_from_json(&list.machine, object);
	if (!err)
		err = prices_from_json(&list, json_object_get(object, "prices"));
	if (err)
		price_list__free(&list);
	else
		*ret_list = list;
	return err;
}
