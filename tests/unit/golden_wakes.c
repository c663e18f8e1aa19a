/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who wakes whom, drawn and listed, of runs of many shapes: one task, a few threads, several
 * processes, more tasks than can be drawn, with and without what is outside, an interrupt, or not seen.
 */
#include <stdlib.h>
#include <string.h>

#include "../lib/tt.h"
#include "golden.h"
#include "make_reading.h"
#include "unit.h"
#include "view/html.h"
#include "view/html_graph.h"
#include "view/wakes.h"

TestSuite(golden_wakes, .fini = tt__cleanup);

static const struct shape_of_run {
	__u32 tasks, processes, names, pairs;
	bool outside, interrupts, unseen;
} runs[] = {
	{ 1, 1, 1, 1, false, false, false }, { 2, 1, 1, 2, false, false, false },
	{ 2, 2, 2, 3, true, false, false },  { 3, 1, 2, 4, false, true, false },
	{ 4, 2, 1, 6, false, false, true },  { 5, 5, 3, 8, true, true, true },
	{ 9, 3, 9, 20, true, false, true },  { 40, 4, 2, 60, false, true, false },
	{ 60, 30, 3, 90, true, true, true }, { 300, 150, 100, 320, false, false, false },
};

static struct wake_end end_of(const struct shape_of_run *run, __u32 i)
{
	struct wake_end end = { .tid = 100 + i,
				.tgid = 100 + i % run->processes,
				.start_ns = 1000 + i,
				.leader_ns = 1000 + i % run->processes };

	snprintf(end.comm, sizeof(end.comm), "task %u", i % run->names);
	return end;
}

/* Each pair once, by one channel, so often as no other. */
static void make(struct wakes *wakes, const struct shape_of_run *run, __u64 seed)
{
	struct chance chance = { seed * 77 + 1 };
	__u32 i;

	wakes->list = calloc(run->pairs, sizeof(*wakes->list));
	cr_assert_not_null(wakes->list);
	for (i = 0; i < run->pairs; i++) {
		struct wake *wake = &wakes->list[wakes->count++];

		wake->waker = end_of(run, (__u32)chance__below(&chance, run->tasks));
		wake->woken = end_of(run, i % run->tasks);
		wake->channel = (enum channel_of_wake)chance__below(&chance, WAKE_UNSEEN);
		wake->scope = WAKES_INSIDE;
		if (run->outside && i % 5 == 1)
			wake->scope = WAKES_OUTSIDE;
		else if (run->interrupts && i % 5 == 2)
			wake->scope = WAKES_INTERRUPT;
		else if (run->unseen && i % 5 == 3)
			wake->scope = WAKES_UNSEEN;
		if (wake->scope == WAKES_UNSEEN)
			wake->channel = WAKE_UNSEEN;
		wake->count = 1 + chance__below(&chance, 1ULL << (3 + i % 11)) * 101 + i;
		if (wake->scope == WAKES_UNSEEN)
			continue;
		wake->slept_ns = wake->count * (70000 + i);
		wake->latency.count = wake->count;
		wake->latency.sum = wake->count * (1000 + i);
		wake->latency.bucket[20 + i % 30] = (__u32)wake->count;
	}
	wakes__sort(wakes);
}

static void print_json(FILE *out, const struct wakes *wakes)
{
	json_t *array = wakes__to_json(wakes);
	char *text = json_dumps(array, JSON_COMPACT | JSON_SORT_KEYS);

	fprintf(out, "%s\n", text);
	free(text);
	json_decref(array);
}

Test(golden_wakes, drawn_and_listed)
{
	size_t i, rows, size;
	char *text;
	FILE *out = open_memstream(&text, &size);

	for (i = 0; i < ARRAY_SIZE(runs); i++) {
		struct wakes wakes = { 0 };

		make(&wakes, &runs[i], i);
		fprintf(out, "== %u tasks, %u processes, %u names, %u pairs\n", runs[i].tasks,
			runs[i].processes, runs[i].names, runs[i].pairs);
		html__wakes(out, &wakes, (1 + i) * 700000000);
		for (rows = 0; rows < 4; rows++)
			text__wakes(out, &wakes, rows);
		if (i < 6)
			print_json(out, &wakes);
		free(wakes.list);
	}
	fclose(out);
	golden__check("wakes-drawn.txt", text);
}
