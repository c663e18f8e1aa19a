/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/machine/recent.h"

static struct recent_point sums_of(const struct summary *run)
{
	struct recent_point sums = { .duration_ns = run->duration_ns,
				     .busy = run->system->n[C_ONCPU],
				     .idle = run->idle->n[C_ONCPU],
				     .switches = row__switches(run->system),
				     .toll = row__toll(run->system) };
	int i;

	for (i = 0; i < STATES; i++)
		sums.state[i] = row__state(run->system, (enum state)i);
	for (i = 0; i < END_CLASSES && run->ends; i++)
		sums.ends[i] = run->ends[i];
	return sums;
}

void recent__take(struct recent *recent, const struct summary *run)
{
	struct recent_point *point = &recent->points[recent->count++ % RECENT_POINTS];
	struct recent_point now = sums_of(run);
	const struct recent_point *mark = &recent->mark;
	int i;

	*point = now;
	point->duration_ns -= mark->duration_ns;
	point->busy -= mark->busy;
	point->idle -= mark->idle;
	point->switches -= mark->switches;
	point->toll -= mark->toll;
	for (i = 0; i < STATES; i++)
		point->state[i] -= mark->state[i];
	for (i = 0; i < END_CLASSES; i++)
		point->ends[i] -= mark->ends[i];
	recent->mark = now;
}

const struct recent_point *recent__point(const struct recent *recent, size_t i)
{
	size_t there = recent->count < RECENT_POINTS ? recent->count : RECENT_POINTS;

	return i < there ? &recent->points[(recent->count - there + i) % RECENT_POINTS] : NULL;
}

const struct recent_point *recent__last(const struct recent *recent)
{
	return recent->count ? &recent->points[(recent->count - 1) % RECENT_POINTS] : NULL;
}
