/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll flame: what a recording has of stacks, for flame graphs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/options_format.h"
#include "cmd/options_state.h"
#include "cmd/page.h"
#include "core/number.h"
#include "core/remark.h"
#include "session/nothing.h"
#include "session/recorded.h"

struct flame_command {
	struct options options;
	struct recorded recorded[2];
	struct recorded_run ran[2];
	struct sink sink;
	struct flame_options wanted;
	struct flame *flame;
	bool incomplete;
};

/* ---- reading ---- */

static int flame_command__read(struct flame_command *command, int which, struct failure *failure)
{
	struct recorded *recorded = &command->recorded[which];
	int err = recorded__open(recorded, command->options.files[which], failure);

	if (err)
		return err;
	err = recorded__run(recorded, &command->ran[which], failure);
	if (!err)
		err = recorded__flame(recorded, command->flame, failure);
	if (!err)
		flame__set_duration(command->flame, which, command->ran[which].duration_ns);
	command->incomplete |= recorded__tell(recorded, command->options.quiet, true);
	return err;
}

/* An empty picture would only make one wonder. */
static int flame_command__check(struct flame_command *command, struct failure *failure)
{
	const struct options *options = &command->options;
	int sides = flame__sides(command->flame), i;
	__u64 seen = 0, taken = 0;

	for (i = 0; i < sides; i++) {
		seen += flame__seen(command->flame, i);
		taken += flame__taken(command->flame, i);
	}
	if (taken)
		return 0;
	if (seen)
		return nothing__of_threads(options->files[0], failure);
	return nothing__of_metric(command->recorded[sides - 1].store, options->files[sides - 1],
				  options->metric, failure);
}

/* ---- writing ---- */

static int flame_command__compose(const struct flame_command *command, FILE *page)
{
	struct flame_run runs[2];
	int i;

	for (i = 0; i < 2; i++) {
		const struct recorded_run *ran = &command->ran[i];

		runs[i] = (struct flame_run){ .host = ran->host,
					      .target = ran->target,
					      .start_realtime_ns = ran->start_realtime_ns,
					      .duration_ns = ran->duration_ns };
	}
	return page ? command->options.flame_format->write(page, command->flame, runs) : -ENOMEM;
}

/* The last thing that is done: no privileges are left then. */
static int flame_command__push(const struct flame_command *command, struct failure *failure)
{
	const struct options *options = &command->options;
	const struct recorded_run *ran = &command->ran[0];
	struct push push = { .url = options->push,
			     .host = ran->host,
			     .begin_ns = ran->start_realtime_ns,
			     .end_ns = ran->start_realtime_ns + ran->duration_ns };
	char *profile = NULL;
	FILE *page = open_memstream(&profile, &push.size);
	int err = flame_command__compose(command, page);

	memcpy(push.labels, options->push_labels, sizeof(push.labels));
	if (page && fclose(page) && !err)
		err = -ENOMEM;
	push.profile = profile;
	if (err)
		failure__set(failure, err, NULL, NULL, "cannot compose the profile");
	else
		err = push__send(&push, failure);
	free(profile);
	if (!err && !options->quiet)
		remark("sent %s to %s", number__bytes(push.size).text, options->push);
	return err;
}

static int flame_command__write(struct flame_command *command, struct failure *failure)
{
	const struct flame_format *format = command->options.flame_format;
	struct sink *sink = &command->sink;
	int err = sink__open(sink, command->options.output, failure);

	if (err)
		return err;
	if (format->binary && sink->terminal)
		return failure__set(failure, -EINVAL, "it is binary", "name a file with -o",
				    "cannot write %s to a terminal", format->name);
	err = flame_command__compose(command, sink__compose(sink));
	if (!err)
		return sink__write(sink, failure);
	sink__discard(sink);
	return failure__set(failure, err, NULL, NULL, "cannot compose the flame graph");
}

/* Graphs for other programs have all, so that they add up; they are told how much of it slept. */
static void flame_command__tell_idle(const struct flame_command *command)
{
	struct flame_idle idle = flame__idle(command->flame);
	__s64 total = flame__total(command->flame, 0);

	if (command->options.quiet || command->wanted.apart || idle.value <= 0 || total <= 0 ||
	    command->options.idle)
		return;
	remark("%s of %s is of %u thread%s that waited through the run (--no-idle sets it apart)",
	       number__duration((__u64)idle.value).text, number__duration((__u64)total).text,
	       idle.threads, idle.threads == 1 ? "" : "s");
}

static void flame_command__want(struct flame_command *command)
{
	const struct options *options = &command->options;
	const struct flame_format *format = options->flame_format;
	bool waits = !format->raw && !options->diff;

	command->wanted = (struct flame_options){
		.metric = options->metric,
		.filter = options__threads(options),
		.per_thread = options->per_thread,
		.no_kernel = options->no_kernel,
		.reverse = options->reverse,
		.raw = format->raw,
		.waits = waits,
		.apart = waits && (options->no_idle || (format->apart && !options->idle)),
		.groups = format->apart && !options->per_thread,
	};
}

static int flame_command__run(void *context, struct failure *failure)
{
	struct flame_command *command = context;
	const struct options *options = &command->options;
	int err = page__check_output(options, failure);
	size_t i;

	if (err)
		return err;
	flame_command__want(command);
	command->flame = flame__new(&command->wanted);
	if (!command->flame)
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot begin");
	for (i = 0; !err && i < options->file_count; i++)
		err = flame_command__read(command, (int)i, failure);
	if (!err)
		err = flame_command__check(command, failure);
	if (err)
		return err;
	if (flame__build(command->flame))
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot make the flame graph");
	flame_command__tell_idle(command);
	if (!options->push || options->output)
		err = flame_command__write(command, failure);
	return !err && options->push ? flame_command__push(command, failure) : err;
}

/* ---- the command ---- */

static int flame_command__check_usage(struct options *options, struct failure *failure)
{
	size_t wanted = options->diff ? 2 : 1;

	if (!options->metric)
		options->metric = &metrics[0];
	if (options->file_count < wanted)
		return failure__set(failure, -EINVAL,
				    options->diff ? "--diff compares two" : "no recording is named",
				    options->diff ? "usage: tasktoll flame --diff FIRST SECOND" :
						    "usage: tasktoll flame RECORDING",
				    "cannot make a flame graph");
	if (options->file_count > wanted)
		return failure__set(failure, -EINVAL, "one recording is drawn at a time",
				    "to compare two write: tasktoll flame --diff FIRST SECOND",
				    "unexpected \"%s\"", options->files[wanted]);
	if (options__choose_flame_format(options, failure) ||
	    options__narrow_metric(options, failure))
		return failure->error;
	if (options->push && options->flame_format != &flame_pprof)
		return failure__set(failure, -EINVAL, "only pprof is sent",
				    "write --format pprof, too", "bad option --push");
	if (options->push && options->diff)
		return failure__set(failure, -EINVAL, "a difference is no profile",
				    "leave --diff out", "bad option --push");
	if (options->push_label_count && !options->push)
		return failure__set(failure, -EINVAL, "nothing is sent", "write --push URL, too",
				    "bad option --push-label");
	if (options->reverse && options->flame_format->raw)
		return failure__set(failure, -EINVAL, "pprof can reverse stacks itself",
				    "leave --reverse out, or choose folded or svg",
				    "bad option --reverse");
	if (options->no_idle && (options->idle || options->diff || options->flame_format->raw))
		return failure__set(failure, -EINVAL,
				    options->idle ? "--idle says the opposite" :
				    options->diff ? "--diff compares all of both" :
						    "pprof has all of it",
				    "leave --no-idle out", "bad option --no-idle");
	return 0;
}

static void flame__list_metrics(FILE *out)
{
	size_t i;

	fputs("\nmetrics:\n", out);
	for (i = 0; i < metric_count; i++)
		option__print_row(out, metrics[i].name, 13, metrics[i].help);
}

static int flame_command__end(void *context, int err)
{
	struct flame_command *command = context;
	int i;

	flame__free(command->flame);
	for (i = 0; i < 2; i++)
		recorded__close(&command->recorded[i]);
	if (err)
		return EXIT_FAILED;
	return command->incomplete ? EXIT_INCOMPLETE : EXIT_OK;
}

const struct command command_flame = {
	.name = "flame",
	.summary = "make a flame graph of a recording, or of the change between two",
	.usage = { "[options] RECORDING", "[options] --diff FIRST SECOND" },
	.about =
		"Makes a flame graph of the stacks in a recording: folded for flamegraph.pl, inferno "
		"or speedscope, pprof for go tool pprof, svg for a browser.",
	.more = "See `tasktoll-flame`(8).",
	.groups = OPTIONS_QUIET,
	.operands = true,
	.check = flame_command__check_usage,
	.help = flame__list_metrics,
	.size = sizeof(struct flame_command),
	.sink = offsetof(struct flame_command, sink),
	.run = flame_command__run,
	.end = flame_command__end,
};
