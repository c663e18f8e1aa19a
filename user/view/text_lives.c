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
		     number__duration(dist__percentile(dist, D_COPY + (int)phase, 0.5)).text);
}

static void text__errors(const struct page *page, const struct spawn *spawn)
{
	int i;

	for (i = 0; i < SPAWN_ERRORS; i++) {
		if (spawn->errors[i].count)
			fprintf(page->out, "  %s %s", error__name(spawn->errors[i].error),
				number__count(spawn->errors[i].count).text);
	}
}

static void text__created(const struct page *page)
{
	static const char *const what[SPAWN_KINDS] = { "thread of the same process",
						       "copy of the address space (fork)",
						       "borrows the address space until exec",
						       "shared address space (CLONE_VM)",
						       "kernel thread" };
	const struct summary *s = page->summary;
	const struct spawns *spawns = s->spawns;
	double slope;
	int kind, phase;

	text__heading(page,
		      "  CREATED          COUNT FAILED COPY p50   RETURN    START     EXEC     "
		      "LIFE");
	for (kind = 0; kind < SPAWN_KINDS; kind++) {
		const struct spawn *spawn = &spawns->kind[kind];

		if (!spawn->count && !spawn->failed)
			continue;
		fprintf(page->out, "  %-9s", spawn_names[kind]);
		cell(page, 13, number__count(spawn->count).text);
		cell(page, 7, s->has_failed ? number__short((double)spawn->failed).text : "n/a");
		for (phase = 0; phase < PHASES; phase++)
			cell__phase(page, spawn, (enum phase)phase);
		fprintf(page->out, "  %s", what[kind]);
		text__errors(page, spawn);
		fputc('\n', page->out);
	}
	fprintf(page->out, "  %s program%s executed", number__count(spawns->execs).text,
		spawns->execs == 1 ? "" : "s");
	if (spawns__slope(spawns, &slope))
		fprintf(page->out, "; a fork takes %s %s for each MiB that its parent has resident",
			number__duration((__u64)(slope < 0 ? -slope : slope)).text,
			slope < 0 ? "less" : "more");
	fputs("\n\n", page->out);
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

static void text__creator(const struct page *page, const struct process *process)
{
	const struct spawn *spawn = process->spawns->kind;
	__u64 failed = 0;
	int kind;

	fprintf(page->out, "%10s ", number__id(process->key.pid).text);
	cell__name(page, 16, process->comm);
	for (kind = 0; kind < SPAWN_KINDS; kind++) {
		failed += spawn[kind].failed;
		if (kind != SPAWN_KERNEL)
			cell(page, 8, number__short((double)spawn[kind].count).text);
	}
	cell(page, 8, page->summary->has_failed ? number__short((double)failed).text : "n/a");
	cell__phase(page, &spawn[SPAWN_THREAD], PHASE_COPY);
	cell__phase(page, &spawn[SPAWN_PROCESS], PHASE_COPY);
	cell(page, 13,
	     page->summary->has_phase[PHASE_COPY] ?
		     number__duration(process__creating(process)).text :
		     "n/a");
	fputc('\n', page->out);
}

static void text__creators(const struct page *page)
{
	const struct summary *s = page->summary;
	const struct process **creators = calloc(s->process_count + 1, sizeof(*creators));
	size_t count = 0, i,
	       most = LINES_SHOWN < page->options->rows ? LINES_SHOWN : page->options->rows;

	for (i = 0; creators && i < s->process_count; i++) {
		if (process__created(s->processes[i]))
			creators[count++] = s->processes[i];
	}
	if (count) {
		qsort(creators, count, sizeof(*creators), creator__compare);
		text__heading(page, "       PID CREATOR         THREADS   FORKS  VFORKS  SHARED"
				    "  FAILED  p50 THR p50 FORK TIME IN FORK");
		for (i = 0; i < count && i < most; i++)
			text__creator(page, creators[i]);
		if (i < count)
			fprintf(page->out, "           ... and %s more\n",
				number__count(count - i).text);
		fputc('\n', page->out);
	}
	free(creators);
}

/* ---- ended ---- */

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
			fprintf(page->out, "%10s ", number__id(process->key.pid).text);
			cell__name(page, 16, process->comm);
			fprintf(page->out, "%s", end_names[end->class]);
			if (end->signal)
				fprintf(page->out, ", %s", signal__name(end->signal).text);
			else
				fprintf(page->out, ", exit %u", end->code);
			if (end->sender.known)
				fprintf(page->out, " from %s (%s)",
					text__name(end->sender.comm).text,
					number__id(end->sender.pid).text);
			fprintf(page->out, ", lived %s\n", number__duration(end->life_ns).text);
		}
	}
	if (shown < count)
		fprintf(page->out, "           ... and %s more (json has them)\n",
			number__count(count - shown).text);
}

static void text__ended(const struct page *page, __u64 sum)
{
	const __u64 *ends = page->summary->ends;
	int class;

	text__bold(page, true);
	fputs("  ENDED", page->out);
	text__bold(page, false);
	fprintf(page->out, "  %s process%s:", number__count(sum).text, sum == 1 ? "" : "es");
	for (class = 0; class < END_CLASSES; class ++)
		fprintf(page->out, "%s %s %s", class ? "," : "", number__count(ends[class]).text,
			end_names[class]);
	fputc('\n', page->out);
	text__ended_lines(page);
	fputc('\n', page->out);
}

/* ---- crashes ---- */

static void text__crash_line(const struct page *page, const struct crash *crash)
{
	const char *function = crash__function(crash);

	fprintf(page->out, "  %s %10s ", text__time(crash->at_realtime_ns).text,
		number__id(crash->pid).text);
	cell__name(page, 16, crash->comm);
	fputs(signal__name(crash->end.signal).text, page->out);
	if (function) {
		fputs(" in ", page->out);
		escape__terminal(page->out, function);
	}
	if (crash->fan_out)
		fprintf(page->out, "; took %zu down, orphaned %zu",
			crash__count(crash, -1, OUTCOME_DIED),
			crash__count(crash, -1, OUTCOME_ORPHANED));
	fputc('\n', page->out);
}

static void text__crashes(const struct page *page)
{
	const struct summary *s = page->summary;
	size_t shown = 0, most = page->options->rows > 20 ? page->options->rows : LINES_SHOWN;
	__u64 all = s->crash_count + s->crashes_left_out;

	text__heading(page, "  CRASHED              PID COMMAND         SIGNAL");
	for (; shown < s->crash_count && shown < most; shown++)
		text__crash_line(page, s->crashes[shown]);
	if (shown < all)
		fprintf(page->out, "  ... and %s more, with less fan-out\n",
			number__count(all - shown).text);
	fputs("  (tasktoll crash shows the victims of each)\n\n", page->out);
}

void text__lives(const struct page *page)
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
