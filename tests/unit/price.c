/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's price list: percentiles, differences, and what a kept list has to be to be used. */
#include "price/price.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "price/calibrate.h"
#include "price/keep.h"
#include "unit.h"
#include "view/text_prices.h"

static struct price_list list;
static char directory[] = "/tmp/tasktoll-test-XXXXXX", path[4096];

static void add(struct price_key key, double first, double step, size_t count)
{
	struct price *price = &list.prices[list.count++];
	size_t i;

	*price = (struct price){ .key = key, .every = 1, .count = count };
	for (i = 0; i < count; i++)
		price->ns[i] = first + step * (double)i;
}

static struct price_key handoff(enum price_shape shape, __u64 bytes)
{
	return (struct price_key){
		.what = PRICE_HANDOFF, .shape = shape, .channel = CHANNEL_FUTEX, .bytes = bytes
	};
}

static void begin(void)
{
	list = (struct price_list){ .rounds = 5, .disturbed = 0.01, .spread = 0.02 };
	price_machine__read(&list.machine);
	list.prices = calloc(8, sizeof(*list.prices));
	cr_assert(list.prices);
	add(handoff(SHAPE_THREAD, 0), 1000, 10, 5);
	add(handoff(SHAPE_PROCESS, 0), 1500, 20, 5);
	add((struct price_key){ .what = PRICE_ALONE, .bytes = 65536 }, 300, 1, 5);
	add(handoff(SHAPE_THREAD, 65536), 2000, 0, 5);
	add((struct price_key){ .what = PRICE_CREATE, .call = CALL_FORK, .bytes = 1 << 20 }, 64000,
	    500, 3);
	add((struct price_key){ .what = PRICE_COW }, 700, 0, 0);
	snprintf(list.prices[5].unavailable, sizeof(list.prices[5].unavailable), "no memory");
	cr_assert(mkdtemp(directory));
	cr_assert_eq(setenv("XDG_CACHE_HOME", directory, 1), 0);
	unsetenv("SUDO_UID");
	cr_assert_eq(price_list__path(path, sizeof(path)), 0);
}

static void end(void)
{
	char inner[64];

	price_list__free(&list);
	unlink(path);
	snprintf(inner, sizeof(inner), "%s/tasktoll", directory);
	rmdir(inner);
	rmdir(directory);
}

TestSuite(price, .init = begin, .fini = end);

Test(price, percentiles_lie_between_samples)
{
	const struct price *price = &list.prices[0];

	cr_expect_eq(price__quantile(price, 0), 1000);
	cr_expect_eq(price__quantile(price, 0.5), 1020);
	cr_expect_eq(price__quantile(price, 0.625), 1025);
	cr_expect_eq(price__quantile(price, 1), 1040);
	cr_expect(isnan(price__quantile(&list.prices[5], 0.5)), "of no samples there is none");
}

Test(price, processes_cost_more_by)
{
	cr_expect_eq(price_list__process_extra(&list, CHANNEL_FUTEX), 520);
	cr_expect(isnan(price_list__process_extra(&list, CHANNEL_PIPE)));
}

Test(price, indirect_is_what_neither_switch_nor_work_explain)
{
	cr_expect_eq(price_list__indirect(&list, SHAPE_THREAD, 65536), 2000 - 1020 - 302);
	cr_expect(isnan(price_list__indirect(&list, SHAPE_PROCESS, 65536)));
	cr_expect_float_eq(price_list__indirect_spread(&list, SHAPE_THREAD, 65536), hypot(10, 1),
			   1e-9, "of middle halves of 20, 2 and 0 ns");
	cr_expect(isnan(price_list__indirect_spread(&list, SHAPE_PROCESS, 65536)));
}

Test(price, noise_is_told)
{
	cr_expect_not(price_list__is_noisy(&list));
	list.disturbed = 0.21;
	cr_expect(price_list__is_noisy(&list));
	list.disturbed = -1;
	cr_expect_not(price_list__is_noisy(&list));
	list.spread = 0.26;
	cr_expect(price_list__is_noisy(&list));
	list.spread = NAN;
	cr_expect(price_list__is_noisy(&list));
}

Test(price, what_is_kept_is_recalled)
{
	struct failure failure = { 0 };
	struct price_list kept;
	size_t i;

	list.prices[1].earlier_count = 2;
	list.prices[1].earlier[0] = 1234;
	list.prices[1].earlier[1] = 567;
	cr_assert_eq(price_list__keep(&list, &failure), 0, "%s", failure.text);
	cr_assert_eq(price_list__recall(&kept, &failure), 0, "%s", failure.text);
	SAME_TEXT(kept.machine.kernel, list.machine.kernel);
	SAME(kept.machine.cache_bytes, list.machine.cache_bytes);
	SAME(kept.machine.time_ns, list.machine.time_ns);
	SAME(kept.rounds, 5);
	cr_expect_eq(kept.disturbed, 0.01);
	cr_expect_eq(kept.spread, 0.02);
	SAME(kept.count, list.count);
	for (i = 0; i < list.count; i++) {
		SAME(kept.prices[i].count, list.prices[i].count);
		cr_expect_eq(memcmp(&kept.prices[i].key, &list.prices[i].key,
				    sizeof(kept.prices[i].key)),
			     0, "price %zu", i);
		cr_expect_eq(memcmp(kept.prices[i].ns, list.prices[i].ns,
				    sizeof(double) * list.prices[i].count),
			     0, "price %zu", i);
		SAME_TEXT(kept.prices[i].unavailable, list.prices[i].unavailable);
		SAME(kept.prices[i].earlier_count, list.prices[i].earlier_count);
	}
	cr_expect_eq(kept.prices[1].earlier[0], 1234);
	cr_expect_eq(kept.prices[1].earlier[1], 567);
	price_list__free(&kept);
}

Test(price, earlier_medians_are_remembered)
{
	struct price_list before = list;
	struct price prices[8];

	memcpy(prices, list.prices, sizeof(prices));
	before.prices = prices;
	prices[0].count = 3; /* its median is 1010 */
	prices[0].earlier_count = 4;
	memcpy(prices[0].earlier, (double[]){ 900, 1170, 800, 700 }, sizeof(prices[0].earlier));
	price_list__remember(&list, &before);
	SAME(list.prices[0].earlier_count, 4);
	cr_expect_eq(list.prices[0].earlier[0], 1010);
	cr_expect_eq(list.prices[0].earlier[1], 900);
	cr_expect_eq(list.prices[0].earlier[3], 800, "the fifth is forgotten");
	SAME(list.prices[1].earlier_count, 1);
	SAME(list.prices[5].earlier_count, 0); /* of no samples there is no median */
	SAME(price_list__calibrations(&list), 5);
	before.disturbed = 0.5;
	price_list__remember(&list, &before);
	SAME(list.prices[0].earlier_count, 4);
	cr_expect_eq(list.prices[0].earlier[0], 900, "of a noisy list only what it remembered");
	SAME(list.prices[1].earlier_count, 0);
}

Test(price, a_price_moves_beyond_a_seventh)
{
	struct price *price = &list.prices[0]; /* its median is 1020 */

	cr_expect_eq(price__drift(price), 1);
	price->earlier_count = 2;
	price->earlier[0] = 1020 * 1.14;
	price->earlier[1] = 1020;
	cr_expect_not(price__moves(price));
	price->earlier[1] = 1000; /* 14% more in one, 2% less in the other */
	cr_expect(price__moves(price));
	cr_expect_float_eq(price__drift(price), 1.02 * 1.14, 1e-9);
	price->earlier[1] = 0;
	cr_expect_float_eq(price__drift(price), 1020 * 1.14, 1e-9, "0 counts as one nanosecond");
	cr_expect(isnan(price__drift(&list.prices[5])));
	cr_expect_not(price__moves(&list.prices[5]));
}

static void expect_stale(char *field, const char *why)
{
	struct failure failure = { 0 };
	struct price_list kept;
	char before = *field;

	*field = before == 'x' ? 'y' : 'x';
	cr_assert_eq(price_list__keep(&list, &failure), 0, "%s", failure.text);
	cr_expect_eq(price_list__recall(&kept, &failure), -ESTALE, "%s", why);
	cr_expect(strstr(failure.text, why), "%s", failure.text);
	cr_expect(strstr(failure.text, "(run tasktoll calibrate)"), "%s", failure.text);
	*field = before;
}

Test(price, of_another_machine_it_is_not_used)
{
	expect_stale(list.machine.host, "another host");
	expect_stale(list.machine.kernel, "another kernel");
	expect_stale(list.machine.cpu, "other CPUs");
	expect_stale(list.machine.microcode, "other microcode");
	expect_stale(list.machine.mitigations, "other mitigations");
}

Test(price, none_is_no_list)
{
	struct failure failure = { 0 };
	struct price_list kept;

	cr_expect_eq(price_list__recall(&kept, &failure), -ENOENT);
	cr_expect(strstr(failure.text, "no prices in"), "%s", failure.text);
}

/* Each removes or spoils one thing of a good list. */
static int recall_spoiled(const char *name, json_t *value)
{
	struct failure failure = { 0 };
	struct price_list kept = { 0 };
	json_t *object = price_list__to_json(&list);
	char *dot = strchr(name, '.');
	json_t *inner = dot ? json_array_get(json_object_get(object, "prices"), 0) : object;
	int err;

	if (value)
		json_object_set_new(inner, dot ? dot + 1 : name, value);
	else
		json_object_del(inner, dot ? dot + 1 : name);
	err = price_list__from_json(&kept, object);
	if (!err)
		price_list__free(&kept);
	json_decref(object);
	(void)failure;
	return err;
}

Test(price, damage_is_refused)
{
	static const char *const needed[] = {
		"schema",      "host",		 "kernel",	"cpu",
		"cpus",	       "rounds",	 "spread",	"prices",
		"prices.what", "prices.samples", "prices.bytes"
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(needed); i++)
		cr_expect_eq(recall_spoiled(needed[i], NULL), -EINVAL, "without %s", needed[i]);
	for (i = 0; i < ARRAY_SIZE(needed); i++)
		cr_expect_eq(recall_spoiled(needed[i], json_true()), -EINVAL, "%s true", needed[i]);
	cr_expect_eq(recall_spoiled("prices.samples", json_pack("[ii]", 5, 4)), -EINVAL,
		     "samples ascend");
	cr_expect_eq(recall_spoiled("prices.samples", json_pack("[i]", -1)), -EINVAL);
	cr_expect_eq(recall_spoiled("prices.earlier_p50", NULL), 0, "lists of before lack it");
	cr_expect_eq(recall_spoiled("prices.earlier_p50", json_integer(5)), -EINVAL);
	cr_expect_eq(recall_spoiled("prices.earlier_p50", json_pack("[i]", -1)), -EINVAL);
	cr_expect_eq(recall_spoiled("prices.earlier_p50", json_pack("[iiiii]", 1, 2, 3, 4, 5)),
		     -EINVAL, "five are too many");
	cr_expect_eq(recall_spoiled("prices.shape", json_string("house")), -EINVAL);
	cr_expect_eq(recall_spoiled("rounds", json_integer(102)), -EINVAL);
	cr_expect_eq(recall_spoiled("schema", json_string("tasktoll.prices/2")), -EINVAL);
}

Test(price, a_file_that_is_none_is_told)
{
	static const char *const texts[] = { "", "{", "[]", "null", "{\"schema\": 1}" };
	struct failure failure = { 0 };
	struct price_list kept;
	size_t i;

	cr_assert_eq(price_list__keep(&list, &failure), 0);
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		FILE *file = fopen(path, "w");

		fputs(texts[i], file);
		fclose(file);
		cr_expect_eq(price_list__recall(&kept, &failure), -EINVAL, "%s", texts[i]);
		cr_expect(strstr(failure.text, "it is not a price list"), "%s", failure.text);
	}
	unlink(path);
	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_expect_eq(price_list__recall(&kept, &failure), -EINVAL, "a FIFO must not block");
	cr_expect(strstr(failure.text, "no regular file"), "%s", failure.text);
	unlink(path);
	cr_assert_eq(symlink("/dev/zero", path), 0);
	cr_expect_eq(price_list__recall(&kept, &failure), -EINVAL, "a device has no end");
}

Test(price, page)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	snprintf(list.machine.host, sizeof(list.machine.host), "made");
	snprintf(list.machine.kernel, sizeof(list.machine.kernel), "6.1.0 #1 SMP");
	snprintf(list.machine.cpu, sizeof(list.machine.cpu), "Made\033[31m CPU");
	list.machine.cpus = 4;
	list.machine.cache_bytes = 8 << 20;
	list.machine.time_ns = 0;
	text__prices(out, &list);
	fclose(out);
	cr_expect(strstr(text, "tasktoll  prices of made (4 CPUs, Made"), "%s", text);
	cr_expect_not(strchr(text, '\033'), "%s", text);
	cr_expect(strstr(text, "    futex       1.02us  1.00us..1.04us      1.54us  "
			       "1.51us..1.57us       520ns\n"),
		  "%s", text);
	cr_expect(
		strstr(text,
		       "        none         -    1.02us       0ns     0ns   1.54us       0ns     "
		       "0ns\n"),
		"%s", text);
	cr_expect(
		strstr(text,
		       "     64.0KiB     302ns    2.00us     678ns    10ns      n/a       n/a     "
		       "n/a\n"),
		"%s", text);
	cr_expect(strstr(text, "  two CPUs\n    futex          n/a"), "%s", text);
	cr_expect(strstr(text, "\n  fork of 1.00MiB          64.5us  64.1us..64.9us\n"), "%s",
		  text);
	cr_expect(strstr(text, "\n  first write to a page       n/a  no memory\n"), "%s", text);
	cr_expect(strstr(text, "other tasks used 1.0% of the CPUs' time"), "%s", text);
	free(text);
}

/* Six rows of n/a would not say why. */
Test(price, one_cpu_is_told)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct price *price = &list.prices[list.count++];

	*price = (struct price){ .key = handoff(SHAPE_THREAD, 0) };
	price->key.other_cpu = true;
	snprintf(price->unavailable, sizeof(price->unavailable), "only one CPU may be used");
	text__prices(out, &list);
	fclose(out);
	cr_expect(strstr(text, "  two CPUs: n/a, only one CPU may be used\n  wake the other"), "%s",
		  text);
	free(text);
}

/* ---- the measurements themselves ---- */

static bool never(void *context, size_t done, size_t all)
{
	(void)context;
	(void)all;
	return done < 4;
}

Test(price, stopped_early_there_is_none)
{
	struct calibration calibration = { .rounds = 3, .progress = never };
	struct price_list none;

	cr_expect_eq(calibrate__run(&none, &calibration), -ECANCELED);
}
