/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/stack_numbers.h"

#include <stdlib.h>
#include <string.h>

static struct key id__key(__u64 id)
{
	return (struct key){ (__u32)(id >> 32), (__u32)id, 0 };
}

static __u64 key__id(struct key key)
{
	return (__u64)key.a << 32 | key.b;
}

/* Dropped ones stay in the table until it is made anew. */
static bool number__is_dropped(const struct stack_number *number)
{
	return number->told == ~0U;
}

struct stack_number *stack_numbers__find(const struct stack_numbers *numbers, __u64 id)
{
	__u32 at = keyset__find(&numbers->ids, id__key(id));

	return at && !number__is_dropped(&numbers->list[at - 1]) ? &numbers->list[at - 1] : NULL;
}

void stack_numbers__use(const struct stack_numbers *numbers, struct stack_number *number)
{
	number->used = numbers->turn;
}

struct stack_number *stack_numbers__add(struct stack_numbers *numbers, __u64 id)
{
	__u32 before = numbers->ids.count, at;
	struct stack_number *list = keyset__beside(&numbers->ids, numbers->list, &numbers->room,
						   sizeof(*list)),
			    *number;

	if (!list)
		return NULL;
	numbers->list = list;
	at = keyset__add(&numbers->ids, id__key(id));
	if (!at)
		return NULL;
	number = &list[at - 1];
	if (at > before || number__is_dropped(number)) {
		numbers->dropped -= at <= before;
		memset(number, 0, sizeof(*number));
	}
	stack_numbers__use(numbers, number);
	return number;
}

void stack_numbers__drop(struct stack_numbers *numbers, struct stack_number *number)
{
	number->told = ~0U;
	numbers->dropped++;
}

/* A table without those that are dropped; without memory it stays as it is. */
static void stack_numbers__pack(struct stack_numbers *numbers)
{
	struct stack_numbers packed = { .turn = numbers->turn };
	struct stack_number *number;
	__u32 i;

	for (i = 0; i < numbers->ids.count; i++) {
		if (number__is_dropped(&numbers->list[i]))
			continue;
		number = stack_numbers__add(&packed, key__id(numbers->ids.keys[i]));
		if (!number) {
			stack_numbers__free(&packed);
			return;
		}
		*number = numbers->list[i];
	}
	stack_numbers__free(numbers);
	*numbers = packed;
}

void stack_numbers__next(struct stack_numbers *numbers, __u32 idle,
			 void (*forget)(void *context, __u64 id), void *context)
{
	__u32 turn = numbers->turn, i;

	for (i = 0; i < numbers->ids.count; i++) {
		struct stack_number *number = &numbers->list[i];

		if (!number->stack || number__is_dropped(number))
			continue;
		if (number->told && number->used >= number->told) {
			number->told = 0; /* somebody still refers to it */
		} else if (number->told) {
			if (turn > number->told) /* what refers to it would have been read */
				stack_numbers__drop(numbers, number);
		} else if (turn - number->used >= idle) {
			forget(context, key__id(numbers->ids.keys[i]));
			number->told = turn + 1;
		}
	}
	numbers->turn++;
	if (numbers->dropped > numbers->ids.count / 4)
		stack_numbers__pack(numbers);
}

void stack_numbers__each(const struct stack_numbers *numbers,
			 void (*take)(void *context, __u32 stack), void *context)
{
	__u32 i;

	for (i = 0; i < numbers->ids.count; i++) {
		if (numbers->list[i].stack && !number__is_dropped(&numbers->list[i]))
			take(context, numbers->list[i].stack);
	}
}

size_t stack_numbers__bytes(const struct stack_numbers *numbers)
{
	return numbers->ids.room * (sizeof(struct key) + 2 * sizeof(__u32)) +
	       numbers->room * sizeof(*numbers->list);
}

void stack_numbers__free(struct stack_numbers *numbers)
{
	keyset__release(&numbers->ids);
	free(numbers->list);
	memset(numbers, 0, sizeof(*numbers));
}
