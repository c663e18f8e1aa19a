/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "screen/columns.h"

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

/* ---- the table ---- */

const struct column_info column_infos[COLUMNS] = {
#define COLUMN(id, name, title, width, format, help)                                               \
	[COLUMN_##id] = { name, title, width, FORMAT_##format, help, column__##id },
#include "screen/columns.def"
#undef COLUMN
};

enum column column__find(const char *name)
{
	int i;

	for (i = 0; i < COLUMNS; i++)
		if (!strcmp(column_infos[i].name, name))
			break;
	return (enum column)i;
}

struct column_text column__text(enum column column, double figure)
{
	struct column_text cell;

	if (isnan(figure)) {
		snprintf(cell.text, sizeof(cell.text), "-");
		return cell;
	}
	switch (column_infos[column].format) {
	case FORMAT_PERCENT:
		snprintf(cell.text, sizeof(cell.text), figure < 9.995 ? "%.2f" : "%.1f", figure);
		if (figure >= 99.95)
			snprintf(cell.text, sizeof(cell.text), "%.0f", figure);
		else if (figure == 0)
			snprintf(cell.text, sizeof(cell.text), "0");
		break;
	case FORMAT_TIME:
		snprintf(cell.text, sizeof(cell.text), "%s", number__duration((__u64)figure).text);
		break;
	default:
		snprintf(cell.text, sizeof(cell.text), "%s", number__short(figure).text);
	}
	return cell;
}
