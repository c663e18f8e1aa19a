/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll calibrate: what this machine asks, without tracing. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/page.h"
#include "core/halt.h"
#include "core/remark.h"
#include "price/calibrate.h"
#include "price/keep.h"
#include "view/text_prices.h"

struct calibrate {
	struct options options;
	struct output output;
	struct halt *halt;
	struct price_list list;
	bool terminal; /* somebody watches */
};

/* A line that is written over until all is done. */
static bool calibrate__progress(void *context, size_t done, size_t all)
{
	const struct calibrate *calibrate = context;

	if (calibrate->terminal && (done % 8 == 0 || done == all))
		fprintf(stderr, "\rcalibrating: %zu of %zu measurements%s", done, all,
			done == all ? "\r\033[K" : "");
	return !halt__signal(calibrate->halt);
}

static int calibrate__measure(struct calibrate *calibrate, struct failure *failure)
{
	struct calibration calibration = { .rounds = (unsigned int)calibrate->options.rounds,
					   .progress = calibrate__progress,
					   .context = calibrate };
	int err = calibrate__run(&calibrate->list, &calibration);

	if (err == -ECANCELED)
		return failure__set(failure, err, "it was stopped before the third round", NULL,
				    "no prices");
	if (err)
		return failure__set(failure, err, NULL, NULL, "cannot measure this machine");
	return 0;
}

/* What the kept list says of this machine before it is replaced; there may be none. */
static void calibrate__remember(struct calibrate *calibrate)
{
	struct failure nothing = { 0 };
	struct price_list before;

	if (price_list__recall(&before, &nothing))
		return;
	price_list__remember(&calibrate->list, &before);
	price_list__free(&before);
}

static void print_text(FILE *out, const void *list)
{
	text__prices(out, list);
}

static json_t *to_json(const void *list)
{
	return price_list__to_json(list);
}

static int calibrate__check(struct options *options, struct failure *failure)
{
	return view__check(options->view, VIEW_FACTS, failure);
}

/* What was measured is printed, whether it can be kept or not. */
static int calibrate__run_command(void *context, struct failure *failure)
{
	struct calibrate *calibrate = context;
	const struct facts facts = { print_text, to_json, &calibrate->list };
	struct failure kept = { 0 };
	int err = page__open(&calibrate->output, &calibrate->options, failure);

	if (err)
		return err;
	calibrate->terminal = isatty(STDERR_FILENO) && !calibrate->options.quiet;
	err = halt__begin(&calibrate->halt);
	if (err)
		return failure__set(failure, err, NULL, NULL, "cannot wait for signals");
	if (calibrate->options.kept)
		err = price_list__recall(&calibrate->list, failure);
	else
		err = calibrate__measure(calibrate, failure);
	if (!err && !calibrate->options.kept)
		calibrate__remember(calibrate);
	if (!err)
		err = output__facts(&calibrate->output, &facts, failure);
	if (!err && !calibrate->options.kept && price_list__keep(&calibrate->list, &kept))
		remark("%s", kept.text);
	return err;
}

static int calibrate__end(void *context, int err)
{
	struct calibrate *calibrate = context;

	halt__end(calibrate->halt);
	price_list__free(&calibrate->list);
	return err ? EXIT_FAILED : EXIT_OK;
}

const struct command command_calibrate = {
	.name = "calibrate",
	.summary = "measure what switching and creating cost on this machine, without tracing",
	.usage = { "[options]" },
	.about =
		"Measures what switching between two threads and between two processes costs on "
		"this machine while it is quiet, what waking costs by futex, pipe, eventfd, unix "
		"socket, TCP and signal, and what creating threads and processes costs.  It needs no "
		"privileges.",
	.more = "Every price is measured once a round, in a process of its own, and the rounds are "
		"interleaved.  A hand-off is half a round trip of two tasks that take turns: one wakes "
		"the other and goes to sleep.  `indirect` is what touching a working set costs more "
		"after the other task has touched its own on the same CPU, and `+-` how far that is "
		"known, by the middle half of the rounds.  Forks are of memory in pages of 4 KiB.\n\n"
		"The prices are kept in the cache directory of the user ($XDG_CACHE_HOME, else "
		"~/.cache) in tasktoll/prices.json.  Those of another host, kernel, CPU, microcode or "
		"set of mitigations are not used.  Where other tasks used more than a fifth of the "
		"CPUs' time, or the rounds differ by more than a quarter, the list is marked as noisy.  A price whose "
		"median differs by more than 15% from that of one of the four calibrations before is "
		"marked with ~.",
	.groups = OPTIONS_QUIET | OPTIONS_OUTPUT | OPTIONS_NO_TABLE,
	.check = calibrate__check,
	.size = sizeof(struct calibrate),
	.sink = offsetof(struct calibrate, output.sink),
	.run = calibrate__run_command,
	.end = calibrate__end,
};
