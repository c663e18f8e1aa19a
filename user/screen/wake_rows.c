/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "screen/wake_rows.h"

#include <stdio.h>
#include <string.h>

#include "core/number.h"

#define CHANNEL_COLUMNS 8
#define COUNT_COLUMNS	9
#define WAIT_COLUMNS	9
#define TOTAL_COLUMNS	11
#define NAMES_LEAST	39 /* columns for both names; below that the latency is left out */

struct columns_of_wakes {
	int name; /* of waker and of woken, with a blank behind each */
	bool wait;
};

static struct columns_of_wakes fit(const struct canvas *canvas)
{
	struct columns_of_wakes columns = { .wait = true };
	int room = canvas->columns - CHANNEL_COLUMNS - COUNT_COLUMNS - TOTAL_COLUMNS;

	if (room - WAIT_COLUMNS < NAMES_LEAST)
		columns.wait = false;
	else
		room -= WAIT_COLUMNS;
	columns.name = room / 2;
	return columns;
}

static void draw_line(struct canvas *canvas, int y, int x, const struct columns_of_wakes *columns,
		      enum ink ink, const char *const cells[4])
{
	canvas__text(canvas, y, x, CHANNEL_COLUMNS - 1, ink, cells[0]);
	x += CHANNEL_COLUMNS;
	canvas__print(canvas, y, x, -COUNT_COLUMNS, ink, "%s", cells[1]);
	x += COUNT_COLUMNS;
	if (columns->wait) {
		canvas__print(canvas, y, x, -WAIT_COLUMNS, ink, "%s", cells[2]);
		x += WAIT_COLUMNS;
	}
	canvas__print(canvas, y, x, -TOTAL_COLUMNS, ink, "%s", cells[3]);
}

void wake_rows__draw_headings(struct canvas *canvas, int y)
{
	static const char *const titles[] = { "BY", "WAKES", "p50 WAIT", "TOTAL" };
	const struct columns_of_wakes columns = fit(canvas);

	canvas__text(canvas, y, 0, columns.name - 1, INK_STRONG, "WAKER");
	canvas__text(canvas, y, columns.name, columns.name - 1, INK_STRONG, "WOKEN");
	draw_line(canvas, y, 2 * columns.name, &columns, INK_STRONG, titles);
}

static struct number count_text(__u64 count)
{
	return count < 10000000 ? number__count(count) : number__short((double)count);
}

/* The id is never cut: names are used again. */
static void draw_end(struct canvas *canvas, int y, int x, int width, const char *name, __u32 tid)
{
	char id[48];
	int room;

	snprintf(id, sizeof(id), " (%s)", number__id(tid).text);
	room = width - 1 - (int)strlen(id);
	if (room > 0)
		x += canvas__text(canvas, y, x, room, INK_PLAIN, name);
	canvas__text(canvas, y, x, room > 0 ? (int)strlen(id) : width - 1, INK_PLAIN, id);
}

void wake_rows__draw(const struct frame_wake *wake, struct canvas *canvas, int y)
{
	const struct columns_of_wakes fitting = fit(canvas), *columns = &fitting;
	const struct number count = count_text(wake->count), total = count_text(wake->total);
	const struct number wait = number__duration_digits(wake->p50_ns, 2);
	bool known = wake->count && wake->scope != WAKES_UNSEEN;
	const char *const cells[] = { wake->scope == WAKES_UNSEEN ? "" :
								    wake_channels[wake->channel],
				      wake->count ? count.text : "-", known ? wait.text : "-",
				      total.text };

	if (wake->scope >= WAKES_INTERRUPT)
		canvas__text(canvas, y, 0, columns->name - 1, INK_DIM,
			     wake_scope__nobody(wake->scope));
	else
		draw_end(canvas, y, 0, columns->name, wake->waker, wake->waker_tid);
	draw_end(canvas, y, columns->name, columns->name, wake->woken, wake->woken_tid);
	draw_line(canvas, y, 2 * columns->name, columns, wake->count ? INK_PLAIN : INK_DIM, cells);
}

int wake_rows__draw_sums(const __u64 sums[WAKE_SCOPES], bool brief, struct canvas *canvas, int y,
			 int x)
{
	__u64 all = 0;
	int scope;

	for (scope = 0; scope < WAKE_SCOPES; scope++)
		all += sums[scope];
	x += canvas__print(canvas, y, x, canvas->columns - x, INK_STRONG, "%s wakeups",
			   count_text(all).text);
	for (scope = 0; all && scope < WAKE_SCOPES; scope++) {
		if (!brief || sums[scope])
			x += canvas__print(canvas, y, x, canvas->columns - x, INK_PLAIN, "  %s %s",
					   wake_scopes[scope],
					   number__share((double)sums[scope], (double)all).text);
	}
	return x;
}

bool wake_rows__matches(const struct frame_wake *wake, const char *filter)
{
	char text[128];

	if (!*filter)
		return true;
	snprintf(text, sizeof(text), "%s %u %s %u %s", wake->waker, wake->waker_tid, wake->woken,
		 wake->woken_tid, wake_channels[wake->channel]);
	return strcasestr(text, filter) != NULL;
}
