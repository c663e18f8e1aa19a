/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far code is followed, and what is loaded, stored and padded on the way. */
#include "callstack/helper/code_depth.h"

#include <string.h>

#include "unit.h"

#define AT	   0x401000ULL
#define MOST_INSNS 8192
#define ROOM	   (2 * MOST_INSNS)

#define PUT(...) put((const __u8[]){ __VA_ARGS__ }, sizeof((const __u8[]){ __VA_ARGS__ }))

static __u8 code[ROOM];
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

TestSuite(code_flow, .init = begin, .fini = end);

static void put(const __u8 *more, size_t size)
{
	memcpy(code + bytes.size, more, size);
	bytes.size += size;
}

static bool find(size_t place)
{
	depth = (struct code_depth){ 0 };
	return code_flow__find(flow, &bytes, AT, 0, AT + place, &depth);
}

Test(code_flow, of_a_function_so_much_is_followed)
{
	memset(code, 0x90, sizeof(code));
	bytes.size = sizeof(code);
	cr_expect(find(MOST_INSNS - 1));
	cr_expect(!find(MOST_INSNS));
	SAME(depth.sp, 0);
	cr_expect(find(0));
	SAME(depth.sp, 8);
}

Test(code_flow, frame_pointer_that_is_loaded_again)
{
	PUT(0x48, 0x83, 0xec, 0x20);	   /* 0 sub $0x20,%rsp */
	PUT(0x48, 0x89, 0x6c, 0x24, 0x18); /* 4 mov %rbp,0x18(%rsp) */
	PUT(0x31, 0xed);		   /* 9 xor %ebp,%ebp */
	PUT(0x90);			   /* 11 */
	PUT(0x48, 0x8b, 0x6c, 0x24, 0x18); /* 12 mov 0x18(%rsp),%rbp */
	PUT(0x90, 0xc3);		   /* 17 */
	cr_expect(find(9));
	SAME(depth.saved[INSN_FP], 16);
	SAME(depth.fp_lost, false);
	cr_expect(find(11));
	SAME(depth.saved[INSN_FP], 16);
	SAME(depth.fp_lost, false); /* it is known where it is */
	cr_expect(find(17));
	SAME(depth.saved[INSN_FP], 0); /* the caller's again */
	SAME(depth.fp_lost, false);
	code[16] = 0x10; /* from another place */
	cr_expect(find(17));
	SAME(depth.fp_lost, true);
}

Test(code_flow, frame_pointer_that_is_loaded_without_being_kept)
{
	PUT(0x48, 0x8b, 0x6c, 0x24, 0x08); /* 0 mov 8(%rsp),%rbp */
	PUT(0x90, 0xc3);
	cr_expect(find(5));
	SAME(depth.fp_lost, true);
}

Test(code_flow, other_registers_that_are_loaded)
{
	PUT(0x55);			   /* 0 push %rbp */
	PUT(0x48, 0x8b, 0x5c, 0x24, 0x00); /* 1 mov 0(%rsp),%rbx */
	PUT(0x90, 0xc3);		   /* 6 */
	cr_expect(find(6));
	SAME(depth.saved[INSN_FP], 16);
	SAME(depth.sp, 16);
}

Test(code_flow, stores_that_keep_a_register)
{
	PUT(0x48, 0x83, 0xec, 0x20);	   /* 0 sub $0x20,%rsp */
	PUT(0x48, 0x89, 0x5c, 0x24, 0x08); /* 4 mov %rbx,8(%rsp) */
	PUT(0x48, 0x89, 0x5c, 0x24, 0x10); /* 9 mov %rbx,16(%rsp): it is kept already */
	PUT(0x4c, 0x89, 0x64, 0x24, 0x28); /* 14 mov %r12,40(%rsp): above the return address */
	PUT(0x90, 0xc3);		   /* 19 */
	cr_expect(find(19));
	SAME(depth.saved[3], 32);
	SAME(depth.saved[12], 0);
	SAME(depth.sp, 40);
}

Test(code_flow, pops_without_a_known_stack_pointer)
{
	PUT(0x48, 0x89, 0xc4); /* 0 mov %rax,%rsp */
	PUT(0x5b);	       /* 3 pop %rbx */
	PUT(0x55);	       /* 4 push %rbp */
	PUT(0x90);	       /* 5 */
	PUT(0x5d, 0x90, 0xc3); /* 6 pop %rbp */
	cr_expect(find(5));
	SAME(depth.sp, 0);
	SAME(depth.saved[INSN_FP], 0);
	SAME(depth.fp_lost, false);
	cr_expect(find(7));
	SAME(depth.fp_lost, true); /* it was kept nowhere that is known */
}

Test(code_flow, stack_pointer_has_its_limits)
{
	PUT(0x48, 0x81, 0xec, 0xf8, 0xff, 0xff, 0x00); /* 0 sub $0xfffff8,%rsp */
	PUT(0x90);				       /* 7 */
	PUT(0x53, 0x90, 0xc3);			       /* 8 push %rbx */
	cr_expect(find(7));
	SAME(depth.sp, 1 << 24);
	cr_expect(!find(9)); /* no frame is larger */
	bytes.size = 0;
	PUT(0x58, 0x90); /* 0 pop %rax: that was the return address */
	cr_expect(!find(1));
}

/* ---- padding behind a call that need not return ---- */

static bool goes_on_behind(const __u8 *padding, size_t size)
{
	bytes.size = 0;
	PUT(0x53);	       /* 0 push %rbx */
	PUT(0xe8, 0, 1, 0, 0); /* 1 call */
	put(padding, size);    /* 6 */
	memset(code + bytes.size, 0x90, 32);
	bytes.size += 32;
	return find(18);
}

Test(code_flow, padding_up_to_where_functions_begin)
{
	static const __u8 traps[] = { 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc };
	static const __u8 nops[] = { 0x0f, 0x1f, 0x00, 0x0f, 0x1f, 0x80, 0, 0, 0, 0 };
	static const __u8 work[] = { 0x48, 0x89, 0xc3, 0x0f, 0x1f, 0x80, 0, 0, 0, 0 };
	static const __u8 over[] = { 0x0f, 0x1f, 0x80, 0, 0, 0, 0, 0x0f, 0x1f, 0x40, 0x00 };

	cr_expect(!goes_on_behind(traps, sizeof(traps)));
	cr_expect(!goes_on_behind(nops, sizeof(nops)));
	cr_expect(goes_on_behind(work, sizeof(work))); /* mov %rax,%rbx */
	cr_expect(goes_on_behind(over, sizeof(over))); /* beyond the place */
	cr_expect(
		code_flow__find(flow, &bytes, AT, AT + 64, AT + 18, &depth)); /* its end is known */
}

/* ---- what it leads to ---- */

Test(code_flow, end_of_a_function_is_not_passed)
{
	PUT(0x53, 0x90, 0x90);
	cr_expect(code_flow__find(flow, &bytes, AT, AT + 2, AT + 1, &depth));
	cr_expect(!code_flow__find(flow, &bytes, AT, AT + 2, AT + 2, &depth));
}

/* The last thing that it does is to call what does not return: the place is its end. */
Test(code_flow, end_of_a_function_is_where_its_last_call_returns_to)
{
	PUT(0x53);	       /* 0 push %rbx */
	PUT(0xe8, 0, 1, 0, 0); /* 1 call */
	PUT(0x53, 0x90, 0x90); /* 6: another function */
	cr_expect(code_flow__find(flow, &bytes, AT, AT + 6, AT + 6, &depth));
	SAME(depth.sp, 16);
	cr_expect(!code_flow__find(flow, &bytes, AT, AT + 6, AT + 7, &depth));
	cr_expect(code_flow__find(flow, &bytes, AT, AT + 6, AT + 1, &depth));
}

/* It also ends in that function: only who asks for the place is told that nobody knows it. */
Test(code_flow, end_of_a_function_that_is_also_jumped_to)
{
	PUT(0x74, 6);	       /* 0 je 8 */
	PUT(0x53);	       /* 2 push %rbx */
	PUT(0xe8, 0, 1, 0, 0); /* 3 call */
	PUT(0x90, 0xc3);       /* 8: another function */
	cr_expect(code_flow__find(flow, &bytes, AT, AT + 8, AT + 3, &depth));
	SAME(depth.sp, 16);
	cr_expect(!code_flow__find(flow, &bytes, AT, AT + 8, AT + 8, &depth));
}

Test(code_flow, targets_are_what_is_loaded_or_called)
{
	__u64 targets[4] = { 0 };

	PUT(0x48, 0x8d, 0x3d, 0x19, 0, 0, 0); /* 0 lea 32,%rdi */
	PUT(0xe8, 0x24, 0, 0, 0);	      /* 7 call 48 */
	PUT(0xff, 0xd0);		      /* 12 call *%rax */
	PUT(0x48, 0x8d, 0x35, 0, 1, 0, 0);    /* 14 lea beyond the code */
	PUT(0xc3);
	bytes.size = 64;
	SAME(code_flow__targets(flow, &bytes, AT, targets, 4), 2);
	SAME(targets[0], AT + 32);
	SAME(targets[1], AT + 48);
	targets[1] = 0;
	SAME(code_flow__targets(flow, &bytes, AT, targets, 1), 1);
	SAME(targets[1], 0);
	bytes.size = 48;
	SAME(code_flow__targets(flow, &bytes, AT, targets, 4), 1);
}

/* So that a pointer is followed, nothing may have written the register. */
Test(code_flow, jump_by_a_register_that_was_written_meanwhile)
{
	PUT(0x48, 0x8d, 0x05, 5, 0, 0, 0); /* 0 lea 12,%rax */
	PUT(0x90, 0x90);		   /* 7 */
	PUT(0xff, 0xe0);		   /* 9 jmp *%rax */
	PUT(0xcc, 0x6a, 0x00, 0x90);	   /* 11; 12 push $0 */
	cr_expect(find(14));
	SAME(depth.sp, 16);
	cr_expect(!code_flow__leads_elsewhere(flow));
	code[7] = 0x31; /* xor %eax,%eax */
	code[8] = 0xc0;
	cr_expect(!find(14));
	cr_expect(code_flow__leads_elsewhere(flow));
	code[8] = 0xc9; /* xor %ecx,%ecx */
	cr_expect(find(14));
	code[10] = 0xe1; /* jmp *%rcx */
	cr_expect(!find(14));
}

/* A jump with something on the stack is none to another function. */
Test(code_flow, leads_elsewhere_with_the_stack_as_it_was)
{
	PUT(0x53, 0xff, 0xe0);
	cr_expect(!find(10));
	cr_expect(!code_flow__leads_elsewhere(flow));
	code[0] = 0x90;
	cr_expect(!find(10));
	cr_expect(code_flow__leads_elsewhere(flow));
}
