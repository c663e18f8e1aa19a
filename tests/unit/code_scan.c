/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which words of a stack are part of its number, where rules were missing. */
#include "callstack/stack_scan.h"

#include <stdlib.h>
#include <string.h>

#include "callstack/unwind.h"
#include "unit.h"

#define AT    0x7fff0000ULL
#define CODE  0x400000ULL
#define WORDS 1024

#if defined(__x86_64__)
#define FP 6
#define SP 7
#else
#define FP 29
#define SP 31
#endif

static struct stack_event *stack_event;
static __u64 *words, slots[SCAN_SLOTS];

static void begin(void)
{
	stack_event = calloc(1, sizeof(*stack_event) + WORDS * sizeof(*words));
	words = (__u64 *)(void *)stack_event->stack;
	stack_event->stack_at = AT;
	stack_event->stack_size = WORDS * sizeof(*words);
	stack_event->stack_there = ~0ULL;
	stack_event->regs[SP] = AT;
	stack_event->regs[FP] = 7; /* of no use */
	stack_event->ip = 0x7f0000001000ULL;
	stack_event->code = CODE;
	stack_event->code_size = 0x1000;
	stack_event->unwind = STACK_EVENT_UNWIND_PARTIAL;
}

static void end(void)
{
	free(stack_event);
}

TestSuite(code_scan, .init = begin, .fini = end);

static void check(const size_t *expected, size_t count)
{
	size_t i;

	SAME(stack_event__scan(stack_event, slots), count);
	for (i = 0; i < count; i++)
		SAME(slots[i], AT + 8 * expected[i]);
}

static void put_frame(size_t word, size_t next, __u64 pc)
{
	words[word] = AT + 8 * next;
	words[word + 1] = pc;
}

Test(code_scan, words_that_point_into_code)
{
	words[3] = CODE + 1;
	words[4] = CODE + 0x1000; /* behind it */
	words[9] = stack_event->ip + 0x500;
	words[63] = CODE + 2;
	words[64] = CODE + 3; /* too far up */
	check((size_t[]){ 3, 9, 63 }, 3);
}

Test(code_scan, frames_with_pointers_however_far_up)
{
	stack_event->regs[FP] = AT + 8 * 10;
	words[2] = CODE + 5;
	words[20] = CODE + 6; /* within a frame: nobody knows what it is */
	put_frame(10, 300, CODE + 7);
	put_frame(300, 900, CODE + 8);
	put_frame(900, 0, CODE + 9);
	check((size_t[]){ 2, 11, 301, 901 }, 4);
}

Test(code_scan, what_was_not_there_is_not_looked_at)
{
	stack_event->regs[FP] = AT + 8 * 10;
	put_frame(10, 300, CODE + 7);
	put_frame(300, 900, CODE + 8);
	stack_event->stack_there = 1;
	check((size_t[]){ 11 }, 1);
	stack_event->stack_there = 0;
	check(NULL, 0);
}

Test(code_scan, frames_beyond_it_are_not_known)
{
	struct unwind_frame frames[] = { { .pc = 1 },
					 { .pc = CODE + 1, .slot = AT + 8 * 3 },
					 { .pc = CODE + 2, .slot = AT + 8 * 40 },
					 { .pc = CODE + 3, .slot = AT + 8 * 70 },
					 { .pc = CODE + 4, .slot = AT + 8 * 80 } };
	struct symbolizer_chain chain = { .frames = frames, .count = 5 };

	words[3] = CODE + 1;
	words[40] = CODE + 2;
	words[70] = CODE + 3;
	SAME(stack_event__known_frames(stack_event, &chain), 3);
	words[30] = CODE + 7; /* one more that was looked at changes nothing */
	SAME(stack_event__known_frames(stack_event, &chain), 3);
	frames[1].slot = AT + 8 * 4;
	SAME(stack_event__known_frames(stack_event, &chain), 1);
}
