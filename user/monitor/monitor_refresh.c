/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An interval that is over: from what was counted to the screen. */
#include <errno.h>

#include "core/clock.h"
#include "monitor/monitor_private.h"
#include "session/commands.h"

/* Rows of one refresh: beyond that, those that do nothing are left out. */
#define ROWS_MAX 20000
/* Pairs of who woke whom, those with most wakeups; of the process that is open as many again. */
#define WAKES_MAX 200

int monitor__sum_up(struct monitor *monitor, struct summary *ret_summary, struct failure *failure)
{
	struct counting *counting = &monitor->live.counting;
	bool facts = monitor->screen.by == BY_USER || monitor->screen.by == BY_CGROUP;
	int err;

	monitor->by = monitor->screen.by; /* a key may choose another one meanwhile */
	err = facts ? counting__want_facts(counting) : 0;

	if (err)
		return failure__set(failure, err, NULL, NULL, "cannot look users up");
	return live__sum_up(&monitor->live, sort__find("cpu"), ret_summary, failure);
}

/* 0 or -ENOMEM. */
static int monitor__take_wakes(const struct monitor *monitor, struct frame *frame)
{
	const struct wakes *wakes = &monitor->live.wakes;
	const struct row_key *open = &monitor->screen.detail.key;
	int err;

	frame->no_wakes = live__no_wakes(&monitor->live);
	if (frame->no_wakes)
		return 0;
	err = frame__take_wakes(frame, wakes, WAKES_MAX);
	if (err || !open->pid)
		return err;
	return frame__take_own_wakes(frame, wakes, open, WAKES_MAX);
}

/* The frame of a summary; NULL without memory. */
static struct frame *monitor__frame(struct monitor *monitor, const struct summary *summary)
{
	struct frame *frame = frame__take(summary, ROWS_MAX, monitor->by);

	if (!frame)
		return NULL;
	/* the detail first: from then on it knows its process's start */
	if (!detail__take(&monitor->screen.detail, summary) && !monitor__take_wakes(monitor, frame))
		return frame;
	frame__free(frame);
	return NULL;
}

/* What it takes to know them is part of what we cost. */
static void monitor__read_stacks(struct monitor *monitor, struct summary *summary)
{
	if (!monitor->stacks)
		return;
	stack_watch__read(monitor->stacks, &monitor->lines);
	stack_watch__add_toll(&summary->self, &monitor->lines.toll, &monitor->told);
}

int monitor__refresh(struct monitor *monitor, struct failure *failure)
{
	struct screen *screen = &monitor->screen;
	struct summary summary;
	struct frame *frame;
	size_t i;
	int err = monitor__sum_up(monitor, &summary, failure);

	if (err)
		return err;
	if (screen->detail.key.start_ns && !*screen->detail.command)
		commands__read_one(monitor->live.counting.model, screen->detail.key.pid,
				   screen->detail.key.start_ns);
	monitor__read_stacks(monitor, &summary);
	frame = monitor__frame(monitor, &summary);
	for (i = summary.crash_count; i-- > 0;)
		screen__take_crash(screen, summary.crashes[i]);
	summary__release(&summary);
	if (!frame)
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot keep the interval");
	screen__take(screen, frame);
	live__next(&monitor->live);
	monitor->due_ns = clock__monotonic() + screen->interval_ns;
	monitor__draw(monitor);
	return 0;
}
