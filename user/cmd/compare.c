/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll compare: one program as threads and as processes, side by side. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "core/remark.h"
#include "price/keep.h"
#include "session/round.h"
#include "session/target.h"
#include "view/shapes.h"

struct comparison {
	struct options options;
	struct sink sink;
	struct halt *halt;
	struct shapes shapes;
	bool incomplete;
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

/* Two programs, with "--" before each. */
static int comparison__check(struct options *options, struct failure *failure)
{
	char **dashes = options->program ? next_dashes(options->program) : NULL;
	int err = view__check(options->view, VIEW_FACTS, failure);

	if (err)
		return err;
	if (!dashes)
		return bad_programs(failure, options->program ? "only one program is given" :
								"no program is given");
	if (dashes == options->program || !dashes[1])
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
	struct options options = comparison->options;
	struct round round;
	int err;

	options.program = program;
	snprintf(options.target_text, sizeof(options.target_text), "program %s", program[0]);
	err = round__run(&round, &options, comparison->halt, failure);
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
	char **dashes = next_dashes(options->program);
	char **programs[] = { options->program, dashes + 1 };
	bool terminal = isatty(STDERR_FILENO) && !options->quiet;
	__u64 i;
	int err = 0;

	*dashes = NULL;
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

/* Of this machine; NaN without a list. */
static double price_of_address_space(void)
{
	struct price_list list = { 0 };
	struct failure none = { 0 };
	double extra;

	if (price_list__recall(&list, &none))
		return NAN;
	extra = price_list__is_noisy(&list) ? NAN : price_list__process_extra(&list, CHANNEL_FUTEX);
	price_list__free(&list);
	return extra;
}

static void print_text(FILE *out, const void *shapes)
{
	text__shapes(out, shapes);
}

static json_t *to_json(const void *shapes)
{
	return shapes__to_json(shapes);
}

static int comparison__print(struct comparison *comparison, struct failure *failure)
{
	struct facts facts = { print_text, to_json, &comparison->shapes };
	FILE *page = sink__compose(&comparison->sink);

	if (!page || comparison->options.view->write_facts(page, &facts))
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot compose the page");
	return sink__write(&comparison->sink, failure);
}

static int comparison__run(void *context, struct failure *failure)
{
	struct comparison *comparison = context;
	struct shapes *shapes = &comparison->shapes;
	int err = target__check(&comparison->options, failure);

	if (!err)
		err = sink__open(&comparison->sink, comparison->options.output, failure);
	if (err)
		return err;
	err = halt__begin(&comparison->halt);
	if (err)
		return failure__set(failure, err, NULL, NULL, "cannot wait for signals");
	err = comparison__rounds(comparison, failure);
	if (err)
		return err;
	shapes__judge(shapes, price_of_address_space());
	comparison->incomplete = shapes->side[0].all.incomplete || shapes->side[1].all.incomplete;
	err = comparison__print(comparison, failure);
	if (!err && (shapes->side[0].all.failed || shapes->side[1].all.failed))
		err = failure__set(failure, -ECHILD, "a program ended with another status than 0",
				   "run it alone to see why", "nothing to compare");
	return err;
}

static int comparison__end(void *context, int err)
{
	struct comparison *comparison = context;

	halt__end(comparison->halt);
	if (err)
		return EXIT_FAILED;
	return comparison->incomplete ? EXIT_INCOMPLETE : EXIT_OK;
}

const struct command command_compare = {
	.name = "compare",
	.summary = "run two programs in turn, such as threads and processes, and compare them",
	.usage = { "[options] -- program [args...] -- program [args...]" },
	.about =
		"Runs two programs in turn, several times each, and prints side by side how long they "
		"took, where the time of their threads went, and what their division into threads "
		"and processes costs: memory, isolation, crash impact, creation, switching, use.",
	.more = "Each run is counted like `stat --` with the program, from its first switch to its "
		"last.  The order changes from turn to turn.  The page ends with a verdict, what may "
		"be wrong with it, and what it does not say.",
	.groups = OPTIONS_TARGET | OPTIONS_HOOKS | OPTIONS_QUIET | OPTIONS_OUTPUT |
		  OPTIONS_NO_TABLE,
	.check = comparison__check,
	.size = sizeof(struct comparison),
	.sink = offsetof(struct comparison, sink),
	.run = comparison__run,
	.end = comparison__end,
};
