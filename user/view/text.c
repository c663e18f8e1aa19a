/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The summary for people: the machine first, then who pays most. */
#include <stdarg.h>
#include <string.h>

#include "core/number.h"
#include "view/escape.h"
#include "view/stacks.h"
#include "view/text.h"

/* ---- cells ---- */

void text__bold(const struct page *page, bool on)
{
	if (page->options->color)
		fputs(on ? "\033[1m" : "\033[0m", page->out);
}

void text__heading(const struct page *page, const char *line)
{
	text__bold(page, true);
	fputs(line, page->out);
	text__bold(page, false);
	fputc('\n', page->out);
}

void cell(const struct page *page, int width, const char *text)
{
	int columns = (int)utf8__columns(text);

	fprintf(page->out, "%*s%s", columns < width ? width - columns : 0, "", text);
}

void cell__name(const struct page *page, int width, const char *name)
{
	escape__cell(page->out, (size_t)width, name, page->options->ascii);
}

void cell__percentile(const struct page *page, int width, const struct row *row, int which,
		      double share)
{
	const struct dist *dist = row__dist(row, which);

	if (!page->summary->has_dist[which])
		cell(page, width, "n/a");
	else if (!dist->count)
		cell(page, width, "-");
	else
		cell(page, width, number__duration(dist__percentile(dist, which, share)).text);
}

/* p50 p90 p99 max total of one distribution. */
static void cells__dist(const struct page *page, const struct row *row, int which)
{
	const struct dist *dist = row__dist(row, which);
	bool any = page->summary->has_dist[which] && dist->count;

	cell__percentile(page, 10, row, which, 0.5);
	cell__percentile(page, 9, row, which, 0.9);
	cell__percentile(page, 9, row, which, 0.99);
	if (!any) {
		cell__percentile(page, 9, row, which, 1);
		cell__percentile(page, 9, row, which, 1);
		return;
	}
	cell(page, 9, number__duration(dist->max).text);
	cell(page, 9, number__duration(dist->sum).text);
}

/* ---- the machine ---- */

static void text__title(const struct page *page)
{
	const struct summary *s = page->summary;

	text__bold(page, true);
	fputs("tasktoll", page->out);
	text__bold(page, false);
	fputs("  ", page->out);
	escape__terminal(page->out, s->target);
	fprintf(page->out, " for %s on ", number__duration(s->duration_ns).text);
	escape__terminal(page->out, s->host);
	fputs(" (Linux ", page->out);
	escape__terminal(page->out, s->kernel);
	fprintf(page->out, ", %d CPU%s)\n\n", s->cpus, s->cpus == 1 ? "" : "s");
}

static void text__proof(const struct page *page)
{
	const struct summary *s = page->summary;
	const struct proof *p = &s->proof;

	if (!p->missed && s->complete)
		fprintf(page->out, "complete (kernel: %s)", number__count(p->kernel).text);
	else if (!p->missed)
		fprintf(page->out, "switches complete, but something else was lost: see below");
	else
		fprintf(page->out, "INCOMPLETE: %s of the kernel's %s were missed (%s)",
			number__count(p->missed).text, number__count(p->kernel).text,
			number__share((double)p->missed, (double)p->kernel).text);
}

/* Where the time of all threads went, and that it adds up. */
static void text__states(const struct page *page)
{
	static const char *const names[STATES] = { "on CPU", "waiting for one", "asleep",
						   "uninterruptible", "other" };
	const struct summary *s = page->summary;
	const struct row *row = s->system;
	__u64 got = row->n[C_ONCPU], wanted = got + row__state(row, STATE_WAITING);
	const char *between = "";
	int i;

	if (!summary__has_states(s))
		return;
	fputs("  time of all threads: ", page->out);
	for (i = 0; i < STATES; i++) {
		fprintf(page->out, "%s%s %s", between,
			number__share((double)row__state(row, (enum state)i),
				      (double)s->proof.time_ns)
				.text,
			names[i]);
		between = ", ";
	}
	if (s->proof.time_missing_ns)
		fprintf(page->out, "; adds up to %s but for %s\n",
			number__duration(s->proof.time_ns).text,
			number__duration(s->proof.time_missing_ns).text);
	else
		fprintf(page->out, "; adds up to %s\n", number__duration(s->proof.time_ns).text);
	fprintf(page->out, "  CPUs: %s busy",
		number__share((double)got, (double)s->duration_ns * s->cpus).text);
	if (!s->whole_machine)
		fputs(" with the target", page->out);
	fprintf(page->out, "; %.2f tasks wanted one, %.2f had one (of %d CPU%s)\n\n",
		(double)wanted / (double)s->duration_ns, (double)got / (double)s->duration_ns,
		s->cpus, s->cpus == 1 ? "" : "s");
}

static void text__switches(const struct page *page)
{
	const struct summary *s = page->summary;
	__u64 switches = row__switches(s->system), idle = 0;

	if (s->whole_machine) /* the idle task neither blocks nor is preempted */
		idle = row__switches(s->idle);
	fprintf(page->out, "  %s switches, %s/s, %s voluntary; ", number__count(switches).text,
		number__short((double)switches * 1e9 / (double)s->duration_ns).text,
		number__share((double)s->system->n[C_VOLUNTARY], (double)(switches - idle)).text);
	text__proof(page);
	fputs("\n\n", page->out);
}

static void text__kinds(const struct page *page)
{
	static const struct {
		int counter, dist;
		const char *name, *meaning;
	} kinds[] = {
		{ C_IN_THREAD, D_SWITCH_THREAD, "thread", "same address space" },
		{ C_IN_PROCESS, D_SWITCH_PROCESS, "process", "another address space" },
		{ C_IN_RESUME, D_SWITCH_RESUME, "resume", "address space still loaded" },
		{ C_IN_KERNEL, D_SWITCH_KERNEL, "kernel",
		  "to a kernel thread; the address space stays loaded" },
		{ C_IN_IDLE, D_SWITCH_IDLE, "idle", "nothing to run" },
	};
	const struct summary *s = page->summary;
	const struct row *row = s->system;
	__u64 in = row__in(row);
	size_t i;

	text__heading(page, "  SWITCH TO        COUNT  SHARE  COST p50      p90      p99      max"
			    "    TOTAL  MEANING");
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].counter == C_IN_IDLE && !s->whole_machine)
			continue;
		fprintf(page->out, "  %-9s", kinds[i].name);
		cell(page, 13, number__count(row->n[kinds[i].counter]).text);
		cell(page, 7, number__share((double)row->n[kinds[i].counter], (double)in).text);
		cells__dist(page, row, kinds[i].dist);
		fprintf(page->out, "  %s\n", kinds[i].meaning);
	}
	fprintf(page->out, "  %-9s", "+ pick");
	cell(page, 13, number__count(row__dist(row, D_PICK)->count).text);
	cell(page, 7, "");
	cells__dist(page, row, D_PICK);
	fputs("  scheduler decision\n\n", page->out);
}

/* What all the switches cost, and what of it is the price of separate address spaces. */
static void text__toll(const struct page *page)
{
	const struct summary *s = page->summary;
	const struct dist *thread = row__dist(s->system, D_SWITCH_THREAD);
	const struct dist *process = row__dist(s->system, D_SWITCH_PROCESS);
	__u64 toll = row__toll(s->system), t, p;

	if (s->cost_source == COST_NONE)
		return;
	fprintf(page->out, "  toll %s, %s of the CPUs' time", number__duration(toll).text,
		number__share((double)toll, (double)s->duration_ns * s->cpus).text);
	if (thread->count >= 100 && process->count >= 100) {
		t = dist__percentile(thread, D_SWITCH_THREAD, 0.5);
		p = dist__percentile(process, D_SWITCH_PROCESS, 0.5);
		fprintf(page->out, "; a process switch costs %s %s than a thread switch (p50)",
			number__duration(p > t ? p - t : t - p).text, p >= t ? "more" : "less");
	}
	fputc('\n', page->out);
}

static void text__tlb(const struct page *page)
{
	const struct summary *s = page->summary;
	const struct row *row = s->system;

	fprintf(page->out, "  address spaces: %s switched",
		number__count(row->n[C_IN_PROCESS]).text);
	if (s->has_counter[C_FLUSHED])
		fprintf(page->out, ", %s of them flushed the TLB; shootdowns %s sent, %s received",
			number__share((double)row->n[C_FLUSHED], (double)row->n[C_IN_PROCESS]).text,
			number__count(row->n[C_SHOOT_SENT]).text,
			number__count(row->n[C_SHOOT_RECV]).text);
	fprintf(page->out, "; %s moves between CPUs\n\n", number__count(row->n[C_MIGRATIONS]).text);
}

static void text__waits(const struct page *page)
{
	static const struct {
		int dist;
		const char *name, *means;
	} waits[] = {
		{ D_RUNQ, "for a CPU", "runnable, not running" },
		{ D_OFF_PREEMPTED, "  after preemption", "a part of it" },
		{ D_OFF_SLEEP, "interruptible (S)", "asleep: timers, locks, sockets, pipes" },
		{ D_OFF_DISK, "uninterruptible (D)", "usually I/O" },
		{ D_OFF_OTHER, "other", "stopped, traced, idle kworkers" },
	};
	size_t i;

	text__heading(page, "  WAITING                 COUNT       p50      p90      p99      max"
			    "    TOTAL  MEANING");
	for (i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		const struct row *row = page->summary->system;

		fprintf(page->out, "  %-19s", waits[i].name);
		if (page->summary->has_dist[waits[i].dist])
			cell(page, 10, number__count(row__dist(row, waits[i].dist)->count).text);
		else
			cell(page, 10, "n/a");
		cells__dist(page, row, waits[i].dist);
		fprintf(page->out, "  %s\n", waits[i].means);
	}
	fputc('\n', page->out);
}

/* ---- the small print ---- */

/* What is missing from the figures above, then what is missing from the crashes. */
static void text__lost(const struct page *page)
{
	const struct summary *s = page->summary;
	const struct {
		__u64 count;
		const char *one, *many;
	} losses[] = {
		{ s->lost.events, " event", " events" },
		{ s->lost.tasks, " final record", " final records" },
		{ s->lost.stacks, " crash stack (not part of this table)",
		  " crash stacks (not part of this table)" },
		{ s->lost.edges, " closed pipe or socket (of victims of crashes)",
		  " closed pipes and sockets (of victims of crashes)" },
	};
	const char *between = s->lost.events || s->lost.tasks ? "  LOST: " : "  lost: ";
	size_t i;

	for (i = 0; i < sizeof(losses) / sizeof(losses[0]); i++) {
		if (!losses[i].count)
			continue;
		fprintf(page->out, "%s%s%s", between, number__count(losses[i].count).text,
			losses[i].count == 1 ? losses[i].one : losses[i].many);
		if (i == 1)
			fprintf(page->out, " (%s switches)", number__count(s->lost.switches).text);
		between = ", ";
	}
	fputs(*between == ',' ? "\n" : "  lost: nothing\n", page->out);
}

static void text__remarks(const struct page *page)
{
	const struct summary *s = page->summary;
	int i;

	text__lost(page);
	if (s->proof.withheld)
		fprintf(page->out, "  %s switch%s hidden from tracing by the kernel\n",
			number__count(s->proof.withheld).text,
			s->proof.withheld == 1 ? " was" : "es were");
	if (s->tlb_unattributed)
		fprintf(page->out,
			"  %s received shootdowns are in no row: they arrived while another was counted\n",
			number__count(s->tlb_unattributed).text);
	if (s->wakes_missed)
		fprintf(page->out,
			"  %s run-queue wait%s unknown (the wakeup came before tracing)\n",
			number__count(s->wakes_missed).text, s->wakes_missed == 1 ? "" : "s");
	for (i = 0; i < s->unavailable_count; i++) {
		fputs("  n/a: ", page->out);
		escape__terminal(page->out, s->unavailable[i].measure);
		fputs(": ", page->out);
		escape__terminal(page->out, s->unavailable[i].reason);
		fputc('\n', page->out);
	}
}

static void text__self(const struct page *page)
{
	const struct summary_toll *self = &page->summary->self;

	fputs("  tasktoll itself: ", page->out);
	if (self->known) {
		fprintf(page->out, "%.0fns of BPF per switch (%s of the CPUs' time), ",
			self->ns_per_switch,
			number__share((double)self->bpf_ns,
				      (double)page->summary->duration_ns * page->summary->cpus)
				.text);
	} else {
		fputs("BPF time n/a (", page->out);
		escape__terminal(page->out, self->why_not);
		fputs("), ", page->out);
	}
	fprintf(page->out, "%s CPU, %s here and %s in the kernel\n",
		number__duration(self->cpu_ns).text, number__bytes(self->rss_bytes).text,
		number__bytes(self->kernel_bytes).text);
}

static int text__write(FILE *out, const struct summary *summary, const struct view_options *options)
{
	struct page page = { out, summary, options };

	if (!options->first)
		fputc('\n', out);
	text__title(&page);
	text__switches(&page);
	text__states(&page);
	text__kinds(&page);
	text__toll(&page);
	text__tlb(&page);
	text__waits(&page);
	text__lives(&page);
	text__processes(&page);
	text__remarks(&page);
	text__self(&page);
	return 0;
}

static int text__write_facts(FILE *out, const struct facts *facts)
{
	facts->text(out, facts->context);
	return 0;
}

const struct view view_text = { .name = "text",
				.suffixes = ".txt",
				.write = text__write,
				.write_crash = text__write_crash,
				.write_stacks = stacks__write_text,
				.write_diff = diff__write_text,
				.write_facts = text__write_facts };
