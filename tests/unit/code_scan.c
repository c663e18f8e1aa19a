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

/* 64 words are looked at, or none. */
Test(code_scan, stack_that_ends)
{
	words[63] = CODE + 1;
	stack_event->stack_size = 64 * sizeof(*words);
	check((size_t[]){ 63 }, 1);
	stack_event->stack_size--;
	check(NULL, 0);
	stack_event->stack_size = 65 * sizeof(*words);
	stack_event->regs[SP] += 8;
	SAME(stack_event__scan(stack_event, slots), 1);
	SAME(slots[0], AT + 8 * 63);
	stack_event->regs[SP] += 8;
	check(NULL, 0);
	stack_event->regs[SP] = AT - 8;
	check(NULL, 0);
}

Test(code_scan, program_of_32_bits_has_other_words)
{
	words[3] = CODE + 1;
	stack_event->narrow = 1;
	check(NULL, 0);
}

Test(code_scan, code_is_that_of_the_program_and_what_is_near)
{
	words[1] = CODE - 1;
	words[2] = CODE;
	words[3] = CODE + 0xfff;
	words[4] = stack_event->ip - SCAN_NEAR - 1;
	words[5] = stack_event->ip - SCAN_NEAR;
	words[6] = stack_event->ip + SCAN_NEAR - 1;
	words[7] = stack_event->ip + SCAN_NEAR;
	check((size_t[]){ 2, 3, 5, 6 }, 4);
}

/* Its first words are those that are looked at, with the address above the pointer. */
Test(code_scan, frame_at_the_last_words)
{
	stack_event->stack_size = 64 * sizeof(*words);
	stack_event->regs[FP] = AT + 8 * 62;
	put_frame(62, 64, CODE + 1);
	words[5] = CODE + 2;
	check((size_t[]){ 5, 63 }, 2);
	stack_event->regs[FP] = AT + 8 * 63; /* it is none, then */
	check((size_t[]){ 5, 63 }, 2);
	words[5] = 0;
	stack_event->regs[FP] = AT + 8 * 62 + 1;
	check((size_t[]){ 63 }, 1);
}

Test(code_scan, frame_pointer_leads_up_and_not_too_far)
{
	stack_event->regs[FP] = AT + 8 * 10;
	words[20] = CODE + 5; /* within a frame, if that is one */
	put_frame(10, 10, CODE + 6);
	check((size_t[]){ 11, 20 }, 2);
	put_frame(10, 11, CODE + 6);
	check((size_t[]){ 11 }, 1);
	words[10] = AT + 8 * 10 + USER_FRAME;
	check((size_t[]){ 11 }, 1);
	words[10]++; /* a link, as the register says so, but nothing is known to be in a frame */
	check((size_t[]){ 11, 20, 11 }, 3);
}

/* The first frame is one by what it holds, those above it because it leads there. */
Test(code_scan, frames_above_the_first_need_no_code)
{
	stack_event->regs[FP] = AT + 8 * 10;
	put_frame(10, 20, CODE + 6);
	put_frame(20, 30, 0x1234); /* of another library */
	put_frame(30, 40, 0);
	check((size_t[]){ 11, 21 }, 2);
	put_frame(30, 20, 0x1235); /* the last one */
	check((size_t[]){ 11, 21, 31 }, 3);
}

Test(code_scan, no_more_frames_than_a_stack_has)
{
	size_t i;

	stack_event->regs[FP] = AT;
	for (i = 0; i < 200; i++)
		put_frame(2 * i, 2 * i + 2, CODE + 1);
	SAME(stack_event__scan(stack_event, slots), STACK_EVENT_USER);
	SAME(slots[STACK_EVENT_USER - 1], AT + 8 * (2 * STACK_EVENT_USER - 1));
}

Test(code_scan, stack_that_was_followed_to_its_end_was_not_looked_through)
{
	struct unwind_frame frames[] = { { .pc = 1 }, { .pc = CODE + 1, .slot = AT + 8 * 3 } };
	struct symbolizer_chain chain = { .frames = frames, .count = 2 };

	words[3] = CODE + 1;
	SAME(stack_event__known_frames(stack_event, &chain), 2);
	stack_event->unwind = STACK_EVENT_UNWIND_WHOLE;
	SAME(stack_event__known_frames(stack_event, &chain), 1);
	stack_event->unwound_count = 1;
	stack_event->unwound[0] = CODE + 1;
	SAME(stack_event__known_frames(stack_event, &chain), 2);
}

Test(code_scan, frames_of_the_chain_that_are_part_of_the_number)
{
	struct unwind_frame frames[] = { { .pc = 1 },
					 { .pc = 2, .slot = 1, .by_chain = 1 },
					 { .pc = 3, .slot = 1, .by_chain = 2 },
					 { .pc = 4, .slot = 1, .by_chain = 3 } };
	struct symbolizer_chain chain = { .frames = frames, .count = 4 };

	stack_event->links = 2;
	SAME(stack_event__known_frames(stack_event, &chain), 3);
	frames[2].by_chain = 0;
	SAME(stack_event__known_frames(stack_event, &chain), 2);
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
