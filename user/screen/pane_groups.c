/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes of one name, summed up, those that used most CPU time first. */
#include "screen/screen.h"

static const enum column shown[] = { COLUMN_CPU, COLUMN_WAIT, COLUMN_SWITCHES, COLUMN_TOLL };

#define SHOWN	     (sizeof(shown) / sizeof(shown[0]))
#define NAME_COLUMNS 20
#define CELL_COLUMNS 8
#define FIRST_CELL   (1 + NAME_COLUMNS + 10)

static void draw_group(const struct frame_group *group, struct canvas *canvas, int y, bool samples)
{
	size_t i;

	canvas__text(canvas, y, 1, NAME_COLUMNS, INK_PLAIN, group->name);
	canvas__print(canvas, y, 1 + NAME_COLUMNS, -10, INK_PLAIN, "%llu", group->processes);
	for (i = 0; i < SHOWN; i++)
		canvas__print(
			canvas, y, FIRST_CELL + CELL_COLUMNS * (int)i, -CELL_COLUMNS, INK_PLAIN,
			"%s",
			column__text(shown[i], (double)group->figure[shown[i]], samples).text);
}

static void draw_groups(struct screen *screen, struct canvas *canvas, int top, int bottom)
{
	const struct frame *frame = screen__frame(screen);
	size_t i;

	canvas__print(canvas, top, 1, canvas->columns - 1, INK_STRONG, "%-20s%10s", "NAME",
		      "PROCESSES");
	for (i = 0; i < SHOWN; i++)
		canvas__print(canvas, top, FIRST_CELL + CELL_COLUMNS * (int)i, -CELL_COLUMNS,
			      INK_STRONG, "%s", column_infos[shown[i]].title);
	for (i = 0; i < frame->group_count && top + 1 + (int)i < bottom; i++)
		draw_group(&frame->groups[i], canvas, top + 1 + (int)i, frame->samples);
}

const struct pane pane_groups = { "groups", "Groups",
				  "processes of one name together; WAIT% is a share of their time",
				  draw_groups, false };
