/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll stat: count for a while, or while a program runs, and print a summary. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "session/commands.h"
#include "session/counting.h"
#include "session/losses.h"
#include "cmd/options.h"
#include "session/pace.h"
#include "cmd/page.h"
#include "session/target.h"
#include "core/clock.h"
#include "core/sink.h"

/*
 * Counters of 32 bits and 10^6 switches a second: read at least this often, so
 * that none wraps unseen.
 */
#define READ_AT_LEAST_NS (30 * 60 * 1000000000ULL)

struct stat {
	struct options options;
	struct counting counting;
	struct sink sink;
	struct pace pace;
	bool first;
	struct losses losses;
};

/* ---- a summary ---- */

static int stat__write(struct stat *stat, const struct summary *summary, struct failure *failure)
{
	struct view_options view = page__options(&stat->options, &stat->sink);
	FILE *page = sink__compose(&stat->sink);

	if (!page)
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot compose the summary");
	view.first = stat->first;
	stat->first = false;
	stat->options.view->write(page, summary, &view);
	return sink__write(&stat->sink, failure);
}

/* work_ns: how long it took, apart from the reader. */
static int stat__summarize(struct stat *stat, __u64 *ret_work_ns, struct failure *failure)
{
	struct counting *counting = &stat->counting;
	__u64 begin = clock__monotonic(), now;
	enum group_by by = options__by(&stat->options);
	struct groups groups = { 0 };
	struct summary summary;
	int err = counting__read(counting, &summary, &now, failure);

	if (err)
		return err;
	err = model__close(counting->model, now);
	if (!err)
		err = summary__take(&summary, counting->model, stat->options.sort);
	if (!err && by > BY_THREAD) {
		err = groups__make(&groups, &summary, by);
		summary.groups = &groups;
	}
	if (err)
		return failure__set(failure, err, NULL, NULL, "cannot sum up the interval");
	losses__add(&stat->losses, &summary.lost, summary.proof.missed);
	if (stat->options.view == &view_text)
		commands__read(counting->model, &summary, stat->options.rows);
	*ret_work_ns = clock__monotonic() - begin;
	err = stat__write(stat, &summary, failure);
	groups__free(&groups);
	summary__release(&summary);
	counting__next(counting);
	return err;
}

/* Reads without a summary, so that no counter wraps between two readings. */
static int stat__keep_up(struct stat *stat, struct failure *failure)
{
	__u64 missed;

	return trace__read(stat->counting.run.trace, &missed, failure);
}

/* ---- the run ---- */

static int stat__count(struct stat *stat, struct failure *failure)
{
	const struct options *options = &stat->options;
	struct run *run = &stat->counting.run;
	__u64 end = options->run.duration_ns ? run->start_ns + options->run.duration_ns : 0;
	__u64 keep_up = run->start_ns + READ_AT_LEAST_NS, work = 0;
	struct pace *pace = &stat->pace;
	int err = 0;

	pace__begin(pace, options->interval_ns, run->start_ns);

	while (!err && !stat->sink.gone) {
		__u64 now;

		if (run__wait(run, clock__earlier(clock__earlier(end, pace->due_ns), keep_up)))
			break;
		now = clock__monotonic();
		if (end && now >= end)
			break;
		if (pace__is_due(pace, now)) {
			err = stat__summarize(stat, &work, failure);
			pace__next(pace, work, options->quiet);
		} else {
			err = stat__keep_up(stat, failure);
			keep_up = now + READ_AT_LEAST_NS;
		}
	}
	return err;
}

static int stat__run(void *context, struct failure *failure)
{
	struct stat *stat = context;
	struct counting *counting = &stat->counting;
	__u64 work;
	int err = target__check(&stat->options.run, failure);

	if (!err)
		err = sink__open(&stat->sink, stat->options.output, failure);
	if (!err)
		err = counting__begin(counting, &stat->options.run, stat->options.threads, NULL,
				      failure);
	if (err)
		return err;
	stat->sink.halt = counting->run.halt;
	stat->first = true;
	err = stat__count(stat, failure);
	if (!err)
		err = run__stop(&counting->run, failure);
	if (!err)
		err = counting__check_matched(counting, failure);
	if (!err && !stat->sink.gone)
		err = stat__summarize(stat, &work, failure);
	return err;
}

static int stat__end(void *context, int err)
{
	struct stat *stat = context;
	int status;

	if (!err && !stat->options.quiet)
		names__tell_hidden(&stat->counting.names);
	status = counting__status(&stat->counting, err, !err && losses__tell(&stat->losses));
	counting__end(&stat->counting);
	return status;
}

const struct command command_stat = {
	.name = "stat",
	.summary = "count switches, waits, creations and ends, and print what they cost",
	.usage = { "[options] [target] [-- program [args...]]" },
	.about = "Counts context switches, waits, creations and ends, and prints what they cost: "
		 "the machine first, then the processes that pay most.",
	.more = "It runs until Ctrl-C, for a time (`-d`), or while a program runs (`--`).  With "
		"`-i` it prints a summary for each interval.",
	.groups = OPTIONS_TARGET | OPTIONS_RUN | OPTIONS_HOOKS | OPTIONS_QUIET | OPTIONS_OUTPUT |
		  OPTIONS_TABLE,
	.size = sizeof(struct stat),
	.sink = offsetof(struct stat, sink),
	.run = stat__run,
	.end = stat__end,
};
