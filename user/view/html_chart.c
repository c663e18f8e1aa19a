/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Distributions, drawn. */
#include <math.h>
#include <string.h>

#include "core/number.h"
#include "hist.h"
#include "view/html.h"

#define WIDTH 600
#define LEFT  24
#define INNER (WIDTH - 2 * LEFT)

/* ---- what a switch costs ---- */

#define PLOT   84 /* height of the highest bar */
#define STRIDE 132

/* Buckets that are drawn: from `first` to `last`. */
struct range {
	int first, last;
};

static const struct dist *dist_of(const struct html_series *series)
{
	return &series->shape->dist[series->which];
}

static bool has_samples(const struct html_series *series)
{
	return series->shape->has_dist[series->which] && dist_of(series)->count;
}

/* Those that are not empty; both ends are widened to whole octaves. */
static struct range range_of(const struct html_series *series, size_t count)
{
	int buckets = (int)dist_infos[D_SWITCH_THREAD].buckets, i;
	struct range range = { buckets, 0 };
	size_t k;

	for (k = 0; k < count; k++) {
		for (i = 0; i < buckets && has_samples(&series[k]); i++) {
			if (!dist_of(&series[k])->bucket[i])
				continue;
			range.first = i < range.first ? i : range.first;
			range.last = i > range.last ? i : range.last;
		}
	}
	if (range.first > range.last)
		return range;
	range.first = range.first ? (range.first - 1) / 4 * 4 + 1 : 0;
	range.last = (range.last + 3) / 4 * 4;
	return range.last < buckets ? range : (struct range){ range.first, buckets - 1 };
}

static double x_of_bucket(const struct range *range, double bucket)
{
	return LEFT + INNER * (bucket - range->first) / (range->last - range->first + 1);
}

/* Where a value lies among the buckets, which are as wide as each other: of octaves, quarters. */
static double x_of(const struct range *range, __u64 ns)
{
	double bucket = 1 + 4 * (log2((double)(ns ? ns : 1)) - HIST_COST_FIRST);

	return x_of_bucket(range, fmin(fmax(bucket, range->first), range->last + 1));
}

/* The share of the fullest bucket of all, so that heights compare. */
static double highest(const struct html_series *series, size_t count)
{
	double most = 0;
	size_t k;
	int i;

	for (k = 0; k < count; k++) {
		double all = (double)dist__weight(dist_of(&series[k]));

		for (i = 0; i < HIST_MAX_BUCKETS && has_samples(&series[k]) && all > 0; i++)
			most = fmax(most, (double)dist_of(&series[k])->bucket[i] / all);
	}
	return most;
}

static void put_histogram(FILE *out, const struct html_series *series, const struct range *range,
			  double most, int top)
{
	const struct dist *dist = dist_of(series);
	double all = (double)dist__weight(dist),
	       width = x_of_bucket(range, 1) - x_of_bucket(range, 0);
	__u64 middle = dist__percentile(dist, series->which, 0.5);
	int base = top + 30 + PLOT, i;

	fprintf(out,
		"<text x=\"%d\" y=\"%d\"><tspan class=\"%s\">\xe2\x96\xa0</tspan> %s: %s; p50 %s, p99 %s</text>\n",
		LEFT, top + 16, series->class, series->name, number__count(dist->count).text,
		number__duration(middle).text,
		number__duration(dist__percentile(dist, series->which, 0.99)).text);
	for (i = range->first; i <= range->last && all > 0; i++) {
		double share = (double)dist->bucket[i] / all, height = PLOT * share / most;

		if (!dist->bucket[i])
			continue;
		fprintf(out,
			"<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\">"
			"<title>from %s: %.1f%%</title></rect>\n",
			series->class, x_of_bucket(range, i) + 0.5, base - fmax(height, 1),
			width - 1, fmax(height, 1),
			number__duration(hist_floor((__u32)i, HIST_COST_FIRST)).text, 100 * share);
	}
	fprintf(out,
		"<line class=\"axis\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>"
		"<line class=\"mid\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>\n",
		LEFT, base, WIDTH - LEFT, base, x_of(range, middle), base - PLOT,
		x_of(range, middle), base);
}

/* A mark at each octave, or at each second one. */
static void put_scale(FILE *out, const struct range *range, int y)
{
	int step = range->last - range->first > 36 ? 8 : 4, i;

	for (i = range->first ? range->first : 1; i <= range->last + 1; i += step) {
		double x = x_of_bucket(range, i);

		fprintf(out,
			"<text class=\"soft\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
			x, y,
			number__duration_digits(1ULL << (HIST_COST_FIRST + (i - 1) / 4), 2).text);
	}
}

void html__switch_costs(FILE *out, const struct html_series *series, size_t count)
{
	struct range range = range_of(series, count);
	double most = highest(series, count);
	size_t k, drawn = 0;

	if (range.first > range.last) {
		fputs("<p class=\"note\">n/a: no switch was priced</p>\n", out);
		return;
	}
	for (k = 0; k < count; k++)
		drawn += has_samples(&series[k]);
	fprintf(out, "<svg viewBox=\"0 0 %d %zu\" role=\"img\" aria-label=\"switch cost\">\n",
		WIDTH, STRIDE * drawn + 20);
	for (k = drawn = 0; k < count; k++) {
		if (has_samples(&series[k]))
			put_histogram(out, &series[k], &range, most, (int)(STRIDE * drawn++));
	}
	put_scale(out, &range, (int)(STRIDE * drawn) + 2);
	fputs("</svg>\n<p class=\"note\">Direct cost on a logarithmic scale; the height is the share of "
	      "the switches of that kind, the dashed line the median.",
	      out);
	for (k = 0; k < count; k++) {
		if (!has_samples(&series[k]))
			fprintf(out, " %s: %s.", series[k].name,
				series[k].shape->has_dist[series[k].which] ? "none seen" :
									     "not measured");
	}
	fputs("</p>\n", out);
}

/* ---- threads at once ---- */

#define AT_ONCE_PLOT 200

static double at_once_share(const struct shape *shape, int threads)
{
	double sum = 0;
	int i;

	for (i = 0; i < WAKE_AT_ONCE; i++)
		sum += (double)shape->running_ns[i];
	return sum > 0 ? (double)shape->running_ns[threads] / sum : 0;
}

/* The most that ran at once, and one at least. */
static int at_once_most(const struct html_series *series, size_t count)
{
	int most = 1, i;
	size_t k;

	for (k = 0; k < count; k++) {
		for (i = 0; i < WAKE_AT_ONCE; i++)
			most = series[k].shape->running_ns[i] && i > most ? i : most;
	}
	return most;
}

static void put_column(FILE *out, const struct html_series *series, int threads, double x,
		       double width)
{
	double share = at_once_share(series->shape, threads), height = AT_ONCE_PLOT * share;

	fprintf(out,
		"<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\">"
		"<title>%s: %d at once, %s of the time</title></rect>\n",
		series->class, x, 24 + AT_ONCE_PLOT - height, width, height, series->name, threads,
		number__share(share, 1).text);
	if (width >= 34 && share > 0)
		fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n",
			x + width / 2, 18 + AT_ONCE_PLOT - height, number__share(share, 1).text);
}

static void put_columns(FILE *out, const struct html_series *series, size_t count)
{
	int most = at_once_most(series, count), i;
	double group = (double)INNER / (most + 1), width = group * 0.8 / (double)count;
	size_t k;

	width = fmin(width, 90);
	for (i = 0; i <= most; i++) {
		double middle = LEFT + group * (i + 0.5);

		for (k = 0; k < count; k++)
			put_column(out, &series[k], i,
				   middle + width * ((double)k - (double)count / 2), width * 0.96);
		fprintf(out,
			"<text class=\"soft\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d%s</text>\n",
			middle, 24 + AT_ONCE_PLOT + 18, i, i == WAKE_AT_ONCE - 1 ? "+" : "");
	}
}

void html__at_once(FILE *out, const struct html_series *series, size_t count)
{
	size_t k;

	for (k = 0; k < count; k++) {
		if (!series[k].shape->has_wakes || series[k].shape->at_once_unknown) {
			fprintf(out, "<p class=\"note\">n/a: %s</p>\n",
				series[k].shape->has_wakes ?
					"it was not recorded for a part of the target" :
					shape__no_wakes(series[k].shape));
			return;
		}
	}
	fprintf(out, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"threads at once\">\n",
		WIDTH, AT_ONCE_PLOT + 52);
	put_columns(out, series, count);
	fprintf(out, "<line class=\"axis\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n</svg>\n",
		LEFT, 24 + AT_ONCE_PLOT, WIDTH - LEFT, 24 + AT_ONCE_PLOT);
	fputs("<p class=\"note\">Share of the time with so many threads on CPUs; exact, not sampled.",
	      out);
	for (k = 0; k < count; k++)
		fprintf(out, " %s%s%.2f CPUs obtained of %d.", count > 1 ? series[k].name : "",
			count > 1 ? ": " : "", shape__cpus_obtained(series[k].shape),
			series[k].shape->cpus);
	fputs("</p>\n", out);
}
