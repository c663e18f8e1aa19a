/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/helper/insn.h"

#define NO_MODRM -1

/* What has been read of an instruction. */
struct reader {
	const __u8 *code;
	size_t size, at;
	bool wide, short_operand, short_address, failed;
	bool bytes; /* its registers 4 to 7 are the upper bytes of 0 to 3 */
	unsigned int rex;
	int mod, reg, rm, base; /* base: of a plain base + displacement; -1: another operand */
	bool relative;		/* to the next instruction */
	__u64 displacement;
};

#define REX_W 8
#define REX_R 4
#define REX_X 2
#define REX_B 1

static __u64 reader__take(struct reader *reader, size_t bytes)
{
	__u64 value = 0;
	size_t i;

	if (reader->size - reader->at < bytes) {
		reader->failed = true;
		return 0;
	}
	for (i = 0; i < bytes; i++)
		value |= (__u64)reader->code[reader->at + i] << 8 * i;
	reader->at += bytes;
	return value;
}

/* With its sign. */
static __u64 reader__signed(struct reader *reader, size_t bytes)
{
	__u64 value = reader__take(reader, bytes), sign = bytes ? 1ULL << (8 * bytes - 1) : 0;

	return (value ^ sign) - sign;
}

static void reader__sib(struct reader *reader, unsigned int mod)
{
	unsigned int sib = (unsigned int)reader__take(reader, 1);
	unsigned int index = (sib >> 3 & 7) | (reader->rex & REX_X ? 8 : 0);

	reader->base = (int)((sib & 7) | (reader->rex & REX_B ? 8 : 0));
	if (index != INSN_SP)
		reader->base = -1;
	if ((sib & 7) == 5 && !mod) {
		reader->base = -1;
		reader->displacement = reader__signed(reader, 4);
	}
}

/* ModRM, SIB and displacement. */
static void reader__modrm(struct reader *reader)
{
	unsigned int modrm = (unsigned int)reader__take(reader, 1), mod = modrm >> 6;

	reader->mod = (int)mod;
	reader->reg = (int)((modrm >> 3 & 7) | (reader->rex & REX_R ? 8 : 0));
	reader->rm = (int)((modrm & 7) | (reader->rex & REX_B ? 8 : 0));
	reader->base = -1;
	if (mod == 3)
		return;
	if (!reader->wide && reader->short_address) { /* 16 bits: no compiler makes these */
		reader->failed = true;
		return;
	}
	if ((modrm & 7) == 4) {
		reader__sib(reader, mod);
	} else if (!mod && (modrm & 7) == 5) {
		reader->relative = reader->wide;
		reader->displacement = reader__signed(reader, 4);
	} else {
		reader->base = reader->rm;
	}
	if (mod == 1)
		reader->displacement = reader__signed(reader, 1);
	else if (mod == 2)
		reader->displacement = reader__signed(reader, 4);
}

/* An operand in the code itself, of a word of the instruction's. */
static size_t reader__word(const struct reader *reader)
{
	return reader->short_operand && !(reader->rex & REX_W) ? 2 : 4;
}

static void insn__jump(struct insn *insn, struct reader *reader, enum insn_kind kind, size_t bytes,
		       __u64 address)
{
	__u64 distance = reader__signed(reader, bytes);

	insn->kind = kind;
	insn->direct = true;
	insn->value = address + reader->at + distance;
	if (!reader->wide)
		insn->value = (__u32)insn->value;
}

static void insn__about(struct insn *insn, enum insn_kind kind, int reg)
{
	insn->kind = kind;
	insn->reg = reg < 0 ? INSN_NO_REG : (unsigned char)reg;
}

/* reg = base + value, of whole registers. */
static void insn__sum(struct insn *insn, const struct reader *reader, int reg, int base,
		      __u64 value)
{
	bool whole = !reader->wide || reader->rex & REX_W;

	insn->writes |= 1U << reg;
	if (reg != INSN_SP && base != INSN_SP)
		return;
	if (!whole || reader->short_operand) {
		if (reg == INSN_SP)
			insn->kind = INSN_SP_LOST;
		return;
	}
	if (reg == INSN_SP && base != INSN_SP && base != INSN_FP) {
		insn->kind = INSN_SP_LOST;
		return;
	}
	insn__about(insn, INSN_SUM, reg);
	insn->base = (unsigned char)base;
	insn->value = value;
}

/* mov, both ways: between registers, or with a place near the stack pointer. */
static void insn__move(struct insn *insn, const struct reader *reader, bool store)
{
	bool whole = !reader->wide || reader->rex & REX_W;

	if (reader->mod == 3) {
		int to = store ? reader->rm : reader->reg, from = store ? reader->reg : reader->rm;

		insn__sum(insn, reader, to, from, 0);
		return;
	}
	if (!store)
		insn->writes |= 1U << reader->reg;
	if (reader->base != INSN_SP && reader->base != INSN_FP)
		return;
	if (!whole || reader->short_operand)
		return;
	insn__about(insn, store ? INSN_STORE : INSN_LOAD, reader->reg);
	insn->base = (unsigned char)reader->base;
	insn->value = reader->displacement;
}

static void insn__lea(struct insn *insn, const struct reader *reader, __u64 address)
{
	insn->writes |= 1U << reader->reg;
	if (reader->relative) {
		insn__about(insn, reader->reg == INSN_SP ? INSN_SP_LOST : INSN_CONSTANT,
			    reader->reg);
		insn->value = address + reader->at + reader->displacement;
	} else if (reader->base >= 0) {
		insn__sum(insn, reader, reader->reg, reader->base, reader->displacement);
	}
}

/* add, or, adc, sbb, and, sub, xor, cmp of a constant. */
static void insn__group_1(struct insn *insn, struct reader *reader, size_t bytes)
{
	__u64 value = reader__signed(reader, bytes);
	int which = reader->reg & 7;

	if (reader->mod != 3 || which == 7)
		return;
	insn->writes |= 1U << reader->rm;
	if (reader->rm == INSN_SP && (which == 0 || which == 5))
		insn__sum(insn, reader, INSN_SP, INSN_SP, which ? -value : value);
}

static void insn__group_5(struct insn *insn, const struct reader *reader)
{
	int reg = reader->mod == 3 ? reader->rm : -1;

	switch (reader->reg & 7) {
	case 0: /* inc, dec */
	case 1:
		if (reg >= 0)
			insn->writes |= 1U << reg;
		return;
	case 2:
		insn__about(insn, INSN_CALL, reg);
		return;
	case 4:
		insn__about(insn, INSN_JUMP, reg);
		return;
	case 6:
		insn__about(insn, INSN_PUSH, reg);
		return;
	default:
		insn->kind = INSN_UNKNOWN;
	}
}

/* Whatever has a ModRM byte may write the registers that it names. */
static void insn__operands(struct insn *insn, const struct reader *reader)
{
	insn->writes |= 1U << reader->reg;
	if (reader->mod == 3)
		insn->writes |= 1U << reader->rm;
}

static void insn__write_memory_or(struct insn *insn, const struct reader *reader)
{
	if (reader->mod == 3)
		insn->writes |= 1U << reader->rm;
}

#define EAX_EDX 5U /* that many instructions write without naming them */

/* ---- 0f ---- */

static bool two__has_modrm(unsigned int op)
{
	return !(op == 0x05 || op == 0x06 || op == 0x08 || op == 0x09 || op == 0x0b ||
		 (op >= 0x30 && op <= 0x37) || op == 0x77 || (op >= 0x80 && op <= 0x8f) ||
		 op == 0xa2 || op == 0xaa || (op >= 0xc8 && op <= 0xcf));
}

static bool two__has_byte(unsigned int op)
{
	return (op >= 0x70 && op <= 0x73) || op == 0xa4 || op == 0xac || op == 0xba || op == 0xc2 ||
	       (op >= 0xc4 && op <= 0xc6);
}

/* Those that write registers of the general kind; the others' are of another kind. */
static void two__write(struct insn *insn, const struct reader *reader, unsigned int op)
{
	if ((op >= 0x40 && op <= 0x4f) || op == 0xaf || op == 0xb6 || op == 0xb7 || op == 0xb8 ||
	    (op >= 0xbc && op <= 0xbf) || op == 0x2c || op == 0x2d || op == 0x50 || op == 0xd7 ||
	    op == 0xc5 || op == 0x02 || op == 0x03)
		insn->writes |= 1U << reader->reg;
	else if ((op >= 0x90 && op <= 0x9f) || op == 0x7e || op == 0xa4 || op == 0xa5 ||
		 op == 0xac || op == 0xad || op == 0xba || op == 0xbb || op == 0xab || op == 0xb3)
		insn__write_memory_or(insn, reader);
	else if (op == 0xc0 || op == 0xc1)
		insn__operands(insn, reader);
	else if (op == 0xb0 || op == 0xb1 || op == 0xc7) {
		insn__write_memory_or(insn, reader);
		insn->writes |= EAX_EDX;
	}
}

/* 0f 38, 0f 3a and what has VEX or EVEX: none of them touches the stack pointer. */
static void insn__other_map(struct insn *insn, struct reader *reader, unsigned int map,
			    unsigned int op)
{
	if (map == 1 && op == 0x77)
		return;
	reader__modrm(reader);
	if (map == 3 || (map == 1 && two__has_byte(op)))
		reader__take(reader, 1);
	if (map == 1 && op == 0x93) /* from a mask; its neighbours are about masks, too */
		insn->writes |= 1U << reader->reg;
	else if (map == 1 && op >> 4 != 4 && op >> 4 != 9)
		two__write(insn, reader, op);
	else if (map > 1 && (op >= 0xf0 || (map == 3 && op >= 0x14 && op <= 0x17)))
		insn__operands(insn, reader);
}

static void insn__two(struct insn *insn, struct reader *reader, __u64 address)
{
	unsigned int op = (unsigned int)reader__take(reader, 1);

	if (op == 0x38 || op == 0x3a) {
		insn__other_map(insn, reader, op == 0x38 ? 2 : 3,
				(unsigned int)reader__take(reader, 1));
		return;
	}
	if (op == 0x04 || op == 0x07 || op == 0x0a || op == 0x0c || op == 0x0e || op == 0x0f ||
	    (op >= 0x24 && op <= 0x27) || op == 0x39 || (op > 0x3a && op < 0x40) || op == 0xa0 ||
	    op == 0xa1 || op == 0xa8 || op == 0xa9)
		insn->kind = INSN_UNKNOWN;
	if (two__has_modrm(op))
		reader__modrm(reader);
	if (two__has_byte(op))
		reader__take(reader, 1);
	if (op == 0x0b || op == 0xb9 || op == 0xff)
		insn->kind = INSN_END;
	else if (op >= 0x80 && op <= 0x8f)
		insn__jump(insn, reader, INSN_BRANCH, 4, address);
	else if (op >= 0xc8 && op <= 0xcf)
		insn->writes |= 1U << ((op & 7) | (reader->rex & REX_B ? 8 : 0));
	else if (op == 0xa2)
		insn->writes |= EAX_EDX | 1U << 1 | 1U << 3;
	else
		two__write(insn, reader, op);
}

/* ---- VEX and EVEX ---- */

static void insn__vex(struct insn *insn, struct reader *reader, unsigned int op)
{
	unsigned int first = (unsigned int)reader__take(reader, 1), map = 1;

	reader->rex = first & 0x80 ? 0 : REX_R;
	if (op != 0xc5) {
		map = first & (op == 0x62 ? 7 : 31);
		reader->rex |= (first & 0x40 ? 0 : REX_X) | (first & 0x20 ? 0 : REX_B);
		reader__take(reader, op == 0x62 ? 2 : 1);
	}
	if (!reader->wide)
		reader->rex = 0;
	if (map < 1 || map > 3)
		insn->kind = INSN_UNKNOWN;
	insn__other_map(insn, reader, map, (unsigned int)reader__take(reader, 1));
}

static bool reader__is_vex(const struct reader *reader, unsigned int op)
{
	if (op != 0xc4 && op != 0xc5 && op != 0x62)
		return false;
	return reader->wide || (reader->at < reader->size && reader->code[reader->at] >= 0xc0);
}

/* ---- one byte ---- */

/* Of the first 64: eight operations, each in the same six ways. */
static void insn__arithmetic(struct insn *insn, struct reader *reader, unsigned int op)
{
	if ((op & 7) > 5) { /* segment registers and decimals */
		insn->kind = INSN_UNKNOWN;
	} else if ((op & 7) == 4) {
		reader__take(reader, 1);
		insn->writes |= 1;
	} else if ((op & 7) == 5) {
		reader__take(reader, reader__word(reader));
		insn->writes |= 1;
	} else {
		reader__modrm(reader);
		if (op >> 3 == 7) /* cmp */
			return;
		if (op & 2)
			insn->writes |= 1U << reader->reg;
		else
			insn__write_memory_or(insn, reader);
	}
}

static void insn__constant(struct insn *insn, struct reader *reader, unsigned int op)
{
	int reg = (int)((op & 7) | (reader->rex & REX_B ? 8 : 0));

	insn->writes |= 1U << reg;
	if (op < 0xb8) {
		reader__take(reader, 1);
		return;
	}
	insn__about(insn, INSN_CONSTANT, reg);
	insn->value = reader__take(reader, reader->rex & REX_W ? 8 : reader__word(reader));
}

static void insn__push_pop(struct insn *insn, const struct reader *reader, unsigned int op)
{
	int reg = (int)((op & 7) | (reader->rex & REX_B ? 8 : 0));

	insn__about(insn, op < 0x58 ? INSN_PUSH : INSN_POP, reg);
	if (op >= 0x58)
		insn->writes |= 1U << reg;
	if (reader->short_operand || (op >= 0x58 && reg == INSN_SP))
		insn->kind = INSN_UNKNOWN;
}

static void insn__modrm_low(struct insn *insn, struct reader *reader, unsigned int op,
			    __u64 address)
{
	reader__modrm(reader);
	switch (op) {
	case 0x80:
	case 0x82:
	case 0x83:
		insn__group_1(insn, reader, 1);
		break;
	case 0x81:
		insn__group_1(insn, reader, reader__word(reader));
		break;
	case 0x84:
	case 0x85:
		break;
	case 0x88:
		insn__write_memory_or(insn, reader);
		break;
	case 0x89:
		insn__move(insn, reader, true);
		break;
	case 0x8a:
		insn->writes |= 1U << reader->reg;
		break;
	case 0x8b:
		insn__move(insn, reader, false);
		break;
	case 0x8c:
		insn__write_memory_or(insn, reader);
		break;
	case 0x8d:
		insn__lea(insn, reader, address);
		break;
	case 0x8e:
		break;
	case 0x8f:
		insn__about(insn, INSN_POP, reader->mod == 3 ? reader->rm : -1);
		insn__write_memory_or(insn, reader);
		break;
	default: /* xchg */
		insn__operands(insn, reader);
	}
}

static void insn__modrm_high(struct insn *insn, struct reader *reader, unsigned int op)
{
	reader__modrm(reader);
	if (op == 0xff) {
		insn__group_5(insn, reader);
		return;
	}
	if (op == 0xc0 || op == 0xc1 || op == 0xc6)
		reader__take(reader, 1);
	else if (op == 0xc7)
		insn->value = reader__signed(reader, reader__word(reader));
	if (op == 0xc7 && reader->mod == 3)
		insn__about(insn, INSN_CONSTANT, reader->rm);
	if (op >= 0xd8 && op <= 0xdf) { /* floating point; fnstsw writes ax */
		insn->writes |= 1;
		return;
	}
	if ((op == 0xf6 || op == 0xf7) && (reader->reg & 7) < 2) { /* test */
		reader__take(reader, op == 0xf6 ? 1 : reader__word(reader));
		return;
	}
	if ((op == 0xf6 || op == 0xf7) && (reader->reg & 7) > 3)
		insn->writes |= EAX_EDX;
	else
		insn__write_memory_or(insn, reader);
}

/* From 60 to 6f but prefixes. */
static void insn__sixty(struct insn *insn, struct reader *reader, unsigned int op)
{
	switch (op) {
	case 0x63:
		reader__modrm(reader);
		if (!reader->wide) { /* arpl */
			insn->kind = INSN_UNKNOWN;
			break;
		}
		insn->writes |= 1U << reader->reg;
		break;
	case 0x68:
	case 0x6a:
		reader__take(reader, op == 0x68 ? 4 : 1);
		insn__about(insn, reader->short_operand ? INSN_UNKNOWN : INSN_PUSH, -1);
		break;
	case 0x69:
	case 0x6b:
		reader__modrm(reader);
		reader__take(reader, op == 0x69 ? reader__word(reader) : 1);
		insn->writes |= 1U << reader->reg;
		break;
	default: /* pusha, popa, bound, and what kernels are for */
		insn->kind = INSN_UNKNOWN;
	}
}

static void insn__rest(struct insn *insn, struct reader *reader, unsigned int op, __u64 address)
{
	if (op == 0xe8)
		insn__jump(insn, reader, INSN_CALL, 4, address);
	else if (op == 0xe9)
		insn__jump(insn, reader, INSN_JUMP, 4, address);
	else if (op == 0xeb)
		insn__jump(insn, reader, INSN_JUMP, 1, address);
	else if (op >= 0xe0 && op <= 0xe3) {
		insn__jump(insn, reader, INSN_BRANCH, 1, address);
		insn->writes |= 2;
	} else if (op == 0xc3 || op == 0xc2 || op == 0xcc || op == 0xf4)
		insn->kind = INSN_END;
	else if (op == 0xc9) {
		insn->kind = INSN_LEAVE;
		insn->writes |= 1U << INSN_FP;
	} else if (op == 0xcd || op == 0xa8)
		reader__take(reader, 1);
	else if (op == 0xa9)
		reader__take(reader, reader__word(reader));
	else if (op >= 0x91 && op <= 0x97)
		insn->writes |= 1U | 1U << ((op & 7) | (reader->rex & REX_B ? 8 : 0));
	else if (op == 0x98 || op == 0x99 || (op >= 0xa4 && op <= 0xa7) ||
		 (op >= 0xaa && op <= 0xaf))
		insn->writes |= EAX_EDX | 1U << 1 | 1U << 6 | 1U << 7;
	else if (op != 0x90 && op != 0x9b && op != 0x9e && op != 0x9f && op != 0xf5 &&
		 !(op >= 0xf8 && op <= 0xf9) && op != 0xfc && op != 0xfd)
		insn->kind = INSN_UNKNOWN;
}

static void insn__one(struct insn *insn, struct reader *reader, unsigned int op, __u64 address)
{
	if (reader__is_vex(reader, op))
		insn__vex(insn, reader, op);
	else if (op == 0x0f)
		insn__two(insn, reader, address);
	else if (op < 0x40)
		insn__arithmetic(insn, reader, op);
	else if (op < 0x50) /* inc and dec: of 64 bits, these are prefixes */
		insn->writes |= 1U << (op & 7);
	else if (op < 0x60)
		insn__push_pop(insn, reader, op);
	else if (op < 0x70)
		insn__sixty(insn, reader, op);
	else if (op < 0x80)
		insn__jump(insn, reader, INSN_BRANCH, 1, address);
	else if (op < 0x90)
		insn__modrm_low(insn, reader, op, address);
	else if (op >= 0xb0 && op < 0xc0)
		insn__constant(insn, reader, op);
	else if (op == 0xc0 || op == 0xc1 || op == 0xc6 || op == 0xc7 ||
		 (op >= 0xd0 && op <= 0xd3) || (op >= 0xd8 && op <= 0xdf) || op == 0xf6 ||
		 op == 0xf7 || op == 0xfe || op == 0xff)
		insn__modrm_high(insn, reader, op);
	else
		insn__rest(insn, reader, op, address);
}

static bool one__is_of_bytes(unsigned int op)
{
	return (op < 0x40 && !(op & 1) && (op & 7) < 4) || op == 0x80 || op == 0x82 || op == 0x86 ||
	       op == 0x88 || op == 0x8a || (op >= 0xb0 && op < 0xb8) || op == 0xc0 || op == 0xc6 ||
	       op == 0xd0 || op == 0xd2 || op == 0xf6 || op == 0xfe;
}

static bool reader__is_prefix(struct reader *reader, unsigned int op)
{
	switch (op) {
	case 0x66:
		reader->short_operand = true;
		return true;
	case 0x67:
		reader->short_address = true;
		return true;
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
	case 0x64:
	case 0x65:
	case 0xf0:
	case 0xf2:
	case 0xf3:
		return true;
	default:
		return false;
	}
}

void insn__decode(struct insn *insn, const __u8 *code, size_t size, __u64 address, bool wide)
{
	struct reader reader = { .code = code, .size = size < 15 ? size : 15, .wide = wide };
	unsigned int op;

	*insn = (struct insn){ .kind = INSN_OTHER, .reg = INSN_NO_REG, .base = INSN_NO_REG };
	do
		op = (unsigned int)reader__take(&reader, 1);
	while (!reader.failed && reader__is_prefix(&reader, op));
	if (wide && op >> 4 == 4) {
		reader.rex = op & 15;
		op = (unsigned int)reader__take(&reader, 1);
	} else {
		reader.bytes = one__is_of_bytes(op);
	}
	if (!reader.failed)
		insn__one(insn, &reader, op, address);
	if (reader.bytes)
		insn->writes = (insn->writes & ~0xf0U) | (insn->writes >> 4 & 15);
	if (insn->kind == INSN_OTHER && INSN_WRITES(insn, INSN_SP))
		insn->kind = INSN_SP_LOST;
	if (reader.failed)
		insn->kind = INSN_UNKNOWN;
	insn->size = (unsigned char)reader.at;
}
