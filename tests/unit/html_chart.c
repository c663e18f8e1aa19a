/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Distributions of switch costs as a drawing: which are drawn, and what is said of the others. */
#include <stdlib.h>
#include <string.h>

#include "../lib/tt.h"
#include "golden.h"
#include "unit.h"
#include "view/html.h"

static struct shape shape;
static const struct html_series series[] = {
	{ .name = "thread", .class = "t", .shape = &shape, .which = D_SWITCH_THREAD },
	{ .name = "process", .class = "p", .shape = &shape, .which = D_SWITCH_PROCESS },
};

static void check(const char *expected, const char *other)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	html__switch_costs(out, series, ARRAY_SIZE(series));
	fclose(out);
	cr_expect(strstr(text, expected), "%s", text);
	cr_expect(!strstr(text, other), "%s", text);
	free(text);
}

Test(html_chart, of_nothing)
{
	check("n/a: no switch was priced", "<svg");
	shape.has_dist[D_SWITCH_THREAD] = shape.has_dist[D_SWITCH_PROCESS] = true;
	check("n/a: no switch was priced", "<svg");
}

/* Less than the first bucket can tell. */
Test(html_chart, of_costs_in_one_bucket)
{
	shape.has_dist[D_SWITCH_THREAD] = true;
	dist__add_sample(&shape.dist[D_SWITCH_THREAD], D_SWITCH_THREAD, 5);
	check(" process: not measured.</p>", "n/a");
	shape.has_dist[D_SWITCH_PROCESS] = true;
	check(" process: none seen.</p>", "n/a");
	dist__add_sample(&shape.dist[D_SWITCH_PROCESS], D_SWITCH_PROCESS, 700);
	check("<svg", "none seen");
}

/* ---- what is drawn ---- */

static void add(int which, __u64 ns, int times)
{
	shape.has_dist[which] = true;
	while (times--)
		dist__add_sample(&shape.dist[which], which, ns);
}

static void put_costs(FILE *out, const char *what)
{
	fprintf(out, "==== %s\n", what);
	html__switch_costs(out, series, ARRAY_SIZE(series));
	memset(&shape, 0, sizeof(shape));
}

/* Buckets of one kind, of both, in few octaves and in many, the first one and the last. */
Test(golden_chart, costs, .fini = tt__cleanup)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	add(D_SWITCH_THREAD, 5, 1);
	put_costs(out, "less than the first bucket");
	add(D_SWITCH_THREAD, 700, 3);
	add(D_SWITCH_THREAD, 900, 1);
	add(D_SWITCH_PROCESS, 1500, 2);
	put_costs(out, "two octaves");
	add(D_SWITCH_PROCESS, 300, 2);
	add(D_SWITCH_PROCESS, 1ULL << 16, 3);
	put_costs(out, "eight octaves");
	add(D_SWITCH_PROCESS, 300, 2);
	add(D_SWITCH_PROCESS, 1ULL << 17, 3);
	put_costs(out, "nine octaves");
	add(D_SWITCH_THREAD, 300, 2);
	add(D_SWITCH_PROCESS, 1ULL << 18, 3);
	put_costs(out, "ten octaves");
	add(D_SWITCH_THREAD, 1, 1);
	add(D_SWITCH_PROCESS, ~0ULL >> 8, 1);
	put_costs(out, "all");
	fclose(out);
	golden__check("chart-costs.txt", text);
}

static void put_at_once(FILE *out, const char *what, size_t count)
{
	struct shape other = { .has_wakes = true, .cpus = 3, .elapsed_ns = 1000 };
	const struct html_series both[] = {
		{ .name = "threads", .class = "a", .shape = &shape },
		{ .name = "processes", .class = "b", .shape = &other }
	};

	other.running_ns[1] = 400;
	other.running_ns[2] = 600;
	fprintf(out, "==== %s\n", what);
	html__at_once(out, both, count);
}

Test(golden_chart, at_once, .fini = tt__cleanup)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	put_at_once(out, "not known", 1);
	shape.has_wakes = true;
	shape.at_once_unknown = true;
	put_at_once(out, "not recorded", 2);
	shape.at_once_unknown = false;
	shape.cpus = 4;
	shape.elapsed_ns = 2000;
	put_at_once(out, "nothing ran", 1);
	shape.running_ns[0] = 2000;
	put_at_once(out, "none at once", 1);
	shape.running_ns[0] = 500;
	shape.running_ns[3] = 1500;
	put_at_once(out, "three, or none", 1);
	put_at_once(out, "beside another", 2);
	shape.running_ns[WAKE_AT_ONCE - 1] = 100;
	put_at_once(out, "as many as are told apart", 1);
	fclose(out);
	golden__check("chart-at-once.txt", text);
}
