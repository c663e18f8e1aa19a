/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll top: the figures of stat, live, on a screen. */
#include <errno.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/top_fall_back.h"
#include "monitor/monitor.h"

struct top_command {
	struct options options;
	struct monitor monitor;
};

static int top_command__run(void *context, struct failure *failure)
{
	struct top_command *top = context;
	struct monitor *monitor = &top->monitor;
	int err;

	monitor->settings = &top->options.run;
	monitor->interval_ns = top->options.interval_ns;
	monitor->no_color = top->options.no_color;
	err = monitor__begin(monitor, failure);
	if (err == -ENOTTY && isatty(STDOUT_FILENO))
		top_command__fall_back();
	return err ? err : monitor__run(monitor, failure);
}

static int top_command__end(void *context, int err)
{
	struct top_command *top = context;

	return monitor__end(&top->monitor, err);
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
	.size = sizeof(struct top_command),
	.run = top_command__run,
	.end = top_command__end,
};
