/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The head, the title, the foot and the help; panes draw what lies between. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/number.h"
#include "screen/keys.h"
#include "screen/screen.h"

#define HEAD_ROWS 3

struct clock_time {
	char text[16];
};

static struct clock_time time_of_day(__u64 realtime_ns)
{
	time_t seconds = (time_t)(realtime_ns / 1000000000ULL);
	struct clock_time text;
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(text.text, sizeof(text.text), "%H:%M:%S", &tm);
	return text;
}

static struct number duration(double ns)
{
	struct number none = { "-" };

	return isnan(ns) ? none : number__duration((__u64)ns);
}

void screen__sparkline(const struct screen *screen, struct canvas *canvas, int y, int x, int width,
		       enum head figure)
{
	size_t base = screen->paused ? screen->back : 0;
	double most = 0;
	int i;

	for (i = 0; i < width; i++) {
		const struct frame *frame = history__at(&screen->history, base + (size_t)i);

		if (frame && frame->head[figure] > most)
			most = frame->head[figure];
	}
	for (i = 0; i < width; i++) {
		const struct frame *frame =
			history__at(&screen->history, base + (size_t)(width - 1 - i));
		int level;

		if (!frame || isnan(frame->head[figure]))
			continue;
		level = most > 0 ? (int)(frame->head[figure] / most * 7.99) : 0;
		canvas__bar(canvas, y, x + i, INK_DIM, 1 + level);
	}
}

/* ---- the head ---- */

/* A share of the CPUs' time. */
static struct number share(double percent, const char *mark)
{
	struct number text = { "n/a" };

	if (!isnan(percent))
		snprintf(text.text, sizeof(text.text), "%s%.1f%%", mark, percent);
	return text;
}

/*
 * The figures of the head, and of most panes, are of the interval that ended then.  Where not all
 * fits, who is looking knows which machine it is.
 */
#define NARROW 96

static void draw_machine(const struct screen *screen, struct canvas *canvas,
			 const struct frame *frame)
{
	int width = canvas->columns, x;
	bool narrow = width < NARROW;

	x = canvas__print(canvas, 0, 0, width, INK_STRONG, narrow ? "tasktoll" : "tasktoll top");
	if (!narrow)
		x += canvas__print(canvas, 0, x, width - x, INK_PLAIN, "  %s", screen->host);
	x += canvas__print(canvas, 0, x, width - x, INK_PLAIN, "  %d CPU%s  %s%s: %.0f%% busy",
			   screen->cpus, screen->cpus == 1 ? "" : "s", narrow ? "" : "in ",
			   number__duration(frame->duration_ns).text, frame->head[HEAD_BUSY]);
	x += canvas__print(canvas, 0, x, width - x,
			   frame->head[HEAD_WANTED] > screen->cpus ? INK_WARN : INK_PLAIN,
			   "  wanted %.1f", frame->head[HEAD_WANTED]);
	x += canvas__print(canvas, 0, x, width - x, INK_PLAIN, "  %s sw/s  toll %s",
			   number__short(frame->head[HEAD_SWITCHES]).text,
			   share(frame->head[HEAD_TOLL], frame->samples ? "~" : "").text);
	if (width - x > 22)
		screen__sparkline(screen, canvas, 0, x + 2, width - x - 12, HEAD_SWITCHES);
	canvas__print(canvas, 0, width - 9, -9, INK_PLAIN, "%s",
		      time_of_day(frame->realtime_ns).text);
}

/* The five kinds as a bar, with their shares before it. */
static void draw_kinds(struct canvas *canvas, const struct frame *frame)
{
	static const char *const names[5] = { "thr", "proc", "res", "kern", "idle" };
	static const char *const letters[5] = { "t", "p", "r", "k", "." };
	int x = canvas__text(canvas, 1, 0, 7, INK_PLAIN, "switch "), i, from, room;
	double done = 0;

	for (i = 0; i < 5; i++)
		x += canvas__print(canvas, 1, x, canvas->columns - x,
				   (enum ink)(INK_KIND_THREAD + i), "%s %.0f%% ", names[i],
				   frame->head[HEAD_KIND + i]);
	room = canvas->columns - x - 2;
	for (i = 0, from = 0; room > 4 && i < 5; i++) {
		int to;

		done += frame->head[HEAD_KIND + i];
		for (to = (int)(done / 100 * room + 0.5); from < to && from < room; from++)
			canvas__text(canvas, 1, x + 1 + from, 1, (enum ink)(INK_KIND_THREAD + i),
				     letters[i]);
	}
}

static void draw_events(const struct screen *screen, struct canvas *canvas,
			const struct frame *frame)
{
	int width = canvas->columns, x;

	x = canvas__print(canvas, 2, 0, width, INK_PLAIN,
			  "wait p50 %s p99 %s  born %s/s  ended %s/s",
			  duration(frame->head[HEAD_WAIT_P50]).text,
			  duration(frame->head[HEAD_WAIT_P99]).text,
			  number__short(frame->head[HEAD_BIRTHS]).text,
			  number__short(frame->head[HEAD_ENDS]).text);
	if (screen->last_crash_ns && frame->realtime_ns > screen->last_crash_ns)
		x += canvas__print(canvas, 2, x, width - x, INK_BAD, "  crash %.0f s ago",
				   (double)(frame->realtime_ns - screen->last_crash_ns) / 1e9);
	if (frame->head[HEAD_LOST] > 0)
		x += canvas__print(canvas, 2, x, width - x, INK_BAD, "  LOST %s",
				   number__short(frame->head[HEAD_LOST]).text);
	x += canvas__print(canvas, 2, x, width - x, INK_DIM, "  overhead %s",
			   share(frame->head[HEAD_SELF], "").text);
	if (frame->no_self)
		canvas__print(canvas, 2, x, width - x, INK_DIM, " (%s)", frame->no_self);
}

/* ---- the line of panes ---- */

/* Then there is room for what the pane shows. */
static bool says_nothing_else(const struct screen *screen)
{
	return !screen->detail.key.pid && !screen->crash_open && !*screen->target &&
	       !*screen->list.filter && !screen->paused && !screen->help;
}

static void draw_title(const struct screen *screen, struct canvas *canvas)
{
	int x = 0, i, width = canvas->columns;

	for (i = 0; i < PANES; i++)
		x += canvas__print(canvas, 3, x, width - x,
				   i == (int)screen->pane ? INK_STRONG : INK_DIM, "%s%d %s%s",
				   i != (int)screen->pane ? " " :
				   i			  ? " [" :
							    "[",
				   i + 1, panes[i]->name, i == (int)screen->pane ? "]" : "");
	x++;
	if (says_nothing_else(screen) && x + (int)strlen(panes[screen->pane]->about) < width)
		canvas__text(canvas, 3, x + 1, width - x - 1, INK_DIM, panes[screen->pane]->about);
	if (screen->detail.key.pid)
		x += canvas__print(canvas, 3, x, width - x, INK_STRONG, "> %s (%u) ",
				   screen->detail.name, screen->detail.key.pid);
	if (screen->crash_open && screen->crash_selected < screen->crash_count)
		x += canvas__print(canvas, 3, x, width - x, INK_STRONG, "> %s (%u) ",
				   screen->crashes[screen->crash_selected].name,
				   screen->crashes[screen->crash_selected].pid);
	if (*screen->target)
		x += canvas__print(canvas, 3, x, width - x, INK_WARN, "only %s ", screen->target);
	if (*screen->list.filter)
		canvas__print(canvas, 3, x, width - x, INK_WARN, "filter \"%s\" ",
			      screen->list.filter);
	if (screen->paused) {
		const struct frame *newest = history__at(&screen->history, 0),
				   *shown = screen__frame(screen);

		canvas__print(canvas, 3, width - 27, -27, INK_WARN, "PAUSED, %.0f s back",
			      newest && shown ?
				      (double)(newest->realtime_ns - shown->realtime_ns) / 1e9 :
				      0.0);
	}
}

/* What fits in a row, up to a blank if there is one. */
static int note_row(const char *note, int columns)
{
	int length = (int)strlen(note), fits = columns;

	if (length <= columns)
		return length;
	while (fits > 0 && note[fits] != ' ')
		fits--;
	return fits ? fits : columns;
}

/* Over as many of the last rows as it takes, three at most. */
static void draw_note(const char *note, struct canvas *canvas)
{
	const char *rows[3];
	int count = 0, i, length;

	for (; *note && count < 3; note += length + (note[length] == ' ')) {
		length = note_row(note, canvas->columns);
		rows[count++] = note;
	}
	for (i = 0; i < count; i++) {
		int y = canvas->rows - count + i;

		canvas__print(canvas, y, 0, canvas->columns, INK_PLAIN, "%*s", canvas->columns, "");
		canvas__print(canvas, y, 0, canvas->columns, INK_STRONG, "%.*s",
			      note_row(rows[i], canvas->columns), rows[i]);
	}
}

static void draw_foot(const struct screen *screen, struct canvas *canvas)
{
	int y = canvas->rows - 1;

	if (screen->filtering)
		canvas__print(canvas, y, 0, canvas->columns, INK_STRONG,
			      "filter: %s_   Enter keeps it, Esc clears it", screen->list.filter);
	else if (*screen->note)
		draw_note(screen->note, canvas);
	else if (screen->detail.key.pid)
		canvas__text(canvas, y, 0, canvas->columns, INK_DIM,
			     "? keys  Backspace back  u who wakes it  s where it is off CPU  "
			     "Space pause  q quit");
	else
		canvas__text(canvas, y, 0, canvas->columns, INK_DIM,
			     "? keys  Enter open  / filter  , . S sort  t tree  H threads  p pin  "
			     "Space pause  a attach  q quit");
}

static void draw_help(const struct screen *screen, struct canvas *canvas)
{
	const struct column_info *column = &column_infos[screen->column];
	int y = HEAD_ROWS + 1, x = 0, wide = 40;
	size_t i;

	canvas__print(canvas, y++, 0, canvas->columns, INK_STRONG, "%s: %s",
		      panes[screen->pane]->title, panes[screen->pane]->about);
	canvas__print(canvas, y, 0, canvas->columns, INK_PLAIN, "%s: %s", column->title,
		      column->help);
	y += 2;
	for (i = 0; i < key_count; i++) {
		if (!key_infos[i].label)
			continue;
		canvas__text(canvas, y, x, 11, INK_STRONG, key_infos[i].label);
		canvas__text(canvas, y, x + 12, wide - 12, INK_PLAIN, key_infos[i].help);
		x += wide;
		if (x + wide > canvas->columns) {
			x = 0;
			y++;
		}
	}
}

void screen__draw(struct screen *screen, struct canvas *canvas)
{
	const struct frame *frame = screen__frame(screen);
	int bottom = canvas->rows - 1;

	screen->list_top = 0;
	canvas__clear(canvas);
	if (canvas->rows < 8 || canvas->columns < 40) {
		canvas__text(canvas, 0, 0, canvas->columns, INK_PLAIN, "terminal too small");
		return;
	}
	if (!frame) {
		canvas__text(canvas, 0, 0, canvas->columns, INK_PLAIN,
			     "tasktoll top: counting ...");
		return;
	}
	draw_machine(screen, canvas, frame);
	draw_kinds(canvas, frame);
	draw_events(screen, canvas, frame);
	draw_title(screen, canvas);
	if (screen->help)
		draw_help(screen, canvas);
	else
		panes[screen->pane]->draw(screen, canvas, HEAD_ROWS + 1, bottom);
	draw_foot(screen, canvas);
}
