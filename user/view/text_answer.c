/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answer, before all tables: how busy, who pays, who waits for what, and is it complete. */
#include <math.h>

#include "core/number.h"
#include "view/escape.h"
#include "view/text.h"

#define HANG	   9
#define NAME_SHOWN 16

/* A process by name and PID; a name is a stranger's, and has at most NAME_SHOWN columns. */
static void print_process(FILE *out, const struct process *process)
{
	struct name_text name = text__name(process->comm);

	name.text[utf8__fitting(name.text, NAME_SHOWN)] = 0;
	fprintf(out, "%s (%s)", *name.text ? name.text : "-", number__id(process->key.pid).text);
}

static void text__busy(const struct page *page)
{
	const struct summary *s = page->summary;
	const struct row *row = s->system;
	__u64 got = row->n[C_ONCPU], wanted = got + row__state(row, STATE_WAITING);
	__u64 toll = row__toll(row);
	struct prose prose;
	FILE *out = prose__begin(&prose);

	fprintf(out, "%s of %d busy%s", number__share((double)got, summary__cpu_time(s)).text,
		s->cpus, s->whole_machine ? "" : " with the target");
	if (s->has_dist[D_RUNQ])
		fprintf(out, ", %.2f tasks wanted one", (double)wanted / (double)s->duration_ns);
	if (s->cost_source != COST_NONE)
		fprintf(out, "; toll %s%s", text__about(s),
			number__share((double)toll, (double)s->duration_ns * s->cpus).text);
	prose__end(&prose, page, "  CPUs   ", HANG);
}

/* Kernel threads that have nothing to do are often in uninterruptible sleep: they wait for no disk. */
static __u64 waited(const struct process *process)
{
	return row__state(&process->row, STATE_WAITING) +
	       (process->kthread ? 0 : row__state(&process->row, STATE_DISK));
}

static __u64 paid(const struct process *process)
{
	return row__toll(&process->row);
}

static __u64 switched(const struct process *process)
{
	return row__switches(&process->row);
}

/* The process whose figure is the highest; NULL: none has any. */
static const struct process *find_most(const struct summary *s,
				       __u64 (*figure)(const struct process *))
{
	const struct process *most = NULL;
	__u64 highest = 0, at;
	size_t i;

	for (i = 0; i < s->process_count; i++) {
		at = figure(s->processes[i]);
		if (at > highest) {
			highest = at;
			most = s->processes[i];
		}
	}
	return most;
}

static void text__payer(const struct page *page)
{
	const struct summary *s = page->summary;
	bool tolls = column__is_known(COLUMN_TOLL, s);
	const struct process *most = find_most(s, tolls ? paid : switched);
	struct prose prose;
	FILE *out = prose__begin(&prose);

	if (!most) {
		fputs("no process", out);
	} else {
		print_process(out, most);
		if (tolls)
			fprintf(out, ", toll %s%s, %s%s of the toll", text__about(s),
				number__duration(row__toll(&most->row)).text, text__about(s),
				number__share((double)row__toll(&most->row),
					      (double)row__toll(s->system))
					.text);
		fprintf(out, ", %s switches/s",
			number__short((double)row__switches(&most->row) * 1e9 /
				      (double)s->duration_ns)
				.text);
	}
	prose__end(&prose, page, "  pays   ", HANG);
}

/* Asleep is who has nothing to do; to wait is to be kept from it. */
static void text__waiter(const struct page *page)
{
	const struct summary *s = page->summary;
	const struct process *most;
	struct prose prose;
	FILE *out;

	if (!summary__has_states(s))
		return;
	most = find_most(s, waited);
	out = prose__begin(&prose);
	if (!most) {
		fputs("no process", out);
	} else {
		struct measured m = summary__measured(s, most);
		static const struct {
			enum column column;
			const char *what;
		} parts[] = { { COLUMN_WAIT, "run queue" },
			      { COLUMN_DISK, "disk" },
			      { COLUMN_SLEEP, "sleep" } };
		size_t i;

		print_process(out, most);
		fputs(":", out);
		for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
			fprintf(out, "%s %s %s%%", i ? "," : "", parts[i].what,
				column__text(parts[i].column,
					     column_infos[parts[i].column].figure(&m), false)
					.text);
	}
	prose__end(&prose, page, "  waits  ", HANG);
}

static void print_proof(FILE *out, const struct summary *s)
{
	const struct proof *p = &s->proof;

	if (!p->missed && s->complete)
		fprintf(out, "complete (kernel: %s)", number__count(p->kernel).text);
	else if (!p->missed)
		fprintf(out, "switches complete, but something else was lost: see below");
	else
		fprintf(out, "INCOMPLETE: %s of the kernel's %s were missed (%s)",
			number__count(p->missed).text, number__count(p->kernel).text,
			number__share((double)p->missed, (double)p->kernel).text);
}

static void print_losses(FILE *out, const struct summary *s)
{
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
	const char *between = s->lost.events || s->lost.tasks ? "; LOST: " : "; lost: ";
	size_t i;

	for (i = 0; i < sizeof(losses) / sizeof(losses[0]); i++) {
		if (!losses[i].count)
			continue;
		fprintf(out, "%s%s%s", between, number__count(losses[i].count).text,
			losses[i].count == 1 ? losses[i].one : losses[i].many);
		if (i == 1)
			fprintf(out, " (%s switches)", number__count(s->lost.switches).text);
		between = ", ";
	}
	if (*between != ',')
		fputs("; lost: nothing", out);
}

static void text__proof(const struct page *page)
{
	const struct summary *s = page->summary;
	struct prose prose;
	FILE *out = prose__begin(&prose);

	fprintf(out, "%s switches, ", number__count(row__switches(s->system)).text);
	print_proof(out, s);
	if (summary__has_states(s) && s->proof.time_missing_ns)
		fprintf(out, "; time adds up but for %s",
			number__duration(s->proof.time_missing_ns).text);
	else if (summary__has_states(s))
		fputs("; time adds up", out);
	print_losses(out, s);
	prose__end(&prose, page, "  proof  ", HANG);
}

void text__answer(const struct page *page)
{
	text__busy(page);
	text__payer(page);
	text__waiter(page);
	text__proof(page);
	fputc('\n', page->out);
}
