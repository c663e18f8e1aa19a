/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "monitor/monitor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/remark.h"
#include "monitor/monitor_private.h"
#include "session/commands.h"
#include "session/target.h"
#include "view/view.h"

#define INTERVAL_NS 1000000000ULL

void monitor__draw(struct monitor *monitor)
{
	if (terminal__fit(monitor->terminal, &monitor->canvas))
		return; /* no memory for a larger one: the old picture stays */
	screen__draw(&monitor->screen, &monitor->canvas);
	terminal__show(monitor->terminal, &monitor->canvas, monitor->screen.wants.redraw);
	monitor->screen.wants.redraw = false;
}

int monitor__begin(struct monitor *monitor, struct failure *failure)
{
	struct screen *screen = &monitor->screen;
	const char *no_color = getenv("NO_COLOR");
	int err = target__check(monitor->settings, failure);

	if (err)
		return err;
	screen->interval_ns = monitor->interval_ns ? monitor->interval_ns : INTERVAL_NS;
	screen->cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);
	gethostname(screen->host, sizeof(screen->host) - 1);
	if (screen__begin(screen))
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot begin");
	return terminal__open(&monitor->terminal, !monitor->no_color && !(no_color && *no_color),
			      failure);
}

/* Once the terminal has been given back: the last words, which stay on it. */
static int monitor__print_last(struct monitor *monitor, struct failure *failure)
{
	struct winsize size;
	struct view_options view = { .rows = 10, .first = true };
	struct summary summary;
	int err = run__stop(&monitor->live.counting.run, failure);

	if (!err)
		err = monitor__sum_up(monitor, &summary, failure);
	if (err)
		return err;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		view.width = size.ws_col;
	commands__read(monitor->live.counting.model, &summary, view.rows);
	view_text.write(stdout, &summary, &view);
	summary__release(&summary);
	return 0;
}

static int monitor__watch(struct monitor *monitor, struct failure *failure)
{
	int err = 0;

	while (!err && !monitor->screen.wants.quit && !monitor->gone) {
		__u64 now;

		if (run__wait(&monitor->live.counting.run,
			      clock__earlier(monitor->end_ns, monitor->due_ns)))
			break;
		err = monitor__obey(monitor, failure);
		now = clock__monotonic();
		if (monitor->end_ns && now >= monitor->end_ns)
			break;
		if (!err && now >= monitor->due_ns)
			err = monitor__refresh(monitor, failure);
		if (!err)
			err = monitor__obey(monitor, failure); /* keys that came meanwhile */
	}
	return err;
}

int monitor__run(struct monitor *monitor, struct failure *failure)
{
	struct live *live = &monitor->live;
	struct settings *settings = monitor->settings;
	char text[sizeof(monitor->screen.note)];
	int err;

	settings->writes = true;
	/* who unwinds and names is started again when tracing is, or for stacks */
	settings->starts_others = true;
	monitor__draw(monitor);
	live->look = monitor__look;
	live->context = monitor;
	live->watched = STDIN_FILENO;
	err = live__begin(live, settings, failure);
	if (!err && settings->duration_ns)
		monitor->end_ns = live->counting.run.start_ns + settings->duration_ns;
	if (!err)
		err = monitor__begun(monitor, 0, failure);
	if (!err)
		err = monitor__watch(monitor, failure);
	terminal__close(monitor->terminal);
	monitor->terminal = NULL;
	if (keeper__has_written(&live->keeper, true, text, sizeof(text)))
		remark("%s", text);
	if (!err && monitor->screen.history.count && !monitor->gone)
		err = monitor__print_last(monitor, failure);
	return err;
}

int monitor__end(struct monitor *monitor, int err)
{
	int status;

	stack_watch__stop(monitor->stacks);
	terminal__close(monitor->terminal);
	status = counting__status(&monitor->live.counting, err,
				  !err && losses__tell(&monitor->live.losses));
	live__end(&monitor->live);
	canvas__free(&monitor->canvas);
	screen__end(&monitor->screen);
	return status;
}
