/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll top: the figures of stat, live, on a screen. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/top_fall_back.h"
#include "core/clock.h"
#include "core/remark.h"
#include "screen/save.h"
#include "screen/screen.h"
#include "screen/terminal.h"
#include "session/commands.h"
#include "session/live.h"
#include "session/stack_watch.h"
#include "session/target.h"

/* Rows of one refresh: beyond that, those that do nothing are left out. */
#define ROWS_MAX 20000
/* Of who woke whom, those with most wakeups. */
#define WAKES_MAX 200
/* Keys that are taken before the screen is drawn again. */
#define KEYS_MAX    1000
#define INTERVAL_NS 1000000000ULL

struct monitor {
	struct options options;
	struct live live;
	struct screen screen;
	struct terminal *terminal;
	struct canvas canvas;
	struct stack_watch *stacks; /* of the process that is open; NULL: not asked for */
	struct flame_lines lines;   /* what it has so far */
	bool gone;
	__u64 end_ns, due_ns; /* 0: there is no end */
};

static void monitor__draw(struct monitor *monitor)
{
	if (terminal__fit(monitor->terminal, &monitor->canvas))
		return; /* no memory for a larger one: the old picture stays */
	screen__draw(&monitor->screen, &monitor->canvas);
	terminal__show(monitor->terminal, &monitor->canvas, monitor->screen.wants.redraw);
	monitor->screen.wants.redraw = false;
}

/* Whose stacks are wanted; 0: nobody's. */
static __u32 monitor__stacks_of(const struct monitor *monitor)
{
	return monitor->screen.wants.stacks ? monitor->screen.detail.key.pid : 0;
}

/* At each turn of waiting: keys are answered at once. */
static bool monitor__look(void *context)
{
	struct monitor *monitor = context;
	const struct screen_wants *wants = &monitor->screen.wants;
	bool had_wakes = wants->wakes;
	int key = 0, keys = 0;

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

/* Tracing has begun again, or why not. */
static int monitor__begun(struct monitor *monitor, int err, struct failure *failure)
{
	struct screen *screen = &monitor->screen;
	const struct settings *settings = &monitor->options.run;

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
	monitor->stacks = pid ? stack_watch__start(&monitor->options.run, pid, screen->interval_ns,
						   monitor->live.counting.run.halt) :
				NULL;
	screen->stacks = monitor->stacks ? &monitor->lines : NULL;
	screen->wants.stacks = monitor->stacks;
	if (pid && !monitor->stacks)
		snprintf(screen->note, sizeof(screen->note), "cannot take stacks: %s",
			 strerror(errno));
	monitor__draw(monitor);
}

/* Does what the keys have asked for. */
static int monitor__obey(struct monitor *monitor, struct failure *failure)
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

static int monitor__sum_up(struct monitor *monitor, struct summary *ret_summary,
			   struct failure *failure)
{
	struct counting *counting = &monitor->live.counting;
	bool facts = monitor->screen.by == BY_USER || monitor->screen.by == BY_CGROUP;
	int err = facts ? counting__want_facts(counting) : 0;

	if (err)
		return failure__set(failure, err, NULL, NULL, "cannot look users up");
	return live__sum_up(&monitor->live, sort__find("cpu"), ret_summary, failure);
}

/* The frame of a summary; NULL without memory. */
static struct frame *monitor__frame(struct monitor *monitor, const struct summary *summary)
{
	struct frame *frame = frame__take(summary, ROWS_MAX, monitor->screen.by);

	if (!frame)
		return NULL;
	frame->no_wakes = live__no_wakes(&monitor->live);
	if ((frame->no_wakes || !frame__take_wakes(frame, &monitor->live.wakes, WAKES_MAX)) &&
	    !detail__take(&monitor->screen.detail, summary))
		return frame;
	frame__free(frame);
	return NULL;
}

/* What it takes to know them is part of what we cost. */
static void monitor__read_stacks(struct monitor *monitor, struct summary *summary)
{
	__u64 before = monitor->lines.cpu_ns;

	if (!monitor->stacks)
		return;
	stack_watch__read(monitor->stacks, &monitor->lines);
	if (monitor->lines.cpu_ns > before)
		summary->self.cpu_ns += monitor->lines.cpu_ns - before;
}

static int monitor__refresh(struct monitor *monitor, struct failure *failure)
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
	}
	return err;
}

static int monitor__begin(struct monitor *monitor, struct failure *failure)
{
	struct screen *screen = &monitor->screen;
	const char *no_color = getenv("NO_COLOR");

	screen->interval_ns = monitor->options.interval_ns ? monitor->options.interval_ns :
							     INTERVAL_NS;
	screen->cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);
	gethostname(screen->host, sizeof(screen->host) - 1);
	if (screen__begin(screen))
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot begin");
	return terminal__open(&monitor->terminal,
			      !monitor->options.no_color && !(no_color && *no_color), failure);
}

static int monitor__run(void *context, struct failure *failure)
{
	struct monitor *monitor = context;
	struct live *live = &monitor->live;
	int err = target__check(&monitor->options.run, failure);
	char text[sizeof(monitor->screen.note)];

	monitor->options.run.writes = true;
	/* who unwinds and names is started again when tracing is, or for stacks */
	monitor->options.run.starts_others = true;
	if (!err)
		err = monitor__begin(monitor, failure);
	if (err == -ENOTTY && isatty(STDOUT_FILENO))
		monitor__fall_back();
	if (err)
		return err;
	monitor__draw(monitor);
	live->look = monitor__look;
	live->context = monitor;
	live->watched = STDIN_FILENO;
	err = live__begin(live, &monitor->options.run, failure);
	if (!err && monitor->options.run.duration_ns)
		monitor->end_ns = live->counting.run.start_ns + monitor->options.run.duration_ns;
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

static int monitor__end(void *context, int err)
{
	struct monitor *monitor = context;
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

const struct command command_top = {
	.name = "top",
	.summary = "show the figures of stat live, on a full screen",
	.usage = { "[options] [target] [-- program [args...]]" },
	.about =
		"Shows what switching, waiting, creating and crashing cost right now: the machine in "
		"the first lines, the processes that pay below.  `?` explains keys and columns.",
	.more = "The figures are those of `stat` for the last interval.  The screen keeps ten minutes of "
		"them: Space pauses, `[` and `]` step through them, and counting goes on.",
	.groups = OPTIONS_TARGET | OPTIONS_RUN | OPTIONS_HOOKS | OPTIONS_QUIET | OPTIONS_PRICE,
	.size = sizeof(struct monitor),
	.run = monitor__run,
	.end = monitor__end,
};
