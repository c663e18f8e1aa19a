/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/names.h"

#include <errno.h>
#include <stdio.h>

#include "session/run.h"
#include "core/number.h"
#include "callstack/kernel_symbols.h"

#define LAST_STACKS_NS 10000000000ULL /* that stacks may take when the run is over, and */
#define LAST_HALT_NS   300000000ULL   /* after a signal */

int names__open(struct names *names, const struct symbolization_config *config,
		struct failure *failure)
{
	static const struct symbolization_config crashes_only;
	int err = symbolization__open(&names->symbolization, config ? config : &crashes_only,
				      failure);

	if (err)
		return err;
	names->stacks = crash_stacks__new(names->symbolization);
	if (names->stacks)
		return 0;
	return failure__set(failure, -ENOMEM, NULL, NULL, "cannot start symbolizing");
}

void names__close(struct names *names)
{
	crash_stacks__free(names->stacks);
	symbolization__close(names->symbolization);
}

void names__poll(struct names *names)
{
	symbolization__poll(names->symbolization);
	crash_stacks__poll(names->stacks);
}

static bool names__have_stacks(void *context)
{
	const struct names *names = context;

	return !crash_stacks__pending(names->stacks);
}

void names__await_stacks(struct names *names, struct run *run)
{
	run__drain(run, symbolization__fd(names->symbolization), names__have_stacks, names,
		   &(struct run_limits){ LAST_STACKS_NS, LAST_HALT_NS });
}

void names__tell_hidden(const struct names *names)
{
	if (names->symbolization &&
	    kernel_symbols__hidden(symbolization__kernel(names->symbolization)))
		fputs("tasktoll: tasks that a crash woke are unknown: the kernel hides the names of its "
		      "functions (run it with sudo, or grant CAP_SYSLOG)\n",
		      stderr);
}

bool names__tell_unnamed(const struct names *names)
{
	__u64 unnamed = names->stacks ? crash_stacks__unnamed(names->stacks) : 0;

	if (unnamed)
		fprintf(stderr,
			"tasktoll: the stacks of %s crashes have no names: the process that reads them from "
			"files ended or took too long\n",
			number__count(unnamed).text);
	return unnamed;
}

const char *names__of_kernel(void *context, __u64 address)
{
	struct names *names = context;

	return kernel_symbols__name(symbolization__kernel(names->symbolization), address);
}
