/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions of x86-64 and i386, one by one. */
#include "callstack/helper/insn.h"

#include "unit.h"

#define AT 0x401000ULL

#define BYTES(...) ((const __u8[]){ __VA_ARGS__ }), sizeof((const __u8[]){ __VA_ARGS__ })

static struct insn insn;

static void check(const __u8 *code, size_t size, enum insn_kind kind)
{
	insn__decode(&insn, code, size, AT, true);
	SAME(insn.kind, kind);
	SAME(insn.size, size);
}

Test(insn, what_moves_the_stack_pointer)
{
	check(BYTES(0x53), INSN_PUSH);
	SAME(insn.reg, 3);
	check(BYTES(0x41, 0x5f), INSN_POP);
	SAME(insn.reg, 15);
	check(BYTES(0x6a, 0x00), INSN_PUSH);
	check(BYTES(0x68, 1, 2, 3, 4), INSN_PUSH);
	check(BYTES(0xff, 0x75, 0x10), INSN_PUSH); /* push 0x10(%rbp) */
	SAME(insn.reg, INSN_NO_REG);
	check(BYTES(0x48, 0x83, 0xec, 0x28), INSN_SUM); /* sub $0x28,%rsp */
	SAME(insn.value, (__u64)-0x28);
	check(BYTES(0x48, 0x81, 0xc4, 0x00, 0x10, 0, 0), INSN_SUM); /* add $0x1000,%rsp */
	SAME(insn.value, 0x1000);
	check(BYTES(0x48, 0x8d, 0x64, 0x24, 0xf8), INSN_SUM); /* lea -8(%rsp),%rsp */
	SAME(insn.reg, INSN_SP);
	SAME(insn.value, (__u64)-8);
	check(BYTES(0xc9), INSN_LEAVE);
}

Test(insn, what_makes_the_stack_pointer_unknown)
{
	check(BYTES(0x48, 0x83, 0xe4, 0xe0), INSN_SP_LOST);	/* and $-32,%rsp */
	check(BYTES(0x48, 0x29, 0xc4), INSN_SP_LOST);		/* sub %rax,%rsp */
	check(BYTES(0x48, 0x89, 0xc4), INSN_SP_LOST);		/* mov %rax,%rsp */
	check(BYTES(0x48, 0x94), INSN_SP_LOST);			/* xchg */
	check(BYTES(0x48, 0x0f, 0x44, 0xe0), INSN_SP_LOST);	/* cmove */
	check(BYTES(0x48, 0x8b, 0x64, 0x24, 0x08), INSN_LOAD);	/* mov 8(%rsp),%rsp */
	check(BYTES(0x48, 0x8d, 0x24, 0x04), INSN_SP_LOST);	/* lea (%rsp,%rax),%rsp */
	check(BYTES(0x80, 0xe4, 0xf7), INSN_OTHER);		/* and $0xf7,%ah */
	check(BYTES(0x66, 0x0f, 0x6f, 0x24, 0x24), INSN_OTHER); /* movdqa (%rsp),%xmm4 */
	check(BYTES(0xc5, 0xfb, 0x93, 0xc4), INSN_OTHER);	/* kmovd %k4,%eax */
	check(BYTES(0x62, 0xf1, 0x7c, 0x48, 0x29, 0x64, 0x24, 1), INSN_OTHER); /* vmovaps */
}

Test(insn, what_sets_the_frame_pointer)
{
	check(BYTES(0x48, 0x89, 0xe5), INSN_SUM);
	SAME(insn.reg, INSN_FP);
	SAME(insn.base, INSN_SP);
	check(BYTES(0x48, 0x8d, 0x6c, 0x24, 0x20), INSN_SUM); /* lea 0x20(%rsp),%rbp */
	SAME(insn.value, 0x20);
	check(BYTES(0x48, 0x89, 0x6c, 0x24, 0x10), INSN_STORE); /* mov %rbp,0x10(%rsp) */
	SAME(insn.value, 0x10);
	check(BYTES(0x48, 0x89, 0xc5), INSN_OTHER); /* mov %rax,%rbp */
	cr_expect(INSN_WRITES(&insn, INSN_FP));
	check(BYTES(0x48, 0x39, 0xc5), INSN_OTHER); /* cmp %rax,%rbp */
	cr_expect(!INSN_WRITES(&insn, INSN_FP));
	check(BYTES(0x31, 0xed), INSN_OTHER); /* xor %ebp,%ebp */
	cr_expect(INSN_WRITES(&insn, INSN_FP));
}

Test(insn, where_it_leads)
{
	check(BYTES(0xe8, 0xfb, 0xff, 0xff, 0xff), INSN_CALL);
	cr_expect(insn.direct);
	SAME(insn.value, AT);
	check(BYTES(0xff, 0xd3), INSN_CALL);
	cr_expect(!insn.direct);
	check(BYTES(0x74, 0x10), INSN_BRANCH);
	SAME(insn.value, AT + 0x12);
	check(BYTES(0x0f, 0x85, 0x00, 0x01, 0, 0), INSN_BRANCH);
	SAME(insn.value, AT + 0x106);
	check(BYTES(0xeb, 0xfe), INSN_JUMP);
	SAME(insn.value, AT);
	check(BYTES(0x3e, 0xff, 0xe0), INSN_JUMP);
	SAME(insn.reg, 0);
	check(BYTES(0xf3, 0xc3), INSN_END);
	check(BYTES(0x0f, 0x0b), INSN_END);
	check(BYTES(0x48, 0x8d, 0x05, 0x93, 0xff, 0xff, 0xff), INSN_CONSTANT);
	SAME(insn.value, AT + 7 - 0x6d);
	check(BYTES(0x48, 0xc7, 0xc7, 0x6c, 0x11, 0x40, 0), INSN_CONSTANT); /* mov $x,%rdi */
	SAME(insn.reg, 7);
	SAME(insn.value, 0x40116c);
}

Test(insn, of_32_bits)
{
	insn__decode(&insn, BYTES(0x55), AT, false);
	SAME(insn.kind, INSN_PUSH);
	insn__decode(&insn, BYTES(0x89, 0xe5), AT, false);
	SAME(insn.kind, INSN_SUM);
	insn__decode(&insn, BYTES(0x83, 0xec, 0x1c), AT, false);
	SAME(insn.kind, INSN_SUM);
	insn__decode(&insn, BYTES(0x4c), AT, false); /* dec %esp */
	SAME(insn.kind, INSN_SP_LOST);
	insn__decode(&insn, BYTES(0xcd, 0x80), AT, false);
	SAME(insn.kind, INSN_OTHER);
	SAME(insn.size, 2);
}

/* Whatever the bytes are, none behind them is read, and no instruction is without bytes. */
Test(insn, of_any_bytes)
{
	struct chance chance = { 7 };
	int i;

	for (i = 0; i < 200000; i++) {
		__u64 bytes[2] = { chance__next(&chance), chance__next(&chance) };
		size_t size = 1 + chance__below(&chance, 16);

		insn__decode(&insn, (const __u8 *)bytes, size, AT, i & 1);
		cr_assert(insn.size && insn.size <= size && insn.size <= 15);
	}
}
