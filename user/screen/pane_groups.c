/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that have something in common, summed up, those that used most CPU time first. */
#include <stdio.h>

#include "screen/screen.h"

static const enum column shown[] = { COLUMN_CPU, COLUMN_WAIT, COLUMN_SWITCHES, COLUMN_TOLL };

#define SHOWN		 (sizeof(shown) / sizeof(shown[0]))
#define COUNT_COLUMNS	 10
#define CELL_COLUMNS	 8
#define FIGURE_COLUMNS	 (1 + COUNT_COLUMNS + CELL_COLUMNS * (int)SHOWN)
#define NAME_COLUMNS_MAX ((int)sizeof(((struct frame_group *)NULL)->name))

/* The name takes what the figures leave. */
static int name_columns(const struct canvas *canvas)
{
	int columns = canvas->columns - FIGURE_COLUMNS;

	return columns < NAME_COLUMNS_MAX ? columns : NAME_COLUMNS_MAX;
}

static void draw_line(struct canvas *canvas, int y, enum ink ink, const char *name,
		      const char *processes, const struct frame_group *group, bool samples)
{
	int x = 1 + name_columns(canvas);
	size_t i;

	canvas__text(canvas, y, 1, name_columns(canvas) - 1, ink, name);
	canvas__print(canvas, y, x, -COUNT_COLUMNS, ink, "%s", processes);
	x += COUNT_COLUMNS;
	for (i = 0; i < SHOWN; i++, x += CELL_COLUMNS)
		canvas__print(canvas, y, x, -CELL_COLUMNS, ink, "%s",
			      group ? column__text(shown[i], (double)group->figure[shown[i]],
						   samples)
					      .text :
				      column_infos[shown[i]].title);
}

static void draw_groups(struct screen *screen, struct canvas *canvas, int top, int bottom)
{
	static const char *const titles[GROUPINGS] = { [BY_COMM] = "NAME",
						       [BY_USER] = "USER",
						       [BY_CGROUP] = "CGROUP",
						       [BY_PARENT] = "PARENT" };
	const struct frame *frame = screen__frame(screen);
	char processes[24];
	size_t i;

	draw_line(canvas, top, INK_STRONG, titles[frame->by], "PROCESSES", NULL, false);
	for (i = 0; i < frame->group_count && top + 1 + (int)i < bottom; i++) {
		snprintf(processes, sizeof(processes), "%llu", frame->groups[i].processes);
		draw_line(canvas, top + 1 + (int)i, INK_PLAIN, frame->groups[i].name, processes,
			  &frame->groups[i], frame->samples);
	}
}

const struct pane pane_groups = {
	"groups",    "Groups", "g: by name, user, cgroup, parent; WAIT% is a share of their time",
	draw_groups, false,    false
};
