/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/compare_programs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/remark.h"
#include "session/round.h"

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

bool programs__are_two(const struct options *options)
{
	return options->run.program && next_dashes(options->run.program);
}

int programs__check(const struct options *options, struct failure *failure)
{
	char **dashes = next_dashes(options->run.program);

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

static int programs__round(const struct options *options, char **program, struct halt *halt,
			   struct shapes *shapes, int side, struct failure *failure)
{
	struct settings settings = options->run;
	struct round round;
	int err;

	settings.program = program;
	snprintf(settings.target_text, sizeof(settings.target_text), "program %s", program[0]);
	err = round__run(&round, &settings, halt, failure);
	if (err)
		return err;
	if (round.stopped || halt__signal(halt))
		return failure__set(failure, -EINTR, "a signal stopped it",
				    "let it run, or ask for fewer rounds with -n",
				    "cannot compare");
	memcpy(shapes->host, round.host, sizeof(round.host));
	memcpy(shapes->kernel, round.kernel, sizeof(round.kernel));
	shapes__add(shapes, side, &round.shape);
	return 0;
}

/* Each goes first in every other turn: what warms up, or wears off, hits both. */
int programs__run(const struct options *options, struct halt *halt, struct shapes *shapes,
		  struct failure *failure)
{
	char **dashes = next_dashes(options->run.program);
	char **programs[] = { options->run.program, dashes + 1 };
	bool terminal = isatty(STDERR_FILENO) && !options->quiet;
	__u64 i;
	int err = 0;

	*dashes = NULL; /* the first one ends here */
	for (i = 0; i < 2; i++)
		join(shapes->side[i].command, sizeof(shapes->side[i].command), programs[i]);
	for (i = 0; i < 2 * options->rounds && !err; i++) {
		int side = (int)((i + i / 2) % 2);

		if (terminal)
			remark("round %llu of %llu: %c", i / 2 + 1, options->rounds, "AB"[side]);
		err = programs__round(options, programs[side], halt, shapes, side, failure);
	}
	return err;
}
