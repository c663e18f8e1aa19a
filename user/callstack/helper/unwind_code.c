/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/helper/unwind_code.h"

#include <stdlib.h>
#include <string.h>

#include "frame_rule.h"
#include "callstack/helper/machine_code.h"
#include "callstack/helper/go_names.h"
#include "callstack/helper/segments.h"

#if defined(__x86_64__)

#define MOST_WORDS   4096 /* of a frame whose beginning has no name */
#define MOST_TRIES   64	  /* functions that may be the one of such a frame */
#define MOST_TARGETS 32
#define NEAR	     512   /* bytes */
#define CALL_BYTES   5	   /* of a direct call */
#define MOST_BYTES   65536 /* of a function whose beginning is looked for */

/* The code around an address, in the numbers of the process. */
static bool bytes__of(const struct unwind_space *space, __u64 address, struct code_bytes *ret_bytes)
{
	Dwfl_Module *module = unwind_space__module(space, address);
	GElf_Addr bias;
	Elf *elf = module ? dwfl_module_getelf(module, &bias) : NULL;
	GElf_Ehdr header;

	if (!elf || !gelf_getehdr(elf, &header) ||
	    (header.e_machine != EM_X86_64 && header.e_machine != EM_386))
		return false;
	ret_bytes->wide = header.e_machine == EM_X86_64;
	ret_bytes->code =
		segments__whole_code(elf, address - bias, &ret_bytes->start, &ret_bytes->size);
	ret_bytes->start += bias;
	return ret_bytes->code;
}

/* Go's functions keep frame pointers, and begin in a way of their own. */
static bool module__is_go(Dwfl_Module *module)
{
	GElf_Addr bias;
	Elf *elf = dwfl_module_getelf(module, &bias);
	struct go_names names;

	return elf && go_names__open(&names, elf);
}

bool unwind_code__is_there(struct unwind_space *space, __u64 address)
{
	Dwfl_Module *module = unwind_space__module(space, address);
	struct code_bytes bytes;

	if (!module || !bytes__of(space, address, &bytes))
		return false;
	if (space->asked != module) {
		space->asked = module;
		space->is_go = module__is_go(module);
	}
	return !space->is_go;
}

/* ---- calls ---- */

struct call {
	bool direct, indirect; /* it may have been one, and the other */
	__u64 target;	       /* of the direct one */
};

/* The call that returns to an address; false: there is none. */
static bool call__read(const struct unwind_space *space, __u64 address, struct call *ret_call)
{
	const __u8 *code;
	struct code_bytes bytes;
	struct insn insn;
	size_t before, back;

	*ret_call = (struct call){ 0 };
	if (!address || !unwind_space__map(space, address - 1) ||
	    !bytes__of(space, address - 1, &bytes) || address <= bytes.start)
		return false;
	before = address - bytes.start;
	code = bytes.code + before;
	for (back = 2; back <= CODE_CALL_BYTES + 1 && back <= before; back++) {
		insn__decode(&insn, code - back, back, address - back, bytes.wide);
		if (insn.kind != INSN_CALL || insn.size != back)
			continue;
		if (!insn.direct)
			ret_call->indirect = true;
		else if (code[-CALL_BYTES] == 0xe8)
			ret_call->direct = true;
		if (insn.direct)
			ret_call->target = insn.value;
	}
	return ret_call->direct || ret_call->indirect;
}

/* ---- functions ---- */

struct place {
	struct code_bytes bytes;
	__u64 pc;	  /* where a call returns to, if it was called */
	__u64 start, end; /* of its function, by its symbol; 0: it has none */
	__u64 sp, fp;
	size_t word;
};

/* Compilers move what is hardly ever run away from its function, into which it then jumps. */
static bool name__is_part(const char *name)
{
	return strstr(name, ".cold");
}

static void module__find_function(Dwfl_Module *module, __u64 address,
				  struct unwind_symbols *symbols)
{
	GElf_Off offset;
	GElf_Sym symbol;
	const char *name =
		dwfl_module_addrinfo(module, address, &offset, &symbol, NULL, NULL, NULL);

	if (!name || name__is_part(name) || offset >= symbol.st_size ||
	    GELF_ST_TYPE(symbol.st_info) != STT_FUNC)
		return;
	symbols->start = address - offset;
	symbols->end = symbols->start + symbol.st_size;
}

static void place__find_symbol(struct place *place, struct unwind_space *space)
{
	__u64 address = place->pc - space->called;
	struct unwind_symbols *symbols = unwind_space__symbols(space, address);

	if (!symbols->is_function_known) {
		symbols->is_function_known = true;
		module__find_function(unwind_space__module(space, address), address, symbols);
	}
	place->start = symbols->start;
	place->end = symbols->end;
}

/* Where its return address lies, by what is known there; 0: nobody knows. */
static __u64 place__slot(const struct place *place, const struct code_depth *depth)
{
	if (depth->fp_lost)
		return 0;
	if (depth->sp)
		return place->sp + (__u64)depth->sp - place->word;
	return depth->fp ? place->fp + (__u64)depth->fp - place->word : 0;
}

/* Following a function takes time, and stacks are many. */
static bool space__depth(struct unwind_space *space, const struct code_bytes *bytes, __u64 start,
			 __u64 end, __u64 pc, struct unwind_depth *ret_depth)
{
	__u64 mixed = (start ^ pc << 20) * 0x9E3779B97F4A7C15ULL;
	struct unwind_depth *known = &space->depths[mixed >> 54];

	_Static_assert(DEPTHS == 1 << 10, "as many as that shift leaves");
	if (known->start != start || known->pc != pc) {
		*known = (struct unwind_depth){ .start = start, .pc = pc };
		known->found = code_flow__find(space->flow, bytes, start, end, pc, &known->depth);
		known->elsewhere = code_flow__leads_elsewhere(space->flow);
	}
	*ret_depth = *known;
	return known->found;
}

/* Does a call of that function lead here, with the return address where it is? */
static bool place__is_of(const struct place *place, struct unwind_space *space, __u64 function,
			 __u64 slot, struct unwind_depth *ret_depth)
{
	struct code_bytes bytes;

	*ret_depth = (struct unwind_depth){ 0 };
	return bytes__of(space, function, &bytes) &&
	       space__depth(space, &bytes, function, 0, place->pc, ret_depth) &&
	       place__slot(place, &ret_depth->depth) == slot;
}

/* ---- the caller ---- */

/* The function's beginning is known: what was called has to be this, or to lead here. */
static bool place__leave_by_symbol(const struct place *place, struct unwind_space *space,
				   struct code_depth *ret_depth, __u64 *ret_slot)
{
	struct unwind_depth known, other;
	struct call call;
	__u64 caller;

	if (!space__depth(space, &place->bytes, place->start, place->end, place->pc, &known))
		return false;
	*ret_slot = place__slot(place, &known.depth);
	*ret_depth = known.depth;
	if (!*ret_slot)
		return false;
	space->beyond = !unwind_space__word(space, *ret_slot, &caller);
	if (space->beyond)
		space->missed = *ret_slot; /* not what was looked for where no frame pointer is */
	if (space->beyond || !call__read(space, caller, &call))
		return false;
	return call.indirect || call.target == place->start ||
	       place__is_of(place, space, call.target, *ret_slot, &other) || other.elsewhere;
}

/* It is not: the first word that a call of a function returns to which leads here. */
static bool place__leave_by_calls(const struct place *place, struct unwind_space *space,
				  struct code_depth *ret_depth, __u64 *ret_slot)
{
	struct unwind_depth known;
	__u64 slot = place->sp, caller;
	size_t i, tries = 0;
	struct call call;

	for (i = 0; i < MOST_WORDS && tries < MOST_TRIES; i++, slot += place->word) {
		if (!unwind_space__word(space, slot, &caller))
			return false;
		if (!call__read(space, caller, &call) || !call.direct)
			continue;
		tries++;
		if (!place__is_of(place, space, call.target, slot, &known))
			continue;
		*ret_depth = known.depth;
		*ret_slot = slot;
		return true;
	}
	return false;
}

/* Nor is there a direct call: then a function that sets up a frame pointer begins before it. */
static bool place__leave_by_prologue(const struct place *place, struct unwind_space *space,
				     struct code_depth *ret_depth, __u64 *ret_slot)
{
	static const __u8 prologue[] = { 0x55, 0x48, 0x89, 0xe5 };
	const struct code_bytes *bytes = &place->bytes;
	size_t at = place->pc - space->called - bytes->start, back;
	struct unwind_depth known;
	struct call call;
	__u64 caller;

	for (back = 0; back <= at && back < MOST_BYTES; back++) {
		const __u8 *code = bytes->code + at - back;

		if (at - back + sizeof(prologue) > bytes->size || code[0] != prologue[0] ||
		    memcmp(code + 1, prologue + (bytes->wide ? 1 : 2), bytes->wide ? 3 : 2))
			continue;
		if (!space__depth(space, bytes, bytes->start + at - back, 0, place->pc, &known) ||
		    !known.depth.fp)
			return false;
		*ret_depth = known.depth;
		*ret_slot = place__slot(place, &known.depth);
		return *ret_slot && unwind_space__word(space, *ret_slot, &caller) &&
		       call__read(space, caller, &call) && call.indirect;
	}
	return false;
}

/* Does what lies there return from a call whose function only the process knows? */
static bool space__is_unknown_call(struct unwind_space *space, __u64 slot)
{
	struct unwind_depth known;
	struct code_bytes bytes;
	struct call call;
	__u64 caller;

	if (!unwind_space__word(space, slot, &caller) || !call__read(space, caller, &call))
		return false;
	if (!call.direct || !bytes__of(space, call.target, &bytes))
		return call.indirect;
	space__depth(space, &bytes, call.target, 0, 0, &known);
	return call.indirect || known.elsewhere;
}

/* By the beginning of a function that is called by nobody knows whom. */
static bool place__leave_by_start(const struct place *place, struct unwind_space *space,
				  __u64 start, struct code_depth *ret_depth, __u64 *ret_slot)
{
	struct unwind_depth known;

	if (!space__depth(space, &place->bytes, start, 0, place->pc, &known))
		return false;
	*ret_depth = known.depth;
	*ret_slot = place__slot(place, &known.depth);
	return *ret_slot && space__is_unknown_call(space, *ret_slot);
}

/*
 * A function that others may call, and which lies near, goes on in this one: so musl's entry
 * does, to start a program.
 */
static bool place__leave_by_neighbours(const struct place *place, struct unwind_space *space,
				       struct code_depth *ret_depth, __u64 *ret_slot)
{
	__u64 address = place->pc - space->called;
	Dwfl_Module *module = unwind_space__module(space, address);
	int count = dwfl_module_getsymtab(module), i, tries = 0;
	GElf_Addr value;
	GElf_Sym symbol;

	for (i = 0; i < count && tries < MOST_TRIES; i++) {
		if (!dwfl_module_getsym_info(module, i, &symbol, &value, NULL, NULL, NULL) ||
		    GELF_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_shndx == SHN_UNDEF ||
		    value - address + NEAR >= 2 * NEAR)
			continue;
		tries++;
		if (place__leave_by_start(place, space, value, ret_depth, ret_slot))
			return true;
	}
	return false;
}

/* Where a function jumps to that does nothing else; 0: it is none. */
static __u64 stub__target(const struct code_bytes *bytes, __u64 start)
{
	__u64 at = start - bytes->start;
	struct insn insn;

	if (at >= bytes->size)
		return 0;
	insn__decode(&insn, bytes->code + at, bytes->size - at, start, bytes->wide);
	return insn.kind == INSN_JUMP && insn.direct ? insn.value : 0;
}

/* A function that others may call does nothing but go on in this one: so musl's free() does. */
static bool place__leave_by_stub(const struct place *place, struct unwind_space *space,
				 struct code_depth *ret_depth, __u64 *ret_slot)
{
	__u64 address = place->pc - space->called, nearest = 0, target;
	Dwfl_Module *module = unwind_space__module(space, address);
	int count = dwfl_module_getsymtab(module), i;
	GElf_Addr value;
	GElf_Sym symbol;

	for (i = 0; i < count; i++) {
		if (!dwfl_module_getsym_info(module, i, &symbol, &value, NULL, NULL, NULL) ||
		    GELF_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_shndx == SHN_UNDEF)
			continue;
		target = stub__target(&place->bytes, value);
		if (target > nearest && target <= address)
			nearest = target;
	}
	return nearest && address - nearest < MOST_BYTES &&
	       place__leave_by_start(place, space, nearest, ret_depth, ret_slot);
}

/* main(): a program's entry, or what that calls, loads its address and gives it to others. */
static bool place__leave_main(const struct place *place, struct unwind_space *space,
			      struct code_depth *ret_depth, __u64 *ret_slot)
{
	GElf_Addr bias;
	Elf *elf =
		dwfl_module_getelf(unwind_space__module(space, place->pc - space->called), &bias);
	__u64 targets[MOST_TARGETS];
	size_t count, own, i;
	GElf_Ehdr header;

	if (!elf || !gelf_getehdr(elf, &header) || !header.e_entry)
		return false;
	own = count = code_flow__targets(space->flow, &place->bytes, header.e_entry + bias, targets,
					 MOST_TARGETS);
	for (i = 0; i < own; i++)
		count += code_flow__targets(space->flow, &place->bytes, targets[i], targets + count,
					    MOST_TARGETS - count);
	for (i = 0; i < count; i++) {
		if (place__leave_by_start(place, space, targets[i], ret_depth, ret_slot))
			return true;
	}
	return false;
}

static bool place__find_caller(const struct place *place, struct unwind_space *space,
			       struct code_depth *ret_depth, __u64 *ret_slot)
{
	if (place->start)
		return place__leave_by_symbol(place, space, ret_depth, ret_slot);
	return place__leave_by_calls(place, space, ret_depth, ret_slot) ||
	       place__leave_by_prologue(place, space, ret_depth, ret_slot) ||
	       place__leave_by_neighbours(place, space, ret_depth, ret_slot) ||
	       place__leave_by_stub(place, space, ret_depth, ret_slot) ||
	       place__leave_main(place, space, ret_depth, ret_slot);
}

/* Registers of the kernel's machine, in the order in which instructions number them. */
static const unsigned char numbers[INSN_REGS] = { 0, 2, 1,  3,	7,  6,	4,  5,
						  8, 9, 10, 11, 12, 13, 14, 15 };

static void space__restore(struct unwind_space *space, const struct code_depth *depth, __u64 cfa)
{
	__u64 word;
	int i;

	for (i = 0; i < INSN_REGS; i++) {
		if (depth->saved[i] && i != INSN_SP &&
		    unwind_space__word(space, cfa - (__u64)depth->saved[i], &word))
			space->regs[numbers[i]] = word;
	}
}

static __u64 depth__rule(const struct code_depth *depth, size_t word)
{
	enum rule_fp how = depth->saved[INSN_FP] ? RULE_FP_SAVED : RULE_FP_KEPT;
	__u64 bytes = (__u64)(depth->sp ? depth->sp : depth->fp);

	if (bytes % word || (__u64)depth->saved[INSN_FP] / word >= RULE_FP_MAX)
		return RULE_STUCK;
	return RULE(depth->sp ? RULE_SP : RULE_FP, bytes / word, 1, how,
		    (__u64)depth->saved[INSN_FP] / word);
}

static void place__leave(const struct place *place, struct unwind_space *space,
			 const struct code_depth *depth, __u64 slot)
{
	struct unwind_found *found = &space->found;
	__u64 caller = 0;

	unwind_space__word(space, slot, &caller);
	space__restore(space, depth, slot + place->word);
	found->frames[found->count - 1].rule = depth__rule(depth, place->word);
	found->last_slot = slot;
	space->regs[REG_SP] = slot + place->word;
	space->regs[REG_PC] = caller - 1;
	space->called = true;
}

/* ---- signals ---- */

/* What a handler returns to: it asks the kernel to take back the registers that lie above it. */
static bool place__leave_handler(const struct place *place, struct unwind_space *space)
{
	static const __u8 long_one[] = { 0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05 };
	static const __u8 short_one[] = { 0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05 };
	static const unsigned char order[] = { 8, 9, 10, 11, 12, 13, 14, 15, 5, 4, 6, 3, 1, 0, 2 };
	size_t at = place->pc - place->bytes.start, left = place->bytes.size - at, i;
	__u64 word;

	if (place->word != 8 || ((left < sizeof(long_one) ||
				  memcmp(place->bytes.code + at, long_one, sizeof(long_one))) &&
				 (left < sizeof(short_one) ||
				  memcmp(place->bytes.code + at, short_one, sizeof(short_one)))))
		return false;
	if (!unwind_space__word(space, place->sp + SIGNAL_IP, &word))
		return false;
	space->regs[REG_PC] = word;
	for (i = 0; i < sizeof(order); i++) {
		if (!unwind_space__word(space, place->sp + SIGNAL_FP - 80 + 8 * i, &word))
			return false;
		space->regs[order[i]] = word;
	}
	if (!unwind_space__word(space, place->sp + SIGNAL_SP, &space->regs[REG_SP]))
		return false;
	space->found.frames[space->found.count - 1].rule = RULE_SIGNAL;
	space->found.frames[space->found.count - 1].caller = false;
	space->found.last_slot = 0;
	space->called = false;
	return true;
}

bool unwind_code__leave(struct unwind_space *space)
{
	struct place place = { .sp = space->regs[REG_SP],
			       .fp = space->regs[REG_FP],
			       .word = unwind_stack__word_size(space->stack) };
	struct unwind_found *found = &space->found;
	struct code_depth depth;
	__u64 slot;

	if (!found->count || found->count >= UNWIND_FRAMES)
		return false;
	place.pc = found->frames[found->count - 1].pc;
	space->called = found->frames[found->count - 1].caller;
	if (!bytes__of(space, place.pc - space->called, &place.bytes) ||
	    place.bytes.wide != (place.word == 8))
		return false;
	if (place__leave_handler(&place, space))
		return true;
	if (!space->flow)
		space->flow = code_flow__new();
	if (!space->flow)
		return false;
	place__find_symbol(&place, space);
	if (!place__find_caller(&place, space, &depth, &slot) || slot <= found->last_slot)
		return false;
	place__leave(&place, space, &depth, slot);
	return true;
}

bool unwind_code__keeps_frame_pointer(struct unwind_space *space, const struct unwind_frame *frame)
{
	struct place place = { .pc = frame->pc, .word = unwind_stack__word_size(space->stack) };
	__s32 both = 2 * (__s32)place.word; /* return address and caller's frame pointer */
	struct unwind_depth known;

	if (!unwind_code__is_there(space, frame->pc - frame->caller))
		return true;
	if (!space->flow)
		space->flow = code_flow__new();
	space->called = frame->caller;
	place__find_symbol(&place, space);
	return space->flow && place.start &&
	       bytes__of(space, frame->pc - frame->caller, &place.bytes) &&
	       space__depth(space, &place.bytes, place.start, place.end, place.pc, &known) &&
	       !known.depth.fp_lost && known.depth.fp == both && known.depth.saved[INSN_FP] == both;
}

#else /* arm64 */

bool unwind_code__is_there(struct unwind_space *space, __u64 address)
{
	(void)space, (void)address;
	return false;
}

bool unwind_code__leave(struct unwind_space *space)
{
	(void)space;
	return false;
}

bool unwind_code__keeps_frame_pointer(struct unwind_space *space, const struct unwind_frame *frame)
{
	(void)space, (void)frame;
	return true;
}
#endif
