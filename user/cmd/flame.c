/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll flame: what a recording has of stacks, for flame graphs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/nothing.h"
#include "cmd/options.h"
#include "cmd/options_format.h"
#include "cmd/page.h"
#include "core/remark.h"
#include "core/sink.h"
#include "store/store.h"

struct recording {
	const char *path;
	struct store *store;
	struct profile *profile;
	char host[65], target[256];
};

struct flame_command {
	struct options options;
	struct recording recordings[2];
	struct flame_run runs[2];
	struct flame *flame;
	bool incomplete;
};

/* ---- reading ---- */

static bool recording__is_incomplete(const struct recording *recording)
{
	return store__is_damaged(recording->store) || store__is_cut_off(recording->store);
}

static void recording__remark(const struct recording *recording)
{
	const char *text;
	int i;

	for (i = 0; (text = store__remark(recording->store, i)); i++)
		remark("%s: %s", recording->path, text);
}

/* What it says of its run: from the beginning of the first period to the end of the last. */
static int recording__describe(struct recording *recording, struct flame_run *run,
			       struct failure *failure)
{
	__u32 periods = store__periods(recording->store), period;
	__u64 end = 0, now;

	for (period = 1; period && period <= periods; period = period < periods ? periods : 0) {
		struct summary summary = { 0 };
		struct model *model = NULL;
		int err = store__read_period(recording->store, period, &model, &summary, &now,
					     failure);

		if (err)
			return err;
		model__free(model);
		if (period == 1) {
			memcpy(recording->host, summary.host, sizeof(recording->host));
			memcpy(recording->target, summary.target, sizeof(recording->target));
			run->start_realtime_ns = summary.start_realtime_ns;
		}
		end = summary.start_realtime_ns + summary.duration_ns;
	}
	run->host = recording->host;
	run->target = recording->target;
	run->duration_ns = end - run->start_realtime_ns;
	return 0;
}

static int take(void *context, const struct sample *sample)
{
	return flame__take(context, sample);
}

static int flame_command__take(struct flame_command *command, int which, struct failure *failure)
{
	struct recording *recording = &command->recordings[which];
	int err = recording__describe(recording, &command->runs[which], failure);

	if (!err)
		err = store__read_profile(recording->store, &recording->profile, failure);
	if (err)
		return err;
	err = flame__begin(command->flame, recording->profile);
	if (!err)
		err = store__each_sample(recording->store, 0, flame__weights(command->flame), take,
					 command->flame, failure);
	if (err && !failure->error)
		failure__set(failure, err, NULL, NULL, "cannot add up %s", recording->path);
	return err;
}

/* Damage is known when all has been read. */
static int flame_command__read(struct flame_command *command, int which, struct failure *failure)
{
	struct recording *recording = &command->recordings[which];
	int err;

	recording->path = command->options.files[which];
	err = store__open(&recording->store, recording->path, failure);
	if (err)
		return err;
	err = flame_command__take(command, which, failure);
	if (recording__is_incomplete(recording))
		command->incomplete = true;
	if (!command->options.quiet || recording__is_incomplete(recording))
		recording__remark(recording);
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
	return nothing__of_metric(command->recordings[sides - 1].store, options->files[sides - 1],
				  options->metric, failure);
}

/* ---- writing ---- */

static int flame_command__write(struct flame_command *command, struct failure *failure)
{
	const struct flame_format *format = command->options.flame_format;
	struct sink sink;
	FILE *page;
	int err = sink__open(&sink, command->options.output, failure);

	if (err)
		return err;
	if (format->binary && sink.terminal)
		return failure__set(failure, -EINVAL, "it is binary", "name a file with -o",
				    "cannot write %s to a terminal", format->name);
	page = sink__compose(&sink);
	err = page ? format->write(page, command->flame, command->runs) : -ENOMEM;
	if (err)
		failure__set(failure, err, NULL, NULL, "cannot compose the flame graph");
	if (page && !err)
		err = sink__write(&sink, failure);
	sink__close(&sink);
	return err;
}

static int flame_command__run(void *context, struct failure *failure)
{
	struct flame_command *command = context;
	const struct options *options = &command->options;
	struct flame_options wanted = {
		.metric = options->metric,
		.filter = { .pids = options->pids.ids,
			    .pid_count = options->pids.count,
			    .tids = options->tids.ids,
			    .tid_count = options->tids.count,
			    .comm = options->comm.accept ? &options->comm : NULL },
		.per_thread = options->per_thread,
		.no_kernel = options->no_kernel,
		.reverse = options->reverse,
		.raw = options->flame_format->raw,
	};
	int err = page__check_output(options, failure);
	size_t i;

	if (err)
		return err;
	command->flame = flame__new(&wanted);
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
	return flame_command__write(command, failure);
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
	if (options__choose_flame_format(options, failure))
		return failure->error;
	if (options->reverse && options->flame_format->raw)
		return failure__set(failure, -EINVAL, "pprof can reverse stacks itself",
				    "leave --reverse out, or choose folded or svg",
				    "bad option --reverse");
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
	for (i = 0; i < 2; i++) {
		profile__free(command->recordings[i].profile);
		if (command->recordings[i].store)
			store__free(command->recordings[i].store);
	}
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
	.run = flame_command__run,
	.end = flame_command__end,
};
