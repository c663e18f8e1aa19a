/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who wakes the process that is open, and whom it wakes. */
#include "core/number.h"
#include "screen/detail.h"
#include "screen/wake_rows.h"

/* NULL: what the frame has is of the process that is open. */
static const char *why_not(const struct detail *detail, const struct frame *frame,
			   const struct detail_wakes *view)
{
	const struct row_key *of = &frame->own.of;

	if (!view->asked)
		return "not collected: u collects who wakes it";
	if (frame->no_wakes)
		return frame->no_wakes;
	if (of->pid == detail->key.pid &&
	    (!of->start_ns || !detail->key.start_ns || of->start_ns == detail->key.start_ns))
		return NULL;
	return view->paused ? "not kept of this interval: the process was not open then" :
			      "with the next refresh";
}

void detail__draw_woken(const struct detail *detail, const struct frame *frame,
			const struct detail_wakes *view, struct canvas *canvas, int y)
{
	const char *why = why_not(detail, frame, view);

	canvas__text(canvas, y, 2, 21, INK_PLAIN, "woken, last interval");
	if (why)
		canvas__text(canvas, y, 24, canvas->columns - 24, INK_DIM, why);
	else
		wake_rows__draw_sums(frame->own.sums, true, canvas, y, 24);
}

/* Lines: those who wake it, a heading, those whom it wakes. */
struct lines {
	const struct frame_own_wakes *own;
	const char *filter;
	struct canvas *canvas;
	int y, bottom;
	size_t seen, skip; /* lines so far, and those that are scrolled away */
};

/* The row of the next line; -1: it is not to be seen. */
static int next_line(struct lines *lines)
{
	return lines->seen++ < lines->skip || lines->y >= lines->bottom ? -1 : lines->y++;
}

static void draw_pairs(struct lines *lines, const struct frame_wake *list, size_t count,
		       size_t more, const char *none)
{
	size_t i, matching = 0;
	int y;

	for (i = 0; i < count; i++) {
		if (!wake_rows__matches(&list[i], lines->filter))
			continue;
		matching++;
		y = next_line(lines);
		if (y >= 0)
			wake_rows__draw(&list[i], lines->canvas, y);
	}
	if (matching && !more)
		return;
	y = next_line(lines);
	if (y < 0)
		return;
	if (more)
		canvas__print(lines->canvas, y, 2, lines->canvas->columns - 2, INK_DIM,
			      "and %zu more pairs that had no room", more);
	else
		canvas__text(lines->canvas, y, 2, lines->canvas->columns - 2, INK_DIM,
			     count ? "no pair matches the filter (\\ clears it)" : none);
}

static void draw_all(struct lines *lines)
{
	const struct frame_own_wakes *own = lines->own;
	int y;

	draw_pairs(lines, own->list, own->by_count, own->by_more,
		   "nobody has woken it since it is collected");
	y = next_line(lines);
	if (y >= 0)
		canvas__print(lines->canvas, y, 0, lines->canvas->columns, INK_STRONG,
			      "WHOM ELSE IT WAKES  %s wakeups", number__count(own->to_sum).text);
	draw_pairs(lines, own->list + own->by_count, own->to_count, own->to_more,
		   "it has woken no other process of the target since it is collected");
}

size_t detail__draw_wakes(const struct detail *detail, const struct frame *frame,
			  const struct detail_wakes *view, struct canvas *canvas, int top,
			  int bottom)
{
	const char *why = why_not(detail, frame, view);
	struct lines lines = { .own = &frame->own,
			       .filter = view->filter,
			       .canvas = canvas,
			       .y = top + 2,
			       .bottom = top + 2 };
	size_t height = bottom > top + 2 ? (size_t)(bottom - top - 2) : 0;

	canvas__text(canvas, top, 0, canvas->columns, INK_STRONG, "WHO WAKES IT");
	if (why) {
		canvas__text(canvas, top + 1, 2, canvas->columns - 2, INK_DIM, why);
		return 0;
	}
	wake_rows__draw_sums(frame->own.sums, true, canvas, top, 14);
	wake_rows__draw_headings(canvas, top + 1);
	draw_all(&lines); /* no row is free: they are counted */
	lines.skip = lines.seen > height ? lines.seen - height : 0;
	if (view->scroll < lines.skip)
		lines.skip = view->scroll;
	lines.seen = 0;
	lines.bottom = bottom;
	draw_all(&lines);
	return lines.skip;
}
