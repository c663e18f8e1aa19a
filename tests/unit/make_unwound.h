/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stack of a program that was put together byte by byte. */
#ifndef TESTS_UNIT_MAKE_UNWOUND_H
#define TESTS_UNIT_MAKE_UNWOUND_H

#include "callstack/helper/unwind.h"
#include "make_program.h"

#define BIAS	 0x555500000000ULL
#define CODE	 (BIAS + PROGRAM_START)
#define STACK_AT 0x7fff00000000ULL

#define WORDS  4200
#define FRAMES 300

/* Places in code are counted from its beginning; words have 8 bytes. */
struct unwound {
	struct program program;
	struct unwind_map maps[2]; /* the program's, and one of no file */
	__u64 regs[STACK_REGS];	   /* the stack pointer is at the first word */
	__u64 words[WORDS];
	struct unwind_stack stack; /* all of it */
	struct unwind_frame frames[FRAMES];
	size_t capacity, count;
	struct unwind_end end;
};

void unwound__begin(struct unwound *unwound, bool narrow);

void unwound__put_word(struct unwound *unwound, size_t i, __u64 place);

/* From a place on. */
void unwound__run(struct unwound *unwound, __u64 pc);

/* The places that the frames are at, each but the first called; behind those by the chain is a "*". */
void unwound__check(struct unwound *unwound, __u64 pc, const char *expected, enum unwind_why why);

/* ---- a chain of three: _start(), main(), leaf() ---- */

#define MAIN 0x40
#define LEAF 0x80

/* It calls main(), which returns to 7. */
void unwound__put_entry(struct unwound *unwound);

/* It keeps %r12 and %rbp, and calls leaf(), which returns to 48. */
void unwound__put_main(struct unwound *unwound);

/* As that, but it calls nobody knows what, which returns to 45. */
void unwound__put_indirect(struct unwound *unwound);

/* It keeps %rbx, and has room for three words: at 85. */
void unwound__put_leaf(struct unwound *unwound);

void unwound__put_all(struct unwound *unwound);

#endif
