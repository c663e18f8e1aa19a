/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/helper/code_depth.h"

#include <stdlib.h>
#include <string.h>

#define MOST_INSNS 8192 /* of a function */
#define BUCKETS	   (2 * MOST_INSNS)
#define MOST_BYTES (1 << 24) /* of a frame */
#define ALIGN	   16	     /* of functions */

/* What is known where an instruction begins. */
struct node {
	__u64 address;
	struct code_depth depth;
	__u64 constant;	      /* in a register */
	unsigned char holder; /* the register */
	bool stops;	      /* what follows may be another function */
	bool queued;
};

struct code_flow {
	const struct code_bytes *bytes;
	__u64 end;
	__u64 place; /* that is looked for */
	__s32 word;
	bool disagrees, leads_elsewhere;
	__u32 count;
	__u32 first, waiting;	 /* of the queue, which is a ring */
	__u32 queue[MOST_INSNS]; /* indexes of nodes: again whenever less is known of one */
	__u32 bucket[BUCKETS];	 /* one more than the index of a node; 0: empty */
	struct node nodes[MOST_INSNS];
};

struct code_flow *code_flow__new(void)
{
	return calloc(1, sizeof(struct code_flow));
}

void code_flow__free(struct code_flow *flow)
{
	free(flow);
}

/* ---- places ---- */

static __u32 *flow__bucket(struct code_flow *flow, __u64 address)
{
	__u32 i = (__u32)(address * 0x9E3779B97F4A7C15ULL >> 40) % BUCKETS;

	while (flow->bucket[i] && flow->nodes[flow->bucket[i] - 1].address != address)
		i = (i + 1) % BUCKETS;
	return &flow->bucket[i];
}

static bool depth__same(const struct code_depth *one, const struct code_depth *other)
{
	return one->fp == other->fp && one->saved[INSN_FP] == other->saved[INSN_FP] &&
	       one->fp_lost == other->fp_lost;
}

static void flow__queue(struct code_flow *flow, __u32 index)
{
	if (flow->nodes[index].queued)
		return;
	flow->nodes[index].queued = true;
	flow->queue[(flow->first + flow->waiting++) % MOST_INSNS] = index;
}

static void flow__take_next(struct code_flow *flow, struct node *ret_node)
{
	struct node *node = &flow->nodes[flow->queue[flow->first]];

	flow->first = (flow->first + 1) % MOST_INSNS;
	flow->waiting--;
	node->queued = false;
	*ret_node = *node;
}

/* What only one way has kept is not kept.  False: it is as it was. */
static bool depth__lose(struct code_depth *known, const struct code_depth *depth)
{
	bool loses = known->sp && known->sp != depth->sp;
	int i;

	if (loses)
		known->sp = 0;
	for (i = 0; i < INSN_REGS; i++) {
		if (known->saved[i] && known->saved[i] != depth->saved[i]) {
			known->saved[i] = 0;
			loses = true;
		}
	}
	return loses;
}

/*
 * Reached on another way.  Where a loop puts arguments onto the stack, the frame pointer alone
 * says where the frame is: it has to be the same on all ways.
 */
static void flow__meet(struct code_flow *flow, __u32 index, const struct code_depth *depth)
{
	struct code_depth *known = &flow->nodes[index].depth;

	if (!depth__same(known, depth) || (known->sp != depth->sp && !known->fp))
		flow->disagrees = true;
	else if (depth__lose(known, depth))
		flow__queue(flow, index);
}

static void flow__reach(struct code_flow *flow, __u64 address, const struct node *from)
{
	__u32 *bucket;

	if (address - flow->bytes->start >= flow->bytes->size)
		return;
	bucket = flow__bucket(flow, address);
	if (*bucket) {
		flow__meet(flow, *bucket - 1, &from->depth);
		return;
	}
	if (flow->count >= MOST_INSNS)
		return;
	flow->nodes[flow->count] = *from;
	flow->nodes[flow->count].address = address;
	flow__queue(flow, flow->count);
	*bucket = ++flow->count;
}

/* ---- what an instruction does ---- */

static void depth__forget_below(struct code_depth *depth)
{
	int i;

	for (i = 0; i < INSN_REGS; i++) {
		if (depth->sp && depth->saved[i] > depth->sp)
			depth->saved[i] = 0;
	}
}

static bool depth__set_sp(struct code_depth *depth, __s64 sp)
{
	if (sp <= 0 || sp > MOST_BYTES)
		return false;
	depth->sp = (__s32)sp;
	depth__forget_below(depth);
	return true;
}

static bool depth__push(struct code_depth *depth, unsigned int reg, __s32 word)
{
	if (!depth->sp)
		return true;
	if (!depth__set_sp(depth, (__s64)depth->sp + word))
		return false;
	if (reg < INSN_REGS && !depth->saved[reg] && !(reg == INSN_FP && depth->fp_lost) &&
	    !(reg == INSN_FP && depth->fp))
		depth->saved[reg] = depth->sp;
	return true;
}

/* The register is the caller's again, if that lay there. */
static void depth__restore(struct code_depth *depth, unsigned int reg, __s64 at)
{
	if (reg == INSN_FP) {
		depth->fp = 0;
		depth->fp_lost = !depth->saved[reg] || depth->saved[reg] != at;
	}
	if (reg < INSN_REGS && depth->saved[reg] == at)
		depth->saved[reg] = 0;
}

/* The return address is no variable of the function. */
static bool depth__pop(struct code_depth *depth, unsigned int reg, __s32 word)
{
	if (!depth->sp) {
		if (reg == INSN_FP)
			depth__restore(depth, reg, 0);
		return true;
	}
	depth__restore(depth, reg, depth->sp);
	return depth__set_sp(depth, (__s64)depth->sp - word);
}

/* How far below the CFA base + value is; 0: nobody knows. */
static __s64 depth__at(const struct code_depth *depth, unsigned int base, __s64 value)
{
	__s32 from = base == INSN_SP ? depth->sp : base == INSN_FP ? depth->fp : 0;
	__s64 at = from ? from - value : 0;

	return at > 0 && at <= MOST_BYTES ? at : 0;
}

static bool depth__sum(struct code_depth *depth, const struct insn *insn)
{
	__s64 at = depth__at(depth, insn->base, (__s64)insn->value);

	if (insn->reg == INSN_FP) {
		depth->fp_lost |= !depth->saved[INSN_FP];
		depth->fp = (__s32)at;
		return true;
	}
	if (insn->reg != INSN_SP)
		return true;
	if (insn->base == INSN_SP && depth->sp && !at)
		return false;
	depth->sp = (__s32)at;
	depth__forget_below(depth);
	return true;
}

static void depth__store(struct code_depth *depth, const struct insn *insn)
{
	__s64 at = depth__at(depth, insn->base, (__s64)insn->value);

	if (at && !depth->saved[insn->reg] &&
	    !(insn->reg == INSN_FP && (depth->fp || depth->fp_lost)))
		depth->saved[insn->reg] = (__s32)at;
}

static bool depth__leave(struct code_depth *depth, __s32 word)
{
	depth->sp = depth->fp;
	if (!depth->sp)
		return false;
	return depth__pop(depth, INSN_FP, word);
}

/* Any other that writes the frame pointer. */
static void depth__write(struct code_depth *depth, const struct insn *insn)
{
	if (!INSN_WRITES(insn, INSN_FP))
		return;
	depth->fp = 0;
	depth->fp_lost |= !depth->saved[INSN_FP];
}

/* False: no function does this. */
static bool depth__apply(struct code_depth *depth, const struct insn *insn, __s32 word)
{
	switch (insn->kind) {
	case INSN_PUSH:
		return depth__push(depth, insn->reg, word);
	case INSN_POP:
		return depth__pop(depth, insn->reg, word);
	case INSN_SUM:
		return depth__sum(depth, insn);
	case INSN_STORE:
		depth__store(depth, insn);
		return true;
	case INSN_LOAD:
		if (insn->reg == INSN_FP)
			depth__restore(depth, INSN_FP,
				       depth__at(depth, insn->base, (__s64)insn->value));
		return true;
	case INSN_LEAVE:
		return depth__leave(depth, word);
	case INSN_SP_LOST:
		depth->sp = 0;
		depth__write(depth, insn);
		return true;
	default:
		depth__write(depth, insn);
		return true;
	}
}

/* ---- one instruction after the other ---- */

/* Behind a call that does not return, there may be another function: an assembler pads it. */
static bool flow__is_padded(const struct code_flow *flow, __u64 address)
{
	const struct code_bytes *bytes = flow->bytes;
	__u64 end = (address + ALIGN - 1) & ~(ALIGN - 1ULL);
	struct insn insn;

	if (flow->end || address == end)
		return false;
	while (address < end && address - bytes->start < bytes->size) {
		const __u8 *code = bytes->code + (address - bytes->start);

		insn__decode(&insn, code, bytes->size - (address - bytes->start), address,
			     bytes->wide);
		if (*code == 0xcc)
			insn.size = 1;
		else if (insn.kind != INSN_OTHER || insn.writes)
			return false;
		address += insn.size;
	}
	return address == end;
}

static void flow__go_on(struct code_flow *flow, const struct node *node, __u64 address)
{
	if (!flow->end || address < flow->end)
		flow__reach(flow, address, node);
}

/* A call that does not return may be the last of a function: it would return to its end. */
static void flow__reach_behind_call(struct code_flow *flow, struct node *node, __u64 next)
{
	bool last = flow->end && next == flow->end;

	node->stops = last || flow__is_padded(flow, next);
	if (!last)
		flow__go_on(flow, node, next);
	else if (next == flow->place)
		flow__reach(flow, next, node);
}

static void flow__call(struct code_flow *flow, struct node *node, const struct insn *insn,
		       __u64 next)
{
	if (insn->direct && insn->value == next) { /* that is how i386 learns where it is */
		depth__push(&node->depth, INSN_NO_REG, flow->word);
		flow__go_on(flow, node, next);
		return;
	}
	node->holder = INSN_NO_REG;
	flow__reach_behind_call(flow, node, next);
}

/* In the name of its caller, another function goes on with a stack as it was at first. */
static void flow__jump(struct code_flow *flow, const struct node *node, const struct insn *insn)
{
	if (insn->direct)
		flow__reach(flow, insn->value, node);
	else if (insn->reg < INSN_REGS && insn->reg == node->holder)
		flow__reach(flow, node->constant, node);
	else if (node->depth.sp == flow->word)
		flow->leads_elsewhere = true;
}

static void flow__step(struct code_flow *flow, struct node node)
{
	const struct code_bytes *bytes = flow->bytes;
	__u64 at = node.address - bytes->start, next;
	struct insn insn;

	if (node.stops)
		return;
	insn__decode(&insn, bytes->code + at, bytes->size - at, node.address, bytes->wide);
	next = node.address + insn.size;
	if (insn.kind == INSN_UNKNOWN || !depth__apply(&node.depth, &insn, flow->word))
		return;
	if (INSN_WRITES(&insn, node.holder))
		node.holder = INSN_NO_REG;
	if (insn.kind == INSN_CONSTANT) {
		node.holder = insn.reg;
		node.constant = insn.value;
	}
	if (insn.kind == INSN_CALL)
		flow__call(flow, &node, &insn, next);
	if (insn.kind == INSN_JUMP)
		flow__jump(flow, &node, &insn);
	if (insn.kind == INSN_BRANCH)
		flow__reach(flow, insn.value, &node);
	if (insn.kind != INSN_CALL && insn.kind != INSN_JUMP && insn.kind != INSN_END)
		flow__go_on(flow, &node, next);
}

static void flow__run(struct code_flow *flow, const struct code_bytes *bytes, __u64 start,
		      __u64 end, __s32 sp)
{
	struct node node = { .depth.sp = sp, .holder = INSN_NO_REG };

	memset(flow->bucket, 0, sizeof(flow->bucket));
	flow->bytes = bytes;
	flow->end = end;
	flow->word = bytes->wide ? 8 : 4;
	flow->disagrees = flow->leads_elsewhere = false;
	flow->count = flow->first = flow->waiting = 0;
	flow__reach(flow, start, &node);
	while (flow->waiting) {
		flow__take_next(flow, &node);
		flow__step(flow, node);
	}
}

bool code_flow__find(struct code_flow *flow, const struct code_bytes *bytes, __u64 start, __u64 end,
		     __u64 place, struct code_depth *ret_depth)
{
	const __u32 *bucket;

	flow->place = place;
	flow__run(flow, bytes, start, end, bytes->wide ? 8 : 4);
	bucket = flow__bucket(flow, place);
	if (!*bucket || flow->disagrees)
		return false;
	*ret_depth = flow->nodes[*bucket - 1].depth;
	return true;
}

bool code_flow__leads_elsewhere(const struct code_flow *flow)
{
	return flow->leads_elsewhere;
}

size_t code_flow__targets(struct code_flow *flow, const struct code_bytes *bytes, __u64 start,
			  __u64 *targets, size_t capacity)
{
	size_t count = 0;
	__u32 i;

	flow__run(flow, bytes, start, 0, 0);
	for (i = 0; i < flow->count && count < capacity; i++) {
		__u64 address = flow->nodes[i].address, at = address - bytes->start;
		struct insn insn;

		insn__decode(&insn, bytes->code + at, bytes->size - at, address, bytes->wide);
		if ((insn.kind == INSN_CONSTANT || (insn.kind == INSN_CALL && insn.direct)) &&
		    insn.value - bytes->start < bytes->size)
			targets[count++] = insn.value;
	}
	return count;
}
