/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A made-up CPython: a library with what is looked for in it, and a code object as 3.11 has it. */
#ifndef TESTS_UNIT_MAKE_PYTHON_H
#define TESTS_UNIT_MAKE_PYTHON_H

#include <elf.h>
#include <linux/types.h>

#define PYTHON_SYMBOLS	 4
#define PYTHON_EVAL	 0x5000 /* where the function that interprets is, and */
#define PYTHON_EVAL_SIZE 0x321
#define PYTHON_INTERP	 0x123450ULL /* the main interpreter */

/* As it lies in a file and in memory, from its first byte on. */
struct python_image {
	Elf64_Ehdr head;
	Elf64_Phdr parts[2];
	Elf64_Dyn dynamic[5];
	Elf64_Sym symbols[PYTHON_SYMBOLS];
	char names[PYTHON_SYMBOLS][32];
	struct {
		__u32 head[4];
		__u64 bloom;
		__u32 bucket, chain[PYTHON_SYMBOLS];
	} hash;
	__u64 version; /* Py_Version */
	__u64 runtime[120];
};

/* Of this version: 0x30b02f0 is 3.11.2; 0: it does not say so, but has this symbol, too. */
void python_image__make(struct python_image *image, __u64 version, const char *symbol);

/* "f" with two strange characters, in a.py: lines 202 at 0, 102 at 2, 2 before its code. */
#define PYTHON_CODE_NAME "f\u03b1\ufffd"

struct python_text {
	__u64 head[2], length, hash;
	__u32 state, pad;
	__u64 wide;
	__u64 more[3];
	char bytes[32];
};

struct python_bytes {
	__u64 head[2], length, hash;
	unsigned char bytes[16];
};

struct python_object {
	char head[72];
	__u32 first_line;
	char between[36];
	__u64 words[4];
	struct python_text path, name;
	struct python_bytes lines;
};

void python_object__make(struct python_object *object);

#endif
