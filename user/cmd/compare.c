/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll compare: threads or processes? One target, or two shapes of one program. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/compare_html.h"
#include "cmd/page.h"
#include "core/remark.h"
#include "price/keep.h"
#include "session/round.h"
#include "session/sitting.h"
#include "session/target.h"
#include "view/portrait.h"
#include "view/shapes.h"

#define DURATION_NS 10000000000ULL

struct comparison {
	struct options options;
	struct output output;
	struct html_file html;
	struct halt *halt;
	bool incomplete;

	struct shapes shapes; /* two programs */

	struct sitting sitting; /* one target */
	struct portrait portrait;
};

/* ---- the command line ---- */

/* The argument "--" at or after `from`, or NULL. */
static char **next_dashes(char **from)
{
	for (; *from; from++) {
		if (!strcmp(*from, "--"))
			return from;
	}
	return NULL;
}

static int bad_programs(struct failure *failure, const char *why)
{
	return failure__set(failure, -EINVAL, why, "write: compare -- program args -- program args",
			    "bad programs");
}

/* Two programs, with "--" before each; or one target. */
static int comparison__check(struct options *options, struct failure *failure)
{
	char **dashes = options->run.program ? next_dashes(options->run.program) : NULL;
	int err = view__check(options->view, VIEW_FACTS, failure);

	if (!err)
		err = html_file__check(options, failure);
	if (err)
		return err;
	if (!dashes && options->run.target.mode == TARGET_ALL)
		return failure__set(failure, -EINVAL, "there is no target",
				    "choose one of -p, -t, -c, -G, -- program, or two programs",
				    "cannot compare");
	if (!dashes) {
		if (!options->run.duration_ns && !options->run.program)
			options->run.duration_ns = DURATION_NS;
		return 0;
	}
	if (options->run.duration_ns)
		return bad_programs(failure, "two programs run to their ends, whatever -d says");
	if (dashes == options->run.program || !dashes[1])
		return bad_programs(failure, "one program is empty");
	if (next_dashes(dashes + 1))
		return bad_programs(failure, "more than two programs are given");
	return 0;
}

/* "./threads 4 100", as far as there is room. */
static void join(char *text, size_t size, char **words)
{
	size_t used = 0;

	*text = 0;
	for (; *words && used < size; words++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", used ? " " : "", *words);
}

/* ---- rounds ---- */

static int comparison__round(struct comparison *comparison, char **program, int side,
			     struct failure *failure)
{
	struct settings settings = comparison->options.run;
	struct round round;
	int err;

	settings.program = program;
	snprintf(settings.target_text, sizeof(settings.target_text), "program %s", program[0]);
	err = round__run(&round, &settings, comparison->halt, failure);
	if (err)
		return err;
	if (round.stopped || halt__signal(comparison->halt))
		return failure__set(failure, -EINTR, "a signal stopped it",
				    "let it run, or ask for fewer rounds with -n",
				    "cannot compare");
	memcpy(comparison->shapes.host, round.host, sizeof(round.host));
	memcpy(comparison->shapes.kernel, round.kernel, sizeof(round.kernel));
	shapes__add(&comparison->shapes, side, &round.shape);
	return 0;
}

/* Each goes first in every other turn: what warms up, or wears off, hits both. */
static int comparison__rounds(struct comparison *comparison, struct failure *failure)
{
	const struct options *options = &comparison->options;
	char **dashes = next_dashes(options->run.program);
	char **programs[] = { options->run.program, dashes + 1 };
	bool terminal = isatty(STDERR_FILENO) && !options->quiet;
	__u64 i;
	int err = 0;

	*dashes = NULL; /* the first one ends here */
	for (i = 0; i < 2; i++)
		join(comparison->shapes.side[i].command, sizeof(comparison->shapes.side[i].command),
		     programs[i]);
	for (i = 0; i < 2 * options->rounds && !err; i++) {
		int side = (int)((i + i / 2) % 2);

		if (terminal)
			remark("round %llu of %llu: %c", i / 2 + 1, options->rounds, "AB"[side]);
		err = comparison__round(comparison, programs[side], side, failure);
	}
	return err;
}

/* ---- prices ---- */

static double price_of(const struct price_list *list, struct price_key key)
{
	const struct price *price = price_list__find(list, &key);

	return price ? price__quantile(price, 0.5) : NAN;
}

/* Of this machine while it is quiet; NaN without a list, and of one that means little. */
static struct portrait_prices read_prices(void)
{
	struct portrait_prices prices = { NAN, NAN, NAN, NAN, NAN };
	struct price_list list = { 0 };
	struct failure none = { 0 };

	if (price_list__recall(&list, &none))
		return prices;
	if (!price_list__is_noisy(&list)) {
		prices.process_extra = price_list__process_extra(&list, CHANNEL_FUTEX);
		prices.futex = price_of(&list, (struct price_key){ .what = PRICE_HANDOFF,
								   .shape = SHAPE_THREAD,
								   .channel = CHANNEL_FUTEX });
		prices.pipe = price_of(&list, (struct price_key){ .what = PRICE_HANDOFF,
								  .shape = SHAPE_PROCESS,
								  .channel = CHANNEL_PIPE });
		prices.thread = price_of(&list, (struct price_key){ .what = PRICE_CREATE,
								    .call = CALL_THREAD });
		prices.fork = price_of(&list, (struct price_key){ .what = PRICE_CREATE,
								  .call = CALL_FORK,
								  .bytes = 1 << 20 });
	}
	price_list__free(&list);
	return prices;
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
	struct portrait_prices prices = read_prices();
	int err = halt__begin(&comparison->halt);

	if (err)
		return failure__set(failure, err, NULL, NULL, "cannot wait for signals");
	err = comparison__rounds(comparison, failure);
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

static int comparison__of_one(struct comparison *comparison, struct failure *failure)
{
	struct portrait *portrait = &comparison->portrait;
	struct facts facts = { print_portrait, portrait_to_json, portrait };
	int err;

	portrait->prices = read_prices();
	comparison->sitting.terminal = isatty(STDERR_FILENO) && !comparison->options.quiet;
	err = sitting__run(&comparison->sitting, portrait, &comparison->options.run, failure);
	if (err)
		return err;
	comparison->output.sink.halt = comparison->sitting.counting.run.halt;
	comparison->incomplete = portrait->shape.incomplete;
	portrait__draw(portrait);
	err = output__facts(&comparison->output, &facts, failure);
	return err ? err : html_file__write(&comparison->html, portrait, NULL, failure);
}

static bool is_of_two(const struct options *options)
{
	return options->run.program && next_dashes(options->run.program);
}

static int comparison__run(void *context, struct failure *failure)
{
	struct comparison *comparison = context;
	int err = target__check(&comparison->options.run, failure);

	if (!err)
		err = page__open(&comparison->output, &comparison->options, failure);
	if (!err)
		err = html_file__open(&comparison->html, &comparison->options, failure);
	if (err)
		return err;
	return is_of_two(&comparison->options) ? comparison__of_two(comparison, failure) :
						 comparison__of_one(comparison, failure);
}

static int comparison__end(void *context, int err)
{
	struct comparison *comparison = context;
	int status;

	html_file__close(&comparison->html);
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
	.usage = { "[options] target | -- program [args...]",
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
		  OPTIONS_NO_TABLE,
	.check = comparison__check,
	.size = sizeof(struct comparison),
	.sink = offsetof(struct comparison, output.sink),
	.run = comparison__run,
	.end = comparison__end,
};
