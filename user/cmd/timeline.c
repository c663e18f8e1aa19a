/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll timeline: a window of a run, switch by switch, as a Perfetto trace. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/page.h"
#include "core/clock.h"
#include "core/number.h"
#include "core/remark.h"
#include "core/replace.h"
#include "session/announce.h"
#include "session/counting.h"
#include "session/losses.h"
#include "session/recording_name.h"
#include "session/target.h"
#include "view/escape.h"
#include "view/timeline.h"

#define WINDOW_NS 5000000000ULL

struct timeline_command {
	struct options options;
	struct counting counting;
	struct counting_timeline feed;
	struct timeline *timeline;
	struct replace file;
	bool file_open;
	struct output output;
	struct losses losses;
	char path[PATH_MAX + 1]; /* one that is too long stays so, and is refused */
};

/* ---- what comes in ---- */

static int timeline_command__on_event(void *context, const union timeline_event *event)
{
	struct timeline_command *command = context;

	return timeline__take(command->timeline, event);
}

static int timeline_command__on_lifecycle(void *context, const struct lifecycle_event *event)
{
	struct timeline_command *command = context;

	return timeline__take_lifecycle(command->timeline, event);
}

static int timeline_command__on_task(void *context, const struct wire_task *head,
				     const struct task_rec *rec_head)
{
	struct timeline_command *command = context;

	return timeline__take_task(command->timeline, head, rec_head);
}

static enum run_next timeline_command__tick(void *context)
{
	struct timeline_command *command = context;

	names__poll(&command->counting.names);
	return timeline__is_full(command->timeline) ? RUN_RETURNS : RUN_SLEEPS;
}

/* ---- the file ---- */

static void timeline_command__name(struct timeline_command *command)
{
	char *suffix;

	if (command->options.output) {
		snprintf(command->path, sizeof(command->path), "%s", command->options.output);
		return;
	}
	recording_name__make(command->path, sizeof(command->path) - sizeof(".pftrace"));
	suffix = strrchr(command->path, '.');
	if (suffix)
		memcpy(suffix, ".pftrace", sizeof(".pftrace"));
}

static int timeline_command__fail(struct timeline_command *command, int err,
				  struct failure *failure)
{
	return failure__set(failure, err, NULL, "make room there, or name another file with -o",
			    "cannot write %s", command->path);
}

static int timeline_command__open(struct timeline_command *command, struct failure *failure)
{
	int err;

	timeline_command__name(command);
	err = replace__open(&command->file, command->path);
	if (err)
		return failure__set(failure, err, replace__why(err),
				    err == -ENXIO ? "begin to read it first" :
						    "name another file with -o",
				    "cannot write %s", command->path);
	command->file_open = true;
	err = replace__begin(&command->file);
	if (err)
		return timeline_command__fail(command, err, failure);
	command->timeline = timeline__new(command->file.fd, command->options.trace_bytes);
	return command->timeline ? 0 : failure__set(failure, -ENOMEM, NULL, NULL, "cannot begin");
}

/* ---- the run ---- */

/* How far CLOCK_BOOTTIME is ahead: of some tries the one in which least time passed. */
static __s64 boot__ahead(void)
{
	__u64 least = ~0ULL;
	__s64 ahead = 0;
	int i;

	for (i = 0; i < 32; i++) {
		__u64 before = clock__monotonic(), boot = clock__read(CLOCK_BOOTTIME);
		__u64 took = clock__monotonic() - before;

		if (took >= least)
			continue;
		least = took;
		ahead = (__s64)(boot - before - took / 2);
	}
	return ahead;
}

static int timeline_command__begin(struct timeline_command *command, struct failure *failure)
{
	struct options *options = &command->options;
	struct counting *counting = &command->counting;
	__s64 ahead = boot__ahead();
	const char *why;
	int err;

	command->feed = (struct counting_timeline){ .bytes = options->ring_bytes,
						    .event = timeline_command__on_event,
						    .lifecycle = timeline_command__on_lifecycle,
						    .task = timeline_command__on_task,
						    .context = command };
	counting->timeline = &command->feed;
	options->run.doing = "tracing";
	options->run.writes = true;
	if (!options->run.duration_ns && !options->run.program)
		options->run.duration_ns = WINDOW_NS;
	err = counting__begin(counting, &options->run, options->threads, NULL, failure);
	if (err)
		return err;
	counting->run.tick = timeline_command__tick;
	counting->run.tick_context = command;
	command->output.sink.halt = counting->run.halt;
	timeline__begin(command->timeline, counting->run.start_ns, ahead);
	why = trace__unknown_wakers(counting->run.trace);
	if (why) {
		timeline__tell_unknown_wakers(command->timeline, why);
		remark("the trace does not say who ended a wait: %s (tasktoll doctor says more)",
		       why);
	}
	return 0;
}

static int timeline_command__finish(struct timeline_command *command, struct failure *failure)
{
	struct counting *counting = &command->counting;
	struct groups groups = { 0 };
	struct summary summary;
	__u64 now;
	size_t i;
	int err = counting__read(counting, &summary, &now, failure);

	if (!err)
		err = trace__finish_timeline(counting->run.trace, failure);
	if (err)
		return err;
	trace__detach(counting->run.trace);
	err = model__close(counting->model, now);
	if (!err)
		err = summary__take(&summary, counting->model, command->options.sort);
	if (!err)
		err = groups__take(&groups, &summary, options__by(&command->options));
	if (err)
		return failure__set(failure, err, NULL, NULL, "cannot sum up the window");
	for (i = 0; i < summary.crash_count; i++)
		timeline__take_crash(command->timeline, summary.crashes[i]);
	err = timeline__end(command->timeline, counting->run.stop_ns);
	if (!err)
		err = replace__take_name(&command->file);
	if (err)
		timeline_command__fail(command, err, failure);
	losses__add(&command->losses, &summary.lost, summary.proof.missed);
	if (!err)
		err = output__summary(&command->output, &summary, failure);
	groups__free(&groups);
	summary__release(&summary);
	return err;
}

static int timeline_command__run(void *context, struct failure *failure)
{
	struct timeline_command *command = context;
	struct run *run = &command->counting.run;
	struct settings *settings = &command->options.run;
	int err = target__check(settings, failure);

	if (!err)
		err = page__open_at(&command->output, &command->options, NULL, failure);
	if (!err)
		err = timeline_command__open(command, failure);
	if (!err)
		err = timeline_command__begin(command, failure);
	if (err)
		return err;
	run__wait(run, settings->duration_ns ? run->start_ns + settings->duration_ns : 0);
	err = run__stop(run, failure);
	if (!err)
		err = counting__check_matched(&command->counting, failure);
	return err ? err : timeline_command__finish(command, failure);
}

/* ---- the last words ---- */

static void timeline_command__tell(const struct timeline_command *command)
{
	struct timeline_sums sums;

	timeline__sum(command->timeline, &sums);
	fputs("tasktoll: ", stderr);
	escape__terminal(stderr, command->path);
	fprintf(stderr, ": %s, %s switches", number__bytes(sums.bytes).text,
		number__count(sums.switches).text);
	if (sums.switches)
		fprintf(stderr, " (%s for a million)",
			number__bytes((__u64)((double)sums.bytes * 1e6 / (double)sums.switches))
				.text);
	fputs("; open it with ui.perfetto.dev, or trace_processor\n", stderr);
}

/* Returns whether anything is missing in the trace. */
static bool timeline_command__tell_loss(const struct timeline_command *command)
{
	struct timeline_sums sums;

	timeline__sum(command->timeline, &sums);
	if (sums.lost)
		remark("%s intervals on a CPU are missing in the trace, where it says LOST: the buffer "
		       "was full (give a larger --max-memory, or a narrower target)",
		       number__count(sums.lost).text);
	if (sums.cut)
		remark("the trace has reached its size, and %s intervals on a CPU at its end are missing "
		       "in it (give a larger --max-size, or a shorter --duration)",
		       number__count(sums.cut).text);
	return sums.lost || sums.cut;
}

static int timeline_command__end(void *context, int err)
{
	struct timeline_command *command = context;
	bool lost = false;
	int status;

	if (!err) {
		lost = timeline_command__tell_loss(command);
		lost = losses__tell(&command->losses) || lost;
		if (!command->options.quiet) {
			names__tell_hidden(&command->counting.names);
			timeline_command__tell(command);
		}
	}
	status = counting__status(&command->counting, err, lost);
	counting__end(&command->counting);
	timeline__free(command->timeline);
	if (command->file_open)
		replace__close(&command->file);
	return status;
}

static int timeline__check(struct options *options, struct failure *failure)
{
	if (options->file_count)
		return failure__set(failure, -ENOTSUP,
				    "a recording holds sums, not single switches",
				    "trace what runs now: tasktoll timeline -o FILE [target]",
				    "cannot draw %s as a timeline", options->files[0]);
	if (!options->view)
		options->view = &view_text;
	return view__check(options->view, VIEW_SUMMARY, failure);
}

const struct command command_timeline = {
	.name = "timeline",
	.summary = "a window of a run, switch by switch, as a Perfetto trace",
	.usage = { "[options] [target] [-- program [args...]]" },
	.about =
		"Writes each switch, wait, wakeup, creation and crash of a few seconds to a file for "
		"ui.perfetto.dev and trace_processor, and prints the summary of the same run.",
	.more = "It runs for five seconds, or for a time (`-d`), or while a program runs (`--`), or "
		"until Ctrl-C.  See `tasktoll-timeline`(8).",
	.groups = OPTIONS_TARGET | OPTIONS_RUN | OPTIONS_HOOKS | OPTIONS_QUIET | OPTIONS_TABLE |
		  OPTIONS_PRICE,
	.operands = true,
	.check = timeline__check,
	.size = sizeof(struct timeline_command),
	.sink = offsetof(struct timeline_command, output.sink),
	.run = timeline_command__run,
	.end = timeline_command__end,
};
