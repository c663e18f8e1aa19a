/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stacks on which the open process was off CPU: a flame graph that lies on its side. */
#include "core/number.h"
#include "screen/detail.h"

#define BAR_COLUMNS   10
#define SHARE_COLUMNS 6

static void draw_line(const struct flame_line *line, double share, struct canvas *canvas, int y)
{
	int eighths = (int)(share / 100 * BAR_COLUMNS * CANVAS_BARS + 0.5), x;
	int indent = (int)line->depth * 2, room = canvas->columns - SHARE_COLUMNS - BAR_COLUMNS - 2;

	canvas__print(canvas, y, 0, -SHARE_COLUMNS, INK_STRONG, "%.1f%%", share);
	for (x = 0; x < BAR_COLUMNS && eighths > 0; x++, eighths -= CANVAS_BARS)
		canvas__text(canvas, y, SHARE_COLUMNS + 1 + x, 1, INK_WARN,
			     eighths >= CANVAS_BARS / 2 || !x ? "=" : "");
	if (indent > room / 2)
		indent = room / 2;
	canvas__text(canvas, y, SHARE_COLUMNS + BAR_COLUMNS + 2 + indent, room - indent, INK_PLAIN,
		     line->text);
}

void detail__draw_stacks(const struct flame_lines *stacks, struct canvas *canvas, int top,
			 int bottom, size_t scroll)
{
	int y = top + 1;
	size_t i;

	canvas__print(canvas, top, 0, canvas->columns, INK_STRONG,
		      "OFF CPU  %s of all threads since s, by stack%s%s",
		      number__duration(stacks->ns).text, *stacks->why ? "; " : "", stacks->why);
	for (i = scroll; i < stacks->count && y < bottom; i++)
		draw_line(&stacks->lines[i], 100 * (double)stacks->lines[i].ns / (double)stacks->ns,
			  canvas, y++);
	if (y == top + 1)
		canvas__text(canvas, y, 2, canvas->columns - 2, INK_DIM,
			     scroll	  ? "no more stacks" :
			     *stacks->why ? "no stacks" :
			     !stacks->any ? "stacks are being taken ..." :
					    "none of its threads was off CPU");
}
