/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Distributions of switch costs as a drawing: which are drawn, and what is said of the others. */
#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "view/html.h"

static struct shape shape;
static const struct html_series series[] = {
	{ .name = "thread", .shape = &shape, .which = D_SWITCH_THREAD },
	{ .name = "process", .shape = &shape, .which = D_SWITCH_PROCESS },
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
