/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll crash: watch processes end abnormally, each with its fan-out, as it happens. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "session/announce.h"
#include "session/hook.h"
#include "session/names.h"
#include "cmd/options.h"
#include "cmd/page.h"
#include "core/remark.h"
#include "session/run.h"
#include "session/target.h"
#include "core/clock.h"
#include "core/number.h"
#include "core/sink.h"
#include "model/lifecycle/process_tracker.h"

#define LOOK_NS 50000000ULL

struct watch {
	struct options options;
	struct run run;
	struct process_tracker *tracker;
	struct names names;
	struct hook hook;
	struct sink sink;
	bool first;
	__u64 told;		 /* crashes, and what else --all tells */
	__u64 ends[END_CLASSES]; /* of processes in the target */
	struct failure failure;	 /* of an output, from within a callback */
};

/* ---- what happens ---- */

static void watch__call_hook(struct watch *watch, const struct crash *crash)
{
	struct view_options plain = { .first = true };
	char *text = NULL;
	size_t size = 0;
	FILE *page;
	int err;

	if (!watch->hook.command)
		return;
	page = open_memstream(&text, &size);
	if (!page)
		return;
	view_json.write_crash(page, crash, &plain);
	fclose(page);
	err = hook__run(&watch->hook, text, size, clock__monotonic());
	if (err && err != -EBUSY && !watch->options.quiet)
		remark("cannot start the command of --exec: %s (raise ulimit -u, or free memory)",
		       strerror(-err));
	free(text);
}

static void watch__on_crash(void *context, struct crash *crash)
{
	struct watch *watch = context;
	struct view_options view;
	FILE *page;

	if (crash->traced && !watch->sink.gone && !watch->failure.error) {
		watch->told++;
		page = sink__compose(&watch->sink);
		view = page__options(&watch->options, &watch->sink);
		view.first = watch->first;
		watch->first = false;
		if (page) {
			watch->options.view->write_crash(page, crash, &view);
			sink__write(&watch->sink, &watch->failure);
		}
		watch__call_hook(watch, crash);
	}
	crash__free(crash);
}

static void watch__on_end(void *context, const struct task_id *task_id, const struct end *end)
{
	struct watch *watch = context;

	if (task_id->flags & TASK_ID_TRACED)
		watch->ends[end->class]++;
}

static int watch__on_lifecycle(void *context, const struct lifecycle_event *event)
{
	struct watch *watch = context;

	crash_stacks__see(watch->names.stacks, event);
	return process_tracker__apply(watch->tracker, event);
}

static enum run_next watch__on_tick(void *context)
{
	struct watch *watch = context;

	names__poll(&watch->names);
	return RUN_SLEEPS;
}

/* ---- the run ---- */

/*
 * When to look next: what comes in meanwhile can open a window or move its end,
 * and hooks are looked after.
 */
static __u64 watch__look(const struct watch *watch)
{
	return clock__earlier(process_tracker__next(watch->tracker), clock__monotonic() + LOOK_NS);
}

static int watch__wait(struct watch *watch)
{
	const struct options *options = &watch->options;
	__u64 end = options->run.duration_ns ? watch->run.start_ns + options->run.duration_ns : 0;

	while (!watch->sink.gone && !watch->failure.error) {
		__u64 now;

		if (run__wait(&watch->run, clock__earlier(watch__look(watch), end)))
			break;
		now = clock__monotonic();
		hook__tick(&watch->hook, now);
		process_tracker__advance(watch->tracker, now, false);
		if (end && now >= end)
			break;
	}
	return watch->failure.error;
}

/* Can what others began before reach what is left of the target? */
static bool watch__is_open(const struct watch *watch, __u64 over_ns)
{
	return process_tracker__follows_target(watch->tracker,
					       trace__records(watch->run.trace) ? over_ns : 0);
}

/*
 * A target that has ended may have crashed: what it took with it is still to come, but no
 * later than a window after its end.  What else crashes meanwhile is not waited for.
 */
static void watch__see_out(struct watch *watch)
{
	__u64 over = clock__monotonic(), now = over, end = over + watch->options.run.window_ns;

	if (watch->sink.gone)
		return;
	trace__poll(watch->run.trace); /* it may just have crashed */
	while (now < end && watch__is_open(watch, over) && !halt__signal(watch->run.halt)) {
		run__linger(&watch->run, clock__earlier(watch__look(watch), end));
		now = clock__monotonic();
		hook__tick(&watch->hook, now);
		process_tracker__advance(watch->tracker, now, false);
	}
}

/* Until something crashes there is nothing else to be seen. */
static void watch__tell_begin(const struct watch *watch)
{
	if (!watch->options.quiet && !watch->options.run.program)
		announce__say(&watch->options.run, "watching");
}

static int watch__run(void *context, struct failure *failure)
{
	struct watch *watch = context;
	struct process_tracker_config config = {
		.stacks = true,
		.window_ns = watch->options.run.window_ns,
		.all = watch->options.run.all,
		.realtime_offset_ns = clock__realtime() - clock__monotonic(),
		.context = watch,
		.on_end = watch__on_end,
		.on_crash = watch__on_crash,
		.kernel_name = names__of_kernel,
		.symbols = &watch->names,
	};
	static const struct run_wants wants = { .use = USE_LIFECYCLE };
	struct trace_sink sink = { .context = watch,
				   .lifecycle = watch__on_lifecycle,
				   .stack = crash_stacks__take,
				   .stack_room = crash_stacks__room };
	__u64 over;
	int err = target__check(&watch->options.run, failure);

	if (!err)
		err = sink__open(&watch->sink, watch->options.output, failure);
	if (!err)
		err = names__open(&watch->names, NULL, failure);
	if (err)
		return err;
	watch->first = true;
	hook__begin(&watch->hook, watch->options.exec);
	watch->tracker = process_tracker__new(&config);
	if (!watch->tracker)
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot begin");
	crash_stacks__follow(watch->names.stacks, watch->tracker);
	sink.stack_context = watch->names.stacks;
	err = run__begin(&watch->run, &watch->options.run, &wants, &sink, failure);
	if (!err && run__watch(&watch->run, symbolization__fd(watch->names.symbolization)))
		err = failure__set(failure, -errno, NULL, NULL, "cannot wait for names");
	if (err)
		return err;
	watch->run.tick = watch__on_tick;
	watch->run.tick_context = watch;
	watch->sink.halt = watch->hook.halt = watch->run.halt;
	watch__tell_begin(watch);
	err = watch__wait(watch);
	if (!err && !watch->options.run.duration_ns)
		watch__see_out(watch);
	over = clock__monotonic();
	if (!err)
		err = run__stop(&watch->run, failure);
	names__await_stacks(&watch->names, &watch->run);
	process_tracker__advance(watch->tracker, over, true);
	if (watch->failure.error) {
		*failure = watch->failure;
		err = failure->error;
	}
	return err;
}

/* ---- the last words ---- */

static bool watch__tell_loss(const struct watch *watch)
{
	struct trace_loss loss;

	trace__loss(watch->run.trace, &loss);
	if (loss.lifecycle.events || loss.missed_runs)
		fprintf(stderr,
			"tasktoll: lost %s births, ends or signals: crashes or victims may be missing "
			"(give it a CPU of its own, or a narrower target)\n",
			number__count(loss.lifecycle.events + loss.missed_runs).text);
	if (loss.lifecycle.stacks)
		fprintf(stderr, "tasktoll: lost the stacks of %s crashes: too many at once\n",
			number__count(loss.lifecycle.stacks).text);
	if (loss.lifecycle.edges)
		fprintf(stderr,
			"tasktoll: lost %s closed pipes and sockets: links may be missing\n",
			number__count(loss.lifecycle.edges).text);
	return loss.lifecycle.events || loss.missed_runs || loss.lifecycle.stacks ||
	       loss.lifecycle.edges;
}

static void watch__tell_hook(const struct watch *watch)
{
	if (watch->hook.worst_status)
		fprintf(stderr, "tasktoll: the command of --exec ended with status %d%s\n",
			watch->hook.worst_status,
			watch->hook.worst_status == 127 ? ": there is no such command" : "");
	if (watch->hook.hung)
		fputs("tasktoll: the command of --exec hung and was ended\n", stderr);
	if (watch->hook.missed)
		fprintf(stderr,
			"tasktoll: --exec was not run for %s crashes: %d commands were still running\n",
			number__count(watch->hook.missed).text, HOOK_AT_ONCE);
}

static void watch__tell_sum(const struct watch *watch)
{
	__u64 sum = 0;
	int i;

	for (i = 0; i < END_CLASSES; i++)
		sum += watch->ends[i];
	fprintf(stderr,
		"tasktoll: %s of %s processes that ended crashed; %s failed, %s killed, %s oom\n",
		number__count(watch->ends[END_CRASH]).text, number__count(sum).text,
		number__count(watch->ends[END_FAILED]).text,
		number__count(watch->ends[END_KILLED]).text,
		number__count(watch->ends[END_OOM]).text);
}

static int watch__status(struct watch *watch, int err)
{
	bool lost;

	if (watch->run.start_error)
		return watch->run.start_error == -ENOENT ? 127 : 126;
	if (err) {
		run__finish_program(&watch->run);
		return EXIT_FAILED;
	}
	lost = watch__tell_loss(watch);
	lost = names__tell_unnamed(&watch->names) || lost;
	if (!watch->options.quiet) {
		names__tell_hidden(&watch->names);
		watch__tell_hook(watch);
		watch__tell_sum(watch);
	}
	if (watch->run.child.pid)
		return run__finish_program(&watch->run);
	return lost ? EXIT_INCOMPLETE : EXIT_OK;
}

static int watch__end(void *context, int err)
{
	struct watch *watch = context;
	int status;

	hook__end(&watch->hook);
	status = watch__status(watch, err);
	run__end(&watch->run);
	process_tracker__free(watch->tracker);
	names__close(&watch->names);
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
	.size = sizeof(struct watch),
	.sink = offsetof(struct watch, sink),
	.run = watch__run,
	.end = watch__end,
};
