/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll report: what a recording says, as stat and crash would have printed it. */
#include <errno.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/page.h"
#include "cmd/report_check.h"
#include "cmd/report_diff.h"
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

/* As many pages as there are intervals are seldom what is wanted. */
static void report__tell_sum(const struct report *report)
{
	const struct options *options = &report->options;
	__u32 periods = store__periods(report->recorded.store);

	if (periods > 1 && !options->sum && !options->quiet && !options->crashes &&
	    options->view == &view_text)
		remark("%u intervals follow, a page each (--sum: all of them as one)", periods);
}

static int report__periods(struct report *report, struct failure *failure)
{
	const struct recorded_wants wants = { .sort = report->options.sort,
					      .by = options__by(&report->options),
					      .threads = report->options.threads,
					      .take = report__print_period,
					      .context = report };
	struct failure none;
	int err;

	if (!store__periods(report->recorded.store))
		return nothing__of_periods(report->recorded.path, failure);
	report__tell_sum(report);
	err = report->options.sum ? recorded__sum(&report->recorded, &wants, failure) :
				    recorded__each_period(&report->recorded, &wants, failure);
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

/* ---- functions ---- */

static int report__print_functions(struct report *report, const struct flame *flame,
				   struct failure *failure)
{
	struct function_sums functions;
	int err = function_sums__take(&functions, flame);

	if (err)
		failure__set(failure, err, NULL, NULL, "cannot add up the functions");
	else
		err = output__functions(&report->output, &functions, report->options.metric,
					failure);
	function_sums__free(&functions);
	return err;
}

static int report__functions(struct report *report, struct failure *failure)
{
	const struct flame_options wanted = { .metric = report->options.metric,
					      .filter = options__threads(&report->options),
					      .charged = true };
	struct flame *flame = flame__new(&wanted);
	struct failure none;
	int err = flame ? recorded__flame(&report->recorded, flame, failure) : -ENOMEM;

	if (!err && flame__seen(flame, 0) && !flame__taken(flame, 0))
		err = nothing__of_threads(report->recorded.path, failure);
	if (!err && !flame__seen(flame, 0) && !report->options.quiet) {
		nothing__of_metric(report->recorded.store, report->recorded.path, wanted.metric,
				   &none);
		remark("%s", none.text);
	}
	if (!err)
		err = flame__build(flame);
	if (err && !failure->error)
		failure__set(failure, err, NULL, NULL, "cannot add up the functions");
	if (!err)
		err = report__print_functions(report, flame, failure);
	flame__free(flame);
	return err;
}

/* ---- the command ---- */

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
		return report_diff__print(&report->options, &report->output, &report->losses,
					  &report->incomplete, failure);
	if (report->options.functions)
		return report__functions(report, failure);
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
		 "stacks or functions with the largest weight, or two recordings side by side.",
	.more = "See `tasktoll-record`(8).",
	.groups = OPTIONS_QUIET | OPTIONS_OUTPUT | OPTIONS_TABLE,
	.operands = true,
	.check = report_options__check,
	.size = sizeof(struct report),
	.sink = offsetof(struct report, output.sink),
	.run = report__run,
	.end = report__end,
};
