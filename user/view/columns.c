/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/columns.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/number.h"

/* ---- figures ---- */

static double share(double part, double whole)
{
	return whole > 0 ? 100 * part / whole : NAN;
}

static double per_second(const struct measured *m, __u64 count)
{
	return m->duration_ns ? (double)count * 1e9 / (double)m->duration_ns : NAN;
}

static double sum(const struct measured *m, int which)
{
	return (double)row__dist(m->row, which)->sum;
}

/* Time in every state: the lifetime of its threads in the period. */
static double lifetime(const struct measured *m)
{
	return (double)m->row->n[C_ONCPU] + sum(m, D_RUNQ) + sum(m, D_OFF_SLEEP) +
	       sum(m, D_OFF_DISK) + sum(m, D_OFF_OTHER);
}

static double percentile(const struct measured *m, int which, double rank)
{
	const struct dist *dist = row__dist(m->row, which);

	return dist->count ? (double)dist__percentile(dist, which, rank) : NAN;
}

static double column__RUN(const struct measured *m)
{
	return share((double)m->row->n[C_ONCPU], lifetime(m));
}

static double column__WAIT(const struct measured *m)
{
	return share(sum(m, D_RUNQ), lifetime(m));
}

static double column__SLEEP(const struct measured *m)
{
	return share(sum(m, D_OFF_SLEEP), lifetime(m));
}

static double column__DISK(const struct measured *m)
{
	return share(sum(m, D_OFF_DISK), lifetime(m));
}

static double column__OTHER(const struct measured *m)
{
	return share(sum(m, D_OFF_OTHER), lifetime(m));
}

static double column__SWITCHES(const struct measured *m)
{
	return per_second(m, row__switches(m->row));
}

static double column__TOLL(const struct measured *m)
{
	return share((double)row__toll(m->row), (double)m->duration_ns);
}

static double column__CPU(const struct measured *m)
{
	return share((double)m->row->n[C_ONCPU], (double)m->duration_ns);
}

static double column__WAIT_P99(const struct measured *m)
{
	return percentile(m, D_RUNQ, 0.99);
}

static double column__VOLUNTARY(const struct measured *m)
{
	return share((double)m->row->n[C_VOLUNTARY], (double)row__switches(m->row));
}

static double column__THREAD(const struct measured *m)
{
	return per_second(m, m->row->n[C_IN_THREAD]);
}

static double column__PROCESS(const struct measured *m)
{
	return per_second(m, m->row->n[C_IN_PROCESS]);
}

static double column__COST_THREAD(const struct measured *m)
{
	return percentile(m, D_SWITCH_THREAD, 0.5);
}

static double column__COST_PROCESS(const struct measured *m)
{
	return percentile(m, D_SWITCH_PROCESS, 0.5);
}

static double column__MIGRATIONS(const struct measured *m)
{
	return per_second(m, m->row->n[C_MIGRATIONS]);
}

static double column__THREADS(const struct measured *m)
{
	return m->threads;
}

static double column__RESUME(const struct measured *m)
{
	return per_second(m, m->row->n[C_IN_RESUME]);
}

static double column__INVOLUNTARY(const struct measured *m)
{
	return per_second(m, m->row->n[C_INVOLUNTARY]);
}

static __u64 spawned(const struct measured *m)
{
	__u64 count = 0;
	int kind;

	for (kind = 0; m->spawns && kind < SPAWN_KINDS; kind++)
		count += m->spawns->kind[kind].count;
	return count;
}

static double column__SPAWNED(const struct measured *m)
{
	return per_second(m, spawned(m));
}

static double column__CPU_TIME(const struct measured *m)
{
	return (double)m->row->n[C_ONCPU];
}

static double column__WAIT_TIME(const struct measured *m)
{
	return sum(m, D_RUNQ);
}

static double column__SLEEP_TIME(const struct measured *m)
{
	return sum(m, D_OFF_SLEEP);
}

static double column__DISK_TIME(const struct measured *m)
{
	return sum(m, D_OFF_DISK);
}

static double column__TOLL_TIME(const struct measured *m)
{
	return (double)row__toll(m->row);
}

static double column__COUNT(const struct measured *m)
{
	return (double)row__switches(m->row);
}

/* ---- the table ---- */

const struct column_info column_infos[COLUMNS] = {
#define COLUMN(id, name, title, width, format, help)                                               \
	[COLUMN_##id] = { name, title, width, FORMAT_##format, help, column__##id },
#include "view/columns.def"
#undef COLUMN
};

bool column__is_known(enum column column, const struct summary *summary)
{
	switch (column) {
	case COLUMN_RUN:
	case COLUMN_SLEEP:
	case COLUMN_DISK:
	case COLUMN_OTHER:
	case COLUMN_WAIT:
		return summary__has_states(summary);
	case COLUMN_WAIT_P99:
	case COLUMN_WAIT_TIME:
		return summary->has_dist[D_RUNQ];
	case COLUMN_SLEEP_TIME:
		return summary->has_dist[D_OFF_SLEEP];
	case COLUMN_DISK_TIME:
		return summary->has_dist[D_OFF_DISK];
	case COLUMN_COST_THREAD:
		return summary->has_dist[D_SWITCH_THREAD];
	case COLUMN_COST_PROCESS:
		return summary->has_dist[D_SWITCH_PROCESS];
	case COLUMN_TOLL:
	case COLUMN_TOLL_TIME: /* it is what is known of it: one of its phases will do */
		return summary->cost_source != COST_NONE || summary->has_dist[D_PICK];
	default:
		return true;
	}
}

/* ---- what to sort by ---- */

static double amount__involuntary(const struct measured *m)
{
	return (double)m->row->n[C_INVOLUNTARY];
}

static double amount__process(const struct measured *m)
{
	return (double)m->row->n[C_IN_PROCESS];
}

static double amount__migrations(const struct measured *m)
{
	return (double)m->row->n[C_MIGRATIONS];
}

static double amount__spawned(const struct measured *m)
{
	return (double)spawned(m);
}

const struct sort sorts[] = {
	{ "toll", "direct cost of the switches in: pick and switch phase", column__TOLL_TIME,
	  COLUMN_TOLL },
	{ "switches", "switches out", column__COUNT, COLUMN_SWITCHES },
	{ "oncpu", "time on CPU", column__CPU_TIME, COLUMN_CPU },
	{ "wait", "time waiting for a CPU", column__WAIT_TIME, COLUMN_WAIT_TIME },
	{ "runq", "the same", column__WAIT_TIME, COLUMN_WAIT_TIME },
	{ "sleep", "time asleep, interruptible (S)", column__SLEEP_TIME, COLUMN_SLEEP_TIME },
	{ "disk", "time in uninterruptible sleep (D)", column__DISK_TIME, COLUMN_DISK_TIME },
	{ "spawned", "threads and processes created", amount__spawned, COLUMN_SPAWNED },
	{ "involuntary", "switches out by preemption", amount__involuntary, COLUMN_INVOLUNTARY },
	{ "mm", "address-space switches", amount__process, COLUMN_PROCESS },
	{ "migrations", "moves between CPUs", amount__migrations, COLUMN_MIGRATIONS },
#define COLUMN(id, name, title, width, format, help) { name, help, column__##id, COLUMN_##id },
#include "view/columns.def"
#undef COLUMN
};
const size_t sort_count = sizeof(sorts) / sizeof(sorts[0]);
const size_t sorts_listed = sizeof(sorts) / sizeof(sorts[0]) - COLUMNS;

const struct sort *sort__find(const char *name)
{
	size_t i;

	for (i = 0; i < sort_count; i++) {
		if (!strcmp(sorts[i].name, name))
			return &sorts[i];
	}
	return NULL;
}

/* ---- text ---- */

enum column column__find(const char *name)
{
	int i;

	for (i = 0; i < COLUMNS; i++)
		if (!strcmp(column_infos[i].name, name))
			break;
	return (enum column)i;
}

int columns__parse(struct columns *columns, const char *text, const char **ret_bad)
{
	char name[32];

	columns->count = 0;
	for (;;) {
		size_t length = strcspn(text, ",");
		enum column column = COLUMNS;

		if (length < sizeof(name)) {
			snprintf(name, sizeof(name), "%.*s", (int)length, text);
			column = column__find(name);
		}
		if (column == COLUMNS || columns->count == COLUMNS) {
			*ret_bad = text;
			return -EINVAL;
		}
		columns->column[columns->count++] = column;
		if (!text[length])
			return 0;
		text += length + 1;
	}
}

void columns__fit(struct columns *columns, int room, enum column always)
{
	bool full = false;
	int i;

	columns->count = 0;
	room -= column_infos[always].width + 1;
	for (i = 0; i < COLUMNS; i++) {
		if (i != (int)always) {
			room -= column_infos[i].width + 1;
			full |= room < 0; /* narrower ones of a lower rank do not push in */
			if (full)
				continue;
		}
		columns->column[columns->count++] = (enum column)i;
	}
}

struct column_text column__text(enum column column, double figure, bool samples)
{
	bool scaled = samples && (column == COLUMN_TOLL || column == COLUMN_TOLL_TIME);
	struct column_text cell = { { scaled ? '~' : 0 } };
	char *text = cell.text + scaled;
	size_t room = sizeof(cell.text) - scaled;

	if (isnan(figure)) {
		snprintf(cell.text, sizeof(cell.text), "-");
		return cell;
	}
	switch (column_infos[column].format) {
	case FORMAT_PERCENT:
		snprintf(text, room, figure < 9.995 ? "%.2f" : "%.1f", figure);
		if (figure >= 99.95)
			snprintf(text, room, "%.0f", figure);
		else if (figure == 0)
			snprintf(text, room, "0");
		break;
	case FORMAT_TIME:
		snprintf(text, room, "%s", number__duration((__u64)figure).text);
		break;
	default:
		snprintf(text, room, "%s", number__short(figure).text);
	}
	return cell;
}
