/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll report: what a recording says, as stat and crash would have printed it. */
#include <errno.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/page.h"
#include "core/remark.h"
#include "session/losses.h"
#include "session/nothing.h"
#include "session/recorded.h"

#define STACKS_SHOWN 10

struct report {
	struct options options;
	struct output output;
	struct recorded recorded;
	struct losses losses;
	bool incomplete; /* the recording is, and a remark has said so */
	__u64 crashes;
};

/* ---- periods ---- */

static int report__print_crashes(struct report *report, const struct model *model,
				 struct failure *failure)
{
	size_t i;
	int err = 0;

	report->crashes += model->crash_count;
	for (i = 0; i < model->crash_count && !err && !report->output.sink.gone; i++)
		err = output__crash(&report->output, model->crashes[i], failure);
	return err;
}

static int report__print_period(void *context, const struct model *model,
				const struct summary *summary, struct failure *failure)
{
	struct report *report = context;
	int err;

	losses__add(&report->losses, &summary->lost, summary->proof.missed);
	err = report->options.crashes ? report__print_crashes(report, model, failure) :
					output__summary(&report->output, summary, failure);
	return err ? err : report->output.sink.gone;
}

static int report__each_period(struct report *report, const struct recorded *recorded,
			       int (*take)(void *context, const struct model *model,
					   const struct summary *summary, struct failure *failure),
			       void *context, struct failure *failure)
{
	const struct recorded_wants wants = { .sort = report->options.sort,
					      .by = options__by(&report->options),
					      .threads = report->options.threads,
					      .take = take,
					      .context = context };

	return recorded__each_period(recorded, &wants, failure);
}

static int report__periods(struct report *report, struct failure *failure)
{
	struct failure none;
	int err;

	if (!store__periods(report->recorded.store))
		return nothing__of_periods(report->recorded.path, failure);
	err = report__each_period(report, &report->recorded, report__print_period, report, failure);
	if (!err && report->options.crashes && !report->crashes && !report->options.quiet) {
		nothing__of_crashes(report->recorded.path, &none);
		remark("%s", none.text);
	}
	return err;
}

/* ---- stacks ---- */

static int report__print_stacks(struct report *report, const struct top *top,
				struct failure *failure)
{
	struct failure none;

	if (top->seen && !top->paying)
		return nothing__of_threads(report->recorded.path, failure);
	if (!top->paying && !report->options.quiet) {
		nothing__of_metric(report->recorded.store, report->recorded.path, top->metric,
				   &none);
		remark("%s", none.text);
	}
	report->output.options.rows = report->options.stacks ? report->options.stacks :
							       STACKS_SHOWN;
	return output__stacks(&report->output, report->recorded.profile, top, failure);
}

static int report__stacks(struct report *report, struct failure *failure)
{
	struct thread_filter filter = options__threads(&report->options);
	struct top top = { 0 };
	int err = recorded__top(&report->recorded, report->options.metric, &filter, &top, failure);

	if (!err)
		err = report__print_stacks(report, &top, failure);
	top__end(&top);
	return err;
}

/* ---- two of them ---- */

struct report_side {
	struct report *report;
	struct compare *compare;
	int side;
};

static int report_side__add(void *context, const struct model *model, const struct summary *summary,
			    struct failure *failure)
{
	const struct report_side *side = context;
	int err = compare__add(side->compare, side->side, summary);

	(void)model;
	losses__add(&side->report->losses, &summary->lost, summary->proof.missed);
	return err ? failure__set(failure, err, NULL, NULL, "cannot add up %s",
				  side->report->options.files[side->side]) :
		     0;
}

static int report_side__read(struct report_side *side, struct failure *failure)
{
	struct report *report = side->report;
	struct recorded recorded = { 0 };
	int err = recorded__open(&recorded, report->options.files[side->side], failure);

	if (err)
		return err;
	err = report__each_period(report, &recorded, report_side__add, side, failure);
	report->incomplete |= recorded__tell(&recorded, report->options.quiet, false);
	recorded__close(&recorded);
	return err;
}

static int report__diff(struct report *report, struct failure *failure)
{
	const char *const names[2] = { report->options.files[0], report->options.files[1] };
	struct compare compare = { 0 };
	struct report_side side = { report, &compare, 0 };
	int err = 0;

	for (; side.side < 2 && !err; side.side++)
		err = report_side__read(&side, failure);
	if (!err)
		err = output__diff(&report->output, &compare, names, failure);
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

	if (!err && !report->options.diff)
		err = recorded__open(&report->recorded, report->options.files[0], failure);
	if (!err)
		err = page__open(&report->output, &report->options, failure);
	if (err)
		return err;
	if (report->options.diff)
		return report__diff(report, failure);
	return report->options.metric ? report__stacks(report, failure) :
					report__periods(report, failure);
}

static int report__end(void *context, int err)
{
	struct report *report = context;

	if (!err && report->recorded.store)
		report->incomplete |=
			recorded__tell(&report->recorded, report->options.quiet, false);
	recorded__close(&report->recorded);
	if (err)
		return EXIT_FAILED;
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
	.sink = offsetof(struct report, output.sink),
	.run = report__run,
	.end = report__end,
};
