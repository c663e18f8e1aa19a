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
static char *line_of(const struct before *before, unsigned int op)
{
	char *text = NULL, *last = NULL, *form;
	size_t size, form_size, i;
	FILE *out = open_memstream(&text, &size);

	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		FILE *one = open_memstream(&form, &form_size);

		print_form(one, before, (__u8)op, forms[i]);
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
	char *last = line_of(before, 0), *line;
	unsigned int op, first = 0;

	for (op = 1; op <= 256; op++) {
		line = op < 256 ? line_of(before, op) : NULL;
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
