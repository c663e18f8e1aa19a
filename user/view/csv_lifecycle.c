/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Births and ends in a line of CSV. */
#include "ids.h"
#include "view/csv.h"
#include "view/escape.h"
#include "view/names.h"

static const struct spawns nothing;

/* ---- births ---- */

static void csv__spawn_names(FILE *out, enum spawn_kind kind)
{
	char group[32];
	int phase;

	snprintf(group, sizeof(group), "spawns_%s", spawn_names[kind]);
	csv__name(out, group, "count", "");
	csv__name(out, group, "failed", "");
	for (phase = 0; phase < PHASES; phase++)
		csv__dist_names(out, group, phase_names[phase]);
}

static void csv__spawn(FILE *out, const struct summary *summary, const struct spawn *spawn)
{
	int phase;

	fprintf(out, ",%llu", spawn->count);
	if (summary->has_failed)
		fprintf(out, ",%llu", spawn->failed);
	else
		fputs(",n/a", out);
	for (phase = 0; phase < PHASES; phase++)
		csv__dist(out,
			  summary->has_phase[phase] ? spawn__phase(spawn, (enum phase)phase) : NULL,
			  D_COPY + phase);
}

static void csv__spawns(FILE *out, const struct summary *summary, const struct spawns *spawns)
{
	double slope;
	int kind;

	for (kind = 0; kind < SPAWN_KINDS; kind++)
		csv__spawn(out, summary, &spawns->kind[kind]);
	if (spawns__slope(spawns, &slope))
		fprintf(out, ",%.1f", slope);
	else
		fputs(",n/a", out);
	fprintf(out, ",%llu", spawns->execs);
}

/* ---- ends: counts of the system, facts of a process ---- */

static const char *const end_facts[] = { "end_class",	   "end_code",	  "end_signal",
					 "end_core",	   "end_life_ns", "end_threads",
					 "end_sender_pid", "end_sender" };

#define END_FACTS (sizeof(end_facts) / sizeof(end_facts[0]))

static void csv__blanks(FILE *out, size_t count)
{
	while (count--)
		fputc(',', out);
}

static void csv__end(FILE *out, const struct end *end)
{
	fprintf(out, ",%s,%u,%s,%d,%llu,%u", end_names[end->class], end->code,
		signal__name(end->signal).text, end->core, end->life_ns, end->threads);
	if (end->sender.known) {
		fprintf(out, ",%u,", id__shown(end->sender.pid));
		escape__csv(out, end->sender.comm);
	} else {
		csv__blanks(out, 2);
	}
}

/* ---- the columns ---- */

void csv__lifecycle_names(FILE *out)
{
	size_t i;

	for (i = 0; i < SPAWN_KINDS; i++)
		csv__spawn_names(out, (enum spawn_kind)i);
	csv__name(out, "spawns", "fork_ns_per_mib", "");
	csv__name(out, "spawns", "execs", "");
	for (i = 0; i < END_CLASSES; i++)
		csv__name(out, "ends", end_names[i], "");
	for (i = 0; i < END_FACTS; i++)
		csv__name(out, "", end_facts[i], "");
}

void csv__lifecycle_of_system(FILE *out, const struct summary *summary)
{
	int class;

	csv__spawns(out, summary, summary->spawns ? summary->spawns : &nothing);
	for (class = 0; class < END_CLASSES; class ++)
		fprintf(out, ",%llu", summary->ends ? summary->ends[class] : 0);
	csv__blanks(out, END_FACTS);
	fputc('\n', out);
}

void csv__lifecycle_of_process(FILE *out, const struct summary *summary,
			       const struct process *process)
{
	csv__spawns(out, summary, process->spawns ? process->spawns : &nothing);
	csv__blanks(out, END_CLASSES);
	if (process->end)
		csv__end(out, process->end);
	else
		csv__blanks(out, END_FACTS);
	fputc('\n', out);
}

/* Creations are counted by process. */
void csv__no_lifecycle(FILE *out)
{
	size_t columns = SPAWN_KINDS * (2 + PHASES * 6) + 2 + END_CLASSES + END_FACTS;

	csv__blanks(out, columns);
	fputc('\n', out);
}
