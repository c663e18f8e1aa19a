/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers of stacks, which are forgotten when nothing refers to them any more. */
#include "callstack/stack_numbers.h"
#include "unit.h"

#define IDLE 3

static __u64 told[64];
static size_t told_count;

static void forget(void *context, __u64 id)
{
	(void)context;
	cr_assert_lt(told_count, ARRAY_SIZE(told));
	told[told_count++] = id;
}

static void ignore(void *context, __u64 id)
{
	(void)context;
	(void)id;
}

static void next(struct stack_numbers *numbers, int turns)
{
	while (turns--)
		stack_numbers__next(numbers, IDLE, forget, NULL);
}

static void add(struct stack_numbers *numbers, __u64 id, __u32 stack)
{
	struct stack_number *number = stack_numbers__add(numbers, id);

	cr_assert_not_null(number);
	number->stack = stack;
}

static __u32 stack_of(const struct stack_numbers *numbers, __u64 id)
{
	struct stack_number *number = stack_numbers__find(numbers, id);

	return number ? number->stack : 0;
}

/* First the kernel's side is told; what refers to it then would be read in the turn after. */
Test(stack_numbers, what_nothing_refers_to_is_forgotten)
{
	struct stack_numbers numbers = { 0 };

	add(&numbers, 1ULL << 63 | 1, 10);
	next(&numbers, IDLE);
	SAME(told_count, 0);
	next(&numbers, 1);
	SAME(told_count, 1);
	SAME(told[0], 1ULL << 63 | 1);
	next(&numbers, 1);
	SAME(stack_of(&numbers, 1ULL << 63 | 1), 10);
	next(&numbers, 1);
	SAME(stack_of(&numbers, 1ULL << 63 | 1), 0);
	SAME(told_count, 1);
	stack_numbers__free(&numbers);
}

Test(stack_numbers, what_is_used_or_waits_stays)
{
	struct stack_numbers numbers = { 0 };
	int i;

	add(&numbers, 1, 10);
	add(&numbers, 2, 0); /* waits to be unwound */
	for (i = 0; i < 20; i++) {
		stack_numbers__use(&numbers, stack_numbers__find(&numbers, 1));
		next(&numbers, 1);
	}
	SAME(told_count, 0);
	SAME(stack_of(&numbers, 1), 10);
	cr_expect_not_null(stack_numbers__find(&numbers, 2));
	stack_numbers__free(&numbers);
}

/* Somebody had slept on it: it stays, and is told of again. */
Test(stack_numbers, what_is_used_after_it_was_told_stays)
{
	struct stack_numbers numbers = { 0 };

	add(&numbers, 1, 10);
	next(&numbers, IDLE + 1);
	SAME(told_count, 1);
	stack_numbers__use(&numbers, stack_numbers__find(&numbers, 1));
	next(&numbers, 2);
	SAME(stack_of(&numbers, 1), 10);
	SAME(told_count, 1);
	next(&numbers, IDLE);
	SAME(told_count, 2);
	stack_numbers__free(&numbers);
}

/* What was known of a number that comes again is not: another stack has it now. */
Test(stack_numbers, what_was_forgotten_begins_anew)
{
	struct stack_numbers numbers = { 0 };
	struct stack_number *number;

	add(&numbers, 1, 10);
	add(&numbers, 2, 20);
	stack_numbers__drop(&numbers, stack_numbers__find(&numbers, 1));
	cr_expect_null(stack_numbers__find(&numbers, 1));
	SAME(numbers.dropped, 1);
	number = stack_numbers__add(&numbers, 1);
	SAME(number->stack, 0);
	SAME(numbers.dropped, 0);
	number->stack = 11;
	number = stack_numbers__add(&numbers, 1); /* it is there */
	SAME(number->stack, 11);
	SAME(numbers.dropped, 0);
	SAME(stack_of(&numbers, 2), 20);
	stack_numbers__free(&numbers);
}

/* A table is packed when more than a quarter of it is of no use. */
Test(stack_numbers, packed_when_more_than_a_quarter_is_dropped)
{
	struct stack_numbers numbers = { 0 };
	__u64 id;

	for (id = 1; id <= 8; id++)
		add(&numbers, id, 10 * (__u32)id);
	stack_numbers__drop(&numbers, stack_numbers__find(&numbers, 1));
	stack_numbers__drop(&numbers, stack_numbers__find(&numbers, 2));
	next(&numbers, 1);
	SAME(numbers.ids.count, 8);
	stack_numbers__drop(&numbers, stack_numbers__find(&numbers, 3));
	next(&numbers, 1);
	SAME(numbers.ids.count, 5);
	SAME(numbers.dropped, 0);
	SAME(numbers.turn, 2);
	for (id = 4; id <= 8; id++)
		SAME(stack_of(&numbers, id), 10 * id);
	stack_numbers__free(&numbers);
}

/* However many come and go, it takes what those take that are there. */
Test(stack_numbers, memory_is_bounded)
{
	struct stack_numbers numbers = { 0 };
	__u64 id = 1;
	size_t most = 0;
	int turn, i;

	for (turn = 0; turn < 200; turn++) {
		for (i = 0; i < 1000; i++)
			add(&numbers, id++, 1);
		stack_numbers__next(&numbers, IDLE, ignore, NULL);
		if (turn == 50)
			most = stack_numbers__bytes(&numbers);
	}
	SAME(stack_numbers__bytes(&numbers), most);
	SAME(stack_of(&numbers, 1), 0);
	SAME(stack_of(&numbers, id - 1), 1);
	stack_numbers__free(&numbers);
}
