/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What crashed since the screen came up, the newest first; Enter opens the story of one. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "screen/screen.h"

static void draw_story(struct screen *screen, struct canvas *canvas, int top, int bottom)
{
	const char *line = screen->crashes[screen->crash_selected].story;
	size_t skip = screen->scroll;
	int y = top;

	while (line && *line && y < bottom) {
		int length = (int)strcspn(line, "\n");

		if (skip)
			skip--;
		else
			canvas__print(canvas, y++, 0, canvas->columns, INK_PLAIN, "%.*s", length,
				      line);
		line += length + (line[length] == '\n');
	}
	if (y == top && screen->scroll) /* scrolled beyond its end */
		screen->scroll--;
}

static void draw_line(const struct screen *screen, struct canvas *canvas, int y, size_t which)
{
	const struct crash_note *note = &screen->crashes[which];
	time_t seconds = (time_t)(note->realtime_ns / 1000000000ULL);
	char when[16];
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(when, sizeof(when), "%H:%M:%S", &tm);
	canvas__print(canvas, y, 0, canvas->columns, INK_PLAIN, "%s %8u%c%s", when, note->pid,
		      which == screen->crash_selected ? '>' : ' ', note->name);
	canvas__text(canvas, y, 35, canvas->columns - 35, INK_PLAIN, note->line);
	if (which == screen->crash_selected)
		canvas__paint(canvas, y, INK_SELECTED);
}

static void draw_crashes(struct screen *screen, struct canvas *canvas, int top, int bottom)
{
	int height = bottom - top - 1, i;
	size_t first = 0;

	if (screen->crash_open && screen->crash_selected < screen->crash_count) {
		draw_story(screen, canvas, top, bottom);
		return;
	}
	canvas__print(canvas, top, 0, canvas->columns, INK_STRONG, "%-8s %8s %-17s%s", "TIME",
		      "PID", "COMMAND", "WHAT, AND HOW MANY TASKS DIED WITH IT");
	if (height > 0 && screen->crash_selected >= (size_t)height)
		first = screen->crash_selected - (size_t)height + 1;
	for (i = 0; i < height && first + (size_t)i < screen->crash_count; i++)
		draw_line(screen, canvas, top + 1 + i, first + (size_t)i);
	if (!screen->crash_count)
		canvas__text(canvas, top + 1, 2, canvas->columns - 2, INK_DIM,
			     "nothing has crashed since the screen came up");
}

const struct pane pane_crashes = {
	"crashes",
	"Crashes",
	"a crash appears when it has been followed for two seconds; Enter opens it",
	draw_crashes,
	false,
	false
};
