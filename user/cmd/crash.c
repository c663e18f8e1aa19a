/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll crash: watch processes end abnormally, each with its fan-out, as it happens. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/page.h"
#include "session/announce.h"
#include "session/hook.h"
#include "core/remark.h"
#include "session/target.h"
#include "session/watch.h"
#include "core/clock.h"
#include "core/number.h"

struct crash_command {
	struct options options;
	struct watch watch;
	struct hook hook;
	struct output output;
	__u64 ends[END_CLASSES]; /* of processes in the target */
	struct failure failure;	 /* of an output, from within a callback */
};

/* ---- what happens ---- */

static void crash_command__call_hook(struct crash_command *command, const struct crash *crash)
{
	struct view_options plain = { .first = true };
	char *text = NULL;
	size_t size = 0;
	FILE *page;
	int err;

	if (!command->hook.command)
		return;
	page = open_memstream(&text, &size);
	if (!page)
		return;
	view_json.write_crash(page, crash, &plain);
	fclose(page);
	err = hook__run(&command->hook, text, size, clock__monotonic());
	if (err && err != -EBUSY && !command->options.quiet)
		remark("cannot start the command of --exec: %s (raise ulimit -u, or free memory)",
		       strerror(-err));
	free(text);
}

static void crash_command__on_crash(void *context, struct crash *crash)
{
	struct crash_command *command = context;

	if (crash->traced && !command->output.sink.gone && !command->failure.error) {
		output__crash(&command->output, crash, &command->failure);
		crash_command__call_hook(command, crash);
	}
	crash__free(crash);
}

static void crash_command__on_end(void *context, const struct task_id *task_id,
				  const struct end *end)
{
	struct crash_command *command = context;

	if (task_id->flags & TASK_ID_TRACED)
		command->ends[end->class]++;
}

/* ---- the run ---- */

/* Until something crashes there is nothing else to be seen. */
static void crash_command__tell_begin(const struct crash_command *command)
{
	if (!command->options.quiet && !command->options.run.program)
		announce__say(&command->options.run, "watching");
}

static void crash_command__on_look(void *context, __u64 now)
{
	struct crash_command *command = context;

	hook__tick(&command->hook, now);
}

static bool crash_command__is_done(void *context)
{
	const struct crash_command *command = context;

	return command->output.sink.gone || command->failure.error;
}

static int crash_command__run(void *context, struct failure *failure)
{
	struct crash_command *command = context;
	const struct watch_config config = { .settings = &command->options.run,
					     .context = command,
					     .on_end = crash_command__on_end,
					     .on_crash = crash_command__on_crash,
					     .on_look = crash_command__on_look,
					     .is_done = crash_command__is_done };
	int err = target__check(&command->options.run, failure);

	if (!err)
		err = page__open(&command->output, &command->options, failure);
	hook__begin(&command->hook, command->options.exec);
	if (!err)
		err = watch__begin(&command->watch, &config, failure);
	if (err)
		return err;
	command->output.sink.halt = command->hook.halt = command->watch.run.halt;
	crash_command__tell_begin(command);
	err = watch__follow(&command->watch, failure);
	if (command->failure.error) {
		*failure = command->failure;
		err = failure->error;
	}
	return err;
}

/* ---- the last words ---- */

static void crash_command__tell_sum(const struct crash_command *command)
{
	__u64 sum = 0;
	int i;

	for (i = 0; i < END_CLASSES; i++)
		sum += command->ends[i];
	fprintf(stderr,
		"tasktoll: %s of %s processes that ended crashed; %s failed, %s killed, %s oom\n",
		number__count(command->ends[END_CRASH]).text, number__count(sum).text,
		number__count(command->ends[END_FAILED]).text,
		number__count(command->ends[END_KILLED]).text,
		number__count(command->ends[END_OOM]).text);
}

static int crash_command__status(struct crash_command *command, int err)
{
	bool lost;

	if (command->watch.run.start_error)
		return command->watch.run.start_error == -ENOENT ? 127 : 126;
	if (err) {
		run__finish_program(&command->watch.run);
		return EXIT_FAILED;
	}
	lost = watch__tell_loss(&command->watch);
	lost = names__tell_unnamed(&command->watch.names) || lost;
	if (!command->options.quiet) {
		names__tell_hidden(&command->watch.names);
		hook__tell(&command->hook);
		crash_command__tell_sum(command);
	}
	if (command->watch.run.child.pid)
		return run__finish_program(&command->watch.run);
	return lost ? EXIT_INCOMPLETE : EXIT_OK;
}

static int crash_command__end(void *context, int err)
{
	struct crash_command *command = context;
	int status;

	hook__end(&command->hook);
	status = crash_command__status(command, err);
	watch__end(&command->watch);
	return status;
}

static int crash__check(struct options *options, struct failure *failure)
{
	return view__check(options->view, VIEW_CRASH, failure);
}

const struct command command_crash = {
	.name = "crash",
	.summary = "watch crashes as they happen, each with the processes that it affected",
	.usage = { "[options] [target] [-- program [args...]]" },
	.about = "Watches processes end abnormally and prints what each end affected: threads, "
		 "children, tasks that it woke, processes that ended because of it, and their "
		 "replacements.  A crash is printed when its window has closed.",
	.more = "It runs until Ctrl-C, for a time (`-d`), or, with `-p`, `-t` or `--`, until the "
		"target has ended and its last window has closed, at most one window later.  A "
		"crash is reported if the process, or one of its victims, is in the target.  Text "
		"draws a tree: the victims of a process stand below it.  JSON has one object a "
		"line.  At the end a remark says how many processes of the target ended, and how.",
	.groups = OPTIONS_TARGET | OPTIONS_RUN | OPTIONS_HOOKS | OPTIONS_QUIET | OPTIONS_OUTPUT |
		  OPTIONS_NO_TABLE,
	.check = crash__check,
	.size = sizeof(struct crash_command),
	.sink = offsetof(struct crash_command, output.sink),
	.run = crash_command__run,
	.end = crash_command__end,
};
