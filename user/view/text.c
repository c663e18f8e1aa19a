/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The summary for people: the answer first, then tables, then the small print. */
#include <string.h>

#include "core/number.h"
#include "view/escape.h"
#include "view/function_table.h"
#include "view/stacks.h"
#include "view/fold.h"
#include "view/text.h"

/* ---- the machine ---- */

static void text__title(const struct page *page)
{
	const struct summary *s = page->summary;
	struct prose prose;
	FILE *out = prose__begin(&prose);

	escape__terminal(out, s->target);
	fprintf(out, " for %s on ", number__duration(s->duration_ns).text);
	escape__terminal(out, s->host);
	fputs(" (Linux ", out);
	escape__terminal(out, s->kernel);
	fprintf(out, ", %d CPU%s)", s->cpus, s->cpus == 1 ? "" : "s");
	prose__end(&prose, page, "tasktoll  ", 10);
	fputc('\n', page->out);
}

/* ---- distributions of the machine ---- */

enum { DIST_SHARE, DIST_COUNT, DIST_P50, DIST_P90, DIST_P99, DIST_MAX, DIST_TOTAL };

/* What is left out first where there is little room: p90, then the maximum. */
static const struct table_column dist_columns[] = {
	[DIST_SHARE] = { "SHARE", 7, 1 }, [DIST_COUNT] = { "COUNT", 12, 0 },
	[DIST_P50] = { "p50", 9, 3 },	  [DIST_P90] = { "p90", 9, 6 },
	[DIST_P99] = { "p99", 9, 4 },	  [DIST_MAX] = { "max", 9, 5 },
	[DIST_TOTAL] = { "TOTAL", 9, 2 },
};

#define DIST_COLUMNS (sizeof(dist_columns) / sizeof(dist_columns[0]))

struct dist_line {
	const char *name;
	int dist; /* -1: only a sum */
	__u64 count, sum;
	double share; /* below 0: none */
};

static void text__dist_cell(const struct page *page, const struct dist_line *line, size_t column)
{
	static const double ranks[DIST_COLUMNS] = {
		[DIST_P50] = 0.5, [DIST_P90] = 0.9, [DIST_P99] = 0.99, [DIST_MAX] = 1
	};
	int width = dist_columns[column].width;
	bool known = line->dist < 0 || page->summary->has_dist[line->dist];
	bool scaled = line->dist >= 0 && dist_infos[line->dist].layout == LAYOUT_COST;
	const char *about = scaled ? text__about(page->summary) : "";
	char text[40] = "";

	if (column >= DIST_P50 && column <= DIST_MAX) {
		if (line->dist < 0)
			cell(page, width, "");
		else
			cell__percentile(page, width, page->summary->system, line->dist,
					 ranks[column]);
		return;
	}
	if (column == DIST_SHARE && line->share >= 0)
		snprintf(text, sizeof(text), "%s", number__share(line->share, 1).text);
	else if (column == DIST_COUNT && (line->dist >= 0 || line->count))
		snprintf(text, sizeof(text), "%s%s", line->dist == D_PICK ? about : "",
			 number__count(line->count).text);
	else if (column == DIST_TOTAL)
		snprintf(text, sizeof(text), "%s%s", known ? about : "",
			 known ? number__duration(line->sum).text : "n/a");
	cell(page, width, text);
}

static void text__dist_line(const struct page *page, int width, unsigned int shown,
			    const struct dist_line *line)
{
	size_t i;

	fprintf(page->out, "  %-*s", width - 2, line->name);
	for (i = 0; i < DIST_COLUMNS; i++) {
		if (shown & 1U << i)
			text__dist_cell(page, line, i);
	}
	fputc('\n', page->out);
}

#define KIND_WIDTH 11

static void text__kinds(const struct page *page)
{
	static const struct {
		int counter, dist;
		const char *name;
	} kinds[] = {
		{ C_IN_THREAD, D_SWITCH_THREAD, "thread" },
		{ C_IN_PROCESS, D_SWITCH_PROCESS, "process" },
		{ C_IN_RESUME, D_SWITCH_RESUME, "resume" },
		{ C_IN_KERNEL, D_SWITCH_KERNEL, "kernel" },
		{ C_IN_IDLE, D_SWITCH_IDLE, "idle" },
	};
	const struct row *row = page->summary->system;
	unsigned int shown = table__fit(dist_columns, DIST_COLUMNS, page->width - KIND_WIDTH);
	__u64 in = row__in(row);
	struct dist_line line;
	size_t i;

	if (!in)
		return;
	table__heading(page, "  SWITCH TO", KIND_WIDTH, dist_columns, DIST_COLUMNS, shown);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		__u64 count = row->n[kinds[i].counter];

		if (!count)
			continue;
		line = (struct dist_line){ kinds[i].name, kinds[i].dist, count,
					   row__dist(row, kinds[i].dist)->sum,
					   (double)count / (double)in };
		text__dist_line(page, KIND_WIDTH, shown, &line);
	}
	line = (struct dist_line){ "+ pick", D_PICK, dist__weight(row__dist(row, D_PICK)),
				   row__dist(row, D_PICK)->sum, -1 };
	text__dist_line(page, KIND_WIDTH, shown, &line);
}

/* "priced: 1 in 16 (toll +-1.2%)", or "priced: 1 in 1 to 16 (...)". */
static void text__priced(FILE *out, const struct summary *s)
{
	double toll = (double)row__toll(s->system);

	fputs("priced: 1 in ", out);
	if (s->priced.least < s->priced.most)
		fprintf(out, "%u to ", s->priced.least);
	fprintf(out, "%u", s->priced.most);
	if (toll > 0)
		fprintf(out, " (toll +-%s)",
			number__share(row__toll_error(s->system, s->priced.most), toll).text);
	fputs("; ", out);
}

/* What all the switches cost, and what of it is the price of separate address spaces. */
static void text__toll(const struct page *page)
{
	const struct summary *s = page->summary;
	const struct row *row = s->system;
	const struct dist *thread = row__dist(row, D_SWITCH_THREAD);
	const struct dist *process = row__dist(row, D_SWITCH_PROCESS);
	__u64 switches = row__switches(row), idle = 0, toll = row__toll(row), t, p;
	struct prose prose;
	FILE *out;

	if (!row__in(row))
		return;
	if (s->whole_machine) /* the idle task neither blocks nor is preempted */
		idle = row__switches(s->idle);
	out = prose__begin(&prose);
	fprintf(out, "%s switches/s, %s voluntary; ",
		number__short((double)switches * 1e9 / (double)s->duration_ns).text,
		number__share((double)row->n[C_VOLUNTARY], (double)(switches - idle)).text);
	if (s->cost_source != COST_NONE)
		fprintf(out, "toll %s%s, %s%s of the CPUs' time; ", text__about(s),
			number__duration(toll).text, text__about(s),
			number__share((double)toll, (double)s->duration_ns * s->cpus).text);
	if (summary__samples(s) && column__is_known(COLUMN_TOLL, s))
		text__priced(out, s);
	if (s->cost_source != COST_NONE && thread->count >= 100 && process->count >= 100) {
		t = dist__percentile(thread, D_SWITCH_THREAD, 0.5);
		p = dist__percentile(process, D_SWITCH_PROCESS, 0.5);
		fprintf(out, "a process switch costs %s %s than a thread switch (p50); ",
			number__duration(p > t ? p - t : t - p).text, p >= t ? "more" : "less");
	}
	if (s->has_counter[C_FLUSHED] && row->n[C_IN_PROCESS])
		fprintf(out, "%s of the process switches flushed the TLB; ",
			number__share((double)row->n[C_FLUSHED], (double)row->n[C_IN_PROCESS])
				.text);
	if (s->has_counter[C_SHOOT_SENT])
		fprintf(out, "TLB shootdowns: %s sent, %s received; ",
			number__count(row->n[C_SHOOT_SENT]).text,
			number__count(row->n[C_SHOOT_RECV]).text);
	fprintf(out, "%s moves between CPUs", number__count(row->n[C_MIGRATIONS]).text);
	prose__end(&prose, page, "  ", 2);
	fputc('\n', page->out);
}

/* ---- where the time of all threads went, and that it adds up ---- */

#define STATE_WIDTH 21

static void text__times(const struct page *page)
{
	static const struct {
		int state, dist;
		const char *name;
	} lines[] = {
		{ STATE_ONCPU, -1, "on a CPU" },
		{ STATE_WAITING, D_RUNQ, "waiting for a CPU" },
		{ -1, D_OFF_PREEMPTED, "  after preemption" },
		{ STATE_SLEEP, D_OFF_SLEEP, "interruptible (S)" },
		{ STATE_DISK, D_OFF_DISK, "uninterruptible (D)" },
		{ STATE_OTHER, D_OFF_OTHER, "other" },
	};
	const struct summary *s = page->summary;
	unsigned int shown = table__fit(dist_columns, DIST_COLUMNS, page->width - STATE_WIDTH);
	bool states = summary__has_states(s);
	size_t i;

	table__heading(page, "  TIME", STATE_WIDTH, dist_columns, DIST_COLUMNS, shown);
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct dist_line line = { lines[i].name, lines[i].dist, 0, 0, -1 };
		const struct dist *dist = lines[i].dist < 0 ? NULL :
							      row__dist(s->system, lines[i].dist);

		line.count = dist ? dist->count : 0;
		line.sum = dist ? dist->sum : s->system->n[C_ONCPU];
		if (states && lines[i].state >= 0 && s->proof.time_ns)
			line.share = (double)row__state(s->system, (enum state)lines[i].state) /
				     (double)s->proof.time_ns;
		if (!line.sum && !line.count && lines[i].dist >= 0 && s->has_dist[lines[i].dist])
			continue; /* nothing was in that state */
		text__dist_line(page, STATE_WIDTH, shown, &line);
	}
	if (states) {
		struct dist_line line = { "all threads", -1, 0, s->proof.time_ns, -1 };

		text__dist_line(page, STATE_WIDTH, shown, &line);
	}
	fputc('\n', page->out);
}

static int text__write(FILE *out, const struct summary *summary, const struct view_options *options)
{
	struct page page = page__of(out, summary, options);
	bool begun_before = false;

	page.begun_before = &begun_before;
	if (!options->first)
		fputc('\n', out);
	text__title(&page);
	text__answer(&page);
	text__processes(&page);
	text__kinds(&page);
	text__toll(&page);
	text__times(&page);
	text__lifecycle(&page);
	text__remarks(&page);
	if (options->explain)
		text__explain(&page);
	return 0;
}

static int text__write_facts(FILE *out, const struct facts *facts,
			     const struct view_options *options)
{
	struct fold fold;

	facts->text(fold__begin(&fold, out, options), facts->context);
	fold__end(&fold);
	return 0;
}

const struct view view_text = { .name = "text",
				.suffixes = ".txt",
				.help = "a page for people",
				.write = text__write,
				.write_crash = text__write_crash,
				.write_stacks = stacks__write_text,
				.write_functions = function_table__write_text,
				.write_diff = diff__write_text,
				.write_facts = text__write_facts };
