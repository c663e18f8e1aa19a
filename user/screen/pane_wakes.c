/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who wakes whom, and by what: a row for each pair, those with most wakeups first. */
#include "screen/screen.h"
#include "screen/wake_rows.h"

static void draw_empty(const struct screen *screen, const struct frame *frame,
		       struct canvas *canvas, int y)
{
	const char *why = frame->no_wakes;

	if (!why && *screen->list.filter)
		why = "no pair matches the filter (\\ clears it)";
	else if (!why)
		why = "no task has been woken since it is collected";
	canvas__text(canvas, y, 2, canvas->columns - 2, INK_DIM, why);
}

/* So many of the first lines are scrolled away, if there are so many. */
static void draw_rows(struct screen *screen, const struct frame *frame, struct canvas *canvas,
		      int top, int bottom)
{
	size_t i, matching = 0, height = bottom > top ? (size_t)(bottom - top) : 0, skip;
	int y = top;

	for (i = 0; i < frame->wake_count; i++)
		matching += wake_rows__matches(&frame->wakes[i], screen->list.filter);
	if (screen->scroll + height > matching)
		screen->scroll = matching > height ? matching - height : 0;
	skip = screen->scroll;
	for (i = 0; i < frame->wake_count && y < bottom; i++) {
		if (!wake_rows__matches(&frame->wakes[i], screen->list.filter))
			continue;
		if (skip)
			skip--;
		else
			wake_rows__draw(&frame->wakes[i], canvas, y++);
	}
	if (y == top)
		draw_empty(screen, frame, canvas, y);
	else if (frame->wake_more && y < bottom)
		canvas__print(canvas, y, 2, canvas->columns - 2, INK_DIM,
			      "and %zu more pairs that had no room", frame->wake_more);
}

static void draw_wakes(struct screen *screen, struct canvas *canvas, int top, int bottom)
{
	const struct frame *frame = screen__frame(screen);

	if (!frame->no_wakes)
		wake_rows__draw_sums(frame->wake_sums, false, canvas, top, 0);
	wake_rows__draw_headings(canvas, top + 1);
	draw_rows(screen, frame, canvas, top + 2, bottom);
}

const struct pane pane_wakes = {
	.name = "wakes",
	.title = "Wakes",
	.about = "who ended whose sleep, and by what; collected since somebody first asked for it",
	.draw = draw_wakes,
	.scrolls = true,
};
