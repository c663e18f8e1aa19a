/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The small print: what is missing, what it cost to look, and what the words mean. */
#include "core/number.h"
#include "view/escape.h"
#include "view/text.h"

static void text__unavailable(const struct page *page)
{
	const struct summary *s = page->summary;
	struct prose prose;
	FILE *out;
	int i;

	for (i = 0; i < s->unavailable_count; i++) {
		out = prose__begin(&prose);
		fputs("n/a: ", out);
		escape__terminal(out, s->unavailable[i].measure);
		fputs(": ", out);
		escape__terminal(out, s->unavailable[i].reason);
		prose__end(&prose, page, "  ", 4);
	}
}

static void text__self(const struct page *page)
{
	const struct summary_toll *self = &page->summary->self;
	struct prose prose;
	FILE *out = prose__begin(&prose);

	fputs("tasktoll itself: ", out);
	if (self->known) {
		fprintf(out, "%.0fns of BPF per switch (%s of the CPUs' time), ",
			self->ns_per_switch,
			number__share((double)self->bpf_ns,
				      (double)page->summary->duration_ns * page->summary->cpus)
				.text);
	} else {
		fputs("BPF time n/a (", out);
		escape__terminal(out, self->why_not);
		fputs("), ", out);
	}
	fprintf(out, "%s CPU, %s here and %s in the kernel", number__duration(self->cpu_ns).text,
		number__bytes(self->rss_bytes).text, number__bytes(self->kernel_bytes).text);
	prose__end(&prose, page, "  ", 4);
}

void text__remarks(const struct page *page)
{
	const struct summary *s = page->summary;
	struct prose prose;

	if (page->begun_before && *page->begun_before) {
		fprintf(prose__begin(&prose), "* longer than these %s: it began before",
			number__duration(s->duration_ns).text);
		prose__end(&prose, page, "  ", 4);
	}
	if (s->proof.withheld) {
		fprintf(prose__begin(&prose), "%s switch%s hidden from tracing by the kernel",
			number__count(s->proof.withheld).text,
			s->proof.withheld == 1 ? " was" : "es were");
		prose__end(&prose, page, "  ", 4);
	}
	if (s->tlb_unattributed) {
		fprintf(prose__begin(&prose),
			"%s received shootdowns are in no row: they arrived while another was counted",
			number__count(s->tlb_unattributed).text);
		prose__end(&prose, page, "  ", 4);
	}
	if (s->wakes_missed) {
		fprintf(prose__begin(&prose),
			"%s run-queue wait%s unknown (the wakeup came before tracing)",
			number__count(s->wakes_missed).text, s->wakes_missed == 1 ? "" : "s");
		prose__end(&prose, page, "  ", 4);
	}
	text__unavailable(page);
	text__self(page);
}

/* ---- --explain ---- */

static void text__term(const struct page *page, const char *term, const char *meaning)
{
	char label[40];
	struct prose prose;

	snprintf(label, sizeof(label), "  %-20s ", term);
	fputs(meaning, prose__begin(&prose));
	prose__end(&prose, page, label, 23);
}

void text__explain(const struct page *page)
{
	static const struct {
		const char *term, *meaning;
	} terms[] = {
		{ "toll", "CPU time spent switching instead of running tasks" },
		{ "switch to thread", "same address space" },
		{ "switch to process", "another address space" },
		{ "switch to resume", "address space still loaded" },
		{ "switch to kernel", "to a kernel thread; the address space stays loaded" },
		{ "switch to idle", "nothing to run" },
		{ "pick", "scheduler decision" },
		{ "priced: 1 in N", "so many switches were priced, all were counted; ~: scaled" },
		{ "waiting for a CPU", "runnable, not running: run-queue wait" },
		{ "after preemption", "a part of waiting for a CPU" },
		{ "interruptible (S)", "asleep: timers, locks, sockets, pipes" },
		{ "uninterruptible (D)", "usually I/O" },
		{ "other", "stopped, traced, idle kworkers" },
		{ "created: thread", "thread of the same process" },
		{ "created: process", "copy of the address space (fork)" },
		{ "created: vfork", "borrows the address space until exec" },
		{ "created: shared", "shared address space (CLONE_VM)" },
		{ "created: kernel", "kernel thread" },
		{ "p50 p90 p99 max", "50, 90 and 99 percent took no longer; the longest" },
	};
	struct columns columns;
	size_t i;

	fputc('\n', page->out);
	text__heading(page, "  WORD                 MEANING");
	for (i = 0; i < sizeof(terms) / sizeof(terms[0]); i++)
		text__term(page, terms[i].term, terms[i].meaning);
	text__choose_columns(page, &columns);
	for (i = 0; i < columns.count; i++)
		text__term(page, column_infos[columns.column[i]].title,
			   column_infos[columns.column[i]].help);
}
