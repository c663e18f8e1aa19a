/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes of one name, summed up. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "screen/screen.h"

struct group {
	char name[24];
	size_t members;
	double cpu, switches, toll, waited;
};

static int by_name(const void *a, const void *b)
{
	return strcmp((*(const struct frame_row *const *)a)->name,
		      (*(const struct frame_row *const *)b)->name);
}

static int by_cpu(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	return (x->cpu < y->cpu) - (x->cpu > y->cpu);
}

static double figure(const struct frame_row *row, enum column column)
{
	return isnan(row->figure[column]) ? 0 : (double)row->figure[column];
}

/* Shares of CPU time, tolls and rates add up; percentiles do not, and are left out. */
static size_t sum_up(struct group *groups, const struct frame_row **rows, size_t count)
{
	size_t groups_done = 0, i;

	for (i = 0; i < count; i++) {
		struct group *group;
		double run = figure(rows[i], COLUMN_RUN);

		if (!i || strcmp(rows[i]->name, rows[i - 1]->name))
			groups_done++;
		group = &groups[groups_done - 1];
		memcpy(group->name, rows[i]->name, sizeof(group->name));
		group->members++;
		group->cpu += figure(rows[i], COLUMN_CPU);
		group->switches += figure(rows[i], COLUMN_SWITCHES);
		group->toll += figure(rows[i], COLUMN_TOLL);
		if (run > 0)
			group->waited += figure(rows[i], COLUMN_WAIT) / run *
					 figure(rows[i], COLUMN_CPU);
	}
	return groups_done;
}

static void draw_groups(struct screen *screen, struct canvas *canvas, int top, int bottom)
{
	const struct frame *frame = screen__frame(screen);
	const struct frame_row **rows = calloc(frame->count + 1, sizeof(*rows));
	struct group *groups = calloc(frame->count + 1, sizeof(*groups));
	size_t count = 0, i;

	for (i = 0; rows && groups && i < frame->count; i++)
		if (!frame->rows[i].key.tid)
			rows[count++] = &frame->rows[i];
	if (rows && groups) {
		qsort(rows, count, sizeof(*rows), by_name);
		count = sum_up(groups, rows, count);
		qsort(groups, count, sizeof(*groups), by_cpu);
	}
	canvas__print(canvas, top, 1, canvas->columns - 1, INK_STRONG, "%-20s%10s%8s%8s%8s%8s",
		      "NAME", "PROCESSES", "CPU%", "WAIT%", "SW/s", "TOLL%");
	for (i = 0; groups && i < count && top + 1 + (int)i < bottom; i++) {
		int y = top + 1 + (int)i;

		canvas__text(canvas, y, 1, 20, INK_PLAIN, groups[i].name);
		canvas__print(canvas, y, 21, -10, INK_PLAIN, "%zu", groups[i].members);
		canvas__print(canvas, y, 31, -8, INK_PLAIN, "%s",
			      column__text(COLUMN_CPU, groups[i].cpu).text);
		canvas__print(canvas, y, 39, -8, INK_PLAIN, "%s",
			      column__text(COLUMN_CPU, groups[i].waited).text);
		canvas__print(canvas, y, 47, -8, INK_PLAIN, "%s",
			      column__text(COLUMN_SWITCHES, groups[i].switches).text);
		canvas__print(canvas, y, 55, -8, INK_PLAIN, "%s",
			      column__text(COLUMN_TOLL, groups[i].toll).text);
	}
	free(rows);
	free(groups);
}

const struct pane pane_groups = {
	"groups", "Groups",
	"sums of processes with the same name; CPU%, WAIT% and TOLL% are of one CPU", draw_groups,
	false
};
