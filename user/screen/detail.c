/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "screen/detail.h"

#include <stdio.h>
#include <string.h>

#include "core/number.h"
#include "hist.h"

/* Distributions that are drawn, with what they are called. */
static const struct {
	int which;
	const char *title;
} drawn[] = {
	{ D_SWITCH_THREAD, "thread switch" },  { D_SWITCH_PROCESS, "process switch" },
	{ D_RUNQ, "run-queue wait" },	       { D_OFF_SLEEP, "interruptible (S)" },
	{ D_OFF_DISK, "uninterruptible (D)" },
};

#define DRAWN (sizeof(drawn) / sizeof(drawn[0]))

void detail__open(struct detail *detail, const struct frame_row *row)
{
	detail__close(detail);
	detail->from = row->key;
	detail->key = row->key;
	if (row->key.tid) /* the start of a thread is not that of its process */
		detail->key = (struct row_key){ .pid = row->key.pid };
	memcpy(detail->name, row->name, sizeof(detail->name));
}

void detail__close(struct detail *detail)
{
	row__clear(&detail->sum);
	memset(detail, 0, sizeof(*detail));
}

static const struct process *find_process(const struct detail *detail,
					  const struct summary *summary)
{
	size_t i;

	for (i = 0; i < summary->process_count; i++) {
		const struct process *process = summary->processes[i];

		if (process->key.pid == detail->key.pid &&
		    (!detail->key.start_ns || process->key.start_ns == detail->key.start_ns))
			return process;
	}
	return NULL;
}

int detail__take(struct detail *detail, const struct summary *summary)
{
	const struct process *process;

	if (!detail->key.pid)
		return 0;
	process = find_process(detail, summary);
	if (process)
		detail->key.start_ns = process->key.start_ns;
	if (process && process->command)
		snprintf(detail->command, sizeof(detail->command), "%s", process->command);
	detail->gone = !process || process->ended;
	detail->cpus[detail->refreshes++ % DETAIL_PARALLEL] =
		process && summary->duration_ns ?
			(float)process->row.n[C_ONCPU] / (float)summary->duration_ns :
			0;
	return process ? row__add(&detail->sum, &process->row) : 0;
}

/* Bars one line high: a column a bucket, between the first and the last that hold samples. */
static void draw_histogram(const struct detail *detail, struct canvas *canvas, int y, int which,
			   const char *title)
{
	const struct dist *dist = row__dist(&detail->sum, which);
	const struct dist_info *info = &dist_infos[which];
	__u32 first = 0, last = 0, i;
	__u64 most = 0;
	int x = 21, room = canvas->columns - x - 38;

	canvas__print(canvas, y, 2, 19, INK_PLAIN, "%s", title);
	if (!dist->count) {
		canvas__text(canvas, y, x + 2, 20, INK_DIM, "none yet");
		return;
	}
	for (i = 0; i < info->buckets; i++) {
		__u64 count = dist__bucket(dist, i);

		if (!count)
			continue;
		if (!most)
			first = i;
		last = i;
		if (count > most)
			most = count;
	}
	if (!most) /* only of a distribution that is not whole */
		most = 1;
	canvas__print(canvas, y, x, -10, INK_STRONG, "%s", number__count(dist->count).text);
	canvas__print(canvas, y, x + 10, -9, INK_PLAIN, "%s",
		      number__duration_digits(dist__percentile(dist, which, 0.5),
					      dist__digits(dist))
			      .text);
	canvas__print(canvas, y, x + 19, -9, INK_PLAIN, "%s",
		      number__duration_digits(dist__percentile(dist, which, 0.99),
					      dist__digits(dist))
			      .text);
	canvas__print(canvas, y, x + 28, -9, INK_PLAIN, "%s", number__duration(dist->max).text);
	for (i = first; i <= last && (int)(i - first) < room; i++) {
		/* every bucket that holds anything shows at least the lowest bar */
		__u64 count = dist__bucket(dist, i);
		int height = count ? 1 + (int)(7 * count / most) : 0;

		canvas__bar(canvas, y, x + 38 + (int)(i - first), INK_STRONG, height);
	}
}

static void draw_parallelism(const struct detail *detail, struct canvas *canvas, int y)
{
	size_t shown = detail->refreshes < DETAIL_PARALLEL ? detail->refreshes : DETAIL_PARALLEL, i;
	size_t room = canvas->columns > 32 ? (size_t)canvas->columns - 32 : 0;
	float most = 1;

	if (shown > room)
		shown = room;
	canvas__text(canvas, y, 2, 19, INK_PLAIN, "CPUs used");
	for (i = 0; i < shown; i++) {
		float cpus = detail->cpus[(detail->refreshes - shown + i) % DETAIL_PARALLEL];

		if (cpus > most)
			most = cpus;
	}
	canvas__print(canvas, y, 21, -10, INK_STRONG, "%.2f",
		      shown ? (double)detail->cpus[(detail->refreshes - 1) % DETAIL_PARALLEL] :
			      0.0);
	for (i = 0; i < shown; i++) {
		float cpus = detail->cpus[(detail->refreshes - shown + i) % DETAIL_PARALLEL];

		canvas__bar(canvas, y, 32 + (int)i, INK_PLAIN, 1 + (int)(cpus / most * 7.99f));
	}
}

int detail__draw(const struct detail *detail, struct canvas *canvas, int top, int bottom)
{
	size_t i;
	int y = top;

	canvas__print(canvas, y, 2, canvas->columns - 4, detail->gone ? INK_BAD : INK_PLAIN, "%s%s",
		      detail->gone ? "ENDED  " : "",
		      *detail->command ? detail->command : detail->name);
	y++;
	if (y < bottom)
		draw_parallelism(detail, canvas, y++);
	if (y < bottom)
		canvas__print(canvas, y++, 2, canvas->columns - 2, INK_DIM, "%-19s%10s%9s%9s%9s",
			      "since it was opened", "COUNT", "p50", "p99", "max");
	for (i = 0; i < DRAWN && y < bottom; i++)
		draw_histogram(detail, canvas, y++, drawn[i].which, drawn[i].title);
	return y;
}
