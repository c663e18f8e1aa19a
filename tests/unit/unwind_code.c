/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stacks of programs without call frame information, by what their code does. */
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

TestSuite(unwind_code, .init = begin);

/* ---- with symbols ---- */

Test(unwind_code, by_what_functions_push)
{
	unwound__put_all(&on);
	unwound__check(&on, 0x85, "85 48 7", UNWIND_COMPLETE);
	SAME(on.frames[0].slot, 0);
	SAME(on.frames[1].slot, STACK_AT + 4 * 8);
	SAME(on.frames[2].slot, STACK_AT + 7 * 8);
	SAME(on.frames[0].rule, RULE(RULE_SP, 5, 1, RULE_FP_KEPT, 0));
	SAME(on.frames[1].rule, RULE(RULE_SP, 3, 1, RULE_FP_SAVED, 3));
	SAME(on.frames[2].rule, RULE_END);
}

Test(unwind_code, by_a_frame_pointer_that_its_callee_has_kept)
{
	unwound__put_entry(&on);
	program__put(&on.program, MAIN, /* push %rbp; mov %rsp,%rbp; sub %rax,%rsp */
		     BYTES(0x55, 0x48, 0x89, 0xe5, 0x48, 0x29, 0xc4));
	SAME(program__put_call(&on.program, MAIN + 7, LEAF), 0x4c);
	program__name(&on.program, "main", MAIN, 0x20);
	program__put(&on.program, LEAF,
		     BYTES(0x55, 0x31, 0xed, 0x90)); /* push %rbp; xor %ebp,%ebp */
	program__name(&on.program, "leaf", LEAF, 0x20);
	on.words[0] = STACK_AT + 8 * 20;
	unwound__put_word(&on, 1, 0x4c);
	unwound__put_word(&on, 21, 7);
	unwound__check(&on, 0x83, "83 4c 7", UNWIND_COMPLETE);
	SAME(on.frames[0].rule, RULE(RULE_SP, 2, 1, RULE_FP_SAVED, 2));
	SAME(on.frames[1].rule, RULE(RULE_FP, 2, 1, RULE_FP_SAVED, 2));
	SAME(on.frames[2].slot, STACK_AT + 21 * 8);
}

Test(unwind_code, frame_pointer_that_is_nowhere)
{
	unwound__put_all(&on);
	program__put(&on.program, LEAF, BYTES(0x53, 0x31, 0xed, 0x90)); /* xor %ebp,%ebp */
	unwound__put_word(&on, 1, 0x48);
	unwound__check(&on, 0x83, "83", UNWIND_NO_CFI);
}

Test(unwind_code, call_of_nobody_knows_what_may_be_of_this)
{
	unwound__put_all(&on);
	unwound__put_indirect(&on);
	unwound__put_word(&on, 4, 0x45);
	unwound__check(&on, 0x85, "85 45 7", UNWIND_COMPLETE);
}

Test(unwind_code, call_of_another_function_is_none_of_this)
{
	unwound__put_all(&on);
	program__put_call(&on.program, MAIN + 3, 0x200);
	program__put(&on.program, 0x200, BYTES(0xc3));
	unwound__check(&on, 0x85, "85", UNWIND_NO_CFI);
}

Test(unwind_code, no_call_is_no_caller)
{
	unwound__put_all(&on);
	unwound__put_word(&on, 4, 0x47);
	unwound__check(&on, 0x85, "85", UNWIND_NO_CFI);
	on.words[4] = 0;
	unwound__check(&on, 0x85, "85", UNWIND_NO_CFI);
	on.words[4] = CODE; /* nothing is before it */
	unwound__check(&on, 0x85, "85", UNWIND_NO_CFI);
}

Test(unwind_code, function_that_is_jumped_to)
{
	unwound__put_all(&on);
	program__put_call(&on.program, MAIN + 3, 0x200);
	program__put_jump(&on.program, 0x200, LEAF);
	unwound__check(&on, 0x85, "85 48 7", UNWIND_COMPLETE);
	program__put(&on.program, 0x200, BYTES(0x53)); /* with another stack it is not this */
	program__put_jump(&on.program, 0x201, LEAF);
	unwound__check(&on, 0x85, "85", UNWIND_NO_CFI);
}

Test(unwind_code, function_by_way_of_a_stub)
{
	unwound__put_all(&on);
	program__put_call(&on.program, MAIN + 3, 0x200);
	program__put(&on.program, 0x200, BYTES(0xff, 0x25, 0, 0, 0, 0)); /* jmp *x(%rip) */
	unwound__check(&on, 0x85, "85 48 7", UNWIND_COMPLETE);
}

Test(unwind_code, part_of_a_function_is_not_its_beginning)
{
	unwound__put_all(&on);
	on.program.symbols[2].name = "leaf.cold";
	unwound__check(&on, 0x85, "85 48 7", UNWIND_COMPLETE); /* by its calls, that is */
	program__put_call(&on.program, MAIN + 3, 0x200);
	program__put_jump(&on.program, 0x200, LEAF);
	unwound__check(&on, 0x85, "85 48 7", UNWIND_COMPLETE);
}

Test(unwind_code, data_and_ends_of_symbols_are_no_functions)
{
	unwound__put_all(&on);
	unwound__put_indirect(&on); /* what only a function by its symbol may be called by */
	unwound__put_word(&on, 4, 0x45);
	on.program.symbols[2].type = STT_OBJECT;
	unwound__check(&on, 0x85, "85", UNWIND_NO_CFI);
	on.program.symbols[2].type = STT_FUNC;
	on.program.symbols[2].size = 6;
	unwound__check(&on, 0x85, "85 45 7", UNWIND_COMPLETE);
	on.program.symbols[2].size = 5;
	on.program.symbol_count = 3;
	unwound__check(&on, 0x85, "85 45 7", UNWIND_COMPLETE); /* what lies near may go on here */
}

Test(unwind_code, stack_that_was_not_copied)
{
	unwound__put_all(&on);
	on.stack.size = 3 * 8;
	unwound__check(&on, 0x85, "85", UNWIND_NO_MEMORY);
	on.stack.all = false;
	unwound__check(&on, 0x85, "85", UNWIND_NOT_COPIED);
	SAME(on.end.detail, 3 * 8);
	SAME(on.frames[0].rule, RULE_NONE); /* a copy that begins here will tell */
	/* sub $0x10008,%rsp: the largest copy ends below its caller */
	program__put(&on.program, LEAF, BYTES(0x48, 0x81, 0xec, 0x08, 0, 1, 0, 0x90));
	unwound__check(&on, 0x87, "87", UNWIND_NOT_COPIED);
	SAME(on.frames[0].rule, RULE_STUCK);
}

/* What frame pointers lead to, above what was copied, is no caller of who keeps none. */
Test(unwind_code, frame_pointers_pass_over_who_keeps_none)
{
	__u64 chain[] = { CODE + 0x85, CODE + 0x48, CODE + 7 };

	unwound__put_all(&on);
	on.stack.size = 3 * 8;
	on.stack.all = false;
	on.stack.chain = chain;
	on.stack.chain_count = 3;
	on.regs[REG_FP] = STACK_AT + 8 * 10;
	unwound__check(&on, 0x85, "85", UNWIND_NOT_COPIED);
	/* push %rbp; mov %rsp,%rbp; sub $0x18,%rsp */
	program__put(&on.program, LEAF,
		     BYTES(0x55, 0x48, 0x89, 0xe5, 0x48, 0x83, 0xec, 0x18, 0x90, 0x90));
	unwound__check(&on, 0x88, "88 48*", UNWIND_NOT_COPIED);
	SAME(on.frames[0].rule, RULE(RULE_FP, 2, 1, RULE_FP_SAVED, 2));
	program__put(&on.program, MAIN,
		     BYTES(0x55, 0x48, 0x89, 0xe5, 0xe8, 0x37, 0, 0, 0, 0xc9, 0xc3));
	chain[1] = CODE + 0x49;
	unwound__check(&on, 0x88, "88 49* 7*", UNWIND_COMPLETE);
}

/* The kernel's side has no room for more. */
Test(unwind_code, rules_have_their_limits)
{
	unwound__put_all(&on);
	program__put(&on.program, LEAF, /* sub $0x7fe8,%rsp; push %rbp */
		     BYTES(0x48, 0x81, 0xec, 0xe8, 0x7f, 0, 0, 0x55, 0x90));
	unwound__put_word(&on, 4094, 0x48);
	unwound__put_word(&on, 4097, 7);
	unwound__check(&on, 0x88, "88 48 7", UNWIND_COMPLETE);
	SAME(on.frames[0].rule, RULE(RULE_SP, 4095, 1, RULE_FP_SAVED, 4095));
	on.program.code[LEAF + 3] += 8;
	unwound__put_word(&on, 4095, 0x48);
	unwound__put_word(&on, 4098, 7);
	unwound__check(&on, 0x88, "88 48 7", UNWIND_COMPLETE);
	SAME(on.frames[0].rule, RULE_STUCK);
}

Test(unwind_code, rules_are_of_whole_words)
{
	__u64 caller = CODE + 0x48, root = CODE + 7;

	unwound__put_all(&on);
	on.program.code[LEAF + 4] = 0x14;
	memcpy((__u8 *)on.words + 28, &caller, sizeof(caller));
	memcpy((__u8 *)on.words + 52, &root, sizeof(root));
	unwound__check(&on, 0x85, "85 48 7", UNWIND_COMPLETE);
	SAME(on.frames[0].rule, RULE_STUCK);
}

/* A caller whose frame is found by whatever register the function has kept. */
Test(unwind_code, gives_back_each_register)
{
	static const __u8 dwarf[INSN_REGS] = {
		0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15
	};
	__u8 i;

	for (i = 0; i < INSN_REGS; i++) {
		begin();
		unwound__put_entry(&on);
		program__put(&on.program, MAIN, BYTES(0xff, 0xd0, 0xc3));
		program__put(&on.program, LEAF, BYTES(0x41, (__u8)(0x50 + (i & 7)), 0x90));
		if (i < 8)
			on.program.code[LEAF] = 0x90;
		program__name(&on.program, "leaf", LEAF, 0x20);
		program__put_cfi(&on.program, MAIN, 0x20, "", /* CFA: that register + 16 */
				 BYTES(0x0c, dwarf[i], 16, 0x80 | 16, 1));
		memset(on.words, 0, sizeof(on.words));
		on.words[0] = i == INSN_SP ? 0 : STACK_AT + 8 * 30;
		unwound__put_word(&on, 1, 0x42);
		unwound__put_word(&on, i == INSN_SP ? 3 : 31, 7);
		unwound__check(&on, 0x82, "82 42 7", UNWIND_COMPLETE);
	}
}

/* ---- signals ---- */

/* What the kernel has put above the stack pointer of the handler's return. */
static void put_interrupted(__u64 pc, __u64 sp)
{
	memset(on.words, 0, sizeof(on.words));
	on.words[SIGNAL_SP / 8] = sp;
	on.words[SIGNAL_IP / 8] = CODE + pc;
}

static void check_restorer(const __u8 *code, size_t size)
{
	begin();
	unwound__put_all(&on);
	program__put(&on.program, 0x100, code, size);
	put_interrupted(0x85, STACK_AT + 8 * 40);
	unwound__put_word(&on, 44, 0x48);
	unwound__put_word(&on, 47, 7);
	unwound__run(&on, 0x100);
	SAME(on.count, 4);
	SAME(on.frames[1].pc, CODE + 0x85);
	SAME(on.frames[1].caller, false);
	SAME(on.frames[2].pc, CODE + 0x48);
	SAME(on.frames[2].caller, true);
	SAME(on.frames[0].rule, RULE_SIGNAL);
	SAME(on.end.why, UNWIND_COMPLETE);
}

Test(unwind_code, over_a_signal)
{
	check_restorer(BYTES(0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05));
	check_restorer(BYTES(0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05));
}

Test(unwind_code, other_system_call_is_no_signal)
{
	unwound__put_all(&on);
	program__put(&on.program, 0x100, BYTES(0xb8, 0x0e, 0, 0, 0, 0x0f, 0x05));
	put_interrupted(0x85, STACK_AT + 8 * 40);
	unwound__check(&on, 0x100, "100", UNWIND_NO_CFI);
}

Test(unwind_code, signal_whose_registers_were_not_copied)
{
	unwound__put_all(&on);
	program__put(&on.program, 0x100, BYTES(0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05));
	put_interrupted(0x85, STACK_AT + 8 * 40);
	on.stack.size = SIGNAL_IP;
	unwound__run(&on, 0x100);
	SAME(on.count, 1);
}

Test(unwind_code, signal_gives_back_each_register)
{
	static const __u8 order[] = { 8, 9, 10, 11, 12, 13, 14, 15, 5, 4, 6, 3, 1, 0, 2 };
	size_t i;

	for (i = 0; i < sizeof(order); i++) {
		begin();
		unwound__put_entry(&on);
		program__put(&on.program, 0x100, BYTES(0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05));
		program__put(&on.program, MAIN, BYTES(0x90, 0x90));
		program__put_cfi(&on.program, MAIN, 0x20, "",
				 BYTES(0x0c, order[i], 16, 0x80 | 16, 1));
		put_interrupted(MAIN, STACK_AT + 8 * 40);
		on.words[5 + i] = STACK_AT + 8 * 50;
		unwound__put_word(&on, 51, 7);
		unwound__run(&on, 0x100);
		SAME(on.count, 3);
		SAME(on.frames[2].pc, CODE + 7);
		SAME(on.frames[2].slot, STACK_AT + 51 * 8);
	}
}

#endif
