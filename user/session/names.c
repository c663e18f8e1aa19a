/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/names.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "session/run.h"
#include "core/clock.h"
#include "core/number.h"
#include "callstack/kernel_symbols.h"

#define LAST_STACKS_NS 10000000000ULL /* that stacks may take when the run is over, and */
#define LAST_HALT_NS   300000000ULL   /* after a signal */

int names__open(struct names *names, struct failure *failure)
{
	names->kernel = kernel_symbols__open();
	if (!names->kernel)
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot prepare to name stacks");
	return crash_stacks__open(&names->stacks, failure);
}

void names__close(struct names *names)
{
	kernel_symbols__close(names->kernel);
	crash_stacks__close(names->stacks);
}

void names__await_stacks(struct names *names, struct run *run)
{
	struct pollfd wait = { .fd = crash_stacks__fd(names->stacks), .events = POLLIN };
	__u64 end = clock__monotonic() + LAST_STACKS_NS;

	while (trace__poll(run->trace) > 0 || crash_stacks__pending(names->stacks)) {
		poll(&wait, 1, 5);
		if (run->tick)
			run->tick(run->tick_context);
		if (clock__monotonic() > end || halt__is_due(run->halt, LAST_HALT_NS))
			return;
	}
}

void names__tell_hidden(const struct names *names)
{
	if (names->kernel && kernel_symbols__hidden(names->kernel))
		fputs("tasktoll: who was woken by a crash is not known: the kernel hides the names of "
		      "its functions (run it with sudo, or grant CAP_SYSLOG)\n",
		      stderr);
}

bool names__tell_unnamed(const struct names *names)
{
	__u64 unnamed = names->stacks ? crash_stacks__unnamed(names->stacks) : 0;

	if (unnamed)
		fprintf(stderr,
			"tasktoll: the stacks of %s crashes lack names: the process that reads them from "
			"files ended, or took too long\n",
			number__count(unnamed).text);
	return unnamed;
}

const char *names__of_kernel(void *context, __u64 address)
{
	struct names *names = context;

	return kernel_symbols__name(names->kernel, address);
}
