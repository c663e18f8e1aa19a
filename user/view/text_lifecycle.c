/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Births, ends and the worst crashes, in a summary for people. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/number.h"
#include "view/escape.h"
#include "view/names.h"
#include "view/text.h"

#define LINES_SHOWN 5

struct time_text text__time(__u64 realtime_ns)
{
	time_t seconds = (time_t)(realtime_ns / 1000000000ULL);
	struct time_text text;
	struct tm tm;
	size_t n;

	localtime_r(&seconds, &tm);
	n = strftime(text.text, sizeof(text.text), "%H:%M:%S", &tm);
	snprintf(text.text + n, sizeof(text.text) - n, ".%03u",
		 (unsigned int)(realtime_ns / 1000000 % 1000));
	return text;
}

struct name_text text__name(const char *comm)
{
	struct name_text name;

	utf8__from_bytes(name.text, sizeof(name.text), comm, strlen(comm));
	utf8__printable(name.text);
	return name;
}

/* ---- created ---- */

static void cell__phase(const struct page *page, const struct spawn *spawn, enum phase phase)
{
	const struct dist *dist = spawn__phase(spawn, phase);

	if (!page->summary->has_phase[phase])
		cell(page, 9, "n/a");
	else if (!dist->count)
		cell(page, 9, "-");
	else
		cell(page, 9,
		     number__duration_digits(dist__percentile(dist, D_COPY + (int)phase, 0.5),
					     dist__digits(dist))
			     .text);
}

/* Errors of one kind, for the line below the table. */
static void print_errors(FILE *out, const struct spawn *spawn, const char *name,
			 const char **between)
{
	const char *before = " ";
	int i;

	if (!spawn->failed)
		return;
	fprintf(out, "%s%s", *between, name);
	for (i = 0; i < SPAWN_ERRORS; i++) {
		if (!spawn->errors[i].count)
			continue;
		fprintf(out, "%s%s %s", before, error__name(spawn->errors[i].error),
			number__count(spawn->errors[i].count).text);
		before = ", ";
	}
	*between = "; ";
}

static void text__failed(const struct page *page)
{
	const struct spawns *spawns = page->summary->spawns;
	const char *between = "";
	struct prose prose;
	FILE *out;
	__u64 failed = 0;
	int kind;

	for (kind = 0; kind < SPAWN_KINDS; kind++)
		failed += spawns->kind[kind].failed;
	if (!failed)
		return;
	out = prose__begin(&prose);
	fputs("failed: ", out);
	for (kind = 0; kind < SPAWN_KINDS; kind++)
		print_errors(out, &spawns->kind[kind], spawn_names[kind], &between);
	prose__end(&prose, page, "  ", 4);
}

/* The phases of a creation, behind count and failed. */
static const struct table_column created_columns[] = {
	{ "COUNT", 13, 0 }, { "FAILED", 8, 1 }, { "COPY p50", 9, 2 }, { "RETURN", 9, 5 },
	{ "START", 9, 3 },  { "EXEC", 9, 4 },	{ "LIFE", 9, 6 },
};

#define CREATED_COLUMNS (sizeof(created_columns) / sizeof(created_columns[0]))
#define CREATED_WIDTH	11

static void text__created_line(const struct page *page, int kind, unsigned int shown)
{
	const struct spawn *spawn = &page->summary->spawns->kind[kind];
	int phase;

	fprintf(page->out, "  %-*s", CREATED_WIDTH - 2, spawn_names[kind]);
	if (shown & 1)
		cell(page, created_columns[0].width, number__count(spawn->count).text);
	if (shown & 2)
		cell(page, created_columns[1].width,
		     page->summary->has_failed ? number__short((double)spawn->failed).text : "n/a");
	for (phase = 0; phase < PHASES; phase++) {
		if (shown & 4U << phase)
			cell__phase(page, spawn, (enum phase)phase);
	}
	fputc('\n', page->out);
}

static void text__created(const struct page *page)
{
	const struct spawns *spawns = page->summary->spawns;
	unsigned int shown =
		table__fit(created_columns, CREATED_COLUMNS, page->width - CREATED_WIDTH);
	struct prose prose;
	double slope;
	FILE *out;
	int kind;

	table__heading(page, "  CREATED", CREATED_WIDTH, created_columns, CREATED_COLUMNS, shown);
	for (kind = 0; kind < SPAWN_KINDS; kind++) {
		if (spawns->kind[kind].count || spawns->kind[kind].failed)
			text__created_line(page, kind, shown);
	}
	text__failed(page);
	out = prose__begin(&prose);
	fprintf(out, "%s program%s executed", number__count(spawns->execs).text,
		spawns->execs == 1 ? "" : "s");
	if (spawns__slope(spawns, &slope))
		fprintf(out, "; a fork takes %s %s for each MiB that its parent has resident",
			number__duration((__u64)(slope < 0 ? -slope : slope)).text,
			slope < 0 ? "less" : "more");
	prose__end(&prose, page, "  ", 4);
	fputc('\n', page->out);
}

/* ---- who creates ---- */

/* Time that a creator spent in creating, ns. */
static __u64 process__creating(const struct process *process)
{
	const struct spawn *spawn = process->spawns->kind;
	__u64 ns = 0;
	int kind;

	for (kind = 0; kind < SPAWN_KINDS; kind++) {
		ns += spawn__phase(&spawn[kind], PHASE_COPY)->sum;
		if (kind != SPAWN_VFORK) /* there it contains what the child does up to exec */
			ns += spawn__phase(&spawn[kind], PHASE_RETURN)->sum;
	}
	return ns;
}

static __u64 process__created(const struct process *process)
{
	__u64 count = 0;
	int kind;

	for (kind = 0; process->spawns && kind < SPAWN_KINDS; kind++)
		count += process->spawns->kind[kind].count + process->spawns->kind[kind].failed;
	return count;
}

static int creator__compare(const void *a, const void *b)
{
	const struct process *x = *(const struct process *const *)a;
	const struct process *y = *(const struct process *const *)b;
	__u64 of_x = process__creating(x), of_y = process__creating(y);

	if (of_x == of_y) { /* where the phases are not measured */
		of_x = process__created(x);
		of_y = process__created(y);
	}
	if (of_x != of_y)
		return of_x < of_y ? 1 : -1;
	return x->key.pid < y->key.pid ? -1 : x->key.pid > y->key.pid;
}

static const struct table_column creator_columns[] = {
	{ "THREADS", 9, 0 }, { "FORKS", 8, 1 },	  { "VFORKS", 8, 3 },	{ "SHARED", 8, 5 },
	{ "FAILED", 8, 4 },  { "p50 THR", 9, 6 }, { "p50 FORK", 9, 7 }, { "TIME IN FORK", 14, 2 },
};

#define CREATOR_COLUMNS (sizeof(creator_columns) / sizeof(creator_columns[0]))
#define CREATOR_NAME	16
#define CREATOR_WIDTH	(9 + CREATOR_NAME)

static struct number creator__cell(const struct page *page, const struct process *process, size_t i)
{
	const struct spawn *spawn = process->spawns->kind;
	const struct number none = { "n/a" };
	__u64 failed = 0;
	int kind;

	switch (i) {
	case 4:
		for (kind = 0; kind < SPAWN_KINDS; kind++)
			failed += spawn[kind].failed;
		return page->summary->has_failed ? number__short((double)failed) : none;
	case 7:
		return page->summary->has_phase[PHASE_COPY] ?
			       number__duration(process__creating(process)) :
			       none;
	default:
		return number__short((double)spawn[i].count);
	}
}

static void text__creator(const struct page *page, const struct process *process,
			  unsigned int shown)
{
	const struct spawn *spawn = process->spawns->kind;
	size_t i;

	cell(page, 8, number__id(process->key.pid).text);
	fputc(' ', page->out);
	cell__name(page, CREATOR_NAME, process__title(process));
	for (i = 0; i < CREATOR_COLUMNS; i++) {
		if (!(shown & 1U << i))
			continue;
		if (i == 5 || i == 6) /* medians of the copy phase */
			cell__phase(page, &spawn[i == 5 ? SPAWN_THREAD : SPAWN_PROCESS],
				    PHASE_COPY);
		else
			cell(page, creator_columns[i].width, creator__cell(page, process, i).text);
	}
	fputc('\n', page->out);
}

static void text__creators(const struct page *page)
{
	const struct summary *s = page->summary;
	const struct process **creators = calloc(s->process_count + 1, sizeof(*creators));
	unsigned int shown =
		table__fit(creator_columns, CREATOR_COLUMNS, page->width - CREATOR_WIDTH);
	size_t count = 0, i,
	       most = LINES_SHOWN < page->options->rows ? LINES_SHOWN : page->options->rows;

	for (i = 0; creators && i < s->process_count; i++) {
		if (process__created(s->processes[i]))
			creators[count++] = s->processes[i];
	}
	if (count) {
		qsort(creators, count, sizeof(*creators), creator__compare);
		table__heading(page, "     PID CREATOR", CREATOR_WIDTH, creator_columns,
			       CREATOR_COLUMNS, shown);
		for (i = 0; i < count && i < most; i++)
			text__creator(page, creators[i], shown);
		if (i < count)
			fprintf(page->out, "         ... and %s more\n",
				number__count(count - i).text);
		fputc('\n', page->out);
	}
	free(creators);
}

/* ---- ended ---- */

static void text__ended_line(const struct page *page, const struct process *process)
{
	const struct end *end = process->end;
	struct prose prose;
	FILE *out = prose__begin(&prose);

	fprintf(out, "%8s ", number__id(process->key.pid).text);
	escape__cell(out, 16, process->comm, page->options->ascii);
	fprintf(out, " %s", end_names[end->class]);
	if (end->signal)
		fprintf(out, ", %s", signal__name(end->signal).text);
	else
		fprintf(out, ", exit %u", end->code);
	if (end->sender.known)
		fprintf(out, " from %s (%s)", text__name(end->sender.comm).text,
			number__id(end->sender.pid).text);
	fprintf(out, ", lived %s", number__duration(end->life_ns).text);
	prose__cut(&prose, page);
}

/* Of those that were brought to an end, who did it. */
static void text__ended_lines(const struct page *page)
{
	static const enum end_class told[] = { END_OOM, END_KILLED, END_FAILED };
	const struct summary *s = page->summary;
	size_t i, c, shown = 0, count = 0;

	for (c = 0; c < sizeof(told) / sizeof(told[0]); c++) {
		for (i = 0; i < s->process_count; i++) {
			const struct process *process = s->processes[i];
			const struct end *end = process->end;

			if (!end || end->class != told[c] || count++ >= LINES_SHOWN)
				continue;
			shown++;
			text__ended_line(page, process);
		}
	}
	if (shown < count)
		fprintf(page->out, "         ... and %s more (json has them)\n",
			number__count(count - shown).text);
}

static void text__ended(const struct page *page, __u64 sum)
{
	const __u64 *ends = page->summary->ends;
	struct prose prose;
	FILE *out;
	int class;

	out = prose__begin(&prose);
	fprintf(out, "%s process%s:", number__count(sum).text, sum == 1 ? "" : "es");
	for (class = 0; class < END_CLASSES; class ++)
		fprintf(out, "%s %s %s", class ? "," : "", number__count(ends[class]).text,
			end_names[class]);
	prose__end(&prose, page, "  ENDED  ", 9);
	text__ended_lines(page);
	fputc('\n', page->out);
}

/* ---- crashes ---- */

static void text__crash_line(const struct page *page, const struct crash *crash)
{
	const char *function = crash__function(crash);
	struct prose prose;
	FILE *out = prose__begin(&prose);

	fprintf(out, "%8s ", number__id(crash->pid).text);
	escape__cell(out, 16, crash->comm, page->options->ascii);
	fprintf(out, " %s  %s", text__time(crash->at_realtime_ns).text,
		signal__name(crash->end.signal).text);
	if (function) {
		fputs(" in ", out);
		escape__terminal(out, function);
	}
	if (crash->fan_out)
		fprintf(out, "; took %zu down, orphaned %zu", crash__count(crash, -1, OUTCOME_DIED),
			crash__count(crash, -1, OUTCOME_ORPHANED));
	prose__cut(&prose, page);
}

static void text__crashes(const struct page *page)
{
	const struct summary *s = page->summary;
	size_t shown = 0, most = page->options->rows > 20 ? page->options->rows : LINES_SHOWN;
	__u64 all = s->crash_count + s->crashes_left_out;

	text__heading(page, "     PID CRASHED          AT            SIGNAL");
	for (; shown < s->crash_count && shown < most; shown++)
		text__crash_line(page, s->crashes[shown]);
	if (shown < all)
		fprintf(page->out, "  ... and %s more, with less fan-out\n",
			number__count(all - shown).text);
	fputs("  (tasktoll crash shows the victims of each)\n\n", page->out);
}

void text__lifecycle(const struct page *page)
{
	const struct summary *s = page->summary;
	__u64 sum = 0;
	int class;

	if (s->spawns && spawns__any(s->spawns)) {
		text__created(page);
		text__creators(page);
	}
	for (class = 0; s->ends && class < END_CLASSES; class ++)
		sum += s->ends[class];
	if (sum)
		text__ended(page, sum);
	if (s->crash_count)
		text__crashes(page);
}
