/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/live.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static enum run_next live__tick(void *context)
{
	struct live *live = context;
	enum run_next next = live->tick(&live->counting);

	return live->look(live->context) ? RUN_RETURNS : next;
}

/* What it asks for is done when the piece of work at hand is. */
static void live__breathe(void *context)
{
	struct live *live = context;

	live->look(live->context);
}

static void live__stop(struct live *live)
{
	if (live->counts)
		counting__end(&live->counting);
	memset(&live->counting, 0, sizeof(live->counting));
	live->counts = false;
	wakes__clear(&live->wakes);
	wake_bases__free(&live->bases);
}

/* What the settings aim at, or a process. */
static void live__aim(struct live *live)
{
	struct settings *settings = live->settings;

	settings->target = live->whole;
	memcpy(settings->target_text, live->whole_text, sizeof(settings->target_text));
	if (!live->pid)
		return;
	settings->target = (struct trace_target){
		.mode = TARGET_PID, .children = true, .ids = &live->pid, .id_count = 1
	};
	snprintf(settings->target_text, sizeof(settings->target_text), "process %u", live->pid);
}

static int live__start(struct live *live, struct failure *failure)
{
	struct counting *counting = &live->counting;
	int err;

	live__aim(live);
	live->counts = true;
	counting->breathe = live__breathe;
	counting->breathe_context = live;
	if (live->wants_wakes) {
		counting->wakes = &live->wakes;
		counting->wake_bases = &live->bases;
	}
	err = counting__begin(counting, live->settings, true, NULL, failure);
	if (err)
		return err;
	live->tick = counting->run.tick;
	counting->run.tick = live__tick;
	counting->run.tick_context = live;
	if (run__watch(&counting->run, live->watched))
		return failure__set(failure, -errno, NULL, NULL, "cannot wait for keys");
	return 0;
}

int live__begin(struct live *live, struct settings *settings, struct failure *failure)
{
	live->settings = settings;
	live->whole = settings->target;
	memcpy(live->whole_text, settings->target_text, sizeof(live->whole_text));
	return live__start(live, failure);
}

static int live__check_program(const struct live *live, struct failure *failure)
{
	if (!live->settings->program)
		return 0;
	return failure__set(failure, -EBUSY, "its program would begin again, too",
			    "trace it with -p PID", "tracing cannot begin again");
}

/* Tracing begins again, and if that fails as it was, or with all that was asked for. */
static int live__restart(struct live *live, __u32 pid, bool wakes, struct failure *failure)
{
	__u32 old_pid = live->pid;
	bool had_wakes = live->wants_wakes;
	struct failure second;
	int err = live__check_program(live, failure);

	if (err)
		return err;
	live__stop(live);
	if (pid != old_pid)
		keeper__forget(&live->keeper);
	live->pid = pid;
	live->wants_wakes = wakes;
	err = live__start(live, failure);
	if (!err)
		return 0;
	live__stop(live);
	live->pid = pid == old_pid ? pid : 0;
	live->wants_wakes = had_wakes;
	if (live__start(live, &second))
		live__stop(live);
	return err;
}

int live__attach(struct live *live, __u32 pid, struct failure *failure)
{
	return live__restart(live, pid, live->wants_wakes, failure);
}

int live__collect_wakes(struct live *live, struct failure *failure)
{
	return live->wants_wakes ? 0 : live__restart(live, live->pid, true, failure);
}

const char *live__no_wakes(const struct live *live)
{
	if (!live->wants_wakes && live->settings->program)
		return "not collected: tracing would begin again, and its program, too (use -p PID)";
	if (!live->wants_wakes)
		return "not collected in this interval: nobody had asked for it yet";
	return live->wakes.group_count ?
		       NULL :
		       "not known: this kernel does not say who wakes whom (see tasktoll doctor)";
}

int live__sum_up(struct live *live, const struct sort *sort, struct summary *ret_summary,
		 struct failure *failure)
{
	struct counting *counting = &live->counting;
	__u64 now;
	int err = counting__read(counting, ret_summary, &now, failure);

	if (err)
		return err;
	live__breathe(live);
	err = model__close(counting->model, now);
	live__breathe(live);
	if (!err)
		err = summary__take(ret_summary, counting->model, sort);
	if (err)
		return failure__set(failure, err, NULL, NULL, "cannot sum up the interval");
	losses__add(&live->losses, &ret_summary->lost, ret_summary->proof.missed);
	err = keeper__take(&live->keeper, counting->model, ret_summary, counting->period_end_ns);
	live__breathe(live);
	return err ? failure__set(failure, err, NULL, NULL, "cannot keep the interval") : 0;
}

void live__next(struct live *live)
{
	counting__next(&live->counting);
	live__breathe(live);
}

void live__end(struct live *live)
{
	live__stop(live);
	keeper__forget(&live->keeper);
}
