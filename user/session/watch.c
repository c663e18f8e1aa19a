/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/watch.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/number.h"

#define LOOK_NS 50000000ULL

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

/*
 * When to look next: what comes in meanwhile can open a window or move its end,
 * and the caller has something to look after.
 */
static __u64 watch__next_look(const struct watch *watch)
{
	return clock__earlier(process_tracker__next(watch->tracker), clock__monotonic() + LOOK_NS);
}

static void watch__look(struct watch *watch, __u64 now)
{
	watch->config.on_look(watch->config.context, now);
	process_tracker__advance(watch->tracker, now, false);
}

static bool watch__is_done(const struct watch *watch)
{
	return watch->config.is_done(watch->config.context);
}

static void watch__wait(struct watch *watch)
{
	__u64 duration_ns = watch->config.settings->duration_ns, now;
	__u64 end = duration_ns ? watch->run.start_ns + duration_ns : 0;

	while (!watch__is_done(watch)) {
		if (run__wait(&watch->run, clock__earlier(watch__next_look(watch), end)))
			break;
		now = clock__monotonic();
		watch__look(watch, now);
		if (end && now >= end)
			break;
	}
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
	__u64 over = clock__monotonic(), now = over, end = over + watch->config.settings->window_ns;

	trace__poll(watch->run.trace); /* it may just have crashed */
	while (now < end && watch__is_open(watch, over) && !halt__signal(watch->run.halt)) {
		run__linger(&watch->run, clock__earlier(watch__next_look(watch), end));
		now = clock__monotonic();
		watch__look(watch, now);
	}
}

int watch__begin(struct watch *watch, const struct watch_config *config, struct failure *failure)
{
	const struct settings *settings = config->settings;
	struct process_tracker_config tracker = {
		.stacks = true,
		.window_ns = settings->window_ns,
		.all = settings->all,
		.realtime_offset_ns = clock__realtime() - clock__monotonic(),
		.watcher = (__u32)getpid(),
		.context = config->context,
		.on_end = config->on_end,
		.on_crash = config->on_crash,
		.kernel_name = names__of_kernel,
		.symbols = &watch->names,
	};
	static const struct run_wants wants = { .use = USE_LIFECYCLE };
	struct trace_sink sink = { .context = watch,
				   .lifecycle = watch__on_lifecycle,
				   .stack = crash_stacks__take,
				   .stack_room = crash_stacks__room };
	int err = names__open(&watch->names, NULL, failure);

	if (err)
		return err;
	watch->config = *config;
	watch->tracker = process_tracker__new(&tracker);
	if (!watch->tracker)
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot begin");
	crash_stacks__follow(watch->names.stacks, watch->tracker);
	sink.stack_context = watch->names.stacks;
	err = run__begin(&watch->run, settings, &wants, &sink, failure);
	if (!err && run__watch(&watch->run, symbolization__fd(watch->names.symbolization)))
		err = failure__set(failure, -errno, NULL, NULL, "cannot wait for names");
	if (err)
		return err;
	watch->run.tick = watch__on_tick;
	watch->run.tick_context = watch;
	return 0;
}

int watch__follow(struct watch *watch, struct failure *failure)
{
	__u64 over;
	int err;

	watch__wait(watch);
	if (!watch__is_done(watch) && !watch->config.settings->duration_ns)
		watch__see_out(watch);
	over = clock__monotonic();
	err = run__stop(&watch->run, failure);
	names__await_stacks(&watch->names, &watch->run);
	process_tracker__advance(watch->tracker, over, true);
	return err;
}

bool watch__tell_loss(const struct watch *watch)
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

void watch__end(struct watch *watch)
{
	run__end(&watch->run);
	process_tracker__free(watch->tracker);
	names__close(&watch->names);
}
