/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run that watches processes end: what happens to them goes to a tracker, which tells of each
 * crash when its window has closed.
 */
#ifndef SESSION_WATCH_H
#define SESSION_WATCH_H

#include "model/lifecycle/process_tracker.h"
#include "session/names.h"
#include "session/run.h"
#include "session/settings.h"

struct watch_config {
	const struct settings *settings;
	void *context;
	/* As in struct process_tracker_config; the crash is the callee's. */
	void (*on_end)(void *context, const struct task_id *task_id, const struct end *end);
	void (*on_crash)(void *context, struct crash *crash);
	void (*on_look)(void *context, __u64 now_ns); /* some twenty times a second */
	bool (*is_done)(void *context);		      /* nobody wants to be told any more */
};

struct watch {
	struct watch_config config;
	struct run run;
	struct process_tracker *tracker;
	struct names names;
};

/* Until it watches.  Returns 0 or a negative errno; watch__end() is due either way. */
int watch__begin(struct watch *watch, const struct watch_config *config, struct failure *failure);

/*
 * Until the time is over, a signal comes, or the target has ended and its last window has closed.
 * Tells of all crashes that there are by then.  Returns 0 or a negative errno.
 */
int watch__follow(struct watch *watch, struct failure *failure);

/*
 * Says on standard error what was lost, also with --quiet: whoever exits with EXIT_INCOMPLETE says
 * why.  Returns whether anything was.
 */
bool watch__tell_loss(const struct watch *watch);

void watch__end(struct watch *watch);

#endif
