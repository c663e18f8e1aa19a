/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The panes whose rows are tasks: processes, threads, and the threads of a process that is open. */
#include <stdio.h>
#include <string.h>

#include "screen/screen.h"

#define PID_COLUMNS  8
#define NAME_COLUMNS 16

/* Columns that fit beside id and name, with the sorted one among them. */
static int choose_columns(const struct screen *screen, int width, enum column *ret_columns)
{
	int room = width - PID_COLUMNS - NAME_COLUMNS - 2, count = 0, i;
	enum column last = screen->list.sort;

	room -= column_infos[last].width + 1;
	for (i = 0; i < COLUMNS; i++) {
		if (i != (int)last && room < column_infos[i].width + 1)
			continue;
		if (i != (int)last)
			room -= column_infos[i].width + 1;
		ret_columns[count++] = (enum column)i;
	}
	return count;
}

static void draw_headings(const struct screen *screen, struct canvas *canvas, int y,
			  const enum column *columns, int count, int name_width)
{
	int x = PID_COLUMNS + name_width + 2, i;

	canvas__print(canvas, y, 0, -PID_COLUMNS, INK_STRONG, "%s",
		      screen->list.rows == ROWS_PROCESSES ? "PID" : "TID");
	canvas__text(canvas, y, PID_COLUMNS + 1, name_width, INK_STRONG, "COMMAND");
	for (i = 0; i < count; i++) {
		const struct column_info *info = &column_infos[columns[i]];
		char title[24];

		snprintf(title, sizeof(title), "%s%s",
			 columns[i] == screen->list.sort ? (screen->list.ascending ? "^" : "v") :
							   "",
			 info->title);
		canvas__print(canvas, y, x, -(info->width + 1),
			      columns[i] == screen->column ? INK_SELECTED : INK_STRONG, "%s",
			      title);
		x += info->width + 1;
	}
}

static void draw_line(const struct list_line *line, struct canvas *canvas, int y, bool selected,
		      const enum column *columns, int count, int name_width, bool samples)
{
	const struct frame_row *row = line->row;
	int x = PID_COLUMNS + name_width + 2, i, indent = 2 * line->depth;
	char mark = line->pinned ? '*' : row->ended ? 'x' : ' ';

	if (indent > name_width / 2)
		indent = name_width / 2;
	canvas__print(canvas, y, 0, -PID_COLUMNS, INK_PLAIN, "%u",
		      row->key.tid ? row->key.tid : row->key.pid);
	canvas__print(canvas, y, PID_COLUMNS, 1, INK_STRONG, "%c", selected ? '>' : mark);
	canvas__text(canvas, y, PID_COLUMNS + 1 + indent, name_width - indent,
		     row->kthread || row->ended ? INK_DIM : INK_PLAIN, row->name);
	for (i = 0; i < count; i++) {
		const struct column_info *info = &column_infos[columns[i]];

		canvas__print(
			canvas, y, x, -(info->width + 1), INK_PLAIN, "%s",
			column__text(columns[i], (double)row->figure[columns[i]], samples).text);
		x += info->width + 1;
	}
	if (selected)
		canvas__paint(canvas, y, INK_SELECTED);
	else if (line->pinned)
		canvas__paint(canvas, y, INK_PINNED);
}

void screen__draw_list(struct screen *screen, struct canvas *canvas, int top, int bottom)
{
	const struct frame *frame = screen__frame(screen);
	struct list *list = &screen->list;
	enum column columns[COLUMNS];
	int count, name_width, i, height = bottom - top - 1;

	if (height < 1 || list__arrange(list, frame, (size_t)height))
		return;
	screen->list_top = top + 1;
	count = choose_columns(screen, canvas->columns, columns);
	name_width = canvas->columns - PID_COLUMNS - 2;
	for (i = 0; i < count; i++)
		name_width -= column_infos[columns[i]].width + 1;
	draw_headings(screen, canvas, top, columns, count, name_width);
	for (i = 0; i < height && list->top + (size_t)i < list->count; i++)
		draw_line(&list->lines[list->top + (size_t)i], canvas, top + 1 + i,
			  list->top + (size_t)i == list->selected, columns, count, name_width,
			  frame->samples);
	if (!list->count)
		canvas__print(canvas, top + 1, 2, canvas->columns - 2, INK_DIM, "%s",
			      *list->filter ? "no row matches the filter (\\ clears it)" :
			      list->below   ? "none of its threads ran in this interval" :
					      "nothing ran in this interval");
	else if (frame->left_out && list->top + (size_t)height >= list->count)
		canvas__print(canvas, bottom - 1, 2, canvas->columns - 2, INK_DIM,
			      "and %zu more that had no room", frame->left_out);
}

/* What there is below the story of the process that is open. */
static void draw_opened(struct screen *screen, struct canvas *canvas, int top, int bottom)
{
	const struct frame *frame = screen__frame(screen);
	const struct detail_wakes wakes = { .asked = screen->wants.wakes,
					    .paused = screen->paused,
					    .filter = screen->list.filter,
					    .scroll = screen->scroll };

	top = detail__draw(&screen->detail, canvas, top, bottom - 3);
	if (!screen->wakers && top < bottom - 3)
		detail__draw_woken(&screen->detail, frame, &wakes, canvas, top++);
	top++;
	if (screen->wakers) {
		screen->scroll =
			detail__draw_wakes(&screen->detail, frame, &wakes, canvas, top, bottom);
	} else if (screen->wants.stacks && screen->stacks) {
		if (screen->scroll >= screen->stacks->count)
			screen->scroll = screen->stacks->count - !!screen->stacks->count;
		detail__draw_stacks(screen->stacks, canvas, top, bottom, screen->scroll);
	} else {
		screen__draw_list(screen, canvas, top, bottom);
	}
}

static void draw_tasks(struct screen *screen, struct canvas *canvas, int top, int bottom)
{
	if (screen->detail.key.pid)
		draw_opened(screen, canvas, top, bottom);
	else
		screen__draw_list(screen, canvas, top, bottom);
}

const struct pane pane_processes = {
	"processes", "Processes", "what each did in the last interval; H threads, Enter opens it",
	draw_tasks,  true,	  false
};

const struct pane pane_threads = {
	"threads",  "Threads", "every thread that ran or waited in the last interval",
	draw_tasks, true,      false
};
