/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pages of compare, and of the price list: every figure another one, and in its place. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/tt.h"
#include "golden.h"
#include "make_shape.h"
#include "price/keep.h"
#include "unit.h"
#include "view/html.h"
#include "view/html_graph.h"
#include "view/portrait.h"
#include "view/shapes.h"
#include "view/text_prices.h"

TestSuite(golden_compare, .fini = tt__cleanup);

/* ---- shapes ---- */

static char *show_shapes(bool json, bool poor)
{
	struct shapes *shapes = shapes__make(poor);
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
	struct portrait portrait = { .start_realtime_ns = 1795348800123456789ULL,
				     .shape = shape__make(3, processes),
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

/* ---- HTML ---- */

#define HOSTILE "</title><script>alert(1)</script>"

static char *show_html_portrait(bool hostile)
{
	struct portrait portrait = { .shape = shape__make(3, 5),
				     .prices = { 321, 1200, 4300, 15000, 87000 } };
	struct wakes wakes = { 0 };
	char *text = NULL;
	size_t size;
	FILE *out;
	int i;

	wakes__make(&wakes);
	portrait.wakes = &wakes;
	portrait.shape.has_wakes = true;
	portrait.shape.wakes = wakes.sums;
	for (i = 0; i < 5; i++)
		portrait.shape.running_ns[i] = (__u64)(7 - i) * 31 * MS;
	strcpy(portrait.target, hostile ? HOSTILE : "process 4711");
	strcpy(portrait.host, hostile ? "<img src=x onerror=alert(1)>\xff" : "host");
	strcpy(portrait.kernel, hostile ? "\" onload=\"alert(1)" : "6.18.1");
	portrait__draw(&portrait);
	out = open_memstream(&text, &size);
	html__portrait(out, &portrait);
	fclose(out);
	wakes__clear(&wakes);
	return text;
}

Test(golden_compare, portrait_html)
{
	golden__check("portrait.html",
		      golden__cut(show_html_portrait(false), "<style>", "</style>"));
}

Test(golden_compare, shapes_html)
{
	struct shapes *shapes = shapes__make(false);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	html__shapes(out, shapes);
	fclose(out);
	free(shapes);
	golden__check("shapes.html", golden__cut(text, "<style>", "</style>"));
}

Test(golden_compare, html_of_hostile_names_is_text)
{
	char *text = show_html_portrait(true);

	cr_expect_eq(strstr(text, "<script"), NULL);
	cr_expect_eq(strstr(text, "<img"), NULL);
	cr_expect_eq(strstr(text, "<b>"), NULL);
	cr_expect_eq(strstr(text, "\" onload"), NULL);
	cr_expect_eq(strchr(text, '\033'), NULL);
	cr_expect_eq(strchr(text, '\xff'), NULL);
	cr_expect(strstr(text, "<title>&lt;/title&gt;&lt;script&gt;alert(1)"), "%.400s", text);
	cr_expect(strstr(text, "&quot;&lt;b&gt;&amp;&#39;"));
	cr_expect(strstr(text, "&lt;img src=x onerror=alert(1)&gt;\xef\xbf\xbd"));
	cr_expect(strstr(text, "default-src 'none'"), "nothing runs, and nothing is loaded");
	cr_expect_eq(strstr(text, "http:"), NULL);
	cr_expect_eq(strstr(text, "https:"), NULL);
	free(text);
}

/* `count` tasks that one wakes, each so often; those of another process each if `apart`. */
static void add_many(struct wakes *wakes, __u32 first, __u32 count, __u64 often, bool apart)
{
	struct wake_value value = { .count = often };
	struct task_id waker = { .tid = 1,
				 .tgid = 1,
				 .start_ns = 1,
				 .leader_ns = 1,
				 .flags = TASK_ID_TRACED,
				 .comm = "one" };
	__u32 i;

	for (i = first; i < first + count; i++) {
		struct task_id woken = { .tid = i,
					 .tgid = apart ? i : 1,
					 .start_ns = i,
					 .leader_ns = apart ? i : 1,
					 .comm = "many" };

		cr_assert_eq(wakes__add(wakes, &waker, &woken, WAKE_PIPE, &value), 0);
	}
}

/* A node for each thread while those that matter have room, else one for all with a name. */
Test(golden_compare, graph_of_many_tasks)
{
	struct wakes wakes = { 0 };
	struct graph *graph = calloc(1, sizeof(*graph));

	cr_assert(graph);
	add_many(&wakes, 2, 200, 10, false);
	cr_assert_eq(graph__make(graph, &wakes), 0);
	cr_expect_eq(graph->grain, GRAIN_NAME_IN_PROCESS);
	cr_expect_eq(graph->node_count, 2);
	cr_expect_eq(graph->edge_count, 1);
	cr_expect_eq(graph->edges[0].count, 2000);
	wakes__clear(&wakes);

	add_many(&wakes, 2, 40, 10, true);
	cr_assert_eq(graph__make(graph, &wakes), 0);
	cr_expect_eq(graph->grain, GRAIN_NAME);
	cr_expect_eq(graph->node_count, 2);
	cr_expect_eq(graph->nodes[0].tasks + graph->nodes[1].tasks, 41);
	wakes__clear(&wakes);

	add_many(&wakes, 2, 5, 1000, false);
	add_many(&wakes, 100, 50, 1, true);
	cr_assert_eq(graph__make(graph, &wakes), 0);
	cr_expect_eq(graph->grain, GRAIN_THREAD);
	cr_expect_eq(graph->node_count, 7, "one, five, and the others");
	cr_expect_eq(graph->nodes[6].tasks, 50);
	cr_expect_eq(graph->nodes[6].count, 50);
	cr_expect_eq(graph->drawn, 5050);
	cr_expect_eq(graph->all, 5050);
	wakes__clear(&wakes);
	free(graph);
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
/* In three calibrations before: two prices hold, one was dearer once, and one cheaper. */
static void make_earlier(struct price_list *list)
{
	static const double times[][3] = {
		{ 1.01, 1.02, 0.99 }, { 1.14, 1.0, 1.02 }, { 1.0, 1.64, 1.03 }, { 1.01, 1.02, 0.83 }
	};
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(times); i++) {
		struct price *price = &list->prices[7 * i];

		for (k = 0; k < 3; k++)
			price->earlier[k] = round(times[i][k] * price__quantile(price, 0.5));
		price->earlier_count = 3;
	}
}

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
	make_earlier(list);
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
