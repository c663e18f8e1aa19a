/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions of instructions that compilers make, put together by chance: at each place, where the
 * return address and the registers of the caller are, as far as anybody can tell.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/tt.h"
#include "callstack/helper/code_depth.h"
#include "golden.h"
#include "unit.h"

#define AT 0x401000ULL

TestSuite(golden_code, .fini = tt__cleanup);

#define INSN(text, ...)                                                                            \
	{                                                                                          \
		text, sizeof((const __u8[]){ __VA_ARGS__ }),                                       \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}

static const struct piece {
	const char *text;
	size_t size;
	__u8 bytes[8];
} pieces[] = {
	INSN("push bp", 0x55),
	INSN("push bx", 0x53),
	INSN("sp-=24", 0x48, 0x83, 0xec, 0x18),
	INSN("pop bp", 0x5d),
	INSN("pop bx", 0x5b),
	INSN("push 0", 0x6a, 0x00),
	INSN("push mem", 0xff, 0x75, 0x10),
	INSN("pop mem", 0x8f, 0x45, 0x10),
	INSN("sp+=24", 0x48, 0x83, 0xc4, 0x18),
	INSN("sp+=8", 0x48, 0x83, 0xc4, 0x08),
	INSN("bp=sp", 0x48, 0x89, 0xe5),
	INSN("sp=bp", 0x48, 0x89, 0xec),
	INSN("sp=bp-8", 0x48, 0x8d, 0x65, 0xf8),
	INSN("bp=sp+24", 0x48, 0x8d, 0x6c, 0x24, 0x18),
	INSN("24(sp)=bp", 0x48, 0x89, 0x6c, 0x24, 0x18),
	INSN("bp=24(sp)", 0x48, 0x8b, 0x6c, 0x24, 0x18),
	INSN("bx=-8(bp)", 0x48, 0x8b, 0x5d, 0xf8),
	INSN("-8(bp)=bx", 0x48, 0x89, 0x5d, 0xf8),
	INSN("sp-=ax", 0x48, 0x29, 0xc4),
	INSN("bp=0", 0x31, 0xed),
	INSN("leave", 0xc9),
	INSN("call", 0xe8, 0, 1, 0, 0),
	INSN("call next", 0xe8, 0, 0, 0, 0),
	INSN("call *bx", 0xff, 0xd3),
	INSN("if+2", 0x74, 0x02),
	INSN("if-6", 0x74, 0xfa),
	INSN("jump+1", 0xeb, 0x01),
	INSN("ax=+9", 0x48, 0x8d, 0x05, 2, 0, 0, 0),
	INSN("jump *ax", 0xff, 0xe0),
	INSN("jump *dx", 0xff, 0xe2),
	INSN("ret", 0xc3),
	INSN("trap", 0xcc),
	INSN("nop", 0x90),
	INSN("nop4", 0x0f, 0x1f, 0x40, 0x00),
	INSN("bad", 0x06),
};

#define PROLOGUE 3 /* the first of them */

static void print_place(FILE *out, struct code_flow *flow, const struct code_bytes *bytes,
			__u64 end, size_t place)
{
	struct code_depth depth;

	if (!code_flow__find(flow, bytes, AT, end, AT + place, &depth))
		return;
	fprintf(out, " %zu:%d", place, depth.sp);
	if (depth.fp || depth.fp_lost)
		fprintf(out, " fp %d%s", depth.fp, depth.fp_lost ? "?" : "");
	if (depth.saved[INSN_FP] || depth.saved[3])
		fprintf(out, " (%d, %d)", depth.saved[INSN_FP], depth.saved[3]);
}

static void print_function(FILE *out, struct code_flow *flow, struct chance *chance, bool wide)
{
	size_t count = 3 + chance__below(chance, 12), place, i;
	__u64 targets[8], end;
	__u8 code[128];
	struct code_bytes bytes = { .code = code, .start = AT, .wide = wide };

	for (i = 0; i < count; i++) {
		size_t most = i < 2 ? PROLOGUE : ARRAY_SIZE(pieces);
		const struct piece *piece = &pieces[chance__below(chance, most)];

		fprintf(out, "%s%s", i ? ", " : "", piece->text);
		memcpy(code + bytes.size, piece->bytes, piece->size);
		bytes.size += piece->size;
	}
	end = chance__below(chance, 2) ? AT + bytes.size - 1 : 0;
	fprintf(out, "%s\n%s ", end ? ", and what follows is another" : "", wide ? "64" : "32");
	for (place = 0; place <= bytes.size; place++)
		print_place(out, flow, &bytes, end, place);
	fputs(code_flow__leads_elsewhere(flow) ? " elsewhere\n" : "\n", out);
	count = code_flow__targets(flow, &bytes, AT, targets, ARRAY_SIZE(targets));
	for (i = 0; i < count; i++)
		fprintf(out, "   -> %lld\n", targets[i] - AT);
}

Test(golden_code, depths)
{
	struct code_flow *flow = code_flow__new();
	struct chance chance = { 20261127 };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int i;

	cr_assert_not_null(flow);
	for (i = 0; i < 250; i++)
		print_function(out, flow, &chance, i % 4 != 0);
	code_flow__free(flow);
	fclose(out);
	golden__check("code_depth.txt", text);
}
