/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where stacks end, and why; the first frame of a program. */
#include "callstack/helper/unwind_root.h"

#include <string.h>
#include <unistd.h>

#include "callstack/helper/unwind_space.h"
#include "frame_rule.h"
#include "make_unwound.h"
#include "unit.h"

#if defined(__x86_64__)

#define BY_FP BYTES(0x0c, 6, 16, 0x80 | 16, 1, 0x80 | 6, 2) /* push %rbp; mov %rsp,%rbp */
#define BY_SP BYTES(0x0c, 7, 8, 0x80 | 16, 1)		    /* nothing */
#define ROOT  BYTES(0x0c, 7, 8, 0x07, 16)

#define NOWHERE (BIAS + 0x900000 - CODE)

static struct unwound on;

static void begin(void)
{
	unwound__begin(&on, false);
}

TestSuite(unwind_frames, .init = begin);

/* ---- a call through a bad pointer ---- */

Test(unwind_frames, call_through_a_bad_pointer)
{
	unwound__put_all(&on);
	unwound__put_indirect(&on);
	unwound__put_word(&on, 0, 0x45);
	unwound__put_word(&on, 3, 7);
	unwound__check(&on, NOWHERE, "8fd000 45 7", UNWIND_COMPLETE);
	SAME(on.frames[0].rule, RULE(RULE_SP, 1, 1, RULE_FP_KEPT, 0));
	SAME(on.frames[1].slot, STACK_AT);
	SAME(on.frames[2].slot, STACK_AT + 3 * 8);
}

Test(unwind_frames, bad_call_from_nowhere)
{
	unwound__put_all(&on);
	on.words[0] = 5;
	unwound__run(&on, NOWHERE);
	SAME(on.count, 1);
	SAME(on.frames[0].pc, CODE + NOWHERE);
	cr_expect_neq(on.end.why, UNWIND_COMPLETE);
}

/* ---- files ---- */

/* As V8 maps its builtins once more: a program that cannot be moved stays where it is. */
Test(unwind_frames, fixed_program_that_is_mapped_elsewhere_too)
{
	int file;
	struct unwind_space *space;

	on.program.fixed = true;
	on.maps[1] = on.maps[0];
	on.maps[0].start = PROGRAM_START;
	on.maps[0].end = PROGRAM_START + PROGRAM_BYTES;
	file = program__file(&on.program);
	space = unwind_space__new(on.maps, 2, &file, 1);
	cr_assert_not_null(space);
	cr_expect_not_null(unwind_space__module(space, PROGRAM_START + 5));
	cr_expect_null(unwind_space__module(space, CODE + 5));
	unwind_space__free(space);
	close(file);
}

/* Nobody knows what code does whose file cannot be read: that is no lack of information in it. */
Test(unwind_frames, file_that_cannot_be_read)
{
	const __u64 place = on.maps[1].start + 0x10 - CODE;

	unwound__put_all(&on);
	unwound__run(&on, place);
	SAME(on.end.why, UNWIND_NO_CFI);
	on.maps[1].file = UNWIND_UNREADABLE;
	unwound__run(&on, place);
	SAME(on.end.why, UNWIND_NO_FILE);
}

/* ---- the root ---- */

static void check_root(const char *name, bool expected)
{
	begin();
	unwound__put_leaf(&on);
	SAME(program__put_call(&on.program, 0x100, LEAF), 0x105);
	program__name(&on.program, name, 0x100, 0x20);
	unwound__put_word(&on, 4, 0x105);
	unwound__check(&on, 0x85, "85 105", expected ? UNWIND_COMPLETE : UNWIND_NO_CFI);
}

Test(unwind_frames, roots_by_their_names)
{
	check_root("_start", true);
	check_root("_dl_start_user", true);
	check_root("__clone", true);
	check_root("clone", true);
	check_root("clone3", true);
	check_root("__clone3", true);
	check_root("runtime.goexit", true);
	check_root("_starts", false);
	check_root("clone2", false);
}

/* Where a call is the last of a function, it returns to what is another's. */
Test(unwind_frames, caller_that_ends_with_its_call)
{
	check_root("_start", true);
	on.program.symbols[1].size = 5;
	program__name(&on.program, "next", 0x105, 0x20);
	unwound__check(&on, 0x85, "85 105", UNWIND_COMPLETE);
	on.program.symbols[1].name = "next";
	on.program.symbols[2].name = "_start";
	unwound__check(&on, 0x85, "85 105", UNWIND_NO_CFI);
	program__put_cfi(&on.program, 0x100, 5, "", ROOT);
	program__put_cfi(&on.program, 0x105, 0x20, "", BY_SP);
	unwound__check(&on, 0x85, "85 105", UNWIND_COMPLETE);
	SAME(on.frames[1].rule, RULE_END);
}

/* Who makes a thread is in clone(), and has a caller. */
Test(unwind_frames, what_has_not_called_is_no_root_by_its_name)
{
	program__name(&on.program, "clone", 0x100, 0x20);
	program__put(&on.program, 0x100, BYTES(0x53, 0x90, 0x90));
	unwound__check(&on, 0x101, "101", UNWIND_NO_CFI);
	unwound__put_all(&on);
	unwound__put_indirect(&on);
	unwound__put_word(&on, 1, 0x45);
	unwound__put_word(&on, 4, 7);
	unwound__check(&on, 0x101, "101 45 7", UNWIND_COMPLETE);
}

/* Nor is what tells where its caller is. */
Test(unwind_frames, what_has_call_frame_information_is_no_root_by_its_name)
{
	check_root("clone", true);
	program__put_cfi(&on.program, 0x100, 0x20, "", BY_SP);
	on.words[5] = 77;
	unwound__check(&on, 0x85, "85 105", UNWIND_DAMAGED);
	on.program.cfi_size = 0;
	program__put_cfi(&on.program, 0x100, 0x20, "", ROOT);
	on.program.symbols[1].name = "any";
	unwound__check(&on, 0x85, "85 105", UNWIND_COMPLETE);
	SAME(on.frames[1].rule, RULE_END);
}

Test(unwind_frames, root_by_what_only_debuggers_know)
{
	on.program.for_debuggers = true;
	unwound__put_leaf(&on);
	program__put_call(&on.program, 0x100, LEAF);
	unwound__put_word(&on, 4, 0x105);
	program__put_cfi(&on.program, 0x100, 0x20, "", ROOT);
	unwound__check(&on, 0x85, "85 105", UNWIND_COMPLETE);
}

static void check_entry(__u64 pc, bool expected)
{
	unwound__run(&on, pc);
	SAME(on.count, 1);
	SAME(on.end.why == UNWIND_COMPLETE, expected);
}

Test(unwind_frames, entry_without_a_name_is_short)
{
	memset(on.program.code, 0x90, sizeof(on.program.code));
	check_entry(0x101, false);
	on.program.entry = 0x100;
	check_entry(0xff, false);
	check_entry(0x100, true);
	check_entry(0x13f, true);
	check_entry(0x140, false);
}

Test(unwind_frames, entry_with_a_name_is_that_function)
{
	memset(on.program.code, 0x90, sizeof(on.program.code));
	on.program.entry = 0x100;
	program__name(&on.program, "begin", 0x100, 0x60);
	check_entry(0x150, true);
	check_entry(0x160, false);
	program__name(&on.program, "other", 0x120, 0x10);
	check_entry(0x110, true);
	check_entry(0x125, false);
	on.program.symbols[0].size = 0; /* nobody knows how long it is */
	on.program.symbol_count = 1;
	check_entry(0x150, true);
}

/* ---- why ---- */

/* By frame pointers: leaf() at 85, main() at 48. */
static void put_framed(void)
{
	unwound__put_all(&on);
	program__put_cfi(&on.program, LEAF, 0x20, "", BY_FP);
	program__put_cfi(&on.program, MAIN, 0x20, "", BY_FP);
	on.regs[REG_FP] = STACK_AT + 8 * 10;
	on.words[10] = STACK_AT + 8 * 20;
	unwound__put_word(&on, 11, 0x48);
	unwound__put_word(&on, 21, 7);
}

Test(unwind_frames, by_call_frame_information)
{
	put_framed();
	unwound__check(&on, 0x85, "85 48 7", UNWIND_COMPLETE);
	SAME(on.frames[0].slot, 0);
	SAME(on.frames[1].slot, STACK_AT + 8 * 11);
	SAME(on.frames[2].slot, STACK_AT + 8 * 21);
	SAME(on.frames[0].rule, RULE(RULE_FP, 2, 1, RULE_FP_SAVED, 2));
	SAME(on.frames[2].rule, RULE_END);
}

/* The chain is believed above those who keep frame pointers, and above no others. */
Test(unwind_frames, frame_pointers_pass_over_who_keeps_none)
{
	__u64 chain[] = { CODE + 0x85, CODE + 0x48, CODE + 7 };

	put_framed();
	on.stack.size = 8 * 9;
	on.stack.all = false;
	on.stack.chain = chain;
	on.stack.chain_count = 3;
	unwound__check(&on, 0x85, "85 48* 7*", UNWIND_COMPLETE);
	on.program.cfi_size = 0;
	program__put_cfi(&on.program, LEAF, 0x20, "", BY_FP);
	program__put_cfi(&on.program, MAIN, 0x20, "", BY_SP);
	unwound__check(&on, 0x85, "85 48*", UNWIND_NOT_COPIED);
	SAME(on.frames[1].rule, RULE(RULE_SP, 1, 1, RULE_FP_KEPT, 0));
	on.program.cfi_size = 0;
	program__put_cfi(&on.program, LEAF, 0x20, "", BYTES(0x0c, 7, 120, 0x80 | 16, 1));
	program__put_cfi(&on.program, MAIN, 0x20, "", BY_FP);
	unwound__check(&on, 0x85, "85", UNWIND_NOT_COPIED);
	SAME(on.frames[0].rule, RULE(RULE_SP, 15, 1, RULE_FP_KEPT, 0));
}

/* leaf() finds its caller by an expression that reads so many words first. */
static void put_reader(unsigned int reads)
{
	__u8 cfi[512] = { 0x0f }; /* the CFA by an expression of so many bytes: */
	unsigned int used = 3, size = 2 + 3 * reads;

	cfi[1] = (__u8)(size | 0x80);
	cfi[2] = (__u8)(size >> 7);
	cfi[used++] = 0x77; /* the stack pointer and 8 */
	cfi[used++] = 8;
	while (used < 3 + size) {
		cfi[used++] = 0x12; /* dup */
		cfi[used++] = 0x06; /* deref */
		cfi[used++] = 0x13; /* drop */
	}
	cfi[used++] = 0x80 | 16; /* the return address right below */
	cfi[used++] = 1;
	begin();
	unwound__put_all(&on);
	program__put_cfi(&on.program, LEAF, 0x20, "", cfi, used);
	unwound__put_word(&on, 0, 0x48);
	unwound__put_word(&on, 3, 7);
}

/* Reads are kept up to a bound: where a return address behind them lay is not known. */
Test(unwind_frames, frame_that_reads_more_than_is_kept)
{
	put_reader(20);
	unwound__check(&on, 0x85, "85 48 7", UNWIND_COMPLETE);
	SAME(on.frames[1].slot, STACK_AT);
	put_reader(100);
	unwound__check(&on, 0x85, "85 48 7", UNWIND_COMPLETE);
	SAME(on.frames[1].slot, 0);
	SAME(on.frames[2].slot, STACK_AT + 3 * 8);
}

Test(unwind_frames, callers_lie_further_up)
{
	put_framed();
	on.words[10] = STACK_AT + 8 * 4;
	unwound__put_word(&on, 5, 7);
	unwound__check(&on, 0x85, "85 48", UNWIND_DAMAGED);
	SAME(on.frames[1].rule, RULE(RULE_FP, 2, 1, RULE_FP_SAVED, 2));
	on.words[10] = STACK_AT + 8 * 10; /* a circle */
	unwound__check(&on, 0x85, "85 48", UNWIND_DAMAGED);
}

Test(unwind_frames, caller_that_is_no_code)
{
	put_framed();
	on.words[11] = 77;
	unwound__check(&on, 0x85, "85", UNWIND_DAMAGED);
}

Test(unwind_frames, nobody_has_called_it)
{
	put_framed();
	on.words[21] = 0;
	unwound__check(&on, 0x85, "85 48", UNWIND_COMPLETE);
	SAME(on.frames[1].rule, RULE_END);
}

static void check_missed(__u64 fp, enum unwind_why why)
{
	on.regs[REG_FP] = fp;
	unwound__check(&on, 0x85, "85", why);
	SAME(on.end.detail, why == UNWIND_NOT_COPIED ? on.stack.size : 0);
	SAME(on.frames[0].rule, RULE(RULE_FP, 2, 1, RULE_FP_SAVED, 2));
}

Test(unwind_frames, what_lies_beyond_was_not_copied)
{
	__u64 limit;

	put_framed();
	on.stack.all = false;
	on.stack.size = 11 * 8;
	limit = STACK_AT + on.stack.size;
	check_missed(STACK_AT + 8 * 10, UNWIND_NOT_COPIED);
	check_missed(limit + MAX_FRAME, UNWIND_NOT_COPIED);
	check_missed(limit + MAX_FRAME + 1, UNWIND_NO_MEMORY);
	check_missed(STACK_AT - 64, UNWIND_NO_MEMORY);
	on.stack.all = true;
	check_missed(STACK_AT + 8 * 10, UNWIND_NO_MEMORY);
}

Test(unwind_frames, chunk_that_was_not_copied)
{
	put_framed();
	on.regs[REG_FP] = STACK_AT + 8 * 126;
	unwound__put_word(&on, 127, 0x48);
	on.words[126] = STACK_AT + 8 * 127;
	unwound__put_word(&on, 128, 7);
	on.stack.there = 1;
	unwound__check(&on, 0x85, "85 48", UNWIND_NO_MEMORY);
	on.stack.there = 3;
	unwound__check(&on, 0x85, "85 48 7", UNWIND_COMPLETE);
	on.stack.there = 2;
	unwound__check(&on, 0x85, "85", UNWIND_NO_MEMORY);
}

Test(unwind_frames, recursion_that_is_too_deep)
{
	size_t i;

	unwound__put_main(&on);
	program__put_cfi(&on.program, MAIN, 0x20, "", BY_SP);
	for (i = 0; i < 300; i++)
		unwound__put_word(&on, i, 0x48);
	on.capacity = FRAMES;
	unwound__run(&on, 0x45);
	SAME(on.count, UNWIND_FRAMES);
	SAME(on.end.why, UNWIND_DEEP);
	SAME(on.end.detail, UNWIND_FRAMES);
	SAME(on.frames[UNWIND_FRAMES - 1].rule, RULE(RULE_SP, 1, 1, RULE_FP_KEPT, 0));
}

Test(unwind_frames, no_mapping_at_all)
{
	on.maps[0].end = on.maps[0].start;
	on.maps[1].end = on.maps[1].start;
	unwound__run(&on, 0x45);
	SAME(on.count, 1);
	SAME(on.frames[0].pc, CODE + 0x45);
	SAME(on.frames[0].caller, false);
}

/* ---- and by the chain ---- */

static __u64 chain[8];

static void put_chain(size_t count, const __u64 *places)
{
	size_t i;

	for (i = 0; i < count; i++)
		chain[i] = CODE + places[i];
	on.stack.chain = chain;
	on.stack.chain_count = (__u32)count;
	on.stack.chain_room = 8;
}

/* The bytes end before the caller of leaf(). */
static void put_cut(void)
{
	put_framed();
	on.stack.all = false;
	on.stack.size = 11 * 8;
}

Test(unwind_frames, chain_leads_on_where_the_bytes_end)
{
	put_cut();
	put_chain(3, (__u64[]){ 0x85, 0x48, 7 });
	unwound__check(&on, 0x85, "85 48* 7*", UNWIND_COMPLETE);
	SAME(on.frames[1].rule, RULE(RULE_FP, 2, 1, RULE_FP_SAVED, 2));
	SAME(on.frames[2].rule, RULE_END);
	put_chain(2, (__u64[]){ 0x85, 0x48 });
	unwound__check(&on, 0x85, "85 48*", UNWIND_NOT_COPIED);
}

Test(unwind_frames, chain_without_more_room_is_deep)
{
	put_cut();
	put_chain(2, (__u64[]){ 0x85, 0x48 });
	on.stack.chain_room = 2;
	unwound__check(&on, 0x85, "85 48*", UNWIND_DEEP);
	SAME(on.end.detail, 2);
	on.stack.chain_room = 0;
	unwound__check(&on, 0x85, "85 48*", UNWIND_NOT_COPIED);
	on.capacity = 2;
	unwound__check(&on, 0x85, "85 48*", UNWIND_DEEP);
	SAME(on.end.detail, 2);
}

Test(unwind_frames, chain_that_leads_nowhere_is_cut)
{
	put_cut();
	put_chain(4, (__u64[]){ 0x85, 0x48, NOWHERE, NOWHERE });
	unwound__check(&on, 0x85, "85 48*", UNWIND_NOT_COPIED);
	put_chain(4, (__u64[]){ 0x85, NOWHERE, 0x48, NOWHERE });
	unwound__run(&on, 0x85);
	SAME(on.count, 3);
	put_chain(3, (__u64[]){ 0x85, NOWHERE, NOWHERE });
	unwound__check(&on, 0x85, "85", UNWIND_NOT_COPIED);
}

/* It would pass over callers that keep no frame pointer. */
Test(unwind_frames, chain_is_not_taken_where_code_is_stuck)
{
	unwound__put_all(&on);
	on.words[4] = 0;
	put_chain(3, (__u64[]){ 0x85, 0x48, 7 });
	unwound__check(&on, 0x85, "85", UNWIND_NO_CFI);
}

/* Where nothing can be read, frame pointers are all there is. */
Test(unwind_frames, chain_alone_has_rules_of_frame_pointers)
{
	put_framed();
	on.program.machine = 21; /* of another machine */
	put_chain(3, (__u64[]){ 0x85, 0x48, 7 });
	unwound__run(&on, 0x85);
	SAME(on.count, 3);
	SAME(on.frames[0].rule, RULE(RULE_FP, 2, 1, RULE_FP_SAVED, 2));
}

#endif
