/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stacks of programs without call frame information, whose symbols are stripped. */
#include "callstack/helper/unwind_code.h"

#include <elf.h>
#include <string.h>

#include "frame_rule.h"
#include "make_unwound.h"
#include "unit.h"

#if defined(__x86_64__)

static struct unwound on;

static void begin(void)
{
	unwound__begin(&on, false);
}

TestSuite(unwind_search, .init = begin);

static void strip(void)
{
	on.program.symbol_count = 0;
}

Test(unwind_search, by_calls_that_lead_here)
{
	unwound__put_all(&on);
	strip();
	unwound__put_word(&on, 1, 7); /* of another function, which does not lead here */
	unwound__check(&on, 0x85, "85 48 7", UNWIND_COMPLETE);
	SAME(on.frames[1].slot, STACK_AT + 4 * 8);
}

Test(unwind_search, call_that_leads_here_with_another_stack)
{
	unwound__put_all(&on);
	strip();
	on.words[4] = 0;
	unwound__put_word(&on, 3, 0x48);
	unwound__put_word(&on, 5, 0x48);
	unwound__check(&on, 0x85, "85", UNWIND_NO_CFI);
}

static void check_tries(size_t tries, const char *expected, enum unwind_why why)
{
	size_t i;

	begin();
	memset(on.words, 0, sizeof(on.words));
	unwound__put_entry(&on);
	unwound__put_main(&on);
	strip();
	program__put(&on.program, LEAF, BYTES(0x53, 0x48, 0x81, 0xec, 0, 4, 0, 0, 0x90));
	for (i = 0; i < tries; i++)
		unwound__put_word(&on, 2 * i, 7);
	unwound__put_word(&on, 129, 0x48);
	unwound__put_word(&on, 132, 7);
	unwound__check(&on, 0x88, expected, why);
}

Test(unwind_search, calls_are_not_tried_for_ever)
{
	check_tries(63, "88 48 7", UNWIND_COMPLETE);
	check_tries(64, "88", UNWIND_NO_CFI);
}

Test(unwind_search, frame_without_a_name_is_not_searched_for_ever)
{
	unwound__put_entry(&on);
	unwound__put_main(&on);
	strip();
	program__put(&on.program, LEAF, BYTES(0x53, 0x48, 0x81, 0xec, 0xf0, 0x7f, 0, 0, 0x90));
	unwound__put_word(&on, 4095, 0x48);
	unwound__put_word(&on, 4098, 7);
	unwound__check(&on, 0x88, "88 48 7", UNWIND_COMPLETE);
	on.program.code[LEAF + 4] = 0xf8;
	on.words[4095] = 0;
	unwound__put_word(&on, 4096, 0x48);
	unwound__put_word(&on, 4099, 7);
	unwound__check(&on, 0x88, "88", UNWIND_NO_CFI);
}

/* Called by nobody knows whom: what sets up a frame pointer is a beginning. */
static void put_prologue(void)
{
	unwound__put_entry(&on);
	unwound__put_main(&on);
	strip();
	unwound__put_indirect(&on);
	program__put(&on.program, LEAF,
		     BYTES(0x55, 0x48, 0x89, 0xe5, 0x48, 0x83, 0xec, 0x10, 0x90));
	unwound__put_word(&on, 3, 0x45);
	unwound__put_word(&on, 6, 7);
}

Test(unwind_search, by_a_prologue)
{
	put_prologue();
	unwound__check(&on, 0x88, "88 45 7", UNWIND_COMPLETE);
	SAME(on.frames[0].rule, RULE(RULE_SP, 4, 1, RULE_FP_SAVED, 2));
}

Test(unwind_search, what_looks_like_a_prologue_has_to_be_called)
{
	put_prologue();
	program__put_call(&on.program, MAIN, 0x200); /* which is another */
	program__put(&on.program, 0x200, BYTES(0xc3));
	unwound__check(&on, 0x88, "88", UNWIND_NO_CFI);
}

Test(unwind_search, prologue_is_whole)
{
	int i;

	for (i = 0; i < 4; i++) {
		begin();
		put_prologue();
		on.program.code[LEAF + i] = 0x90;
		unwound__check(&on, 0x88, "88", UNWIND_NO_CFI);
	}
}

/* As musl starts a program: the entry's own function jumps there. */
static void put_neighbour(__u64 at, __u64 to)
{
	unwound__put_entry(&on);
	unwound__put_main(&on);
	unwound__put_indirect(&on);
	strip();
	program__put(&on.program, at, BYTES(0x53)); /* push %rbx */
	program__put_jump(&on.program, at + 1, to);
	program__put(&on.program, to, BYTES(0x90, 0x90));
	program__name(&on.program, "near", at, 6);
	unwound__put_word(&on, 1, 0x45);
	unwound__put_word(&on, 4, 7);
}

static void check_neighbour(__u64 at, __u64 pc, const char *expected, enum unwind_why why)
{
	begin();
	put_neighbour(at, pc - 1);
	unwound__check(&on, pc, expected, why);
}

Test(unwind_search, by_a_function_near_it_that_goes_on_there)
{
	check_neighbour(0x201, 0x401, "401 45 7", UNWIND_COMPLETE);
	SAME(on.frames[0].rule, RULE(RULE_SP, 2, 1, RULE_FP_KEPT, 0));
	check_neighbour(0x200, 0x401, "401", UNWIND_NO_CFI); /* too far */
	check_neighbour(0x600, 0x401, "401 45 7", UNWIND_COMPLETE);
	check_neighbour(0x601, 0x401, "401", UNWIND_NO_CFI);
}

Test(unwind_search, neighbour_is_a_function_of_this_file)
{
	put_neighbour(0x201, 0x400);
	on.program.symbols[0].type = STT_OBJECT;
	unwound__check(&on, 0x401, "401", UNWIND_NO_CFI);
	on.program.symbols[0].type = STT_FUNC;
	on.program.symbols[0].undefined = true;
	unwound__check(&on, 0x401, "401", UNWIND_NO_CFI);
}

/* It is called by its name: then by what calls it, if at all. */
Test(unwind_search, neighbour_that_another_was_called_instead_of)
{
	put_neighbour(0x201, 0x400);
	program__put_call(&on.program, MAIN, 0x500);
	unwound__put_word(&on, 2, 7);
	program__put(&on.program, 0x500, BYTES(0xc3));
	unwound__check(&on, 0x401, "401", UNWIND_NO_CFI);
	program__put(&on.program, 0x500, BYTES(0xff, 0x25, 0, 0, 0, 0)); /* jmp *x(%rip) */
	unwound__check(&on, 0x401, "401 45 7", UNWIND_COMPLETE);
}

/* A function far away does nothing but jump there, as others do that jump to others. */
static void put_stub(__u64 to)
{
	put_neighbour(0x900, 0x400);
	strip();
	program__put(&on.program, 0x300, BYTES(0xc3));
	program__put(&on.program, to, BYTES(0x53, 0x90, 0x90));
	program__put_jump(&on.program, 0x700, 0x300);
	program__name(&on.program, "other", 0x700, 5);
	program__put_jump(&on.program, 0x710, to);
	program__name(&on.program, "stub", 0x710, 5);
	program__put_jump(&on.program, 0x720, 0x480);
	program__name(&on.program, "beyond", 0x720, 5);
}

Test(unwind_search, by_a_function_that_only_jumps_there)
{
	put_stub(0x400);
	unwound__check(&on, 0x402, "402 45 7", UNWIND_COMPLETE);
	SAME(on.frames[0].rule, RULE(RULE_SP, 2, 1, RULE_FP_KEPT, 0));
	on.program.code[0x710] = 0x90; /* what is jumped to before it is another */
	unwound__check(&on, 0x402, "402", UNWIND_NO_CFI);
	begin();
	put_stub(0x400);
	on.program.symbols[1].type = STT_OBJECT;
	unwound__check(&on, 0x402, "402", UNWIND_NO_CFI);
}

/* Its address is what the entry loads; the library calls it. */
static void put_stripped(void)
{
	on.program.entry = 0;
	/* lea MAIN(%rip),%rdi; call *x(%rip) */
	program__put(&on.program, 0,
		     BYTES(0x48, 0x8d, 0x3d, MAIN - 7, 0, 0, 0, 0xff, 0x15, 0, 1, 0, 0));
	program__put(&on.program, MAIN, BYTES(0x53, 0x90, 0x90));
	program__put(&on.program, 0x300, BYTES(0xff, 0xd0)); /* where it is called */
	program__put(&on.program, LEAF, BYTES(0xc3));
	unwound__put_word(&on, 1, 0x302);
	unwound__put_word(&on, 2, 0xd);
}

Test(unwind_search, main_is_what_the_entry_loads)
{
	put_stripped();
	unwound__run(&on, 0x41);
	SAME(on.count, 2);
	SAME(on.frames[1].pc, CODE + 0x302);
	SAME(on.frames[0].rule, RULE(RULE_SP, 2, 1, RULE_FP_KEPT, 0));
}

Test(unwind_search, main_is_what_a_function_of_the_entry_loads)
{
	put_stripped();
	program__put_call(&on.program, 0, LEAF);
	program__put(&on.program, 5, BYTES(0xf4));
	program__put(&on.program, LEAF, /* lea MAIN(%rip),%rdi */
		     BYTES(0x48, 0x8d, 0x3d, (__u8)(MAIN - 7 - LEAF), 0xff, 0xff, 0xff, 0xc3));
	unwound__run(&on, 0x41);
	SAME(on.count, 2);
	SAME(on.frames[1].pc, CODE + 0x302);
}

Test(unwind_search, without_an_entry_there_is_no_main)
{
	put_stripped();
	on.program.entry = ~0ULL;
	unwound__run(&on, 0x41);
	SAME(on.count, 1);
}

#endif
