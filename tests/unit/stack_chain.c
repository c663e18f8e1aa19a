/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A chain of frame pointers in the part of a stack that was copied. */
#include "callstack/stack_chain.h"

#include <string.h>

#include "unit.h"

#define AT 0x7ffc0000ULL
#if defined(__x86_64__)
#define FP 6
#define PC 16
#else
#define FP 29
#define PC 32
#endif

static struct stack_event event;
static __u64 words[64];

/* Frames of four words each: the caller's frame pointer, and where it goes on. */
static void begin(void)
{
	size_t i;

	event = (struct stack_event){ .stack_at = AT, .stack_size = sizeof(words) };
	memset(&event.stack_there, 0xff, sizeof(event.stack_there));
	event.regs[PC] = 0x1000;
	event.regs[FP] = AT;
	for (i = 0; i < 3; i++) {
		words[4 * i] = AT + 32 * (i + 1);
		words[4 * i + 1] = 0x2000 + i;
	}
	words[12] = 0;
	words[13] = 0x2003;
}

TestSuite(stack_chain, .init = begin);

/* With the address that it was interrupted at. */
static void check(size_t count)
{
	size_t i;

	stack_event__follow_frame_pointers(&event, (const __u8 *)words);
	SAME(event.user_count, count);
	for (i = 0; i < count; i++)
		SAME(event.user[i], i ? 0x2000 + i - 1 : 0x1000);
}

Test(stack_chain, up_to_the_outermost_frame)
{
	check(5);
}

Test(stack_chain, ends_where_a_return_address_is_none)
{
	words[9] = 0;
	check(3);
}

/* A frame that does not lie further out would lead in circles. */
Test(stack_chain, ends_where_it_leads_back)
{
	words[8] = AT + 64;
	check(4);
}

Test(stack_chain, ends_where_nothing_was_copied)
{
	words[8] = AT + sizeof(words) - 8;
	words[63] = AT + sizeof(words) + 64; /* its return address lies behind the end */
	check(4);
	begin();
	words[8] = AT - 8;
	check(4);
	begin();
	words[8] = AT + 97; /* no address of a word */
	check(4);
	begin();
	event.stack_there = 0;
	check(1);
	begin();
	event.regs[FP] = AT + sizeof(words) - 16; /* the last two words */
	words[62] = 0;
	words[63] = 0x2000;
	check(2);
}

/* What the kernel has followed itself is left as it is; i386 has other frames. */
Test(stack_chain, only_where_there_is_none_yet)
{
	event.narrow = 1;
	check(0);
	begin();
	event.stack_size = 0;
	check(0);
	begin();
	event.user_count = 1;
	event.user[0] = 0x1000;
	check(1);
}
