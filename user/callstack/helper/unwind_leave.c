/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <unistd.h>

#include "frame_rule.h"
#include "callstack/helper/unwind_space.h"

/*
 * What the innermost frame is, is known without call frame information: on with its caller,
 * whose address lies so many words up, as in a frame without a frame pointer.
 */
static void space__leave(struct unwind_space *space, __u64 caller, size_t words)
{
	unwind_found__add(&space->found, space->regs[REG_PC], false, 0);
	space->regs[REG_PC] = caller - 1;
	space->called = true;
#if defined(__x86_64__)
	space->found.last_slot = space->regs[REG_SP] +
				 words * unwind_stack__word_size(space->stack);
	space->regs[REG_SP] = space->found.last_slot + unwind_stack__word_size(space->stack);
	space->found.frames[space->found.count - 1].rule =
		RULE(RULE_SP, words + 1, 1, RULE_FP_KEPT, 0);
#else
	(void)words;
#endif
}

/* A call through a bad pointer: its own address says nothing, the caller's is on the stack. */
static void space__leave_bad_call(struct unwind_space *space)
{
	__u64 caller = space->regs[REG_LR];

	if (unwind_space__map(space, space->regs[REG_PC]))
		return;
#if defined(__x86_64__)
	if (!unwind_stack__word(space->stack, space->regs[REG_SP], &caller))
		caller = 0;
#endif
	if (unwind_space__map(space, caller))
		space__leave(space, caller, 0);
	else
		unwind_found__add(&space->found, space->regs[REG_PC], false, 0);
}

#if defined(__x86_64__)
/* Does a call end right before that address? */
static bool space__is_called(const struct unwind_space *space, __u64 address)
{
	const struct unwind_map *map = unwind_space__map(space, address);
	__u8 code[8]; /* the last of it is where the call returns to */
	ssize_t i;

	if (!map || map->file < 0 || (__u32)map->file >= space->file_count ||
	    pread(space->files[map->file], code, sizeof(code),
		  (off_t)(map->offset + (address - map->start) - 7)) != (ssize_t)sizeof(code))
		return false;
	if (code[2] == 0xe8) /* call rel32 */
		return true;
	for (i = 0; i < 6; i++) { /* call r/m64, of two to seven bytes */
		if (code[i] == 0xff && (code[i + 1] >> 3 & 7) == 2)
			return true;
	}
	return false;
}

#define VDSO_WORDS 3 /* %ebp, %edx and %ecx, in this order */

/*
 * A system call of a program of 32 bits, in the vDSO, whose image is not to be had: it has put
 * three registers onto the stack.
 */
static void space__leave_vdso_32(struct unwind_space *space)
{
	const struct unwind_stack *stack = space->stack;
	const struct unwind_map *map = unwind_space__map(space, space->regs[REG_PC]);
	__u64 sp = space->regs[REG_SP], caller, fp;

	if (!stack->narrow || space->found.count || !map || map->file >= 0 ||
	    !unwind_stack__word(stack, sp, &fp) ||
	    !unwind_stack__word(stack, sp + VDSO_WORDS * sizeof(__u32), &caller) ||
	    !space__is_called(space, caller))
		return;
	space__leave(space, caller, VDSO_WORDS);
	space->regs[REG_FP] = fp;
	space->found.frames[space->found.count - 1].rule =
		RULE(RULE_SP, VDSO_WORDS + 1, 1, RULE_FP_SAVED, VDSO_WORDS + 1);
}
#else
static void space__leave_vdso_32(struct unwind_space *space)
{
	(void)space;
}
#endif

void unwind_space__leave(struct unwind_space *space)
{
	space->called = space->stack->called;
	if (space->called) {
		space->regs[REG_PC]--;
		return;
	}
	space__leave_bad_call(space);
	space__leave_vdso_32(space);
}
