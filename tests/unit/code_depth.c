/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a function keeps its return address, by what its code does. */
#include "callstack/helper/code_depth.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define AT 0x401000ULL

#define CODE(...) put((const __u8[]){ __VA_ARGS__ }, sizeof((const __u8[]){ __VA_ARGS__ }))

static __u8 code[256];
static struct code_bytes bytes;
static struct code_depth depth;
static struct code_flow *flow;

static void begin(void)
{
	bytes = (struct code_bytes){ .code = code, .start = AT, .wide = true };
	flow = code_flow__new();
}

static void end(void)
{
	code_flow__free(flow);
}

TestSuite(code_depth, .init = begin, .fini = end);

static void put(const __u8 *more, size_t size)
{
	memcpy(code + bytes.size, more, size);
	bytes.size += size;
}

static bool find(size_t place)
{
	return code_flow__find(flow, &bytes, AT, 0, AT + place, &depth);
}

Test(code_depth, counts_what_is_pushed)
{
	CODE(0x55);		      /* 0 push %rbp */
	CODE(0x53);		      /* 1 push %rbx */
	CODE(0x48, 0x83, 0xec, 0x18); /* 2 sub $0x18,%rsp */
	CODE(0xe8, 0, 1, 0, 0);	      /* 6 call */
	CODE(0x48, 0x83, 0xc4, 0x18); /* 11 add $0x18,%rsp */
	CODE(0x5b, 0x5d, 0xc3);	      /* 15 pop %rbx, pop %rbp, ret */
	cr_expect(find(0));
	SAME(depth.sp, 8);
	cr_expect(find(11));
	SAME(depth.sp, 48);
	SAME(depth.saved[INSN_FP], 16);
	SAME(depth.saved[3], 24);
	SAME(depth.fp, 0);
	cr_expect(find(17));
	SAME(depth.sp, 8);
	SAME(depth.saved[INSN_FP], 0);
}

/* The early return is not what a reader of bytes from top to bottom would think of. */
Test(code_depth, follows_both_ways_of_a_branch)
{
	CODE(0x53);	  /* 0 push %rbx */
	CODE(0x85, 0xff); /* 1 test %edi,%edi */
	CODE(0x74, 0x02); /* 3 je 7 */
	CODE(0x5b, 0xc3); /* 5 pop %rbx, ret */
	CODE(0x6a, 0x00); /* 7 push $0 */
	CODE(0xff, 0xd0); /* 9 call *%rax */
	CODE(0x58);	  /* 11 pop %rax */
	CODE(0xeb, 0xf7); /* 12 jmp 5 */
	cr_expect(find(11));
	SAME(depth.sp, 24);
	cr_expect(find(6));
	SAME(depth.sp, 8);
}

Test(code_depth, by_a_frame_pointer_where_the_stack_pointer_is_unknown)
{
	CODE(0x55, 0x48, 0x89, 0xe5); /* 0 push %rbp; mov %rsp,%rbp */
	CODE(0x48, 0x29, 0xc4);	      /* 4 sub %rax,%rsp */
	CODE(0xff, 0xd0);	      /* 7 call *%rax */
	CODE(0xc9, 0xc3);	      /* 9 leave, ret */
	cr_expect(find(9));
	SAME(depth.sp, 0);
	SAME(depth.fp, 16);
	SAME(depth.saved[INSN_FP], 16);
	cr_expect(find(1)); /* it is not set up yet */
	SAME(depth.sp, 16);
	SAME(depth.fp, 0);
	cr_expect(find(10));
	SAME(depth.sp, 8);
	SAME(depth.fp, 0);
}

/* V8 puts arguments onto the stack in a loop. */
Test(code_depth, by_a_frame_pointer_behind_a_loop_that_pushes)
{
	CODE(0x55, 0x48, 0x89, 0xe5); /* 0 push %rbp; mov %rsp,%rbp */
	CODE(0x53);		      /* 4 push %rbx */
	CODE(0xeb, 0x01);	      /* 5 jmp 8 */
	CODE(0x50);		      /* 7 push %rax */
	CODE(0xff, 0xc9);	      /* 8 dec %ecx */
	CODE(0x7d, 0xfb);	      /* 10 jge 7 */
	CODE(0xff, 0xd0);	      /* 12 call *%rax */
	CODE(0xc9, 0xc3);	      /* 14 leave, ret */
	cr_expect(find(14));
	SAME(depth.sp, 0);
	SAME(depth.fp, 16);
	SAME(depth.saved[INSN_FP], 16);
	SAME(depth.saved[3], 24);
	cr_expect(find(7));
	SAME(depth.sp, 0);
	cr_expect(find(5));
	SAME(depth.sp, 24);
	cr_expect(find(15));
	SAME(depth.sp, 8);
}

/* One way has kept a register that the other has not. */
Test(code_depth, registers_that_only_one_way_has_kept)
{
	CODE(0x55, 0x48, 0x89, 0xe5); /* 0 push %rbp; mov %rsp,%rbp */
	CODE(0x74, 0x01);	      /* 4 je 7 */
	CODE(0x53);		      /* 6 push %rbx */
	CODE(0xff, 0xd0);	      /* 7 call *%rax */
	CODE(0xc9, 0xc3);	      /* 9 leave, ret */
	cr_expect(find(9));
	SAME(depth.sp, 0);
	SAME(depth.fp, 16);
	SAME(depth.saved[3], 0);
}

/* By the third way it is known already that nobody knows the stack pointer. */
Test(code_depth, registers_that_a_later_way_has_not_kept)
{
	CODE(0x55, 0x48, 0x89, 0xe5); /* 0 push %rbp; mov %rsp,%rbp */
	CODE(0x53);		      /* 4 push %rbx */
	CODE(0x74, 0x05);	      /* 5 je 12 */
	CODE(0x50);		      /* 7 push %rax */
	CODE(0x74, 0x02);	      /* 8 je 12 */
	CODE(0x58, 0x5b);	      /* 10 pop %rax, pop %rbx */
	CODE(0xff, 0xd0);	      /* 12 call *%rax */
	CODE(0xc9, 0xc3);	      /* 14 leave, ret */
	cr_expect(find(14));
	SAME(depth.sp, 0);
	SAME(depth.fp, 16);
	SAME(depth.saved[3], 0);
	SAME(depth.saved[INSN_FP], 16);
}

/* Each way has pushed as much, but another register. */
Test(code_depth, registers_that_differ_at_the_same_depth)
{
	CODE(0x74, 0x03); /* 0 je 5 */
	CODE(0x53);	  /* 2 push %rbx */
	CODE(0xeb, 0x01); /* 3 jmp 6 */
	CODE(0x51);	  /* 5 push %rcx */
	CODE(0xff, 0xd0); /* 6 call *%rax */
	CODE(0x90);	  /* 8 */
	cr_expect(find(8));
	SAME(depth.sp, 16);
	SAME(depth.saved[3], 0);
	SAME(depth.saved[1], 0);
}

/* As Go does. */
Test(code_depth, frame_pointer_that_is_stored)
{
	CODE(0x48, 0x83, 0xec, 0x20);	    /* 0 sub $0x20,%rsp */
	CODE(0x48, 0x89, 0x6c, 0x24, 0x18); /* 4 mov %rbp,0x18(%rsp) */
	CODE(0x48, 0x8d, 0x6c, 0x24, 0x18); /* 9 lea 0x18(%rsp),%rbp */
	CODE(0xff, 0xd0);		    /* 14 call *%rax */
	CODE(0x90);
	cr_expect(find(16));
	SAME(depth.sp, 40);
	SAME(depth.fp, 16);
	SAME(depth.saved[INSN_FP], 16);
}

Test(code_depth, frame_pointer_that_is_used_for_something_else)
{
	CODE(0x31, 0xed);	/* 0 xor %ebp,%ebp */
	CODE(0xff, 0xd0, 0x90); /* 2 call *%rax */
	cr_expect(find(4));
	cr_expect(depth.fp_lost);
}

/* Two ways lead there, and what they have pushed differs. */
Test(code_depth, ways_that_do_not_agree)
{
	CODE(0x74, 0x01); /* 0 je 3 */
	CODE(0x53);	  /* 2 push %rbx */
	CODE(0xff, 0xd0); /* 3 call *%rax */
	CODE(0xc3);
	cr_expect(!find(5));
}

Test(code_depth, place_that_no_way_leads_to)
{
	CODE(0xc3, 0x90);
	cr_expect(!find(1));
	cr_expect(!find(100));
}

/* So musl's entry goes on in the second stage of its start. */
Test(code_depth, jumps_to_another_function)
{
	CODE(0x53, 0x5b);		    /* 0 push %rbx, pop %rbx */
	CODE(0x48, 0x8d, 0x05, 3, 0, 0, 0); /* 2 lea 12,%rax */
	CODE(0xff, 0xe0);		    /* 9 jmp *%rax */
	CODE(0xcc);
	CODE(0x6a, 0x00, 0xff, 0xd3, 0x58); /* 12 push $0, call *%rbx */
	cr_expect(find(16));
	SAME(depth.sp, 16);
	cr_expect(!code_flow__leads_elsewhere(flow));
}

/* The callee may have used the register for something else. */
Test(code_depth, address_is_forgotten_by_a_call)
{
	CODE(0x48, 0x8d, 0x05, 5, 0, 0, 0); /* 0 lea 12,%rax */
	CODE(0xff, 0xd3);		    /* 7 call *%rbx */
	CODE(0xff, 0xe0);		    /* 9 jmp *%rax */
	CODE(0xcc);
	CODE(0x90, 0x90); /* 12 */
	cr_expect(find(9));
	cr_expect(!find(12));
}

Test(code_depth, stub_leads_elsewhere)
{
	CODE(0xf3, 0x0f, 0x1e, 0xfa);	    /* endbr64 */
	CODE(0xff, 0x25, 0, 0x10, 0, 0x00); /* jmp *x(%rip) */
	cr_expect(!find(200));
	cr_expect(code_flow__leads_elsewhere(flow));
}

/* exit() and then, behind the padding, another function. */
Test(code_depth, call_that_does_not_return)
{
	CODE(0x53);			       /* 0 push %rbx */
	CODE(0xe8, 0, 1, 0, 0);		       /* 1 call */
	CODE(0x0f, 0x1f, 0x40, 0);	       /* 6 nop */
	CODE(0x0f, 0x1f, 0x80, 0, 0, 0, 0xff); /* up to 17: not aligned */
	bytes.size = 10;
	CODE(0x66, 0x0f, 0x1f, 0x44, 0, 0); /* 10: and this up to 16 */
	CODE(0x55, 0xff, 0xd0, 0x5d, 0xc3); /* 16 */
	cr_expect(find(6));
	SAME(depth.sp, 16);
	cr_expect(!find(19));
}

Test(code_depth, of_32_bits)
{
	bytes.wide = false;
	CODE(0x57, 0x56);	/* 0 push %edi, push %esi */
	CODE(0xe8, 0, 0, 0, 0); /* 2 call the next one: it pushes its address */
	CODE(0x5b);		/* 7 pop %ebx */
	CODE(0xcd, 0x80);	/* 8 int $0x80 */
	CODE(0x5e);
	cr_expect(find(7));
	SAME(depth.sp, 16);
	cr_expect(find(10));
	SAME(depth.sp, 12);
	SAME(depth.saved[7], 8);
}

Test(code_depth, of_any_bytes)
{
	struct chance chance = { 3 };
	int i, k;

	for (i = 0; i < 300; i++) {
		for (k = 0; k < 256; k++)
			code[k] = (__u8)chance__next(&chance);
		bytes.size = 1 + chance__below(&chance, 256);
		bytes.wide = i & 1;
		find(chance__below(&chance, 256));
	}
}
