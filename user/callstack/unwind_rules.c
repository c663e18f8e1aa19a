/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stack, followed as the kernel's side does: what one of a process has taught spares the others. */
#include <string.h>

#include "callstack/frame_rules.h"
#include "callstack/symbolization_private.h"
#include "frame_rule.h"

#if defined(__x86_64__)
#define REG_FP 6
#define REG_SP 7
#define REG_LR 30 /* there is none: the return address is on the stack */
#define REG_PC 16
#else
#define REG_FP 29
#define REG_SP 31
#define REG_LR 30
#define REG_PC 32
#endif

struct follow {
	const struct stack_event *stack_event;
	__u64 sp, fp, lr;
	__u64 slot; /* where the last return address was; 0: nowhere on the stack */
};

static bool follow__word(const struct follow *follow, __u64 address, __u64 *ret_word)
{
	const struct stack_event *stack_event = follow->stack_event;
	__u64 size = stack_event->narrow ? sizeof(__u32) : sizeof(__u64),
	      at = address - stack_event->stack_at;
	__u64 word = 0;

	if (address & (size - 1) || at >= stack_event->stack_size ||
	    stack_event->stack_size - at < size ||
	    !stack_there__has(stack_event->stack_there, at / STACK_EVENT_CHUNK))
		return false;
	memcpy(&word, stack_event->stack + at, size);
	*ret_word = word;
	return true;
}

static bool follow__leave_handler(struct follow *follow, __u64 *ret_pc)
{
	__u64 at = follow->sp;

	return !follow->stack_event->narrow && follow__word(follow, at + SIGNAL_FP, &follow->fp) &&
	       follow__word(follow, at + SIGNAL_SP, &follow->sp) &&
	       follow__word(follow, at + SIGNAL_IP, ret_pc);
}

static bool follow__leave(struct follow *follow, __u64 rule, __u64 *ret_pc)
{
	__u64 word = follow->stack_event->narrow ? sizeof(__u32) : sizeof(__u64);
	__u64 cfa = RULE_CFA(rule) * word, fp = follow->fp;

	follow->slot = 0;
	if (RULE_KIND(rule) == RULE_SIGNAL)
		return follow__leave_handler(follow, ret_pc);
	if (RULE_KIND(rule) == RULE_SP)
		cfa += follow->sp;
	else if (RULE_KIND(rule) == RULE_FP)
		cfa += fp;
	else if (RULE_KIND(rule) != RULE_AT_FP || !follow__word(follow, fp - cfa, &cfa))
		return false;
	if (cfa < follow->sp || (cfa == follow->sp && RULE_RA(rule)))
		return false;
	if (RULE_HOW(rule) == RULE_FP_BY_FP && !follow__word(follow, fp, &follow->fp))
		return false;
	if (RULE_HOW(rule) == RULE_FP_SAVED &&
	    !follow__word(follow, cfa - RULE_FP_AT(rule) * word, &follow->fp))
		return false;
	*ret_pc = follow->lr;
	follow->lr = 0;
	follow->sp = cfa;
	if (!RULE_RA(rule))
		return true;
	follow->slot = cfa - RULE_RA(rule) * word;
	return follow__word(follow, follow->slot, ret_pc);
}

bool symbolization__prefix(const struct symbolization *session,
			   const struct stack_event *stack_event, struct unwind_frame *frames,
			   struct unwind_prefix *ret_prefix)
{
	size_t count = stack_event->resumed ? stack_event->unwound_count : 0, i;
	__u64 pc = stack_event->ip;

	*ret_prefix = (struct unwind_prefix){ 0 };
	for (i = 0; i < count; i++) {
		const struct known_rule *rule =
			symbolization__rule(session, stack_event, pc, ret_prefix->called);
		bool called = ret_prefix->called && (!rule || RULE_KIND(rule->rule) != RULE_SIGNAL);

		frames[i] = (struct unwind_frame){ .pc = pc,
						   .rule = rule ? rule->rule : 0,
						   .caller = called };
		ret_prefix->count = i + 1;
		if (!rule)
			return false;
		ret_prefix->called = RULE_KIND(rule->rule) != RULE_SIGNAL;
		pc = stack_event->unwound[i];
	}
	return true;
}

bool symbolization__follow(const struct symbolization *session,
			   const struct stack_event *stack_event, struct unwind_frame *frames,
			   struct symbolizer_chain *ret_chain, __u64 *ret_gap)
{
	struct follow follow = { .stack_event = stack_event,
				 .sp = stack_event->regs[REG_SP],
				 .fp = stack_event->regs[REG_FP],
				 .lr = stack_event->regs[REG_LR] };
	struct unwind_prefix prefix;
	bool called;
	__u64 pc = stack_event->resumed ? stack_event->regs[REG_PC] : stack_event->ip;
	size_t i;

	*ret_gap = 0;
	if (!symbolization__prefix(session, stack_event, frames, &prefix))
		return false;
	called = prefix.called;
	for (i = prefix.count; i < STACK_EVENT_USER; i++) {
		const struct known_rule *rule =
			symbolization__rule(session, stack_event, pc, called);

		if (!rule || !rule->rule) {
			*ret_gap = rule_key(stack_event->space, pc);
			return false;
		}
		called = called && RULE_KIND(rule->rule) != RULE_SIGNAL;
		frames[i] = (struct unwind_frame){
			.pc = pc, .rule = rule->rule, .slot = follow.slot, .caller = called
		};
		if (RULE_KIND(rule->rule) == RULE_END) {
			*ret_chain = (struct symbolizer_chain){ .frames = frames,
								.count = i + 1,
								.end.why = rule->why };
			return true;
		}
		if (!follow__leave(&follow, rule->rule, &pc) || !pc)
			return false;
		called = RULE_KIND(rule->rule) != RULE_SIGNAL;
	}
	return false;
}

void symbolization__usage(const struct symbolization *session,
			  struct symbolization_usage *ret_usage)
{
	struct frame_rules_usage rules = { 0 };

	if (session->rules)
		rules = frame_rules__usage(session->rules);
	*ret_usage = (struct symbolization_usage){
		.rules = rules.count,
		.room = rules.room,
		.pushed_out = rules.pushed_out,
		.kernel_bytes = session->rules ? sizeof(struct rule_bucket) << RULE_BITS : 0,
		.own_bytes = rules.bytes,
		.helper_bytes = symbolizer__memory(session->symbolizer),
	};
}
