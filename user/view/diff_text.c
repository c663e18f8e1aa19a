/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two runs side by side as a page: where the time went, which of it changed most, then each
 * figure, and processes by name.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "core/number.h"
#include "view/diff.h"
#include "view/escape.h"
#include "view/stacks.h"
#include "view/text.h"

#define NAME_WIDTH   15
#define LABEL_WIDTH  22
#define VALUE_WIDTH  11
#define CHANGE_WIDTH 13

/* ---- values ---- */

static struct number value_text(enum unit unit, double value, bool known)
{
	struct number none = { "-" }, unknown = { "n/a" };

	if (!known)
		return unknown;
	if (isnan(value))
		return none;
	if (unit == UNIT_NS)
		return number__duration((__u64)(value + 0.5));
	return number__short(value);
}

/* A sum that is scaled has "~" before it. */
static struct number figure_text(const struct figure *figure, const struct compare *compare,
				 int side, double value)
{
	struct number text,
		number = value_text(figure->unit, value, figure__is_known(figure, compare, side));

	snprintf(text.text, sizeof(text.text), "%s%.30s",
		 figure__is_scaled(figure, compare, side) && !isnan(value) ? "~" : "", number.text);
	return text;
}

static struct number times_text(double ratio)
{
	struct number text,
		number = ratio < 1e5 ? number__count((__u64)(ratio + 0.5)) : number__short(ratio);

	snprintf(text.text, sizeof(text.text), "%.20s times", number.text);
	return text;
}

static struct number change_text(double a, double b, bool known)
{
	struct number text = { "-" };
	double change;

	if (!known)
		return text;
	a = isnan(a) ? 0 : a;
	b = isnan(b) ? 0 : b;
	if (a <= 0 && b <= 0)
		return text;
	change = a > 0 ? 100 * (b - a) / a : 0;
	if (a <= 0)
		snprintf(text.text, sizeof(text.text), "new");
	else if (b <= 0)
		snprintf(text.text, sizeof(text.text), "gone");
	else if (change >= 1000)
		return times_text(b / a);
	else
		snprintf(text.text, sizeof(text.text), "%+.1f%%", change);
	return text;
}

static void write_values(const struct page *page, const char *a, const char *b, const char *change)
{
	cell(page, VALUE_WIDTH, a);
	cell(page, VALUE_WIDTH, b);
	cell(page, CHANGE_WIDTH, change);
	fputc('\n', page->out);
}

static void write_label(const struct page *page, const char *name)
{
	fprintf(page->out, "  %-*s", LABEL_WIDTH - 2, name);
}

static void write_heading(const struct page *page, const char *name)
{
	text__bold(page, true);
	fprintf(page->out, "%-*s%*s%*s%*s", LABEL_WIDTH, name, VALUE_WIDTH, "A", VALUE_WIDTH, "B",
		CHANGE_WIDTH, "CHANGE");
	text__bold(page, false);
	fputc('\n', page->out);
}

/* ---- what is compared, and what does not compare ---- */

static void write_side(const struct page *page, const struct compare *compare, int i,
		       const char *name)
{
	const struct compare_side *side = &compare->side[i];
	struct prose prose;
	FILE *out = prose__begin(&prose);

	escape__terminal(out, name);
	fprintf(out, ": %s on %d CPU%s, ", number__duration(side->duration_ns).text, side->cpus,
		side->cpus == 1 ? "" : "s");
	escape__terminal(out, side->target);
	if (side->host[0]) {
		fputs(" of ", out);
		escape__terminal(out, side->host);
	}
	if (side->kernel[0]) {
		fputs(" (Linux ", out);
		escape__terminal(out, side->kernel);
		fputc(')', out);
	}
	if (side->sampled > 1)
		fprintf(out, ", priced: 1 in %u", side->sampled);
	prose__end(&prose, page, i ? "  B  " : "  A  ", 5);
}

static void write_doubts(const struct page *page, const struct compare *compare)
{
	struct doubts doubts;
	int i;

	doubts__find(&doubts, compare);
	for (i = 0; i < doubts.count; i++) {
		struct prose prose;

		escape__terminal(prose__begin(&prose), doubts.text[i]);
		prose__end(&prose, page, "  !  ", 5);
	}
	fputc('\n', page->out);
}

/* ---- where the time went ---- */

static void write_state(const struct page *page, const struct compare *compare, enum state state,
			const char *name)
{
	double a = diff__state_share(compare, 0, state), b = diff__state_share(compare, 1, state);
	char text[2][16] = { "n/a", "n/a" }, change[24] = "-";

	if (!isnan(a))
		snprintf(text[0], sizeof(text[0]), "%.1f%%", 100 * a);
	if (!isnan(b))
		snprintf(text[1], sizeof(text[1]), "%.1f%%", 100 * b);
	if (!isnan(a) && !isnan(b) && fabs(b - a) < 0.0005)
		snprintf(change, sizeof(change), "0.0 points");
	else if (!isnan(a) && !isnan(b))
		snprintf(change, sizeof(change), "%+.1f points", 100 * (b - a));
	write_label(page, name);
	write_values(page, text[0], text[1], change);
}

static void write_time(const struct page *page, const struct compare *compare)
{
	static const char *const names[STATES] = { [STATE_ONCPU] = "on a CPU",
						   [STATE_WAITING] = "waiting for a CPU",
						   [STATE_SLEEP] = "interruptible (S)",
						   [STATE_DISK] = "uninterruptible (D)",
						   [STATE_OTHER] = "other" };
	const struct compare_side *side = compare->side;
	double a = diff__cpus_used(compare, 0), b = diff__cpus_used(compare, 1);
	int i;

	write_heading(page, "  TIME");
	write_label(page, "elapsed");
	write_values(
		page, number__duration(side[0].duration_ns).text,
		number__duration(side[1].duration_ns).text,
		change_text((double)side[0].duration_ns, (double)side[1].duration_ns, true).text);
	write_label(page, "CPUs used");
	write_values(page, number__short(a).text, number__short(b).text,
		     change_text(a, b, true).text);
	for (i = 0; i < STATES; i++)
		write_state(page, compare, (enum state)i, names[i]);
	write_label(page, "all threads' time");
	write_values(page, side[0].has_states ? "100.0%" : "n/a",
		     side[1].has_states ? "100.0%" : "n/a", "");
	fputc('\n', page->out);
}

/* ---- what changed most ---- */

static const struct {
	int figure;
	const char *name;
} costs[] = { { FIGURE_ONCPU, "on a CPU" },
	      { FIGURE_WAITING, "waiting" },
	      { FIGURE_DISK, "disk (D)" },
	      { FIGURE_TOLL, "toll" } };

#define COSTS (sizeof(costs) / sizeof(costs[0]))

struct change {
	const char *comm;
	const struct figure *figure;
	const char *what;
	double a, b; /* ns, each second */
};

static int change__compare(const void *x, const void *y)
{
	const struct change *a = x, *b = y;
	double more = fabs(b->b - b->a), less = fabs(a->b - a->a);
	int names = strcmp(a->comm, b->comm);

	if (more != less)
		return more > less ? 1 : -1;
	return names ? names : a->figure < b->figure ? -1 : a->figure > b->figure;
}

/* Time that costs somebody something, of each name, where it is not the same. */
static size_t changes__take(struct change *changes, const struct compare *compare,
			    const struct compared **all, size_t count)
{
	size_t i, k, taken = 0;

	for (i = 0; i < count; i++) {
		for (k = 0; k < COSTS; k++) {
			const struct figure *figure = &figures[costs[k].figure];
			struct change change = { all[i]->comm, figure, costs[k].name,
						 figure__of(figure, compare, 0, &all[i]->row[0]),
						 figure__of(figure, compare, 1, &all[i]->row[1]) };

			if (fabs(change.b - change.a) >= 1) /* not so if one is not a number */
				changes[taken++] = change;
		}
	}
	qsort(changes, taken, sizeof(*changes), change__compare);
	return taken;
}

#define WHAT_WIDTH 10

static void write_change(const struct page *page, const struct compare *compare,
			 const struct change *change)
{
	fputs("  ", page->out);
	cell__name(page, NAME_WIDTH, change->comm);
	fprintf(page->out, " %-*s", WHAT_WIDTH, change->what);
	cell(page, 8, figure_text(change->figure, compare, 0, change->a).text);
	cell(page, 9, figure_text(change->figure, compare, 1, change->b).text);
	cell(page, CHANGE_WIDTH, change_text(change->a, change->b, true).text);
	fputc('\n', page->out);
}

static void write_more(const struct page *page, size_t shown, size_t all, size_t n)
{
	if (shown < all)
		fprintf(page->out, "  ... and %s more (-n %zu shows them)\n",
			number__count(all - shown).text, n);
}

/* Half as many rows as of processes: the head of the page. */
static int write_changes(const struct page *page, const struct compare *compare,
			 const struct compared **all, size_t count)
{
	struct change *changes = calloc(count * COSTS + 1, sizeof(*changes));
	size_t shown = (page->options->rows + 1) / 2, taken, i;

	if (!changes)
		return -ENOMEM;
	taken = changes__take(changes, compare, all, count);
	if (taken) {
		text__heading(page, "  CHANGED MOST    TIME IN        A/s      B/s       CHANGE");
		for (i = 0; i < taken && i < shown; i++)
			write_change(page, compare, &changes[i]);
		write_more(page, shown, taken, 2 * taken);
		fputc('\n', page->out);
	}
	free(changes);
	return 0;
}

/* ---- each figure ---- */

static void write_figure(const struct page *page, const struct compare *compare,
			 const struct figure *figure)
{
	const struct compare_side *side = compare->side;
	double a = figure__of(figure, compare, 0, &side[0].system);
	double b = figure__of(figure, compare, 1, &side[1].system);
	bool known_a = figure__is_known(figure, compare, 0);
	bool known_b = figure__is_known(figure, compare, 1);

	write_label(page, figure->text);
	write_values(page, figure_text(figure, compare, 0, a).text,
		     figure_text(figure, compare, 1, b).text,
		     change_text(a, b, known_a && known_b).text);
}

static void write_count(const struct page *page, const char *name, const struct compare *compare,
			__u64 count_a, __u64 count_b)
{
	double a = compare__rate(compare, 0, count_a), b = compare__rate(compare, 1, count_b);

	write_label(page, name);
	write_values(page, number__short(a).text, number__short(b).text,
		     change_text(a, b, true).text);
}

static void write_system(const struct page *page, const struct compare *compare)
{
	const struct compare_side *side = compare->side;
	size_t i;

	write_heading(page, "  SYSTEM");
	for (i = 0; i < FIGURES; i++) {
		if (figures[i].text)
			write_figure(page, compare, &figures[i]);
	}
	write_count(page, "created/s", compare, side[0].created, side[1].created);
	write_count(page, "programs executed/s", compare, side[0].executed, side[1].executed);
	write_count(page, "crashes/s", compare, side[0].crashed, side[1].crashed);
	fputc('\n', page->out);
}

/* ---- processes by name ---- */

#define GROUP_WIDTH 31

static const struct {
	int figure;
	const char *title;
} groups[] = { { FIGURE_TOLL, "TOLL/s" },
	       { FIGURE_SWITCHES, "SWITCH/s" },
	       { FIGURE_WAIT_P99, "WAIT p99" } };

#define GROUPS (sizeof(groups) / sizeof(groups[0]))

static void write_name(const struct page *page, const struct compare *compare,
		       const struct compared *at, size_t shown)
{
	size_t i;

	fputs("  ", page->out);
	cell__name(page, NAME_WIDTH, at->comm);
	for (i = 0; i < shown; i++) {
		const struct figure *figure = &figures[groups[i].figure];
		double a = figure__of(figure, compare, 0, &at->row[0]);
		double b = figure__of(figure, compare, 1, &at->row[1]);
		bool known_a = figure__is_known(figure, compare, 0);
		bool known_b = figure__is_known(figure, compare, 1);

		cell(page, 11, figure_text(figure, compare, 0, a).text);
		cell(page, 8, figure_text(figure, compare, 1, b).text);
		cell(page, 12, change_text(a, b, known_a && known_b).text);
	}
	fputc('\n', page->out);
}

static void write_names(const struct page *page, const struct compare *compare,
			const struct compared **all, size_t count)
{
	size_t shown = (size_t)(page->width - 2 - NAME_WIDTH) / GROUP_WIDTH, i;

	if (!count)
		return;
	if (shown > GROUPS)
		shown = GROUPS;
	text__bold(page, true);
	fprintf(page->out, "  %-*s", NAME_WIDTH, "COMMAND");
	for (i = 0; i < shown; i++)
		fprintf(page->out, "%9s A%8s%12s", groups[i].title, "B", "CHANGE");
	text__bold(page, false);
	fputc('\n', page->out);
	for (i = 0; i < count && i < page->options->rows; i++)
		write_name(page, compare, all[i], shown);
	write_more(page, page->options->rows, count, count);
}

int diff__write_text(FILE *out, const struct compare *compare, const char *const names[2],
		     const struct view_options *options)
{
	const struct page page = page__of(out, NULL, options);
	size_t count;
	const struct compared **all = compare__take(compare, &count);
	int side, err;

	if (!all)
		return -ENOMEM;
	for (side = 0; side < 2; side++)
		write_side(&page, compare, side, names[side]);
	write_doubts(&page, compare);
	write_time(&page, compare);
	err = write_changes(&page, compare, all, count);
	write_system(&page, compare);
	write_names(&page, compare, all, count);
	free(all);
	return err;
}
