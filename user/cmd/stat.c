/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll stat: count for a while, or while a program runs, and print a summary. */
#include <errno.h>

#include "cmd/command.h"
#include "cmd/page.h"
#include "session/announce.h"
#include "session/commands.h"
#include "session/counting.h"
#include "session/losses.h"
#include "session/pace.h"
#include "session/target.h"
#include "core/clock.h"

/*
 * Counters of 32 bits and 10^6 switches a second: read at least this often, so
 * that none wraps unseen.
 */
#define READ_AT_LEAST_NS (30 * 60 * 1000000000ULL)

struct stat {
	struct options options;
	struct counting counting;
	struct output output;
	struct pace pace;
	struct live_line line;
	struct losses losses;
};

/* ---- a summary ---- */

/* work_ns: how long it took, apart from the reader. */
static int stat__summarize(struct stat *stat, __u64 *ret_work_ns, struct failure *failure)
{
	struct counting *counting = &stat->counting;
	__u64 begin = clock__monotonic(), now;
	struct groups groups = { 0 };
	struct summary summary;
	int err = counting__read(counting, &summary, &now, failure);

	if (err)
		return err;
	if (counting->run.stopped) /* meanwhile the rest is done */
		trace__detach(counting->run.trace);
	err = model__close(counting->model, now);
	if (!err)
		err = summary__take(&summary, counting->model, stat->options.sort);
	if (!err)
		err = groups__take(&groups, &summary, options__by(&stat->options));
	if (err)
		return failure__set(failure, err, NULL, NULL, "cannot sum up the interval");
	losses__add(&stat->losses, &summary.lost, summary.proof.missed);
	if (stat->options.view == &view_text)
		commands__read(counting->model, &summary, stat->options.rows);
	*ret_work_ns = clock__monotonic() - begin;
	stat->output.last = counting->run.stopped;
	err = output__summary(&stat->output, &summary, failure);
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

/* Reads what is new, and writes the line of counters on the terminal again. */
static int stat__tell(struct stat *stat, __u64 now, struct failure *failure)
{
	int err = 0;

	if (stat->options.run.target.mode != TARGET_ALL)
		err = stat__keep_up(stat, failure);
	if (!err)
		live_line__write(&stat->line, &stat->counting, now);
	return err;
}

/* ---- the run ---- */

/* When there is something to do before the end; 0: never. */
static __u64 stat__next(const struct stat *stat, __u64 keep_up)
{
	return clock__earlier(clock__earlier(stat->pace.due_ns, keep_up), stat->line.due_ns);
}

static int stat__count(struct stat *stat, struct failure *failure)
{
	const struct options *options = &stat->options;
	struct run *run = &stat->counting.run;
	__u64 end = options->run.duration_ns ? run->start_ns + options->run.duration_ns : 0;
	__u64 keep_up = run->start_ns + READ_AT_LEAST_NS, work = 0;
	struct pace *pace = &stat->pace;
	int err = 0;

	pace__begin(pace, options->interval_ns, run->start_ns);

	while (!err && !stat->output.sink.gone) {
		__u64 now;

		if (run__wait(run, clock__earlier(end, stat__next(stat, keep_up))))
			break;
		now = clock__monotonic();
		if (end && now >= end)
			break;
		if (pace__is_due(pace, now)) {
			err = stat__summarize(stat, &work, failure);
			pace__next(pace, work, options->quiet);
		} else if (stat->line.due_ns && now >= stat->line.due_ns) {
			err = stat__tell(stat, now, failure);
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
		err = page__open(&stat->output, &stat->options, failure);
	stat->options.run.doing = "tracing";
	if (!err)
		err = counting__begin(counting, &stat->options.run, stat->options.threads, NULL,
				      failure);
	if (err)
		return err;
	if (stat->options.interval_ns && stat->options.view == &view_text)
		redraw__begin(&stat->output.redraw, &stat->output.sink);
	if (!stat->options.interval_ns)
		live_line__begin(&stat->line, counting);
	stat->output.sink.halt = counting->run.halt;
	err = stat__count(stat, failure);
	live_line__end(&stat->line);
	if (!err)
		err = run__stop(&counting->run, failure);
	if (!err)
		err = counting__check_matched(counting, failure);
	if (!err && !stat->output.sink.gone)
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
		"`-i` it prints a summary for each interval.  On a terminal it says what is traced and "
		"how that ends, and writes a line of counters each second meanwhile, unless a program "
		"runs there or `-q` is given.",
	.groups = OPTIONS_TARGET | OPTIONS_RUN | OPTIONS_HOOKS | OPTIONS_QUIET | OPTIONS_OUTPUT |
		  OPTIONS_TABLE | OPTIONS_PRICE,
	.size = sizeof(struct stat),
	.sink = offsetof(struct stat, output.sink),
	.run = stat__run,
	.end = stat__end,
};
