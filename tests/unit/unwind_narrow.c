/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stacks of programs of 32 bits, on a machine of 64. */
#include "callstack/helper/unwind_space.h"

#include <string.h>

#include "frame_rule.h"
#include "make_unwound.h"
#include "unit.h"

#if defined(__x86_64__)

#define AT    0xfff00000ULL
#define START 0x56555000ULL
#define VDSO  0xf7fc0000ULL

static struct unwound on;

static void begin(void)
{
	unwound__begin(&on, true);
	on.maps[0].start = START;
	on.maps[0].end = START + PROGRAM_BYTES;
	on.maps[1].start = VDSO;
	on.maps[1].end = VDSO + 0x2000;
	on.stack.at = on.regs[REG_SP] = AT;
}

TestSuite(unwind_narrow, .init = begin);

static void put(size_t i, __u64 word)
{
	__u32 narrow = (__u32)word;

	memcpy((__u8 *)on.words + sizeof(narrow) * i, &narrow, sizeof(narrow));
}

static void check(__u64 pc, size_t count, const __u64 *callers)
{
	size_t i;

	unwound__run(&on, pc - CODE);
	SAME(on.count, count);
	SAME(on.frames[0].pc, pc);
	for (i = 1; i < count; i++) {
		SAME(on.frames[i].pc, START + callers[i - 1]);
		SAME(on.frames[i].caller, true);
	}
}

/* main() keeps %edi and %ebp, leaf() keeps %ebx and has room for three words. */
static void put_functions(void)
{
	on.program.entry = 0;
	SAME(program__put_call(&on.program, 2, MAIN), 7);
	program__put(&on.program, MAIN, BYTES(0x57, 0x55)); /* push %edi, push %ebp */
	SAME(program__put_call(&on.program, MAIN + 2, LEAF), 0x47);
	program__put(&on.program, LEAF, BYTES(0x53, 0x83, 0xec, 0x0c, 0x90));
}

static void name_functions(void)
{
	program__name(&on.program, "_start", 0, 8);
	program__name(&on.program, "main", MAIN, 0x20);
	program__name(&on.program, "leaf", LEAF, 0x20);
}

Test(unwind_narrow, by_what_functions_push)
{
	put_functions();
	name_functions();
	put(4, START + 0x47);
	put(7, START + 7);
	check(START + 0x84, 3, (__u64[]){ 0x47, 7 });
	SAME(on.end.why, UNWIND_COMPLETE);
	SAME(on.frames[1].slot, AT + 16);
	SAME(on.frames[0].rule, RULE(RULE_SP, 5, 1, RULE_FP_KEPT, 0));
	SAME(on.frames[1].rule, RULE(RULE_SP, 3, 1, RULE_FP_SAVED, 3));
}

Test(unwind_narrow, by_calls_and_prologues_without_symbols)
{
	put_functions();
	put(4, START + 0x47);
	put(7, START + 7);
	check(START + 0x84, 3, (__u64[]){ 0x47, 7 });
	program__put(&on.program, MAIN, BYTES(0x57, 0x55, 0xff, 0xd0));
	program__put(&on.program, LEAF, BYTES(0x55, 0x89, 0xe5, 0x83, 0xec, 0x0c, 0x90));
	put(4, 0);
	put(5, 0);
	put(7, 0);
	put(4, START + 0x44);
	put(7, START + 7);
	check(START + 0x86, 3, (__u64[]){ 0x44, 7 });
}

/* The kernel numbers registers in another way than i386. */
Test(unwind_narrow, by_call_frame_information)
{
	static const struct {
		__u8 push, column;
	} registers[] = { { 0x50, 0 }, { 0x51, 1 }, { 0x52, 2 }, { 0x53, 3 },
			  { 0x55, 5 }, { 0x56, 6 }, { 0x57, 7 } };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(registers); i++) {
		begin();
		put_functions();
		on.program.code[LEAF] = registers[i].push;
		name_functions();
		program__put_cfi(&on.program, MAIN, 0x20, "", /* CFA: the register + 8 */
				 BYTES(0x0c, registers[i].column, 8, 0x80 | 8, 1));
		memset(on.words, 0, sizeof(on.words));
		put(3, AT + 4 * 20);
		put(4, START + 0x47);
		put(21, START + 7);
		check(START + 0x84, 3, (__u64[]){ 0x47, 7 });
		SAME(on.frames[1].rule,
		     registers[i].column == 5 ? RULE(RULE_FP, 2, 1, RULE_FP_KEPT, 0) : RULE_STUCK);
	}
}

Test(unwind_narrow, innermost_frame_by_call_frame_information)
{
	put_functions();
	name_functions();
	program__put_cfi(&on.program, LEAF, 0x20, "", BYTES(0x0c, 4, 20, 0x80 | 8, 1, 0x80 | 5, 3));
	put(2, AT + 4 * 30);
	put(4, START + 0x47);
	put(7, START + 7);
	check(START + 0x84, 3, (__u64[]){ 0x47, 7 });
	SAME(on.frames[0].rule, RULE(RULE_SP, 5, 1, RULE_FP_SAVED, 3));
	SAME(on.frames[1].rule, RULE(RULE_SP, 3, 1, RULE_FP_SAVED, 3));
}

/* A signal's registers would lie elsewhere than a rule says. */
Test(unwind_narrow, no_rule_leads_over_a_signal)
{
	put_functions();
	name_functions();
	program__put_cfi(&on.program, LEAF, 0x20, "zS", BYTES(0x0c, 4, 20, 0x80 | 8, 1));
	put(4, START + 0x47);
	unwound__run(&on, START + 0x84 - CODE);
	SAME(on.frames[0].rule, RULE_STUCK);
}

/* ---- the vDSO ---- */

static void put_system_call(void)
{
	put_functions();
	name_functions();
	put(0, AT + 4 * 30);
	put(3, START + 0x47);
	put(6, START + 7);
}

Test(unwind_narrow, system_call_in_the_vdso)
{
	put_system_call();
	check(VDSO + 0x10, 3, (__u64[]){ 0x47, 7 });
	SAME(on.frames[0].rule, RULE(RULE_SP, 4, 1, RULE_FP_SAVED, 4));
	SAME(on.frames[1].slot, AT + 12);
	SAME(on.end.why, UNWIND_COMPLETE);
}

Test(unwind_narrow, system_call_gives_back_the_frame_pointer)
{
	put_system_call();
	program__put(&on.program, MAIN, BYTES(0x55, 0x89, 0xe5, 0x29, 0xc4)); /* sub %eax,%esp */
	SAME(program__put_call(&on.program, MAIN + 5, LEAF), 0x4a);
	put(3, START + 0x4a);
	put(31, START + 7);
	check(VDSO + 0x10, 3, (__u64[]){ 0x4a, 7 });
	SAME(on.frames[2].slot, AT + 31 * 4);
}

static void check_called(const __u8 *code, size_t size, bool expected)
{
	begin();
	put_system_call();
	memset(on.program.code + 0x40, 0x90, 7);
	program__put(&on.program, 0x47 - size, code, size);
	unwound__run(&on, VDSO + 0x10 - CODE);
	SAME(on.count > 1, expected);
}

Test(unwind_narrow, system_call_is_called)
{
	check_called(BYTES(0xe8, 1, 2, 3, 4), true);
	check_called(BYTES(0xe8, 2, 3, 4), false);
	check_called(BYTES(0xe8, 0, 1, 2, 3, 4), false);
	check_called(BYTES(0xff, 0xd0), true);
	check_called(BYTES(0xff, 0x10), true);
	check_called(BYTES(0xff, 0xe0), false); /* a jump */
	check_called(BYTES(0xff, 0xc0), false);
	check_called(BYTES(0xfe, 0xd0), false);
	check_called(BYTES(0xff, 0x50, 8), true);
	check_called(BYTES(0xff, 0x94, 0xc8, 0, 1, 0, 0), true);
	check_called(BYTES(0x90), false);
}

Test(unwind_narrow, system_call_is_of_such_a_program)
{
	put_system_call();
	on.maps[1].file = 0; /* it is a file */
	unwound__run(&on, VDSO + 0x10 - CODE);
	cr_expect(on.count < 2 || on.frames[1].pc != START + 0x47);
	begin();
	put_system_call();
	on.stack.size = 3 * 4;
	unwound__run(&on, VDSO + 0x10 - CODE);
	SAME(on.count, 1);
}

/* ---- signals, whose handlers return to the vDSO ---- */

#define BELOW 40 /* words: where the stack lies that the signal has interrupted */

/* The kernel's registers, so many words up: of leaf(), called by main(). */
static void put_registers(size_t at)
{
	put_functions();
	name_functions();
	on.program.code[LEAF] = 0x55; /* it keeps %ebp; handle() is called by nobody */
	program__name(&on.program, "handle", 0x100, 0x20);
	program__put(&on.program, 0x100, BYTES(0x83, 0xec, 0x0c, 0x90, 0x90));
	program__put_cfi(&on.program, 0x100, 0x20, "", BYTES(0x0c, 4, 16, 0x80 | 8, 1));
	put(3, VDSO + 0x100);
	put(at + 7, AT + 4 * BELOW); /* %esp */
	put(at + 14, START + 0x84);  /* %eip */
	put(at + 15, 0x23);
	put(at + 17, AT + 4 * BELOW); /* %esp at the signal */
	put(at + 18, 0x2b);
	put(BELOW + 4, START + 0x47);
	put(BELOW + 7, START + 7);
}

static void check_interrupted(void)
{
	unwound__run(&on, START + 0x104 - CODE);
	SAME(on.count, 5);
	SAME(on.frames[1].pc, VDSO + 0x100);
	SAME(on.frames[1].caller, false);
	SAME(on.frames[1].rule, RULE_STUCK);
	SAME(on.frames[2].pc, START + 0x84);
	SAME(on.frames[2].caller, false);
	SAME(on.frames[3].pc, START + 0x47);
	SAME(on.frames[4].pc, START + 7);
	SAME(on.end.why, UNWIND_COMPLETE);
}

Test(unwind_narrow, below_a_handler)
{
	put_registers(4 + 1);
	check_interrupted();
}

Test(unwind_narrow, below_a_handler_that_is_told_more)
{
	put_registers(4 + 3 + (128 + 20) / 4);
	put(BELOW + 4, 0);
	put(BELOW + 7, 0);
	put(4 + 3 + (128 + 20) / 4 + 7, AT + 4 * 70);
	put(4 + 3 + (128 + 20) / 4 + 17, AT + 4 * 70);
	put(74, START + 0x47);
	put(77, START + 7);
	check_interrupted();
}

Test(unwind_narrow, what_is_no_set_of_registers_is_not_believed)
{
	static const size_t changed[] = { 7, 15, 17, 18 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(changed); i++) {
		begin();
		put_registers(4 + 1);
		put(4 + 1 + changed[i], 0x33);
		unwound__run(&on, START + 0x104 - CODE);
		SAME(on.count, 2);
		SAME(on.end.why, UNWIND_NO_CFI);
	}
}

#endif
