/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll report: what a recording says, as stat and crash would have printed it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "session/losses.h"
#include "cmd/nothing.h"
#include "cmd/options.h"
#include "cmd/page.h"
#include "core/remark.h"
#include "core/sink.h"
#include "model/comparison/compare.h"
#include "model/switching/summary.h"
#include "model/profile/top.h"
#include "store/store.h"
#include "view/view.h"

#define STACKS_SHOWN 10

struct report {
	struct options options;
	struct sink sink;
	struct store *store;
	struct losses losses;
	bool incomplete; /* the recording is, and a remark has said so */
	bool first;
	__u64 crashes;
};

/* ---- a period ---- */

struct period {
	struct model *model;
	struct summary summary;
	struct groups groups;
};

static void period__release(struct period *period)
{
	groups__free(&period->groups);
	summary__release(&period->summary);
	model__free(period->model);
	memset(period, 0, sizeof(*period));
}

/* Without --threads a summary has none, also if they were recorded. */
static void period__hide_threads(struct period *period)
{
	struct process *process;

	period->summary.threads = false;
	for (process = period->model->processes; process; process = process->hh.next)
		process->threads_folded = 0;
}

static int report__read(struct report *report, struct store *store, __u32 number,
			struct period *period, struct failure *failure)
{
	__u64 now;
	int err;

	memset(period, 0, sizeof(*period));
	err = store__read_period(store, number, &period->model, &period->summary, &now, failure);
	if (err)
		return err;
	err = model__close(period->model, now);
	if (!err)
		err = summary__take(&period->summary, period->model, report->options.sort);
	if (!err && options__by(&report->options) > BY_THREAD) {
		err = groups__make(&period->groups, &period->summary,
				   options__by(&report->options));
		period->summary.groups = &period->groups;
	}
	if (err) {
		model__free(period->model);
		return failure__set(failure, err, NULL, NULL, "cannot sum up the recording");
	}
	if (!report->options.threads)
		period__hide_threads(period);
	losses__add(&report->losses, &period->summary.lost, period->summary.proof.missed);
	return 0;
}

/* ---- pages ---- */

static FILE *report__compose(struct report *report, struct view_options *ret_view,
			     struct failure *failure)
{
	FILE *page = sink__compose(&report->sink);

	if (!page)
		failure__set(failure, -ENOMEM, NULL, NULL, "cannot compose the report");
	*ret_view = page__options(&report->options, &report->sink);
	ret_view->first = report->first;
	report->first = false;
	return page;
}

static int report__write_summary(struct report *report, const struct summary *summary,
				 struct failure *failure)
{
	struct view_options view;
	FILE *page = report__compose(report, &view, failure);

	if (!page)
		return failure->error;
	report->options.view->write(page, summary, &view);
	return sink__write(&report->sink, failure);
}

static int report__write_crashes(struct report *report, const struct model *model,
				 struct failure *failure)
{
	size_t i;
	int err = 0;

	report->crashes += model->crash_count;
	for (i = 0; i < model->crash_count && !err && !report->sink.gone; i++) {
		struct view_options view;
		FILE *page = report__compose(report, &view, failure);

		if (!page)
			return failure->error;
		report->options.view->write_crash(page, model->crashes[i], &view);
		err = sink__write(&report->sink, failure);
	}
	return err;
}

/* An empty output would only make one wonder.  metric NULL: of crashes. */
static void report__tell_nothing(const struct report *report, const struct metric *metric)
{
	const char *path = report->options.files[0];
	struct failure why = { 0 };

	if (report->options.quiet)
		return;
	if (metric)
		nothing__of_metric(report->store, path, metric, &why);
	else
		nothing__of_crashes(path, &why);
	remark("%s", why.text);
}

static int report__periods(struct report *report, struct failure *failure)
{
	__u32 number, count = store__periods(report->store);
	int err = 0;

	if (!count)
		return failure__set(failure, -ENODATA, "it ended before anything was written",
				    "record again, for longer", "nothing to show for %s",
				    report->options.files[0]);
	for (number = 1; number <= count && !err && !report->sink.gone; number++) {
		struct period period;

		err = report__read(report, report->store, number, &period, failure);
		if (err)
			break;
		err = report->options.crashes ?
			      report__write_crashes(report, period.model, failure) :
			      report__write_summary(report, &period.summary, failure);
		period__release(&period);
	}
	if (!err && report->options.crashes && !report->crashes)
		report__tell_nothing(report, NULL);
	return err;
}

/* ---- stacks ---- */

static int report__stacks(struct report *report, struct failure *failure)
{
	const struct metric *metric = report->options.metric;
	struct profile *profile;
	struct view_options view;
	struct top top;
	FILE *page;
	int err = store__read_profile(report->store, &profile, failure);

	if (err)
		return err;
	err = top__begin(&top, profile, metric);
	if (err)
		failure__set(failure, err, NULL, NULL, "cannot add up the stacks");
	top.filter = (struct thread_filter){ .pids = report->options.pids.ids,
					     .pid_count = report->options.pids.count,
					     .tids = report->options.tids.ids,
					     .tid_count = report->options.tids.count,
					     .comm = report->options.comm.accept ?
							     &report->options.comm :
							     NULL };
	if (!err)
		err = store__each_sample(report->store, 0, metric->weights, top__add, &top,
					 failure);
	if (!err)
		top__finish(&top);
	if (!err && top.seen && !top.paying)
		err = nothing__of_threads(report->options.files[0], failure);
	if (!err) {
		page = report__compose(report, &view, failure);
		err = page ? 0 : failure->error;
	}
	if (!err) {
		view.rows = report->options.stacks ? report->options.stacks : STACKS_SHOWN;
		if (!top.paying)
			report__tell_nothing(report, metric);
		report->options.view->write_stacks(page, profile, &top, &view);
		err = sink__write(&report->sink, failure);
	}
	top__end(&top);
	profile__free(profile);
	return err;
}

/* ---- remarks ---- */

static void tell_remarks(struct store *store)
{
	const char *text;
	int i;

	for (i = 0; (text = store__remark(store, i)); i++)
		remark("%s", text);
}

/* When it has been read: what is damaged is known only then. */
static void report__finish_store(struct report *report, struct store *store)
{
	bool damaged;

	if (!store)
		return;
	damaged = store__is_damaged(store) || store__is_cut_off(store);
	if (damaged || !report->options.quiet)
		tell_remarks(store);
	if (damaged)
		report->incomplete = true;
	store__free(store);
}

/* ---- two of them ---- */

static int report__add_side(struct report *report, struct compare *compare, int side,
			    struct failure *failure)
{
	struct store *store;
	__u32 number;
	int err = store__open(&store, report->options.files[side], failure);

	if (err)
		return err;
	for (number = 1; number <= store__periods(store) && !err; number++) {
		struct period period;

		err = report__read(report, store, number, &period, failure);
		if (err)
			break;
		err = compare__add(compare, side, &period.summary);
		if (err)
			failure__set(failure, err, NULL, NULL, "cannot add up %s",
				     report->options.files[side]);
		period__release(&period);
	}
	report__finish_store(report, store);
	return err;
}

static int report__diff(struct report *report, struct failure *failure)
{
	const char *const names[2] = { report->options.files[0], report->options.files[1] };
	struct compare compare = { 0 };
	struct view_options view;
	FILE *page;
	int side, err = 0;

	for (side = 0; side < 2 && !err; side++)
		err = report__add_side(report, &compare, side, failure);
	if (!err) {
		page = report__compose(report, &view, failure);
		err = page ? 0 : failure->error;
	}
	if (!err) {
		report->options.view->write_diff(page, &compare, names, &view);
		err = sink__write(&report->sink, failure);
	}
	compare__free(&compare);
	return err;
}

/* ---- the command ---- */

static int report__check(struct options *options, struct failure *failure)
{
	size_t wanted = options->diff ? 2 : 1;
	bool stacks = options->stacks || options->metric;
	enum view_slot slot = options->diff    ? VIEW_DIFF :
			      options->crashes ? VIEW_CRASH :
			      stacks	       ? VIEW_STACKS :
						 VIEW_SUMMARY;

	if (options->file_count < wanted)
		return failure__set(failure, -EINVAL,
				    options->file_count ? "only one recording is named" :
							  "no recording is named",
				    options->diff ? "write tasktoll report --diff A B" :
						    "write tasktoll report FILE",
				    "nothing to report");
	if (options->file_count > wanted)
		return failure__set(failure, -EINVAL, "one recording is read at a time",
				    "--diff compares two", "unexpected \"%s\"",
				    options->files[wanted]);
	if (options->diff + options->crashes + stacks > 1)
		return failure__set(failure, -EINVAL, "each has its own output",
				    "choose one of --crashes, --stacks, --diff",
				    "cannot print several reports at once");
	if ((options->pids.count || options->tids.count || options->comm.accept) && !stacks)
		return failure__set(failure, -EINVAL, "only stacks can be those of some threads",
				    "write --stacks N, too, or record with this target",
				    "bad option -p, -t or -c");
	if (view__check(options->view, slot, failure))
		return failure->error;
	if (options__by(options) == BY_USER || options__by(options) == BY_CGROUP)
		return failure__set(failure, -EINVAL, "a recording has neither user nor cgroup",
				    "choose --by comm or parent; stat has them all",
				    "cannot group by %s", *options->by);
	if (stacks && !options->metric)
		options->metric = metric__find("offcpu");
	return 0;
}

static int report__run(void *context, struct failure *failure)
{
	struct report *report = context;
	int err = page__check_output(&report->options, failure);

	if (err)
		return err;
	if (!report->options.diff)
		err = store__open(&report->store, report->options.files[0], failure);
	if (!err)
		err = sink__open(&report->sink, report->options.output, failure);
	if (err)
		return err;
	report->first = true;
	if (report->options.diff)
		return report__diff(report, failure);
	return report->options.metric ? report__stacks(report, failure) :
					report__periods(report, failure);
}

static int report__end(void *context, int err)
{
	struct report *report = context;

	if (err) {
		store__free(report->store);
		return EXIT_FAILED;
	}
	report__finish_store(report, report->store);
	return losses__tell(&report->losses) || report->incomplete ? EXIT_INCOMPLETE : EXIT_OK;
}

const struct command command_report = {
	.name = "report",
	.summary = "print a recording, or compare two",
	.usage = { "[options] FILE", "[options] --diff A B" },
	.about = "Prints a recording: the summary as stat would have printed it, its crashes, the "
		 "stacks with the largest weight, or two recordings side by side.",
	.more = "See `tasktoll-record`(8).",
	.groups = OPTIONS_QUIET | OPTIONS_OUTPUT | OPTIONS_TABLE,
	.operands = true,
	.check = report__check,
	.size = sizeof(struct report),
	.sink = offsetof(struct report, sink),
	.run = report__run,
	.end = report__end,
};
