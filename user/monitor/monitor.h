/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counting, shown on a screen as it goes on: what tasktoll top does.  A refresh takes what the last
 * interval counted to the screen; keys are answered between refreshes.
 */
#ifndef MONITOR_MONITOR_H
#define MONITOR_MONITOR_H

#include "screen/screen.h"
#include "screen/terminal.h"
#include "session/live.h"
#include "session/stack_watch.h"

struct monitor {
	/* to be set before the begin */
	struct settings *settings;
	__u64 interval_ns; /* 0: the usual one */
	bool no_color;

	/* its own */
	struct live live;
	struct screen screen;
	struct terminal *terminal;
	struct canvas canvas;
	struct stack_watch *stacks; /* of the process that is open; NULL: not asked for */
	struct flame_lines lines;   /* what it has so far */
	struct lines_toll told;	    /* what of its toll is part of a refresh */
	enum group_by by;	    /* of the refresh at hand */
	bool gone;
	__u64 end_ns, due_ns; /* 0: there is no end */
};

/* Takes the terminal.  0 or a negative errno, see terminal__open(); monitor__end() is due either way. */
int monitor__begin(struct monitor *monitor, struct failure *failure);

/* Counts and shows, until somebody or something ends it; then gives the terminal back. */
int monitor__run(struct monitor *monitor, struct failure *failure);

/* err: what came of it so far.  Returns the exit status. */
int monitor__end(struct monitor *monitor, int err);

#endif
