/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who creates threads and processes, and what that costs. */
#include <math.h>
#include <stdlib.h>

#include "core/number.h"
#include "screen/screen.h"

static int by_time(const void *a, const void *b)
{
	const struct frame_births *x = *(const struct frame_births *const *)a;
	const struct frame_births *y = *(const struct frame_births *const *)b;

	if (x->taken_ns != y->taken_ns)
		return x->taken_ns < y->taken_ns ? 1 : -1;
	return x->key.pid < y->key.pid ? -1 : x->key.pid > y->key.pid;
}

static struct number price(double ns)
{
	struct number none = { "-" };

	return isnan(ns) ? none : number__duration((__u64)ns);
}

static void draw_birth(const struct frame_births *births, struct canvas *canvas, int y)
{
	static const struct {
		enum spawn_kind kind;
		int x, width;
	} cells[] = { { SPAWN_THREAD, 25, 8 }, { SPAWN_PROCESS, 33, 7 }, { SPAWN_VFORK, 40, 7 } };
	size_t i;

	canvas__print(canvas, y, 0, -8, INK_PLAIN, "%u", births->key.pid);
	canvas__text(canvas, y, 9, 16, INK_PLAIN, births->name);
	for (i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
		canvas__print(canvas, y, cells[i].x, -cells[i].width, INK_PLAIN, "%s",
			      number__short((double)births->count[cells[i].kind]).text);
	canvas__print(canvas, y, 47, -7, births->failed ? INK_BAD : INK_PLAIN, "%s",
		      number__short((double)births->failed).text);
	canvas__print(canvas, y, 54, -8, INK_PLAIN, "%s", price(births->thread_p50_ns).text);
	canvas__print(canvas, y, 62, -9, INK_PLAIN, "%s", price(births->fork_p50_ns).text);
	canvas__print(canvas, y, 71, -8, INK_PLAIN, "%s", number__duration(births->taken_ns).text);
}

static void draw_births(struct screen *screen, struct canvas *canvas, int top, int bottom)
{
	const struct frame *frame = screen__frame(screen);
	const struct frame_births **rows = calloc(frame->birth_count + 1, sizeof(*rows));
	size_t i;

	canvas__print(
		canvas, top, 0, canvas->columns, INK_STRONG,
		"     PID CREATOR         THREADS  FORKS VFORKS FAILED p50 THR p50 FORK    TIME");
	if (!rows)
		return;
	for (i = 0; i < frame->birth_count; i++)
		rows[i] = &frame->births[i];
	qsort(rows, frame->birth_count, sizeof(*rows), by_time);
	for (i = 0; i < frame->birth_count && top + 1 + (int)i < bottom; i++)
		draw_birth(rows[i], canvas, top + 1 + (int)i);
	if (!frame->birth_count)
		canvas__text(canvas, top + 1, 2, canvas->columns - 2, INK_DIM,
			     "nothing was created in this interval");
	free(rows);
}

const struct pane pane_births = {
	"births",    "Births", "creators of threads and processes, and the median price of a call",
	draw_births, false,    false
};
