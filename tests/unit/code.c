/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/helper/machine_code.h"

#include <elf.h>
#include <string.h>

#include "unit.h"

#define BYTES(...) ((const __u8[]){ __VA_ARGS__ }), sizeof((const __u8[]){ __VA_ARGS__ })
#define WORD(word) (word) & 0xff, (word) >> 8 & 0xff, (word) >> 16 & 0xff, (word) >> 24 & 0xff

#define AROUND 64

/* The same code with words around it, in front of which and behind which it must not look. */
static const __u8 *amid(__u32 word, const __u8 *code, size_t size)
{
	static __u8 bytes[3 * AROUND];
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (__u8)(word >> 8 * (i % sizeof(word)));
	if (size)
		memcpy(bytes + AROUND, code, size);
	return bytes + AROUND;
}

#define ARM_RET 0xd65f03c0
#define ARM_LDR 0xf9400000

static void check_call(unsigned int machine, const __u8 *code, size_t size, bool expected)
{
	SAME(symbolization__ends_in_call(machine, code, size), expected);
}

Test(code, x86_calls)
{
	check_call(EM_X86_64, BYTES(0xe8, 1, 2, 3, 4), true);
	check_call(EM_386, BYTES(0x90, 0x90, 0xe8, 1, 2, 3, 4), true);
	check_call(EM_X86_64, BYTES(0xff, 0xd0), true);			  /* *%rax */
	check_call(EM_X86_64, BYTES(0x41, 0xff, 0xd4), true);		  /* *%r12 */
	check_call(EM_X86_64, BYTES(0xff, 0x10), true);			  /* *(%rax) */
	check_call(EM_X86_64, BYTES(0xff, 0x14, 0xc8), true);		  /* *(%rax,%rcx,8) */
	check_call(EM_X86_64, BYTES(0xff, 0x50, 0x18), true);		  /* *24(%rax) */
	check_call(EM_X86_64, BYTES(0xff, 0x54, 0x24, 0x08), true);	  /* *8(%rsp) */
	check_call(EM_X86_64, BYTES(0xff, 0x15, 1, 2, 3, 4), true);	  /* *x(%rip) */
	check_call(EM_X86_64, BYTES(0xff, 0x90, 0, 1, 0, 0), true);	  /* *256(%rax) */
	check_call(EM_X86_64, BYTES(0xff, 0x94, 0xc8, 0, 1, 0, 0), true); /* 256(%rax,%rcx,8) */
	check_call(EM_X86_64, BYTES(0xff, 0x14, 0xcd, 0, 1, 0, 0), true); /* *256(,%rcx,8) */
}

Test(code, x86_that_is_no_call)
{
	check_call(EM_X86_64, BYTES(0xe9, 1, 2, 3, 4), false);
	check_call(EM_X86_64, BYTES(0xff, 0xe0), false); /* jmp *%rax */
	check_call(EM_X86_64, BYTES(0xff, 0x25, 1, 2, 3, 4), false);
	check_call(EM_X86_64, BYTES(0xff, 0xc0), false); /* inc %eax */
	check_call(EM_X86_64, BYTES(0xff, 0x50), false); /* a displacement is missing */
	check_call(EM_X86_64, BYTES(0xe8, 1, 2, 3), false);
	check_call(EM_X86_64, BYTES(0xe8, 1, 2, 3, 4, 0x90), false);
	check_call(EM_X86_64, BYTES(0xcc), false);
	check_call(EM_X86_64, BYTES(0x48, 0x8b, 0x07, 0xc3), false);
}

Test(code, arm_calls)
{
	check_call(EM_AARCH64, BYTES(WORD(0x94000010)), true);
	check_call(EM_AARCH64, BYTES(WORD(0x97ffffff)), true);
	check_call(EM_AARCH64, BYTES(0, 0, 0, WORD(0xd63f0020)), true); /* blr x1 */
	check_call(EM_AARCH64, BYTES(WORD(0xd63f0be0)), true);		/* blraaz */
	check_call(EM_AARCH64, BYTES(WORD(0xd73f0801)), true);		/* blraa */
	check_call(EM_AARCH64, BYTES(WORD(0x14000010)), false);		/* b */
	check_call(EM_AARCH64, BYTES(WORD(0xd61f0020)), false);		/* br x1 */
	check_call(EM_AARCH64, BYTES(WORD(0xd503201f)), false);		/* nop */
	check_call(EM_AARCH64, BYTES(WORD(0xd65f03c0)), false);		/* ret */
}

Test(code, where_nothing_is_known_it_is_a_call)
{
	check_call(EM_RISCV, BYTES(1, 2, 3, 4), true);
	check_call(EM_X86_64, NULL, 0, true);
	check_call(EM_AARCH64, BYTES(0xcc), true);
}

/* Behind the bytes is an address that ends in 0. */
static void check_end(unsigned int machine, const __u8 *code, size_t size, bool expected)
{
	__u32 other = expected ? ARM_LDR : ARM_RET;

	SAME(symbolization__may_end(machine, amid(other, code, size), size, 0x1000 - size),
	     expected);
}

#define MOV 0x48, 0x8b, 0x07 /* (%rdi) to %rax */

Test(code, x86_padding)
{
	check_end(EM_X86_64, BYTES(MOV, 0x90, 0x90), true);
	check_end(EM_X86_64, BYTES(MOV, 0xcc, 0xcc), true);
	check_end(EM_X86_64, BYTES(MOV, 0x66, 0x90), true);
	check_end(EM_X86_64, BYTES(MOV, 0x0f, 0x1f, 0x44, 0, 0), true);
	check_end(EM_X86_64, BYTES(MOV, 0x66, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0), true);
	check_end(EM_386, BYTES(MOV, 0x8d, 0xb6, 0, 0, 0, 0), true);
	check_end(EM_X86_64, BYTES(MOV, 0, 0, 0, 0, 0, 0, 0, 0, 0), true);
	/* one byte, behind what nothing goes on from */
	check_end(EM_X86_64, BYTES(0xe9, 1, 2, 3, 4, 0x90), true);
	check_end(EM_X86_64, BYTES(0xe8, 1, 2, 3, 4, 0xcc), true);
	check_end(EM_X86_64, BYTES(0xff, 0xe0, 0), true);
	check_end(EM_X86_64, BYTES(0x0f, 0x0b, 0x90), true);
	/* in the middle of the bytes */
	SAME(symbolization__may_end(EM_X86_64, BYTES(MOV, 0x66, 0x90, MOV), 0xffb), true);
}

Test(code, x86_that_only_looks_like_padding)
{
	check_end(EM_X86_64, BYTES(MOV), false);
	check_end(EM_X86_64, BYTES(MOV, 0xb8, 1, 0, 0, 0), false); /* mov $1, %eax */
	check_end(EM_X86_64, BYTES(MOV, 0xb8, 1, 0, 0, 0x90), false);
	check_end(EM_X86_64, BYTES(0x48, 0xc7, 0x07, 0, 0, 0, 0), false); /* movq $0, (%rdi) */
	/* up to no aligned address */
	SAME(symbolization__may_end(EM_X86_64, BYTES(MOV, 0x66, 0x90), 0xffc), false);
}

Test(code, x86_returns)
{
	check_end(EM_X86_64, BYTES(MOV, 0xc3, MOV), true);
	check_end(EM_X86_64, BYTES(0x48, 0x83, 0xc4, 0x08, 0xc3, MOV), true);
	check_end(EM_X86_64, BYTES(0x0f, 0x05, 0xc3, MOV), true);
	check_end(EM_X86_64, BYTES(0x48, 0x89, 0xc3, MOV), false); /* mov %rax, %rbx */
	check_end(EM_X86_64, BYTES(0x85, 0xc3, MOV), false);
}

Test(code, arm_ends)
{
	check_end(EM_AARCH64, BYTES(WORD(0xf9400000), WORD(0xd503201f)), true);
	check_end(EM_AARCH64, BYTES(WORD(0xf9400000), WORD(0)), true);
	check_end(EM_AARCH64, BYTES(WORD(0xd65f03c0), WORD(0xf9400000)), true);
	check_end(EM_AARCH64, BYTES(WORD(0xd503201f), WORD(0xf9400000)), false);
	check_end(EM_AARCH64, BYTES(WORD(0xf9400000), WORD(0x94000010)), false);
	check_end(EM_AARCH64, BYTES(1, 2, 3), true); /* nothing is at such an address */
}

Test(code, of_other_machines_nothing_is_known)
{
	check_end(EM_RISCV, BYTES(1, 2, 3, 4), true);
}

Test(code, any_bytes_are_read_within_bounds)
{
	static const __u8 first[] = { 0x66, 0x0f, 0x8d, 0xff, 0xe8, 0x00, 0x14, 0x94 };
	__u8 code[8];
	size_t i, k, size;

	for (i = 0; i < sizeof(first); i++) {
		for (k = 0; k < sizeof(first); k++) {
			memset(code, first[i], sizeof(code));
			code[0] = first[k];
			for (size = 0; size <= sizeof(code); size++) {
				symbolization__ends_in_call(EM_X86_64, code + 8 - size, size);
				symbolization__may_end(EM_X86_64, code + 8 - size, size,
						       0x1000 - size);
			}
		}
	}
}
