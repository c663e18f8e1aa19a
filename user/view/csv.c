/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line for the system, then one for each process and, if asked for, its threads. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "ids.h"
#include "model/machine/group.h"
#include "view/csv.h"
#include "view/csv_pick.h"
#include "view/escape.h"
#include "view/function_table.h"

void csv__name(FILE *out, const char *group, const char *name, const char *part)
{
	fprintf(out, ",%s%s%s%s%s", group, *group ? "_" : "", name, *part ? "_" : "", part);
}

void csv__dist_names(FILE *out, const char *group, const char *name)
{
	static const char *const parts[] = { "count", "sum", "p50", "p90", "p99", "max" };
	size_t p;

	for (p = 0; p < sizeof(parts) / sizeof(parts[0]); p++)
		csv__name(out, group, name, parts[p]);
}

void csv__dist(FILE *out, const struct dist *dist, int which)
{
	if (dist && !dist->count) /* no percentiles of no samples */
		fprintf(out, ",0,%llu,,,,%llu", dist->sum, dist->max);
	else if (dist)
		fprintf(out, ",%llu,%llu,%llu,%llu,%llu,%llu", dist->count, dist->sum,
			dist__percentile(dist, which, 0.5), dist__percentile(dist, which, 0.9),
			dist__percentile(dist, which, 0.99), dist->max);
	else
		fputs(",n/a,n/a,n/a,n/a,n/a,n/a", out);
}

/* All figures of a row, for csv_pick to choose from: those of --columns, then those of csv. */
static void csv__all_names(FILE *out)
{
	size_t i;

	for (i = 0; i < COLUMNS; i++)
		csv__name(out, "", column_infos[i].name, "");
}

static void csv__header(FILE *out, const struct columns *columns, bool all)
{
	size_t i;

	fputs("start,duration_ns,scope,pid,tid,start_ns,ppid,comm", out);
	for (i = 0; columns && i < columns->count; i++)
		csv__name(out, "", column_infos[columns->column[i]].name, "");
	if (columns) {
		fputc('\n', out);
		return;
	}
	if (all)
		csv__all_names(out);
	fputs(",switches", out);
	for (i = 0; i < ROW_COUNTERS; i++)
		csv__name(out, counter_infos[i].group, counter_infos[i].name, "");
	csv__name(out, "", "mm_switches", "");
	for (i = 0; i < ROW_DISTS; i++)
		csv__dist_names(out, dist_infos[i].group, dist_infos[i].name);
	csv__name(out, "", "sampled", "");
	csv__lifecycle_names(out);
	fputc('\n', out);
}

static void csv__row(FILE *out, const struct summary *summary, const struct row *row)
{
	int i;

	fprintf(out, ",%llu", row__switches(row));
	for (i = 0; i < ROW_COUNTERS; i++) {
		if (summary->has_counter[i])
			fprintf(out, ",%llu", row->n[i]);
		else
			fputs(",n/a", out);
	}
	fprintf(out, ",%llu", row->n[C_IN_PROCESS]);
	for (i = 0; i < ROW_DISTS; i++)
		csv__dist(out, summary->has_dist[i] ? row__dist(row, i) : NULL, i);
	fprintf(out, ",%u", summary__samples(summary) ? summary->priced.most : 1);
}

static void csv__figure(FILE *out, const struct summary *summary, enum column column,
			const struct measured *measured)
{
	double figure = column_infos[column].figure(measured);

	if (!column__is_known(column, summary))
		fputs(",n/a", out);
	else if (isnan(figure))
		fputc(',', out);
	else
		fprintf(out, ",%.10g", figure);
}

/* In place of all figures, those that are asked for: unrounded, in the units of their titles. */
static void csv__chosen(FILE *out, const struct summary *summary, const struct columns *columns,
			const struct measured *measured)
{
	size_t i;

	for (i = 0; i < columns->count; i++)
		csv__figure(out, summary, columns->column[i], measured);
	fputc('\n', out);
}

/* The figures of a row, up to those of creations and ends. */
static void csv__figures(FILE *out, const struct summary *summary, const struct measured *measured,
			 bool all)
{
	int i;

	for (i = 0; all && i < COLUMNS; i++)
		csv__figure(out, summary, (enum column)i, measured);
	csv__row(out, summary, measured->row);
}

static void csv__threads(FILE *out, const char *when, const struct summary *summary,
			 const struct process *process, const struct view_options *options)
{
	const struct columns *columns = options->columns;
	size_t count, i;
	const struct thread **threads = summary__threads(summary, process, &count);

	for (i = 0; i < count; i++) {
		struct measured measured = { &threads[i]->row, summary->duration_ns, 1, NULL };

		fprintf(out, "%s,thread,%u,%u,%llu,%u,", when, id__shown(process->key.pid),
			id__shown(threads[i]->tid), threads[i]->start_ns, id__shown(process->ppid));
		escape__csv(out, threads[i]->comm);
		if (columns) {
			csv__chosen(out, summary, columns, &measured);
			continue;
		}
		csv__figures(out, summary, &measured, options->csv_columns);
		csv__no_lifecycle(out);
	}
	free(threads);
}

static void csv__groups(FILE *out, const char *when, const struct summary *summary,
			const struct view_options *options)
{
	const struct columns *columns = options->columns;
	const struct groups *groups = summary->groups;
	size_t i;

	for (i = 0; i < groups->count; i++) {
		struct measured measured = group__measured(groups->sorted[i], summary);

		fprintf(out, "%s,group,,,,,", when);
		escape__csv(out, groups->sorted[i]->name);
		if (columns) {
			csv__chosen(out, summary, columns, &measured);
			continue;
		}
		csv__figures(out, summary, &measured, options->csv_columns);
		csv__no_lifecycle(out);
	}
}

static void csv__write_rows(FILE *out, const struct summary *summary,
			    const struct view_options *options)
{
	const struct columns *columns = options->columns;
	struct measured measured = { summary->system, summary->duration_ns, 0, summary->spawns };
	char when[80];
	size_t i;

	snprintf(when, sizeof(when), "%s,%llu", clock__iso8601(summary->start_realtime_ns).text,
		 summary->duration_ns);
	fprintf(out, "%s,system,,,,,", when);
	escape__csv(out, summary->target);
	if (columns) {
		csv__chosen(out, summary, columns, &measured);
	} else {
		csv__figures(out, summary, &measured, options->csv_columns);
		csv__lifecycle_of_system(out, summary);
	}
	for (i = 0; i < summary->process_count; i++) {
		const struct process *process = summary->processes[i];

		measured = summary__measured(summary, process);
		fprintf(out, "%s,process,%u,,%llu,%u,", when, id__shown(process->key.pid),
			process->key.start_ns, id__shown(process->ppid));
		escape__csv(out, process->comm);
		if (columns) {
			csv__chosen(out, summary, columns, &measured);
		} else {
			csv__figures(out, summary, &measured, options->csv_columns);
			csv__lifecycle_of_process(out, summary, process);
		}
		if (summary->threads)
			csv__threads(out, when, summary, process, options);
	}
	if (summary->groups)
		csv__groups(out, when, summary, options);
}

int csv__check_columns(const char *names, const char **ret_bad)
{
	char *header = NULL;
	size_t size;
	FILE *out = open_memstream(&header, &size);
	int err;

	if (!out)
		return -ENOMEM;
	csv__header(out, NULL, true);
	err = fclose(out) ? -ENOMEM : csv_pick__check(header, names, ret_bad);
	free(header);
	return err;
}

static int csv__write(FILE *out, const struct summary *summary, const struct view_options *options)
{
	struct csv_pick pick = { 0 };
	FILE *to = out;

	if (options->csv_columns)
		to = csv_pick__begin(&pick);
	if (!to)
		return -ENOMEM;
	if (options->first || options->csv_columns)
		csv__header(to, options->columns, options->csv_columns);
	csv__write_rows(to, summary, options);
	return to == out ? 0 : csv_pick__end(&pick, out, options->csv_columns, options->first);
}

const struct view view_csv = {
	.name = "csv",
	.suffixes = ".csv",
	.help = "a row for each process and thread",
	.only = "rows",
	.write = csv__write,
	.write_functions = function_table__write_csv,
};
