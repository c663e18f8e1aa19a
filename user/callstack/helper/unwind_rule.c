/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/helper/unwind_rule.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stdlib.h>

#include "frame_rule.h"

/* The machine's word and its registers, by DWARF number. */
struct machine {
	int word;
	int fp, sp;
};

static bool machine__of(Dwfl_Module *module, struct machine *machine)
{
	GElf_Addr bias;
	Elf *elf = dwfl_module_getelf(module, &bias);
	GElf_Ehdr header;

	if (!elf || !gelf_getehdr(elf, &header))
		return false;
	switch (header.e_machine) {
	case EM_X86_64:
		*machine = (struct machine){ .word = 8, .fp = 6, .sp = 7 };
		return true;
	case EM_386:
		*machine = (struct machine){ .word = 4, .fp = 5, .sp = 4 };
		return true;
	case EM_AARCH64:
		*machine = (struct machine){ .word = 8, .fp = 29, .sp = 31 };
		return true;
	default:
		return false;
	}
}

/* A register and what is added to it; false: it is another expression. */
static bool op__is_sum(const Dwarf_Op *op, int *ret_reg, __s64 *ret_add)
{
	if (op->atom == DW_OP_bregx) {
		*ret_reg = (int)op->number;
		*ret_add = (__s64)op->number2;
		return true;
	}
	if (op->atom < DW_OP_breg0 || op->atom > DW_OP_breg31)
		return false;
	*ret_reg = op->atom - DW_OP_breg0;
	*ret_add = (__s64)op->number;
	return true;
}

/* A distance in words; false: it is none that a rule has room for. */
static bool words__of(__s64 bytes, const struct machine *machine, __u64 limit, __u64 *ret_words)
{
	if (bytes < 0 || bytes % machine->word || (__u64)(bytes / machine->word) >= limit)
		return false;
	*ret_words = (__u64)(bytes / machine->word);
	return true;
}

static bool cfa__read(Dwarf_Frame *frame, const struct machine *machine, enum rule_kind *ret_kind,
		      __u64 *ret_words)
{
	Dwarf_Op *ops;
	size_t count;
	__s64 add;
	int reg;

	if (dwarf_frame_cfa(frame, &ops, &count) || !count || !op__is_sum(ops, &reg, &add))
		return false;
	if (count == 2 && ops[1].atom == DW_OP_deref && reg == machine->fp) {
		*ret_kind = RULE_AT_FP;
		return words__of(-add, machine, RULE_CFA_MAX, ret_words);
	}
	if (count != 1 || (reg != machine->fp && reg != machine->sp))
		return false;
	*ret_kind = reg == machine->fp ? RULE_FP : RULE_SP;
	return words__of(add, machine, RULE_CFA_MAX, ret_words);
}

/* How far below the CFA a register was saved; false: it is somewhere else. */
static bool ops__are_below_cfa(const Dwarf_Op *ops, size_t count, const struct machine *machine,
			       __u64 limit, __u64 *ret_words)
{
	if (count != 2 || ops[0].atom != DW_OP_call_frame_cfa || ops[1].atom != DW_OP_plus_uconst)
		return false;
	return words__of(-(__s64)ops[1].number, machine, limit, ret_words) && *ret_words;
}

static bool fp__read(Dwarf_Frame *frame, const struct machine *machine, enum rule_fp *ret_how,
		     __u64 *ret_words)
{
	Dwarf_Op room[3], *ops;
	size_t count;
	__s64 add;
	int reg;

	*ret_how = RULE_FP_KEPT;
	*ret_words = 0;
	if (dwarf_frame_register(frame, machine->fp, room, &ops, &count))
		return false;
	if (!count)
		return true; /* as it is, or nobody needs it any more */
	*ret_how = RULE_FP_SAVED;
	if (ops__are_below_cfa(ops, count, machine, RULE_FP_MAX, ret_words))
		return true;
	*ret_how =
		RULE_FP_BY_FP; /* an expression begins with the CFA, which this one does not use */
	return count == 2 && ops[0].atom == DW_OP_call_frame_cfa &&
	       op__is_sum(&ops[1], &reg, &add) && reg == machine->fp && !add;
}

static __u64 frame__rule(Dwarf_Frame *frame, const struct machine *machine)
{
	__u64 cfa = 0, ra = 0, fp = 0;
	Dwarf_Op room[3], *ops;
	enum rule_kind kind;
	enum rule_fp how;
	bool signal = false;
	size_t count;
	int reg = dwarf_frame_info(frame, NULL, NULL, &signal);

	if (signal)
		return machine->word == 8 ? RULE_SIGNAL : RULE_STUCK;
	if (reg < 0 || dwarf_frame_register(frame, reg, room, &ops, &count))
		return RULE_STUCK;
	if (!count && ops == room)
		return RULE_END;
	if (count && !ops__are_below_cfa(ops, count, machine, RULE_RA_MAX, &ra))
		return RULE_STUCK;
	if (!cfa__read(frame, machine, &kind, &cfa) || !fp__read(frame, machine, &how, &fp))
		return RULE_STUCK;
	return RULE(kind, cfa, ra, how, fp);
}

static bool cfi__rule(Dwarf_CFI *cfi, __u64 address, const struct machine *machine, __u64 *ret_rule)
{
	Dwarf_Frame *frame;

	if (!cfi || dwarf_cfi_addrframe(cfi, address, &frame))
		return false;
	*ret_rule = frame__rule(frame, machine);
	free(frame);
	return true;
}

__u64 unwind_rule__by_frame_pointer(void)
{
	return RULE(RULE_FP, 2, 1, RULE_FP_SAVED, 2);
}

__u64 unwind_rule__at(Dwfl_Module *module, __u64 address)
{
	__u64 rule = RULE_NONE;
	struct machine machine;
	GElf_Addr bias = 0;
	Dwarf_CFI *cfi;

	if (!module || !machine__of(module, &machine))
		return RULE_NONE;
	cfi = dwfl_module_eh_cfi(module, &bias);
	if (cfi__rule(cfi, address - bias, &machine, &rule))
		return rule;
	cfi = dwfl_module_dwarf_cfi(module, &bias);
	cfi__rule(cfi, address - bias, &machine, &rule);
	return rule;
}
