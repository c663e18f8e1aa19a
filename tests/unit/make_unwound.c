/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "make_unwound.h"

#include <stdio.h>
#include <unistd.h>

#include "make_stack.h"
#include "unit.h"

#define NO_FILE_AT (BIAS + 0x100000)

void unwound__begin(struct unwound *unwound, bool narrow)
{
	*unwound = (struct unwound){ .capacity = FRAMES };
	program__begin(&unwound->program, narrow);
	unwound->maps[0] = (struct unwind_map){ .start = CODE,
						.end = CODE + PROGRAM_BYTES,
						.offset = PROGRAM_OFFSET };
	unwound->maps[1] =
		(struct unwind_map){ .start = NO_FILE_AT, .end = NO_FILE_AT + 0x1000, .file = -1 };
	unwound->stack = (struct unwind_stack){ .regs = unwound->regs,
						.at = STACK_AT,
						.bytes = (const __u8 *)unwound->words,
						.size = sizeof(unwound->words),
						.all = true,
						.narrow = narrow };
	unwound->regs[SP] = STACK_AT;
}

void unwound__put_word(struct unwound *unwound, size_t i, __u64 place)
{
	unwound->words[i] = CODE + place;
}

void unwound__run(struct unwound *unwound, __u64 pc)
{
	int file = program__file(&unwound->program);
	struct unwind_space *space = unwind_space__new(unwound->maps, 2, &file, 1);

	cr_assert_not_null(space);
	unwound->regs[PC] = CODE + pc;
	unwound->count = unwind_space__unwind(space, &unwound->stack, unwound->frames,
					      unwound->capacity, &unwound->end);
	unwind_space__free(space);
	close(file);
}

void unwound__check(struct unwound *unwound, __u64 pc, const char *expected, enum unwind_why why)
{
	char text[512] = "";
	int used = 0;
	size_t i;

	unwound__run(unwound, pc);
	for (i = 0; i < unwound->count; i++) {
		const struct unwind_frame *frame = &unwound->frames[i];

		used += snprintf(text + used, sizeof(text) - (size_t)used, "%s%llx%s", i ? " " : "",
				 frame->pc - CODE, frame->by_chain ? "*" : "");
		SAME(frame->caller, i > 0);
	}
	SAME_TEXT(text, expected);
	SAME(unwound->end.why, why);
}

/* ---- a chain of three ---- */

/* It calls main(). */
void unwound__put_entry(struct unwound *unwound)
{
	unwound->program.entry = 0;
	program__put(&unwound->program, 0, BYTES(0x31, 0xed)); /* xor %ebp,%ebp */
	SAME(program__put_call(&unwound->program, 2, MAIN), 7);
	program__name(&unwound->program, "_start", 0, 8);
}

/* main() keeps two registers, and calls; its return address is the third word behind. */
void unwound__put_main(struct unwound *unwound)
{
	program__put(&unwound->program, MAIN, BYTES(0x41, 0x54, 0x55)); /* push %r12, push %rbp */
	SAME(program__put_call(&unwound->program, MAIN + 3, LEAF), 0x48);
	program__put(&unwound->program, 0x48, BYTES(0x5d, 0x41, 0x5c, 0xc3));
	program__name(&unwound->program, "main", MAIN, 0x20);
}

/* It has pushed one, and has room for three words: stopped at 85. */
void unwound__put_leaf(struct unwound *unwound)
{
	program__put(&unwound->program, LEAF, BYTES(0x53, 0x48, 0x83, 0xec, 0x18, 0x90, 0x90));
	program__name(&unwound->program, "leaf", LEAF, 0x20);
}

void unwound__put_all(struct unwound *unwound)
{
	unwound__put_entry(unwound);
	unwound__put_main(unwound);
	unwound__put_leaf(unwound);
	unwound__put_word(unwound, 4, 0x48);
	unwound__put_word(unwound, 7, 7);
}

/* As unwound__put_main(), with a call of nobody knows what: it returns to 45. */
void unwound__put_indirect(struct unwound *unwound)
{
	program__put(&unwound->program, MAIN,
		     BYTES(0x41, 0x54, 0x55, 0xff, 0xd0, 0x5d, 0x41, 0x5c, 0xc3));
}
