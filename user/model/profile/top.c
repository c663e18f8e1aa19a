/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/profile/top.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

int top__begin(struct top *top, const struct profile *profile, const struct metric *metric)
{
	memset(top, 0, sizeof(*top));
	top->metric = metric;
	top->stacks = profile__stack_count(profile);
	top->profile = profile;
	top->threads = profile__thread_count(profile);
	top->asked = calloc((size_t)top->threads + 1, 1);
	top->by_stack = calloc((size_t)top->stacks + 1, sizeof(*top->by_stack));
	if (top->by_stack && top->asked)
		return 0;
	top__end(top);
	return -ENOMEM;
}

void top__end(struct top *top)
{
	free(top->by_stack);
	free(top->asked);
	top->by_stack = NULL;
	top->asked = NULL;
}

enum top_thread { TOP_NOT_ASKED, TOP_PASSES, TOP_LEFT_OUT };

/* Names are compared once. */
static bool top__passes(struct top *top, __u32 thread)
{
	if (thread > top->threads)
		thread = 0;
	if (top->asked[thread] == TOP_NOT_ASKED)
		top->asked[thread] =
			thread_filter__passes(&top->filter,
					      profile__get_thread(top->profile, thread)) ?
				TOP_PASSES :
				TOP_LEFT_OUT;
	return top->asked[thread] == TOP_PASSES;
}

int top__add(void *context, const struct sample *sample)
{
	struct top *top = context;
	/* a wakeup is charged to the waker's stack */
	bool by_waker = !(top->metric->weights & ~weights_by_waker);
	__u32 stack = by_waker ? sample->waker : sample->stack;
	__s64 weight = metric__of(top->metric, sample->weight);

	if (stack > top->stacks)
		return 0;
	top->seen |= weight != 0;
	if (!top__passes(top, sample->thread))
		return 0;
	if (__builtin_add_overflow(top->by_stack[stack], weight, &top->by_stack[stack]))
		top->by_stack[stack] = weight < 0 ? LLONG_MIN : LLONG_MAX; /* damaged */
	return 0;
}

void top__finish(struct top *top)
{
	__u32 stack;

	for (stack = 0; stack <= top->stacks; stack++) {
		__s64 weight = top->by_stack[stack];

		if (weight <= 0)
			continue;
		top->paying++;
		if (__builtin_add_overflow(top->total, (__u64)weight, &top->total))
			top->total = ~0ULL;
	}
}

static int compare(const void *a, const void *b)
{
	const struct top_stack *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight < y->weight ? 1 : -1;
	return x->stack < y->stack ? -1 : x->stack > y->stack;
}

struct top_stack *top__take(const struct top *top, size_t most, size_t *ret_count)
{
	struct top_stack *all = calloc((size_t)top->paying + 1, sizeof(*all));
	size_t count = 0;
	__u32 stack;

	if (!all)
		return NULL;
	for (stack = 0; stack <= top->stacks; stack++) {
		if (top->by_stack[stack] > 0)
			all[count++] = (struct top_stack){ stack, (__u64)top->by_stack[stack] };
	}
	qsort(all, count, sizeof(*all), compare);
	*ret_count = count < most ? count : most;
	return all;
}
