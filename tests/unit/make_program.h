/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program that is put together byte by byte: its code, its symbols, how its frames are unwound. */
#ifndef TESTS_UNIT_MAKE_PROGRAM_H
#define TESTS_UNIT_MAKE_PROGRAM_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define PROGRAM_BYTES  0x1000
#define PROGRAM_OFFSET 0x1000 /* of the code in the file */
#define PROGRAM_START  0x3000 /* its address there */

#define BYTES(...) ((const __u8[]){ __VA_ARGS__ }), sizeof((const __u8[]){ __VA_ARGS__ })

/* Places in code are counted from its beginning. */
struct program {
	bool narrow; /* of 32 bits */
	bool fixed;  /* it runs at its address in the file, and nowhere else */
	unsigned short machine;
	__u64 entry;	    /* ~0ULL: none */
	bool for_debuggers; /* its call frame information is in .debug_frame */
	__u8 code[PROGRAM_BYTES];
	struct {
		const char *name;
		__u64 at, size;
		unsigned char type;
		bool undefined;
	} symbols[24];
	size_t symbol_count;
	__u8 cfi[1024];
	size_t cfi_size;
};

/* Of traps. */
void program__begin(struct program *program, bool narrow);

void program__put(struct program *program, __u64 at, const __u8 *code, size_t size);

/* A direct call; returns where it returns to. */
__u64 program__put_call(struct program *program, __u64 at, __u64 target);

/* A jump, with the place in 32 bits. */
void program__put_jump(struct program *program, __u64 at, __u64 target);

void program__name(struct program *program, const char *name, __u64 at, __u64 size);

/* How code is unwound: with a return address column of that machine. */
void program__put_cfi(struct program *program, __u64 at, __u64 size, const char *augmentation,
		      const __u8 *instructions, size_t instructions_size);

/* As a file that nobody sees. */
int program__file(const struct program *program);

#endif
