/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What keys ask for beyond another picture. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "monitor/monitor_private.h"
#include "screen/save.h"

/* Keys that are taken before the screen is drawn again. */
#define KEYS_MAX 1000

/* The process whose stacks are shown; 0: none. */
static __u32 monitor__stacks_of(const struct monitor *monitor)
{
	return monitor->screen.wants.stacks ? monitor->screen.detail.key.pid : 0;
}

bool monitor__look(void *context)
{
	struct monitor *monitor = context;
	const struct screen_wants *wants = &monitor->screen.wants;
	bool had_wakes = wants->wakes;
	int key = 0, keys = 0;

	if (!monitor->terminal) /* it has been given back */
		return false;
	while (keys < KEYS_MAX && (key = terminal__key(monitor->terminal)) > 0) {
		screen__key(&monitor->screen, key);
		keys++;
	}
	monitor->gone |= key < 0;
	if (keeper__has_written(&monitor->live.keeper, false, monitor->screen.note,
				sizeof(monitor->screen.note)) ||
	    keys)
		monitor__draw(monitor);
	return monitor->gone || wants->quit || wants->write || wants->keep || wants->attach ||
	       wants->wakes != had_wakes ||
	       monitor__stacks_of(monitor) != stack_watch__pid(monitor->stacks);
}

int monitor__begun(struct monitor *monitor, int err, struct failure *failure)
{
	struct screen *screen = &monitor->screen;
	const struct settings *settings = monitor->settings;

	if (err && !monitor->live.counts)
		return err;
	if (err)
		snprintf(screen->note, sizeof(screen->note), "%.150s", failure->text);
	snprintf(screen->target, sizeof(screen->target), "%s",
		 settings->target.mode == TARGET_ALL ? "" : settings->target_text);
	monitor->due_ns = clock__monotonic() + screen->interval_ns;
	monitor__draw(monitor);
	return 0;
}

static void monitor__watch_stacks(struct monitor *monitor, __u32 pid)
{
	struct screen *screen = &monitor->screen;

	stack_watch__stop(monitor->stacks);
	memset(&monitor->lines, 0, sizeof(monitor->lines));
	memset(&monitor->told, 0, sizeof(monitor->told));
	monitor->stacks = pid ? stack_watch__start(monitor->settings, pid, screen->interval_ns,
						   monitor->live.counting.run.halt) :
				NULL;
	screen->stacks = monitor->stacks ? &monitor->lines : NULL;
	screen->wants.stacks = monitor->stacks;
	if (pid && !monitor->stacks)
		snprintf(screen->note, sizeof(screen->note), "cannot take stacks: %s",
			 strerror(errno));
	monitor__draw(monitor);
}

int monitor__obey(struct monitor *monitor, struct failure *failure)
{
	struct screen_wants *wants = &monitor->screen.wants;
	int err = 0;

	if (wants->write) {
		wants->write = false;
		screen__save(&monitor->screen, &monitor->canvas);
		monitor__draw(monitor);
	}
	if (wants->keep) {
		wants->keep = false;
		keeper__start_writing(&monitor->live.keeper, monitor->screen.note,
				      sizeof(monitor->screen.note));
		monitor__draw(monitor);
	}
	if (monitor__stacks_of(monitor) != stack_watch__pid(monitor->stacks))
		monitor__watch_stacks(monitor, monitor__stacks_of(monitor));
	if (wants->attach) {
		wants->attach = false;
		err = monitor__begun(monitor,
				     live__attach(&monitor->live, wants->attach_pid, failure),
				     failure);
	}
	if (!err && wants->wakes && !monitor->live.wants_wakes) {
		err = monitor__begun(monitor, live__collect_wakes(&monitor->live, failure),
				     failure);
		wants->wakes = monitor->live.wants_wakes;
	}
	return err;
}
