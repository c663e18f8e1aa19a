/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll compare: threads or processes? One target, or two shapes of one program. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/compare_html.h"
#include "cmd/compare_prices.h"
#include "cmd/compare_programs.h"
#include "cmd/compare_recording.h"
#include "cmd/page.h"
#include "session/sitting.h"
#include "session/target.h"
#include "view/portrait.h"
#include "view/shapes.h"

#define DURATION_NS 10000000000ULL
/*
 * The TLB's tracepoint lies inside each switch to another address space, and makes just those
 * switches dearer that are compared here with the others.  No row needs what it counts.
 */
#define NOT_NEEDED "tlb=none"

struct comparison {
	struct options options;
	struct output output;
	struct html_file html;
	struct halt *halt;
	bool incomplete;

	struct shapes shapes; /* two programs */

	struct sitting sitting; /* one target */
	struct recorded_portrait recorded;
	struct portrait portrait;
};

static int comparison__check(struct options *options, struct failure *failure)
{
	int err = view__check(options->view, VIEW_FACTS, failure);

	if (!err)
		err = html_file__check(options, failure);
	if (err)
		return err;
	if (!options->run.force && !options->file_count)
		options->run.force = NOT_NEEDED;
	if (options->file_count)
		return compare_recording__check(options, failure);
	if (programs__are_two(options))
		return programs__check(options, failure);
	if (options->run.target.mode == TARGET_ALL)
		return failure__set(
			failure, -EINVAL, "there is no target",
			"choose one of -p, -t, -c, -G, -- program, a recording, or two programs",
			"cannot compare");
	if (!options->run.duration_ns && !options->run.program)
		options->run.duration_ns = DURATION_NS;
	return 0;
}

/* ---- the page ---- */

static void print_shapes(FILE *out, const void *shapes)
{
	text__shapes(out, shapes);
}

static json_t *shapes_to_json(const void *shapes)
{
	return shapes__to_json(shapes);
}

static void print_portrait(FILE *out, const void *portrait)
{
	text__portrait(out, portrait);
}

static json_t *portrait_to_json(const void *portrait)
{
	return portrait__to_json(portrait);
}

/* ---- the run ---- */

static int comparison__of_two(struct comparison *comparison, struct failure *failure)
{
	struct shapes *shapes = &comparison->shapes;
	struct facts facts = { print_shapes, shapes_to_json, shapes };
	const char *why = NULL;
	struct portrait_prices prices = compare_prices__read(&why);
	int err = halt__begin(&comparison->halt);

	if (err)
		return failure__set(failure, err, NULL, NULL, "cannot wait for signals");
	err = programs__run(&comparison->options, comparison->halt, shapes, failure);
	if (err)
		return err;
	shapes__judge(shapes, prices.process_extra);
	comparison->incomplete = shapes->side[0].all.incomplete || shapes->side[1].all.incomplete;
	err = output__facts(&comparison->output, &facts, failure);
	if (!err)
		err = html_file__write(&comparison->html, NULL, shapes, failure);
	if (!err && (shapes->side[0].all.failed || shapes->side[1].all.failed))
		err = failure__set(failure, -ECHILD, "a program ended with another status than 0",
				   "run it alone to see why", "nothing to compare");
	return err;
}

static int comparison__tell(struct comparison *comparison, struct failure *failure)
{
	struct portrait *portrait = &comparison->portrait;
	struct facts facts = { print_portrait, portrait_to_json, portrait };
	int err;

	comparison->incomplete |= portrait->shape.incomplete;
	portrait__draw(portrait);
	err = output__facts(&comparison->output, &facts, failure);
	return err ? err : html_file__write(&comparison->html, portrait, NULL, failure);
}

static int comparison__of_one(struct comparison *comparison, struct failure *failure)
{
	struct portrait *portrait = &comparison->portrait;
	int err;

	portrait->prices = compare_prices__read(&portrait->no_prices);
	comparison->sitting.terminal = isatty(STDERR_FILENO) && !comparison->options.quiet;
	err = sitting__run(&comparison->sitting, portrait, &comparison->options.run, failure);
	if (err)
		return err;
	comparison->output.sink.halt = comparison->sitting.counting.run.halt;
	return comparison__tell(comparison, failure);
}

static int comparison__of_recording(struct comparison *comparison, struct failure *failure)
{
	struct portrait *portrait = &comparison->portrait;
	int err;

	portrait->prices = compare_prices__read(&portrait->no_prices);
	err = compare_recording__take(&comparison->recorded, portrait, &comparison->options,
				      failure);
	if (err)
		return err;
	comparison->incomplete =
		recorded__tell(&comparison->recorded.recorded, comparison->options.quiet, false);
	return comparison__tell(comparison, failure);
}

static int comparison__run(void *context, struct failure *failure)
{
	struct comparison *comparison = context;
	int err = comparison->options.file_count ?
			  page__check_output(&comparison->options, failure) :
			  target__check(&comparison->options.run, failure);

	if (!err)
		err = page__open(&comparison->output, &comparison->options, failure);
	if (!err)
		err = html_file__open(&comparison->html, &comparison->options, failure);
	if (err)
		return err;
	if (comparison->options.file_count)
		return comparison__of_recording(comparison, failure);
	return programs__are_two(&comparison->options) ? comparison__of_two(comparison, failure) :
							 comparison__of_one(comparison, failure);
}

static int comparison__end(void *context, int err)
{
	struct comparison *comparison = context;
	int status;

	html_file__close(&comparison->html);
	recorded_portrait__end(&comparison->recorded);
	if (comparison->sitting.counting.settings) {
		status = counting__status(&comparison->sitting.counting, err,
					  comparison->incomplete);
		counting__end(&comparison->sitting.counting);
		wakes__clear(&comparison->sitting.wakes);
		return status;
	}
	halt__end(comparison->halt);
	if (err)
		return EXIT_FAILED;
	return comparison->incomplete ? EXIT_INCOMPLETE : EXIT_OK;
}

const struct command command_compare = {
	.name = "compare",
	.summary = "what threads and processes cost a target, or two programs run in turn",
	.usage = { "[options] target | FILE | -- program [args...]",
		   "[options] -- program [args...] -- program [args...]" },
	.about =
		"Tells what the division of a target into threads and processes costs, row by row: "
		"memory, isolation, communication, crash impact, creation, switching, use.  Two "
		"programs are run in turn, several times each, and printed side by side.",
	.more = "Of one target each row says what it has, what it would have in the other shape, and "
		"how that is known.  Of two programs each run is counted from its first switch to its "
		"last, and the order changes from turn to turn.  The page ends with a verdict, what "
		"may be wrong with it, and what it does not say.",
	.groups = OPTIONS_TARGET | OPTIONS_HOOKS | OPTIONS_QUIET | OPTIONS_OUTPUT |
		  OPTIONS_NO_TABLE | OPTIONS_PRICE,
	.operands = true,
	.check = comparison__check,
	.size = sizeof(struct comparison),
	.sink = offsetof(struct comparison, output.sink),
	.run = comparison__run,
	.end = comparison__end,
};
