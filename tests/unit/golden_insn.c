/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each instruction of x86-64 and i386 does, by its opcode: the forms that its operands may
 * have, behind the prefixes that change something.  Opcodes that do the same share a line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/tt.h"
#include "callstack/helper/insn.h"
#include "golden.h"
#include "unit.h"

#define AT 0x400000ULL

TestSuite(golden_insn, .fini = tt__cleanup);

/* ModRM, SIB and displacements; what is not part of it is a constant. */
static const __u8 forms[][6] = {
	{ 0xc1, 0x92, 0x13, 0x94, 0x15, 0x96 }, /* ax, cx */
	{ 0xe5, 0x92, 0x13, 0x94, 0x15, 0x96 }, /* sp, bp */
	{ 0xec, 0x12, 0x93, 0x14, 0x95, 0x16 }, /* bp, sp */
	{ 0x64, 0x24, 0xf0, 0x14, 0x95, 0x16 }, /* sp, -16(sp) */
	{ 0x6d, 0x18, 0x93, 0x14, 0x95, 0x16 }, /* bp, 24(bp) */
	{ 0x0d, 0x10, 0x20, 0x30, 0x80, 0x96 }, /* cx, far away */
	{ 0x84, 0x8d, 0x10, 0x20, 0x30, 0x80 }, /* ax, of two registers */
	{ 0x1c, 0x25, 0x10, 0x20, 0x30, 0x00 }, /* bx, there */
	{ 0xac, 0x24, 0x10, 0x20, 0x00, 0x00 }, /* bp, 0x2010(sp) */
};

static const char *const kinds[] = { "?",    "-",     "push", "pop",  "sum",	"const", "store",
				     "load", "leave", "lost", "call", "branch", "jump",	 "end" };

struct before {
	const char *text;
	__u8 bytes[4];
	size_t size;
	bool wide;
};

static void print_form(FILE *out, const struct before *before, __u8 op, const __u8 *form)
{
	__u8 code[16] = { 0 };
	struct insn insn;

	memcpy(code, before->bytes, before->size);
	code[before->size] = op;
	memcpy(code + before->size + 1, form, sizeof(forms[0]));
	insn__decode(&insn, code, sizeof(code), AT, before->wide);
	fprintf(out, " %s/%u", kinds[insn.kind], insn.size);
	if (insn.reg != INSN_NO_REG || insn.base != INSN_NO_REG)
		fprintf(out, " r%u,%u", insn.reg, insn.base);
	if (insn.value)
		fprintf(out, " %llx", insn.value);
	fprintf(out, "%s", insn.direct ? "!" : "");
	if (insn.writes)
		fprintf(out, " w%x", insn.writes);
	fputs(";", out);
}

/* To be freed. */
static char *line_of(const struct before *before, unsigned int op, const __u8 (*of)[6],
		     size_t count)
{
	char *text = NULL, *last = NULL, *form;
	size_t size, form_size, i;
	FILE *out = open_memstream(&text, &size);

	for (i = 0; i < count; i++) {
		FILE *one = open_memstream(&form, &form_size);

		print_form(one, before, (__u8)op, of[i]);
		fclose(one);
		fputs(last && !strcmp(last, form) ? " =" : form, out);
		free(last);
		last = form;
	}
	free(last);
	fclose(out);
	return text;
}

static void print_map(FILE *out, const struct before *before)
{
	char *last = line_of(before, 0, forms, ARRAY_SIZE(forms)), *line;
	unsigned int op, first = 0;

	for (op = 1; op <= 256; op++) {
		line = op < 256 ? line_of(before, op, forms, ARRAY_SIZE(forms)) : NULL;
		if (line && !strcmp(line, last)) {
			free(line);
			continue;
		}
		fprintf(out, "%s%02x-%02x:%s\n", before->text, first, op - 1, last);
		free(last);
		last = line;
		first = op;
	}
}

Test(golden_insn, all)
{
	static const struct before all[] = {
		{ "64 ", { 0 }, 0, true },
		{ "64 66 ", { 0x66 }, 1, true },
		{ "64 rex.w ", { 0x48 }, 1, true },
		{ "64 rex.wrxb ", { 0x4f }, 1, true },
		{ "64 0f ", { 0x0f }, 1, true },
		{ "64 rex.wrxb 0f ", { 0x4f, 0x0f }, 2, true },
		{ "64 0f38 ", { 0x0f, 0x38 }, 2, true },
		{ "64 0f3a ", { 0x0f, 0x3a }, 2, true },
		{ "64 vex ", { 0xc5, 0x78 }, 2, true },
		{ "64 vex1 ", { 0xc4, 0x01, 0x78 }, 3, true },
		{ "64 vex2 ", { 0xc4, 0xe2, 0x78 }, 3, true },
		{ "64 vex3 ", { 0xc4, 0xe3, 0x78 }, 3, true },
		{ "64 evex1 ", { 0x62, 0xf1, 0x7c, 0x48 }, 4, true },
		{ "32 ", { 0 }, 0, false },
		{ "32 66 ", { 0x66 }, 1, false },
		{ "32 67 ", { 0x67 }, 1, false },
		{ "32 0f ", { 0x0f }, 1, false },
		{ "32 vex ", { 0xc5, 0x78 }, 2, false },
		{ "32 vex1 ", { 0xc4, 0xc1, 0x78 }, 3, false },
	};
	char *text = NULL;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);

	for (i = 0; i < ARRAY_SIZE(all); i++)
		print_map(out, &all[i]);
	fclose(out);
	golden__check("insn.txt", text);
}

/* ---- every form of operands ---- */

/* Opcodes that take operands in ways of their own. */
static const struct {
	const char *text;
	__u8 bytes[4];
	size_t size;
} operations[] = {
	{ "01", { 0x01 }, 1 },
	{ "2b", { 0x2b }, 1 },
	{ "3b", { 0x3b }, 1 },
	{ "63", { 0x63 }, 1 },
	{ "69", { 0x69 }, 1 },
	{ "80", { 0x80 }, 1 },
	{ "81", { 0x81 }, 1 },
	{ "83", { 0x83 }, 1 },
	{ "87", { 0x87 }, 1 },
	{ "88", { 0x88 }, 1 },
	{ "89", { 0x89 }, 1 },
	{ "8a", { 0x8a }, 1 },
	{ "8b", { 0x8b }, 1 },
	{ "8d", { 0x8d }, 1 },
	{ "8f", { 0x8f }, 1 },
	{ "c1", { 0xc1 }, 1 },
	{ "c7", { 0xc7 }, 1 },
	{ "f6", { 0xf6 }, 1 },
	{ "f7", { 0xf7 }, 1 },
	{ "fe", { 0xfe }, 1 },
	{ "ff", { 0xff }, 1 },
	{ "0f40", { 0x0f, 0x40 }, 2 },
	{ "0fb0", { 0x0f, 0xb0 }, 2 },
	{ "0fb6", { 0x0f, 0xb6 }, 2 },
	{ "0fc1", { 0x0f, 0xc1 }, 2 },
	{ "0f38f0", { 0x0f, 0x38, 0xf0 }, 3 },
	{ "vex58", { 0xc5, 0x78, 0x58 }, 3 },
};

static const __u8 sibs[] = { 0x24, 0x25, 0x65, 0xac, 0x08 };

/* One mod and one rm with each of the eight registers. To be freed. */
static char *row_of(const struct before *before, size_t operation, __u8 mod, __u8 rm, __u8 sib)
{
	size_t size = operations[operation].size;
	struct before all = *before;
	__u8 row[8][6], reg;

	memcpy(all.bytes + all.size, operations[operation].bytes, size - 1);
	all.size += size - 1;
	for (reg = 0; reg < 8; reg++) {
		__u8 form[6] = { (__u8)(mod << 6 | reg << 3 | rm), 0x18, 0x93, 0x14, 0x95, 0x16 };

		if (mod < 3 && rm == 4)
			form[1] = sib;
		memcpy(row[reg], form, sizeof(form));
	}
	return line_of(&all, operations[operation].bytes[size - 1], (const __u8(*)[6])row, 8);
}

/* A row that is as the one before it is left out. */
static void print_rows(FILE *out, const struct before *before, size_t operation)
{
	char *text, *last = NULL;
	__u8 mod, rm;
	size_t sib;

	for (mod = 0; mod < 4; mod++) {
		for (rm = 0; rm < 8; rm++) {
			for (sib = 0; sib < (mod < 3 && rm == 4 ? ARRAY_SIZE(sibs) : 1); sib++) {
				text = row_of(before, operation, mod, rm, sibs[sib]);
				if (!last || strcmp(last, text) != 0)
					fprintf(out, "%s%s %u.%u.%02x:%s\n", before->text,
						operations[operation].text, mod, rm, sibs[sib],
						text);
				free(last);
				last = text;
			}
		}
	}
	free(last);
}

Test(golden_insn, operands)
{
	static const struct before all[] = {
		{ "64 ", { 0 }, 0, true },	    { "64 rex.w ", { 0x48 }, 1, true },
		{ "64 rex.r ", { 0x44 }, 1, true }, { "64 rex.wxb ", { 0x4b }, 1, true },
		{ "32 ", { 0 }, 0, false },
	};
	char *text = NULL;
	size_t size, i, operation;
	FILE *out = open_memstream(&text, &size);

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		for (operation = 0; operation < ARRAY_SIZE(operations); operation++)
			print_rows(out, &all[i], operation);
	}
	fclose(out);
	golden__check("insn-operands.txt", text);
}

/* ---- what is not all there ---- */

/* Whatever bytes of an instruction are missing, nothing is known of it. */
Test(golden_insn, cut)
{
	struct insn insn, part;
	__u8 code[16];
	unsigned int first, second, form;
	size_t size;

	for (first = 0; first < 256; first++) {
		for (second = 0; second < 256; second += first == 0x0f || first == 0xc5 ? 1 : 37) {
			for (form = 0; form < ARRAY_SIZE(forms); form++) {
				code[0] = (__u8)first;
				code[1] = (__u8)second;
				memcpy(code + 2, forms[form], sizeof(forms[0]));
				memset(code + 8, 0x12, 8);
				insn__decode(&insn, code, sizeof(code), AT, form & 1);
				for (size = 0; size < insn.size; size++) {
					insn__decode(&part, code, size, AT, form & 1);
					cr_assert_eq(part.kind, INSN_UNKNOWN,
						     "%02x %02x, %zu bytes", first, second, size);
					cr_assert_leq(part.size, size);
				}
				if (insn.kind == INSN_UNKNOWN)
					continue;
				insn__decode(&part, code, insn.size, AT, form & 1);
				cr_assert_eq(memcmp(&part, &insn, sizeof(part)), 0, "%02x %02x",
					     first, second);
			}
		}
	}
}

/* No instruction has more than 15 bytes: whoever makes longer ones means to mislead. */
Test(golden_insn, prefixes)
{
	static const __u8 prefixes[] = { 0x66, 0x67, 0x26, 0x2e, 0x36, 0x3e,
					 0x64, 0x65, 0xf0, 0xf2, 0xf3 };
	struct insn insn;
	__u8 code[24];
	size_t i, count;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++) {
		for (count = 0; count < 20; count++) {
			memset(code, prefixes[i], sizeof(code));
			code[count] = 0xc3;
			insn__decode(&insn, code, sizeof(code), AT, true);
			SAME(insn.kind, count < 15 ? INSN_END : INSN_UNKNOWN);
			SAME(insn.size, count < 15 ? count + 1 : 15);
		}
	}
}
