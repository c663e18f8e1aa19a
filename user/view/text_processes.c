/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of processes, and of their threads: who pays most. */
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "view/text.h"

#define NAME_WIDTH 16

/* A figure that has a column: a counter (dist -1), or a distribution. */
typedef void (*take_column)(const struct page *page, const struct row *row, int counter, int dist);

static void counters__each(const struct page *page, const struct row *row, take_column take,
			   bool times)
{
	int i;

	for (i = 0; i < ROW_COUNTERS; i++) {
		if (counter_infos[i].title.text && !strcmp(counter_infos[i].unit, "count") != times)
			take(page, row, i, -1);
	}
}

static void dists__each(const struct page *page, const struct row *row, take_column take,
			bool costs)
{
	int i;

	for (i = 0; i < ROW_DISTS; i++) {
		if (dist_infos[i].title.text && (dist_infos[i].layout == LAYOUT_COST) == costs)
			take(page, row, -1, i);
	}
}

/* Counts, what they cost, what was waited for, and times. */
static void columns__each(const struct page *page, const struct row *row, take_column take)
{
	counters__each(page, row, take, false);
	dists__each(page, row, take, true);
	dists__each(page, row, take, false);
	counters__each(page, row, take, true);
}

static void text__column_title(const struct page *page, const struct row *row, int counter,
			       int dist)
{
	const struct title *title = counter < 0 ? &dist_infos[dist].title :
						  &counter_infos[counter].title;

	(void)row;
	cell(page, title->width, title->text);
}

static void text__column(const struct page *page, const struct row *row, int counter, int dist)
{
	const struct title *title = counter < 0 ? &dist_infos[dist].title :
						  &counter_infos[counter].title;

	if (counter < 0)
		cell__percentile(page, title->width, row, dist, title->share);
	else if (!page->summary->has_counter[counter])
		cell(page, title->width, "n/a");
	else if (strcmp(counter_infos[counter].unit, "count"))
		cell(page, title->width, number__duration(row->n[counter]).text);
	else
		cell(page, title->width, number__short((double)row->n[counter]).text);
}

static void text__process_heading(const struct page *page)
{
	text__bold(page, true);
	fputs("       PID COMMAND              TOLL  SWITCHES    VOL", page->out);
	columns__each(page, NULL, text__column_title);
	text__bold(page, false);
	fputc('\n', page->out);
}

static void text__figures(const struct page *page, const struct row *row)
{
	const struct summary *s = page->summary;

	cell(page, 9,
	     s->cost_source == COST_NONE && !s->has_dist[D_PICK] ?
		     "n/a" :
		     number__duration(row__toll(row)).text);
	cell(page, 10, number__count(row__switches(row)).text);
	cell(page, 7, number__share((double)row->n[C_VOLUNTARY], (double)row__switches(row)).text);
	columns__each(page, row, text__column);
	fputc('\n', page->out);
}

static bool row__active(const struct row *row)
{
	return row__switches(row) || row__in(row) || row->n[C_ONCPU];
}

static void text__threads(const struct page *page, const struct process *process)
{
	size_t count, i, shown = 0;
	const struct thread **threads = summary__threads(page->summary, process, &count);

	for (i = 0; i < count && shown < page->options->rows; i++, shown++) {
		fprintf(page->out, "  %8s  ", number__id(threads[i]->tid).text);
		cell__name(page, NAME_WIDTH - 1, threads[i]->comm);
		text__figures(page, &threads[i]->row);
	}
	count += process->threads_folded;
	if (shown < count)
		fprintf(page->out, "            ... and %s more threads\n",
			number__count(count - shown).text);
	free(threads);
}

void text__processes(const struct page *page)
{
	const struct summary *s = page->summary;
	size_t i, shown = 0, active = 0;

	for (i = 0; i < s->process_count; i++)
		active += row__active(&s->processes[i]->row);
	text__process_heading(page);
	for (i = 0; i < s->process_count && shown < page->options->rows; i++) {
		const struct process *process = s->processes[i];

		/* a target that was named is shown even if it slept; the idle rest of a machine is not */
		if (s->whole_machine && !row__active(&process->row))
			continue;
		shown++;
		fprintf(page->out, "%10s ", number__id(process->key.pid).text);
		cell__name(page, NAME_WIDTH, process->comm);
		text__figures(page, &process->row);
		if (s->threads)
			text__threads(page, process);
	}
	if (s->whole_machine ? shown < active : shown < s->process_count)
		fprintf(page->out, "           ... and %s more processes (-n %zu shows them)\n",
			number__count((s->whole_machine ? active : s->process_count) - shown).text,
			s->whole_machine ? active : s->process_count);
	if (s->folded_processes) {
		fprintf(page->out, "           %s more that ended, together:\n%10s %-*s",
			number__count(s->folded_processes).text, "", NAME_WIDTH, "(ended)");
		text__figures(page, s->folded);
	}
	fputc('\n', page->out);
}
