/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the frames that were found and the chain of frame pointers are put together. */
#include "callstack/helper/unwind_join.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

#define AT 0x7fff0000ULL

static __u64 words[64]; /* the stack */
static __u64 chain[16];
static struct unwind_stack stack;
static struct unwind_found found;
static struct unwind_frame frames[64];

static void begin(void)
{
	stack = (struct unwind_stack){
		.at = AT, .bytes = (const __u8 *)words, .size = sizeof(words), .chain = chain
	};
}

TestSuite(unwind, .init = begin);

static __u64 address_of(size_t word)
{
	return AT + word * sizeof(__u64);
}

/* A frame with its pointer in a word, and the return address behind it. */
static void put_frame(size_t word, size_t next, __u64 pc)
{
	words[word] = address_of(next);
	words[word + 1] = pc;
}

static void add_link(__u64 pc)
{
	chain[stack.chain_count++] = pc;
}

/* Found with its return address in that word; 0: from no memory. */
static void add_found(__u64 pc, size_t word)
{
	unwind_found__add(&found, pc, found.count > 0, word ? address_of(word) : 0);
}

static void check(size_t fp_word, const char *expected)
{
	size_t count = unwind_found__join(&found, &stack, address_of(fp_word), frames, 64), i;
	char text[512];
	int used = 0;

	text[0] = 0;
	for (i = 0; i < count; i++)
		used += snprintf(text + used, sizeof(text) - (size_t)used, "%s%llx%s", i ? " " : "",
				 frames[i].pc, frames[i].by_chain ? "*" : "");
	SAME_TEXT(text, expected);
}

Test(unwind, nothing_found_leaves_the_chain)
{
	add_link(1);
	add_link(2);
	check(0, "1* 2*");
	SAME(frames[0].caller, 0);
	SAME(frames[1].caller, 1);
}

/* A wrapper in the library has no frame: the chain lacks its caller. */
Test(unwind, chain_goes_on_where_the_bytes_end)
{
	put_frame(10, 20, 0xb);
	put_frame(20, 70, 0xc); /* and beyond */
	add_link(1);
	add_link(0xb);
	add_link(0xc);
	add_link(0xd);
	add_link(0xe);
	add_found(1, 0);
	add_found(0xa, 5);
	add_found(0xb, 11);
	add_found(0xc, 21);
	check(10, "1 a b c d* e*");
}

Test(unwind, recursion_is_told_by_its_places)
{
	size_t i;

	add_link(1);
	for (i = 0; i < 6; i++) {
		put_frame(10 + 4 * i, 14 + 4 * i, 0xf);
		add_link(0xf);
	}
	put_frame(34, 60, 0xe);
	add_link(0xe);
	add_found(1, 0);
	add_found(0xf, 11);
	add_found(0xf, 15);
	check(10, "1 f f f* f* f* f* e*");
}

Test(unwind, where_frames_end_between_two_links)
{
	put_frame(10, 30, 0xb);
	put_frame(30, 50, 0xc);
	add_link(1);
	add_link(0xb);
	add_link(0xc);
	add_found(1, 0);
	add_found(0xb, 11);
	add_found(0xbb, 20); /* it kept no frame pointer */
	check(10, "1 b bb c*");
}

Test(unwind, outermost_frame_is_the_last)
{
	put_frame(10, 30, 0xb);
	add_link(1);
	add_link(0xb);
	add_link(0x31);
	add_found(1, 0);
	add_found(0xb, 11);
	found.ended = true;
	check(10, "1 b");
}

/* The chain was taken of another moment: by what it says alone. */
Test(unwind, chain_that_is_not_in_the_bytes_joins_by_value)
{
	add_link(1);
	add_link(0xb);
	add_link(0xc);
	add_link(0xd);
	add_found(1, 0);
	add_found(0xa, 5);
	add_found(0xb, 11);
	check(20, "1 a b c* d*");
}

Test(unwind, frame_pointer_beyond_the_bytes)
{
	add_link(1);
	add_link(0xb);
	add_found(1, 0);
	add_found(0xa, 5);
	check(100, "1 a b*");
}

Test(unwind, ends_at_zero_and_at_the_room)
{
	add_link(1);
	add_link(2);
	add_link(0);
	add_link(3);
	check(0, "1* 2*");
	SAME(unwind_found__join(&found, &stack, 0, frames, 1), 1);
}
