/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One instruction of x86-64 or i386: how long it is, where it leads, and what it does to the
 * stack pointer and the frame pointer.  What is not known is said to be unknown, so that
 * nobody goes on behind it.  Runs on files of strangers.
 */
#ifndef CALLSTACK_HELPER_INSN_H
#define CALLSTACK_HELPER_INSN_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

/* Registers as instructions number them. */
#define INSN_SP			  4
#define INSN_FP			  5
#define INSN_REGS		  16
#define INSN_NO_REG		  16
#define INSN_WRITES(insn, number) ((insn)->writes >> (number)&1)

enum insn_kind {
	INSN_UNKNOWN,
	INSN_OTHER,    /* it leads on, and lets the stack pointer be */
	INSN_PUSH,     /* reg, if it is one */
	INSN_POP,      /* reg, if it is one */
	INSN_SUM,      /* reg = base + value; one of them is the stack pointer */
	INSN_CONSTANT, /* reg = value */
	INSN_STORE,    /* reg to base + value */
	INSN_LOAD,     /* reg from base + value */
	INSN_LEAVE,    /* stack pointer = frame pointer, which is popped */
	INSN_SP_LOST,  /* the stack pointer is set to what nobody knows */
	INSN_CALL,     /* to value, if direct */
	INSN_BRANCH,   /* to value, or on */
	INSN_JUMP,     /* to value, if direct; else to reg, if it is one */
	INSN_END,      /* a return or a trap */
};

struct insn {
	enum insn_kind kind;
	unsigned char size;
	unsigned char reg, base;
	bool direct;
	__u32 writes; /* bit i: perhaps register i */
	__u64 value;
};

/* The instruction at an address of 64 (wide) or 32 bits, whose first bytes these are. */
void insn__decode(struct insn *insn, const __u8 *code, size_t size, __u64 address, bool wide);

#endif
