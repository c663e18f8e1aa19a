/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "symbol/kernel.h"
#include "symbol/stack.h"

int names__open(struct names *names, struct failure *failure)
{
	names->kernel = kernel_symbols__open();
	names->symbolizer = symbolizer__new();
	if (names->kernel && names->symbolizer)
		return 0;
	return failure__set(failure, -ENOMEM, NULL, NULL, "cannot prepare to name stacks");
}

void names__heed(struct names *names, const struct halt *halt)
{
	symbolizer__heed(names->symbolizer, halt);
}

void names__close(struct names *names)
{
	kernel_symbols__close(names->kernel);
	symbolizer__free(names->symbolizer);
}

void names__tell_hidden(const struct names *names)
{
	if (names->kernel && kernel_symbols__hidden(names->kernel))
		fputs("tasktoll: who was woken by a crash is not known: the kernel hides the names of "
		      "its functions (run it with sudo, or grant CAP_SYSLOG)\n",
		      stderr);
}

const char *names__of_kernel(void *context, __u64 address)
{
	struct names *names = context;

	return kernel_symbols__name(names->kernel, address);
}

/* Takes the names over; NULL without memory. */
static struct crash_frame *frames__of_names(char **names, size_t count)
{
	struct crash_frame *frames = calloc(count + 1, sizeof(*frames));
	size_t i;

	for (i = 0; frames && i < count; i++) {
		frames[i].name = names[i];
		names[i] = NULL;
	}
	frames__free(names, count);
	return frames;
}

void names__take_stack(void *context, const struct life_stack *stack)
{
	struct names *names = context;
	struct crash_frame *frames;
	char **texts = NULL;
	size_t count = 0;
	int err;

	if (!lives__wants_stack(names->lives, stack->id))
		return; /* killed from outside: where it stood is chance */
	err = symbolizer__name(names->symbolizer, stack, &texts, &count);
	frames = frames__of_names(texts, count);
	if (!frames)
		count = 0;
	lives__take_stack(names->lives, stack->id, frames, count,
			  count		    ? NULL :
			  err == -ETIMEDOUT ? "naming it took too long" :
			  err		    ? "its files could not be read" :
					      "it had no frames");
}
