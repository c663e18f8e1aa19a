/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the views of two runs side by side share.  Inside the views only. */
#ifndef VIEW_DIFF_H
#define VIEW_DIFF_H

#include "view/view.h"

#define NO_COUNTER (-1)

enum unit { UNIT_COUNT, UNIT_NS };

/* A figure of a row: a rate or a percentile, so that runs of any length compare. */
struct figure {
	const char *name; /* in JSON */
	const char *text; /* NULL: it is in JSON only */
	enum unit unit;
	int counter; /* a rate of it, or NO_COUNTER */
	__u64 (*sum)(const struct row *row);
	int dist; /* a percentile of it, or a rate of its sum if share is 0 */
	double share;
};

/* Those that have a place of their own, by their place in the list. */
enum {
	FIGURE_SWITCHES = 0,
	FIGURE_TOLL = 5,
	FIGURE_ONCPU = 6,
	FIGURE_WAIT_P99 = 14,
	FIGURE_WAITING = 16,
	FIGURE_DISK = 17,
	FIGURES = 18
};

extern const struct figure figures[FIGURES];

/* Not a number: it cannot be had, or there is none. */
double figure__of(const struct figure *figure, const struct compare *compare, int side,
		  const struct row *row);

/* False: it cannot be had on that side. */
bool figure__is_known(const struct figure *figure, const struct compare *compare, int side);

/* Is it a sum of prices that is scaled on that side, because not each switch was priced? */
bool figure__is_scaled(const struct figure *figure, const struct compare *compare, int side);

/* The share of a state in the time of all threads, 0 to 1; not a number: nobody knows. */
double diff__state_share(const struct compare *compare, int side, enum state state);

/* So many CPUs were used, on average. */
double diff__cpus_used(const struct compare *compare, int side);

/* Sentences that say what cannot be compared, and why. */
#define DOUBTS_MOST 8

struct doubts {
	int count;
	char text[DOUBTS_MOST][640];
};

void doubts__find(struct doubts *doubts, const struct compare *compare);

#endif
