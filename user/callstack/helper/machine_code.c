/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/helper/machine_code.h"

#include <elf.h>
#include <string.h>

/* ---- arm64 ---- */

#define ARM_WORD  4
#define ARM_ALIGN 8
#define ARM_NOP	  0xd503201f
#define ARM_UDF	  0 /* never executed */
#define ARM_RET	  0xd65f03c0

static __u32 arm__word(const __u8 *code)
{
	return (__u32)code[0] | (__u32)code[1] << 8 | (__u32)code[2] << 16 | (__u32)code[3] << 24;
}

/* bl; blr, also with a pointer that is authenticated. */
static bool arm__ends_in_call(const __u8 *code, size_t size)
{
	__u32 word;

	if (size < ARM_WORD)
		return true;
	word = arm__word(code + size - ARM_WORD);
	return (word & 0xfc000000) == 0x94000000 || (word & 0xfefff000) == 0xd63f0000;
}

static bool arm__may_end(const __u8 *code, size_t size, __u64 start)
{
	size_t at;

	if (start % ARM_WORD)
		return true;
	for (at = 0; at + ARM_WORD <= size; at += ARM_WORD) {
		__u32 word = arm__word(code + at);

		if (word == ARM_UDF || word == ARM_RET ||
		    (word == ARM_NOP && !((start + at + ARM_WORD) % ARM_ALIGN)))
			return true;
	}
	return false;
}

/* ---- x86 ---- */

#define X86_ALIGN   16
#define X86_PADDING 64 /* bytes in front of an aligned address that are looked at */
#define MANY_ZEROES 9  /* in a row are more than the end of one instruction */

#define CALL_NEAR  0xe8 /* and 4 bytes */
#define JUMP_NEAR  0xe9 /* and 4 bytes */
#define JUMP_SHORT 0xeb /* and one */
#define GROUP_5	   0xff /* among others call, far call, jump and far jump */
#define INT3	   0xcc
#define HLT	   0xf4
#define RET	   0xc3
#define RET_POP	   0xc2 /* and 2 bytes */

/* Bytes of what a ModRM byte begins: itself, SIB and displacement. */
static size_t x86__operand_size(const __u8 *code, size_t size)
{
	unsigned int mode = code[0] >> 6, what = code[0] & 7;
	bool sib = mode != 3 && what == 4;
	size_t length = 1 + sib;

	if (mode == 1)
		length += 1;
	else if (mode == 2 || (!mode && what == 5) ||
		 (!mode && sib && size > 1 && (code[1] & 7) == 5))
		length += 4;
	return length;
}

/* Call or, with jumps, also those; exactly so long. */
static bool x86__leaves(const __u8 *code, size_t size, bool jumps)
{
	unsigned int which = size > 1 ? code[1] >> 3 & 7 : 0;

	if (code[0] == CALL_NEAR || (jumps && code[0] == JUMP_NEAR))
		return size == 5;
	if (jumps && code[0] == JUMP_SHORT)
		return size == 2;
	return code[0] == GROUP_5 && which >= 2 && which <= (jumps ? 5 : 3) &&
	       size == 1 + x86__operand_size(code + 1, size - 1);
}

static bool x86__ends_in(const __u8 *code, size_t size, bool jumps)
{
	size_t length;

	for (length = 2; length <= CODE_CALL_BYTES && length <= size; length++) {
		if (x86__leaves(code + size - length, length, jumps))
			return true;
	}
	return false;
}

/* As operand of one of the usual instructions, the same byte stands for a register. */
static bool x86__ends_in_return(const __u8 *code, size_t size)
{
	static const __u8 takes_operand[] = { 0x01, 0x03, 0x21, 0x23, 0x29, 0x2b, 0x31, 0x33,
					      0x39, 0x3b, 0x63, 0x83, 0x84, 0x85, 0x89, 0x8b };

	return size && code[size - 1] == RET &&
	       (size < 2 || !memchr(takes_operand, code[size - 2], sizeof(takes_operand)));
}

/* Nothing goes on behind these: return, trap, jump, and a call that need not return. */
static bool x86__ends_in_end(const __u8 *code, size_t size)
{
	if (!size || code[size - 1] == RET || code[size - 1] == INT3 || code[size - 1] == HLT)
		return true;
	return (size > 1 && code[size - 2] == 0x0f && code[size - 1] == 0x0b) || /* ud2 */
	       (size > 2 && code[size - 3] == RET_POP) || x86__ends_in(code, size, true);
}

/* Instructions that assemblers and linkers fill gaps with; 0: it is none. */
static size_t x86__filler_size(const __u8 *code, size_t size)
{
	static const struct {
		size_t size;
		__u8 bytes[8];
	} fillers[] = {
		{ 1, { 0x90 } },
		{ 1, { INT3 } },
		{ 3, { 0x0f, 0x1f, 0x00 } },
		{ 4, { 0x0f, 0x1f, 0x40, 0x00 } },
		{ 5, { 0x0f, 0x1f, 0x44, 0x00, 0x00 } },
		{ 7, { 0x0f, 0x1f, 0x80 } },
		{ 8, { 0x0f, 0x1f, 0x84 } },
		/* those of i386: lea and mov that change nothing */
		{ 2, { 0x89, 0xf6 } },
		{ 3, { 0x8d, 0x76, 0x00 } },
		{ 4, { 0x8d, 0x74, 0x26, 0x00 } },
		{ 6, { 0x8d, 0xb6 } },
		{ 7, { 0x8d, 0xb4, 0x26 } },
	};
	size_t prefixes = 0, i;

	while (prefixes < size && (code[prefixes] == 0x66 || code[prefixes] == 0x2e))
		prefixes++;
	for (i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++) {
		if (prefixes + fillers[i].size <= size &&
		    !memcmp(code + prefixes, fillers[i].bytes, fillers[i].size))
			return prefixes + fillers[i].size;
	}
	return 0;
}

/* One byte could as well be the last of an instruction. */
static bool x86__is_padding(const __u8 *code, size_t size, size_t padding)
{
	return padding > 1 || (padding && x86__ends_in_end(code, size - padding));
}

/* Whether these bytes end in fillers. */
static bool x86__ends_in_fillers(const __u8 *code, size_t size)
{
	size_t most = size < X86_PADDING ? size : X86_PADDING, back, length;
	bool fills[X86_PADDING + 1] = { true }; /* so many bytes up to the end are fillers */
	size_t found = 0;

	for (back = 1; back <= most; back++) {
		length = x86__filler_size(code + size - back, back);
		fills[back] = length && fills[back - length];
		if (fills[back])
			found = back;
	}
	return x86__is_padding(code, size, found);
}

static bool x86__ends_in_zeroes(const __u8 *code, size_t size)
{
	size_t zeroes = 0;

	while (zeroes < size && zeroes < MANY_ZEROES && !code[size - zeroes - 1])
		zeroes++;
	return zeroes == MANY_ZEROES || (zeroes && x86__ends_in_end(code, size - zeroes));
}

static bool x86__may_end(const __u8 *code, size_t size, __u64 start)
{
	size_t at;

	for (at = 1; at <= size; at++) {
		if (x86__ends_in_return(code, at) ||
		    (!((start + at) % X86_ALIGN) &&
		     (x86__ends_in_fillers(code, at) || x86__ends_in_zeroes(code, at))))
			return true;
	}
	return false;
}

/* ---- both ---- */

bool symbolization__ends_in_call(unsigned int machine, const __u8 *code, size_t size)
{
	switch (machine) {
	case EM_X86_64:
	case EM_386:
		return !size || x86__ends_in(code, size, false);
	case EM_AARCH64:
		return arm__ends_in_call(code, size);
	default:
		return true;
	}
}

bool symbolization__may_end(unsigned int machine, const __u8 *code, size_t size, __u64 start)
{
	switch (machine) {
	case EM_X86_64:
	case EM_386:
		return x86__may_end(code, size, start);
	case EM_AARCH64:
		return arm__may_end(code, size, start);
	default:
		return true;
	}
}
