/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two runs side by side: rates and percentiles, so that runs of any length compare. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "core/number.h"
#include "view/escape.h"
#include "view/json.h"
#include "view/stacks.h"

/* ---- the figures of a row ---- */

enum unit { UNIT_COUNT, UNIT_NS, UNIT_SHARE };

struct figure {
	const char *name; /* in JSON */
	const char *text;
	enum unit unit;
	int counter; /* a rate of it; -1 */
	__u64 (*sum)(const struct row *row);
	int dist; /* a percentile of it, if share is not 0 */
	double share;
};

static const struct figure figures[] = {
	{ "switches_per_s", "switches/s", UNIT_COUNT, -1, row__switches, 0, 0 },
	{ "involuntary_per_s", "preempted/s", UNIT_COUNT, C_INVOLUNTARY, NULL, 0, 0 },
	{ "in_thread_per_s", "to a thread/s", UNIT_COUNT, C_IN_THREAD, NULL, 0, 0 },
	{ "in_process_per_s", "to a process/s", UNIT_COUNT, C_IN_PROCESS, NULL, 0, 0 },
	{ "migrations_per_s", "moves/s", UNIT_COUNT, C_MIGRATIONS, NULL, 0, 0 },
	{ "toll_ns_per_s", "toll/s", UNIT_NS, -1, row__toll, 0, 0 },
	{ "oncpu_ns_per_s", "on CPU/s", UNIT_NS, C_ONCPU, NULL, 0, 0 },
	{ "pick_ns_p50", "pick p50", UNIT_NS, -1, NULL, D_PICK, 0.5 },
	{ "pick_ns_p99", "pick p99", UNIT_NS, -1, NULL, D_PICK, 0.99 },
	{ "switch_ns_thread_p50", "thread p50", UNIT_NS, -1, NULL, D_SWITCH_THREAD, 0.5 },
	{ "switch_ns_thread_p99", "thread p99", UNIT_NS, -1, NULL, D_SWITCH_THREAD, 0.99 },
	{ "switch_ns_process_p50", "process p50", UNIT_NS, -1, NULL, D_SWITCH_PROCESS, 0.5 },
	{ "switch_ns_process_p99", "process p99", UNIT_NS, -1, NULL, D_SWITCH_PROCESS, 0.99 },
	{ "runq_ns_p50", "wait for a CPU p50", UNIT_NS, -1, NULL, D_RUNQ, 0.5 },
	{ "runq_ns_p99", "wait for a CPU p99", UNIT_NS, -1, NULL, D_RUNQ, 0.99 },
	{ "offcpu_ns_disk_p99", "uninterruptible p99", UNIT_NS, -1, NULL, D_OFF_DISK, 0.99 },
};

#define FIGURES (sizeof(figures) / sizeof(figures[0]))

/* Not a number: it cannot be had, or there is none. */
static double figure__of(const struct figure *figure, const struct compare *compare, int side,
			 const struct row *row)
{
	const struct compare_side *of = &compare->side[side];

	if (figure->sum)
		return compare__rate(compare, side, figure->sum(row));
	if (figure->counter >= 0)
		return of->has_counter[figure->counter] ?
			       compare__rate(compare, side, row->n[figure->counter]) :
			       (double)NAN;
	if (!of->has_dist[figure->dist] || !row__dist(row, figure->dist)->count)
		return (double)NAN;
	return (double)dist__percentile(row__dist(row, figure->dist), figure->dist, figure->share);
}

/* ---- text ---- */

static struct number value_text(enum unit unit, double value)
{
	struct number dash = { "-" };

	if (isnan(value))
		return dash;
	if (unit == UNIT_NS)
		return number__duration((__u64)(value + 0.5));
	return number__short(value);
}

static struct number change_text(double a, double b)
{
	struct number text = { "-" };
	double change;

	if (isnan(a) || isnan(b) || (a <= 0 && b <= 0))
		return text;
	change = a > 0 ? 100 * (b - a) / a : 0;
	if (a <= 0)
		snprintf(text.text, sizeof(text.text), "new");
	else if (b <= 0)
		snprintf(text.text, sizeof(text.text), "gone");
	else if (change >= 1000)
		snprintf(text.text, sizeof(text.text), "x%.3g", b / a);
	else
		snprintf(text.text, sizeof(text.text), "%+.1f%%", change);
	return text;
}

static void write_line(FILE *out, const char *name, enum unit unit, double a, double b)
{
	fprintf(out, "  %-20s %11s %11s %9s\n", name, value_text(unit, a).text,
		value_text(unit, b).text, change_text(a, b).text);
}

static void heading(FILE *out, const struct view_options *options, const char *line)
{
	fprintf(out, "%s%s%s\n", options->color ? "\033[1m" : "", line,
		options->color ? "\033[0m" : "");
}

static void write_system(FILE *out, const struct compare *compare)
{
	const struct compare_side *side = compare->side;
	size_t i;

	for (i = 0; i < FIGURES; i++)
		write_line(out, figures[i].text, figures[i].unit,
			   figure__of(&figures[i], compare, 0, &side[0].system),
			   figure__of(&figures[i], compare, 1, &side[1].system));
	write_line(out, "created/s", UNIT_COUNT, compare__rate(compare, 0, side[0].created),
		   compare__rate(compare, 1, side[1].created));
	write_line(out, "programs executed/s", UNIT_COUNT,
		   compare__rate(compare, 0, side[0].executed),
		   compare__rate(compare, 1, side[1].executed));
	write_line(out, "crashes/s", UNIT_COUNT, compare__rate(compare, 0, side[0].crashed),
		   compare__rate(compare, 1, side[1].crashed));
}

static void write_name(FILE *out, const struct compare *compare, const struct compared *at,
		       bool ascii)
{
	static const size_t shown[] = { 5, 0, 14 }; /* toll, switches, wait for a CPU */
	size_t i;

	fputs("  ", out);
	escape__cell(out, 15, at->comm, ascii);
	for (i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		const struct figure *figure = &figures[shown[i]];
		double a = figure__of(figure, compare, 0, &at->row[0]);
		double b = figure__of(figure, compare, 1, &at->row[1]);

		fprintf(out, " %9s %9s %8s", value_text(figure->unit, a).text,
			value_text(figure->unit, b).text, change_text(a, b).text);
	}
	fputc('\n', out);
}

int diff__write_text(FILE *out, const struct compare *compare, const char *const names[2],
		     const struct view_options *options)
{
	size_t count, i;
	const struct compared **all = compare__take(compare, &count);

	if (!all)
		return -ENOMEM;
	for (i = 0; i < 2; i++) {
		fprintf(out, "  %c  ", i ? 'B' : 'A');
		escape__terminal(out, names[i]);
		fprintf(out, ": %s on %d CPU%s\n",
			number__duration(compare->side[i].duration_ns).text, compare->side[i].cpus,
			compare->side[i].cpus == 1 ? "" : "s");
	}
	fputc('\n', out);
	heading(out, options, "  SYSTEM                         A           B    CHANGE");
	write_system(out, compare);
	fputc('\n', out);
	heading(out, options,
		"  COMMAND          TOLL/s A         B   CHANGE  SWITCH/s         B   CHANGE  "
		"WAIT p99         B   CHANGE");
	for (i = 0; i < count && i < options->rows; i++)
		write_name(out, compare, all[i], options->ascii);
	if (i < count)
		fprintf(out, "  ... and %s more (-n %zu shows them)\n",
			number__count(count - i).text, count);
	free(all);
	return 0;
}

/* ---- JSON: see tests/schema/diff.schema.json ---- */

static json_t *number_or_null(double value)
{
	return isnan(value) ? json_null() : json_real(value);
}

static void put_pair(json_t *object, const char *name, double a, double b)
{
	json_t *pair = json_object();

	json_object_set_new(pair, "a", number_or_null(a));
	json_object_set_new(pair, "b", number_or_null(b));
	json_object_set_new(object, name, pair);
}

static void put_figures(json_t *object, const struct compare *compare, const struct row *a,
			const struct row *b)
{
	size_t i;

	for (i = 0; i < FIGURES; i++)
		put_pair(object, figures[i].name, figure__of(&figures[i], compare, 0, a),
			 figure__of(&figures[i], compare, 1, b));
}

static json_t *side_object(const struct compare_side *side, const char *name)
{
	json_t *object = json_object();

	json_object_set_new(object, "file", escape__json(name));
	json__put(object, "duration_ns", side->duration_ns);
	json__put(object, "cpus", (__u64)side->cpus);
	return object;
}

int diff__write_json(FILE *out, const struct compare *compare, const char *const names[2],
		     const struct view_options *options)
{
	const struct compare_side *side = compare->side;
	size_t count, i;
	const struct compared **all = compare__take(compare, &count);
	json_t *root = json_object(), *system = json_object(), *processes = json_array();

	(void)options;
	if (!all)
		return -ENOMEM;
	json_object_set_new(root, "schema", json_string("tasktoll.diff/1"));
	json_object_set_new(root, "a", side_object(&side[0], names[0]));
	json_object_set_new(root, "b", side_object(&side[1], names[1]));
	put_figures(system, compare, &side[0].system, &side[1].system);
	put_pair(system, "created_per_s", compare__rate(compare, 0, side[0].created),
		 compare__rate(compare, 1, side[1].created));
	put_pair(system, "executed_per_s", compare__rate(compare, 0, side[0].executed),
		 compare__rate(compare, 1, side[1].executed));
	put_pair(system, "crashed_per_s", compare__rate(compare, 0, side[0].crashed),
		 compare__rate(compare, 1, side[1].crashed));
	json_object_set_new(root, "system", system);
	for (i = 0; i < count; i++) {
		json_t *object = json_object();

		json_object_set_new(object, "comm", escape__json(all[i]->comm));
		put_figures(object, compare, &all[i]->row[0], &all[i]->row[1]);
		json_array_append_new(processes, object);
	}
	json_object_set_new(root, "processes", processes);
	free(all);
	return json__print_line(out, root);
}
