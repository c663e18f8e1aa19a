/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JOB_UNWIND: many stacks of one process, whose files are opened once. */
#include <string.h>

#include "callstack/helper/job.h"
#include "callstack/helper/unwind.h"

/* What is left of the request. */
struct rest {
	const char *at;
	size_t size;
};

static const void *rest__take(struct rest *rest, size_t size)
{
	const char *at = rest->at;

	size = (size + 7) & ~(size_t)7;
	if (size > rest->size)
		return NULL;
	rest->at += size;
	rest->size -= size;
	return at;
}

static bool rest__stack(struct rest *rest, struct unwind_stack *stack)
{
	const struct unwind_record *record = rest__take(rest, sizeof(*record));

	if (!record)
		return false;
	stack->regs = record->regs;
	stack->at = record->at;
	stack->size = record->size;
	stack->chain_count = record->chain_count;
	stack->chain_room = record->chain_room;
	stack->all = record->all;
	stack->there = record->there;
	stack->narrow = record->narrow;
	stack->called = record->called;
	stack->chain = rest__take(rest, (size_t)record->chain_count * sizeof(__u64));
	stack->bytes = rest__take(rest, record->size);
	return stack->chain && stack->bytes;
}

/* A result is complete only after its frames are there. */
static bool job__unwind_one(const struct job *job, struct unwind_space *space,
			    const struct unwind_stack *stack, struct unwind_frame *frames,
			    size_t capacity)
{
	struct unwind_result *result = job__reserve(job, sizeof(*result));
	struct unwind_end end;
	size_t count;
	void *to;

	if (!result)
		return false;
	count = unwind_space__unwind(space, stack, frames, capacity, &end);
	to = job__reserve(job, count * sizeof(*frames));
	if (!to)
		return false;
	memcpy(to, frames, count * sizeof(*frames));
	result->count = (__u32)count;
	result->end = end;
	result->complete = 1;
	return true;
}

void job__unwind(const struct job *job)
{
	static struct unwind_frame frames[2 * UNWIND_FRAMES];
	struct rest rest = { .at = job->request, .size = job->size };
	const struct unwind_request *request = rest__take(&rest, sizeof(*request));
	const struct unwind_map *maps =
		request ? rest__take(&rest, request->map_count * sizeof(*maps)) : NULL;
	struct unwind_space *space = NULL;
	struct unwind_stack stack;
	__u32 i;

	if (maps)
		space = unwind_space__new(maps, request->map_count, job->files, job->file_count);
	for (i = 0; space && i < request->stack_count; i++) {
		if (!rest__stack(&rest, &stack))
			break;
		if (i >= request->first &&
		    !job__unwind_one(job, space, &stack, frames, 2 * UNWIND_FRAMES))
			break;
	}
	unwind_space__free(space);
}
