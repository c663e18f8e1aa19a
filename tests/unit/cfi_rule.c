/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What call frame information says of one place, as a rule for the kernel's side. */
#include "callstack/helper/unwind_rule.h"

#include <elf.h>
#include <unistd.h>

#include "callstack/helper/unwind_space.h"
#include "frame_rule.h"
#include "make_program.h"
#include "unit.h"

#define BIAS 0x555500000000ULL
#define AT   0x80 /* of the function */

#define DEF_CFA(reg, bytes)	    0x0c, reg, bytes
#define DEF_CFA_BY(size, ...)	    0x0f, size, __VA_ARGS__
#define SAVED(reg, words)	    (0x80 | (reg)), words
#define SAVED_ABOVE(reg)	    0x11, reg, 0x7f /* the CFA + a word */
#define SAVED_WHERE(reg, size, ...) 0x10, reg, size, __VA_ARGS__
#define UNDEFINED(reg)		    0x07, reg
#define SAME_VALUE(reg)		    0x08, reg
#define IN_REGISTER(reg, other)	    0x09, reg, other
#define BREG(reg, bytes)	    (0x70 + (reg)), ((bytes)&0x7f)
#define BREGX(reg, bytes)	    0x92, reg, ((bytes)&0x7f)
#define PLUS(bytes)		    0x23, bytes
#define DEREF			    0x06
#define RA			    16

static struct program program;
static const char *augmentation = "";

static void begin(void)
{
	program__begin(&program, false);
}

TestSuite(cfi_rule, .init = begin);

static __u64 rule_at(__u64 place)
{
	int file = program__file(&program);
	struct unwind_map map = { .start = BIAS + PROGRAM_START,
				  .end = BIAS + PROGRAM_START + PROGRAM_BYTES,
				  .offset = PROGRAM_OFFSET };
	struct unwind_space *space = unwind_space__new(&map, 1, &file, 1);
	__u64 address = BIAS + PROGRAM_START + place, rule;

	rule = unwind_rule__at(unwind_space__module(space, address), address);
	unwind_space__free(space);
	close(file);
	return rule;
}

static __u64 rule_of(const __u8 *instructions, size_t size)
{
	program.cfi_size = 0;
	program__put_cfi(&program, AT, 0x20, augmentation, instructions, size);
	return rule_at(AT + 4);
}

Test(cfi_rule, by_the_stack_pointer)
{
	SAME(rule_of(BYTES(DEF_CFA(7, 40), SAVED(RA, 1))), RULE(RULE_SP, 5, 1, RULE_FP_KEPT, 0));
	SAME(rule_of(BYTES(DEF_CFA(7, 40), SAVED(RA, 1), SAVED(6, 3))),
	     RULE(RULE_SP, 5, 1, RULE_FP_SAVED, 3));
	SAME(rule_of(BYTES(DEF_CFA_BY(3, BREGX(7, 48)), SAVED(RA, 2))),
	     RULE(RULE_SP, 6, 2, RULE_FP_KEPT, 0));
}

Test(cfi_rule, by_the_frame_pointer)
{
	SAME(rule_of(BYTES(DEF_CFA(6, 16), SAVED(RA, 1), SAVED(6, 2))),
	     RULE(RULE_FP, 2, 1, RULE_FP_SAVED, 2));
	SAME(rule_of(BYTES(DEF_CFA(6, 16), SAVED(RA, 1), UNDEFINED(6))),
	     RULE(RULE_FP, 2, 1, RULE_FP_KEPT, 0));
}

/* As in main() of 32 bits, and where stacks are aligned. */
Test(cfi_rule, by_what_lies_below_the_frame_pointer)
{
	SAME(rule_of(BYTES(DEF_CFA_BY(3, BREG(6, -24), DEREF), SAVED(RA, 1),
			   SAVED_WHERE(6, 2, BREG(6, 0)))),
	     RULE(RULE_AT_FP, 3, 1, RULE_FP_BY_FP, 0));
	SAME(rule_of(BYTES(DEF_CFA_BY(3, BREG(6, 0), DEREF), SAVED(RA, 1))),
	     RULE(RULE_AT_FP, 0, 1, RULE_FP_KEPT, 0));
	SAME(rule_of(BYTES(DEF_CFA_BY(3, BREG(6, 8), DEREF), SAVED(RA, 1))), RULE_STUCK);
	SAME(rule_of(BYTES(DEF_CFA_BY(3, BREG(7, -8), DEREF), SAVED(RA, 1))), RULE_STUCK);
	SAME(rule_of(BYTES(DEF_CFA_BY(4, BREG(6, -8), PLUS(8)), SAVED(RA, 1))), RULE_STUCK);
	SAME(rule_of(BYTES(DEF_CFA_BY(4, BREG(6, -8), DEREF, DEREF), SAVED(RA, 1))), RULE_STUCK);
}

Test(cfi_rule, by_anything_else_is_none)
{
	SAME(rule_of(BYTES(DEF_CFA(3, 16), SAVED(RA, 1))), RULE_STUCK);
	SAME(rule_of(BYTES(DEF_CFA(7, 36), SAVED(RA, 1))), RULE_STUCK);
	SAME(rule_of(BYTES(DEF_CFA_BY(2, BREG(7, -8)), SAVED(RA, 1))), RULE_STUCK);
	SAME(rule_of(BYTES(DEF_CFA_BY(1, 0x30), SAVED(RA, 1))), RULE_STUCK); /* 0 */
	SAME(rule_of(BYTES(DEF_CFA_BY(2, 0x90, 7), SAVED(RA, 1))), RULE_STUCK);
}

Test(cfi_rule, return_address)
{
	SAME(rule_of(BYTES(DEF_CFA(7, 8), UNDEFINED(RA))), RULE_END);
	SAME(rule_of(BYTES(DEF_CFA(7, 8), SAME_VALUE(RA))), RULE(RULE_SP, 1, 0, RULE_FP_KEPT, 0));
	SAME(rule_of(BYTES(DEF_CFA(7, 8), IN_REGISTER(RA, 0))), RULE_STUCK);
	SAME(rule_of(BYTES(DEF_CFA(7, 8), SAVED(RA, 0))), RULE_STUCK);
	SAME(rule_of(BYTES(DEF_CFA(7, 8), SAVED_ABOVE(RA))), RULE_STUCK);
	SAME(rule_of(BYTES(DEF_CFA(7, 8), SAVED_WHERE(RA, 2, BREG(7, 0)))), RULE_STUCK);
	SAME(rule_of(BYTES(DEF_CFA(7, 8), SAVED_WHERE(RA, 4, BREG(7, 0), PLUS(8)))), RULE_STUCK);
}

Test(cfi_rule, frame_pointer_that_is_somewhere_else)
{
	SAME(rule_of(BYTES(DEF_CFA(7, 8), SAVED(RA, 1), IN_REGISTER(6, 3))), RULE_STUCK);
	SAME(rule_of(BYTES(DEF_CFA(7, 8), SAVED(RA, 1), SAVED_ABOVE(6))), RULE_STUCK);
	SAME(rule_of(BYTES(DEF_CFA(7, 8), SAVED(RA, 1), SAVED(6, 0))), RULE_STUCK);
	SAME(rule_of(BYTES(DEF_CFA(7, 8), SAVED(RA, 1), SAVED_WHERE(6, 2, BREG(6, 8)))),
	     RULE_STUCK);
	SAME(rule_of(BYTES(DEF_CFA(7, 8), SAVED(RA, 1), SAVED_WHERE(6, 2, BREG(7, 0)))),
	     RULE_STUCK);
	SAME(rule_of(BYTES(DEF_CFA(7, 8), SAVED(RA, 1), SAVED_WHERE(6, 3, BREG(6, 0), DEREF))),
	     RULE_STUCK);
}

/* What the fields have no room for. */
Test(cfi_rule, limits)
{
	SAME(rule_of(BYTES(0x0c, 7, 0xf8, 0xff, 0xff, 0x3f, SAVED(RA, 1))),
	     RULE(RULE_SP, RULE_CFA_MAX - 1, 1, RULE_FP_KEPT, 0));
	SAME(rule_of(BYTES(0x0c, 7, 0x80, 0x80, 0x80, 0x40, SAVED(RA, 1))), RULE_STUCK);
	SAME(rule_of(BYTES(DEF_CFA(7, 8), 0x80 | RA, 0xff, 0x1f)),
	     RULE(RULE_SP, 1, RULE_RA_MAX - 1, RULE_FP_KEPT, 0));
	SAME(rule_of(BYTES(DEF_CFA(7, 8), 0x80 | RA, 0x80, 0x20)), RULE_STUCK);
	SAME(rule_of(BYTES(DEF_CFA(7, 8), SAVED(RA, 1), 0x86, 0xff, 0x1f)),
	     RULE(RULE_SP, 1, 1, RULE_FP_SAVED, RULE_FP_MAX - 1));
	SAME(rule_of(BYTES(DEF_CFA(7, 8), SAVED(RA, 1), 0x86, 0x80, 0x20)), RULE_STUCK);
}

Test(cfi_rule, signal)
{
	augmentation = "zS";
	SAME(rule_of(BYTES(DEF_CFA(7, 8), SAVED(RA, 1))), RULE_SIGNAL);
}

Test(cfi_rule, only_where_there_is_some)
{
	program__put_cfi(&program, AT, 0x20, "", BYTES(DEF_CFA(7, 8), SAVED(RA, 1)));
	SAME(rule_at(AT - 1), RULE_NONE);
	SAME(rule_at(AT), RULE(RULE_SP, 1, 1, RULE_FP_KEPT, 0));
	SAME(rule_at(AT + 0x1f), RULE(RULE_SP, 1, 1, RULE_FP_KEPT, 0));
	SAME(rule_at(AT + 0x20), RULE_NONE);
	SAME(rule_at(2 * PROGRAM_BYTES), RULE_NONE); /* in no file */
}

Test(cfi_rule, for_debuggers)
{
	program.for_debuggers = true;
	SAME(rule_of(BYTES(DEF_CFA(7, 40), SAVED(RA, 1))), RULE(RULE_SP, 5, 1, RULE_FP_KEPT, 0));
	SAME(rule_at(AT - 1), RULE_NONE);
}

Test(cfi_rule, machines)
{
	program.machine = EM_AARCH64;
	SAME(rule_of(BYTES(DEF_CFA(31, 32), SAVED(30, 3), SAVED(29, 4))),
	     RULE(RULE_SP, 4, 3, RULE_FP_SAVED, 4));
	SAME(rule_of(BYTES(DEF_CFA(29, 32), SAVED(29, 4))), RULE(RULE_FP, 4, 0, RULE_FP_SAVED, 4));
	program.machine = EM_PPC64;
	SAME(rule_of(BYTES(DEF_CFA(1, 32))), RULE_NONE);
	program__begin(&program, true);
	SAME(rule_of(BYTES(DEF_CFA(4, 32), SAVED(8, 1), SAVED(5, 2))),
	     RULE(RULE_SP, 8, 1, RULE_FP_SAVED, 2));
	SAME(rule_of(BYTES(DEF_CFA(5, 12), SAVED(8, 1))), RULE(RULE_FP, 3, 1, RULE_FP_KEPT, 0));
}

Test(cfi_rule, of_frame_pointers)
{
	SAME(unwind_rule__by_frame_pointer(), RULE(RULE_FP, 2, 1, RULE_FP_SAVED, 2));
}
