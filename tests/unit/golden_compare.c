/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pages of compare, and of the price list: every figure another one, and in its place. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/tt.h"
#include "golden.h"
#include "price/keep.h"
#include "unit.h"
#include "view/portrait.h"
#include "view/shapes.h"
#include "view/text_prices.h"

TestSuite(golden_compare, .fini = tt__cleanup);

#define MS 1000000ULL

/* ---- shapes ---- */

/* Each counter and sum is another prime's multiple; `seed` sets two shapes apart. */
static struct shape shape_of(__u64 seed, __u64 processes)
{
	struct shape shape = { .runs = 1, .cpus = 6, .has_states = true, .has_create = true };
	__u64 next = 1009 * seed;
	int i, j;

	for (i = 0; i < ROW_COUNTERS; i++) {
		shape.n[i] = next += 7919;
		shape.has_counter[i] = true;
	}
	for (i = 0; i < ROW_DISTS; i++) {
		shape.has_dist[i] = true;
		for (j = 0; j < 40; j++)
			dist__add_sample(&shape.dist[i], i,
					 (next += 104729) / (i >= D_SWITCH_THREAD ? 60 : 3));
	}
	shape.n[C_ONCPU] = (700 + 31 * seed) * MS + next;
	shape.dist[D_RUNQ].sum = (230 + 17 * seed) * MS + next;
	shape.dist[D_OFF_SLEEP].sum = (410 + 23 * seed) * MS + next;
	shape.dist[D_OFF_DISK].sum = (130 + 11 * seed) * MS + next;
	shape.dist[D_OFF_OTHER].sum = (70 + 5 * seed) * MS + next;
	shape.elapsed_ns = (500 + 29 * seed) * MS + next;
	shape.duration_ns = (600 + 37 * seed) * MS + next;
	shape.processes = processes;
	shape.threads = processes + 6;
	shape.most_threads = 7 - processes / 2;
	for (i = 0; i < SPAWN_KINDS; i++)
		shape.created[i] = 20 * seed + (__u64)(i * i) + 3;
	shape.create_ns = (37 + 2 * seed) * MS + next;
	for (i = 0; i < END_CLASSES; i++)
		shape.ends[i] = 50 * seed + (__u64)(i * i) + 2;
	shape.memory = (struct shape_memory){
		.samples = 90 + seed,
		.processes = processes,
		.sum = { .rss = seed * 9100000,
			 .pss = seed * 7300000,
			 .private = seed * 5200000,
			 .shared = seed * 3100000,
			 .swap = seed * 1700000,
			 .page_tables = seed * 130000,
			 .threads = processes + 6 },
		.unreadable = seed,
	};
	shape.idle_ns = (900 - 19 * seed) * MS + next;
	shape.others_ns = 50 * MS * seed;
	return shape;
}

/* Three rounds of each, the second side with a crash; `poor`: with little that is known. */
static struct shapes *make_shapes(bool poor)
{
	struct shapes *shapes = calloc(1, sizeof(*shapes));
	__u64 round;
	int side;

	cr_assert(shapes);
	strcpy(shapes->host, "host");
	strcpy(shapes->kernel, "6.18.1");
	strcpy(shapes->side[0].command, "./threads 4 100");
	memset(shapes->side[1].command, 'x', sizeof(shapes->side[1].command) - 1);
	for (round = 1; round <= 3; round++) {
		for (side = 0; side < 2; side++) {
			struct shape run = shape_of(round + 4 * (__u64)side, side ? 5 : 1);

			if (side) {
				run.crashes = round;
				run.crash_victims = 2 + round;
				run.incomplete = round == 2;
				run.status = round == 3 ? 7 : 0;
				run.failed = round == 3;
			}
			if (poor) {
				memset(&run.has_dist, 0, sizeof(run.has_dist));
				memset(&run.memory, 0, sizeof(run.memory));
				run.has_states = run.has_create = false;
			}
			shapes__add(shapes, side, &run);
		}
	}
	shapes__judge(shapes, poor ? NAN : 321);
	return shapes;
}

static char *show_shapes(bool json, bool poor)
{
	struct shapes *shapes = make_shapes(poor);
	char *text = NULL;
	size_t size;
	FILE *out;

	if (json) {
		json_t *object = shapes__to_json(shapes);

		text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(12));
		json_decref(object);
	} else {
		out = open_memstream(&text, &size);
		text__shapes(out, shapes);
		fclose(out);
	}
	free(shapes);
	return text;
}

Test(golden_compare, shapes_text)
{
	golden__check("shapes.txt", show_shapes(false, false));
}

Test(golden_compare, shapes_text_with_little_that_is_known)
{
	golden__check("shapes-poor.txt", show_shapes(false, true));
}

Test(golden_compare, shapes_json)
{
	golden__check("shapes.json", golden__json_lines(show_shapes(true, false)));
}

Test(golden_compare, shapes_json_with_little_that_is_known)
{
	golden__check("shapes-poor.json", golden__json_lines(show_shapes(true, true)));
}

/* ---- a portrait ---- */

static char *show_portrait(bool json, __u64 processes)
{
	struct portrait portrait = { .shape = shape_of(3, processes),
				     .isolation = { .processes = 5,
						    .unreadable = 2,
						    .user = true,
						    .cgroup = true,
						    .space = { [1] = true } },
				     .prices = { 321, 1200, 4300, 15000, 87000 } };
	char *text = NULL;
	size_t size;
	FILE *out;

	strcpy(portrait.target, "process 4711");
	strcpy(portrait.host, "host");
	strcpy(portrait.kernel, "6.18.1");
	portrait__draw(&portrait);
	if (json) {
		json_t *object = portrait__to_json(&portrait);

		text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(12));
		json_decref(object);
	} else {
		out = open_memstream(&text, &size);
		text__portrait(out, &portrait);
		fclose(out);
	}
	return text;
}

Test(golden_compare, portrait_text)
{
	golden__check("portrait.txt", show_portrait(false, 5));
}

Test(golden_compare, portrait_text_of_threads)
{
	golden__check("portrait-threads.txt", show_portrait(false, 1));
}

Test(golden_compare, portrait_json)
{
	golden__check("portrait.json", golden__json_lines(show_portrait(true, 5)));
}

/* ---- prices ---- */

static void add_price(struct price_list *list, struct price_key key)
{
	struct price *price = &list->prices[list->count];
	size_t i;

	*price = (struct price){ .key = key, .every = 1, .count = 11 };
	for (i = 0; i < price->count; i++)
		price->ns[i] = 1000 + 317 * (double)list->count +
			       (double)(list->count * list->count + 13 * i * i);
	list->count++;
}

/* One of each; a working set of which not all was measured, and a creation of which nothing was. */
static void make_prices(struct price_list *list)
{
	int shape, channel, other, call;
	__u64 bytes;

	*list = (struct price_list){
		.rounds = 11,
		.disturbed = 0.031,
		.spread = 0.047,
		.machine = { .cpus = 6, .cache_bytes = 12 << 20, .time_ns = 1764191999123456789ULL }
	};
	strcpy(list->machine.host, "host");
	strcpy(list->machine.kernel, "6.18.1 #1 SMP");
	strcpy(list->machine.cpu, "CPU of a kind");
	list->prices = calloc(100, sizeof(*list->prices));
	cr_assert(list->prices);
	for (channel = CHANNEL_FUTEX; channel < PRICE_CHANNELS; channel++)
		for (shape = SHAPE_THREAD; shape < PRICE_SHAPES; shape++)
			for (other = 0; other < 2; other++)
				add_price(list, (struct price_key){
							.what = PRICE_HANDOFF,
							.shape = (enum price_shape)shape,
							.channel = (enum price_channel)channel,
							.other_cpu = other });
	for (bytes = 4096; bytes <= 1 << 20; bytes *= 16) {
		add_price(list, (struct price_key){ .what = PRICE_ALONE, .bytes = bytes });
		for (shape = SHAPE_THREAD; shape < PRICE_SHAPES && bytes < 1 << 20; shape++)
			add_price(list, (struct price_key){ .what = PRICE_HANDOFF,
							    .shape = (enum price_shape)shape,
							    .channel = CHANNEL_FUTEX,
							    .bytes = bytes });
	}
	for (call = CALL_THREAD; call < PRICE_CALLS; call++)
		add_price(list, (struct price_key){ .what = PRICE_CREATE,
						    .call = (enum price_call)call,
						    .bytes = call == CALL_FORK ? 3 << 20 : 0 });
	add_price(list, (struct price_key){ .what = PRICE_COW });
	list->prices[list->count - 1].count = 0;
	strcpy(list->prices[list->count - 1].unavailable, "no memory");
}

static char *show_prices(bool json, double disturbed, double spread)
{
	struct price_list list;
	char *text = NULL;
	size_t size;
	FILE *out;

	make_prices(&list);
	list.disturbed = disturbed;
	list.spread = spread;
	if (json) {
		json_t *object = price_list__to_json(&list);

		text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(12));
		json_decref(object);
	} else {
		out = open_memstream(&text, &size);
		text__prices(out, &list);
		fclose(out);
	}
	price_list__free(&list);
	return text;
}

Test(golden_compare, prices_text)
{
	golden__check("prices.txt", show_prices(false, 0.031, 0.047));
}

Test(golden_compare, prices_text_of_a_noisy_machine)
{
	golden__check("prices-noisy.txt", show_prices(false, -1, 0.9));
}

Test(golden_compare, prices_json)
{
	golden__check("prices.json", golden__json_lines(show_prices(true, 0.031, 0.047)));
}
