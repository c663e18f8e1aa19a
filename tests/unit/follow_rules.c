/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stack that is followed by rules which others of its process have taught. */
#include "callstack/unwind.h"

#include <stdlib.h>
#include <string.h>

#include "callstack/address_spaces.h"
#include "callstack/dso_cache.h"
#include "callstack/frame_rules.h"
#include "callstack/symbolization_private.h"
#include "make_stack.h"
#include "unit.h"

#define AT    0x7fff0000ULL
#define WORDS 256
#define SPACE 5
#define BY_SP RULE(RULE_SP, 1, 1, RULE_FP_KEPT, 0)
#define BY_FP RULE(RULE_FP, 2, 1, RULE_FP_SAVED, 2)

static struct symbolization session;
static struct stack_event *event;
static __u64 *words;
static __u64 taught_pc, taught_rule;
static __u64 gap;

static void teach(void *context, __u64 space, __u64 pc, __u64 rule)
{
	(void)context;
	SAME(space, SPACE);
	taught_pc = pc;
	taught_rule = rule;
}

static void begin(void)
{
	session.config.teach = teach;
	session.profile = profile__new();
	session.rules = frame_rules__new();
	session.address_spaces = address_spaces__new();
	session.files = dso_cache__new(session.profile, NULL, false);
	event = calloc(1, sizeof(*event) + WORDS * sizeof(*words));
	words = (__u64 *)(void *)event->stack;
	event->space = SPACE;
	event->stack_at = AT;
	event->stack_size = WORDS * sizeof(*words);
	event->stack_there = ~0ULL;
	event->regs[SP] = AT;
	event->ip = 100;
	event->unwind = STACK_EVENT_UNWIND_PARTIAL;
	event->once = 1;
}

static void end(void)
{
	free(event);
	dso_cache__free(session.files);
	address_spaces__free(session.address_spaces);
	frame_rules__free(session.rules);
	profile__free(session.profile);
}

TestSuite(follow_rules, .init = begin, .fini = end);

static void put_rule_why(__u64 pc, __u64 value, enum unwind_why why)
{
	struct known_rule rule = {
		.key = rule_key(SPACE, pc), .rule = value, .at = pc, .why = why
	};

	frame_rules__put(session.rules, &rule);
}

static void put_rule(__u64 pc, __u64 rule)
{
	put_rule_why(pc, rule, UNWIND_COMPLETE);
}

/* The last of them is the root. */
static void check(size_t count, const __u64 *pcs)
{
	struct unwind_frame frames[STACK_EVENT_USER];
	struct symbolizer_chain chain = { 0 };
	size_t i;

	put_rule_why(pcs[count - 1], RULE_END, UNWIND_DEEP);
	cr_assert(symbolization__follow(&session, event, frames, &chain, &gap));
	cr_assert_eq(chain.count, count);
	cr_assert_eq(chain.frames, frames);
	SAME(chain.end.why, UNWIND_DEEP);
	for (i = 0; i < count; i++)
		SAME(frames[i].pc, pcs[i]);
	SAME(frames[0].caller, false);
	SAME(RULE_KIND(frames[count - 1].rule), RULE_END);
}

static void check_none(void)
{
	struct unwind_frame frames[STACK_EVENT_USER];
	struct symbolizer_chain chain;

	cr_expect(!symbolization__follow(&session, event, frames, &chain, &gap));
}

Test(follow_rules, by_the_stack_pointer)
{
	put_rule(100, RULE(RULE_SP, 5, 1, RULE_FP_KEPT, 0));
	words[4] = 200;
	put_rule(200, RULE(RULE_SP, 3, 2, RULE_FP_SAVED, 3));
	words[6] = 300;
	words[5] = AT + 8 * 40;
	put_rule(300, BY_FP);
	words[41] = 400;
	check(4, (__u64[]){ 100, 200, 300, 400 });
}

Test(follow_rules, which_rule_is_not_there)
{
	put_rule(100, BY_SP);
	words[0] = 200;
	check_none();
	SAME(gap, rule_key(SPACE, 200));
	put_rule(200, RULE(RULE_SP, WORDS + 1, 1, RULE_FP_KEPT, 0));
	check_none(); /* what it needs was not copied */
	SAME(gap, 0);
}

Test(follow_rules, by_the_frame_pointer)
{
	event->regs[FP] = AT + 8 * 10;
	put_rule(100, BY_FP);
	words[10] = AT + 8 * 20;
	words[11] = 200;
	put_rule(200, RULE(RULE_FP, 3, 1, RULE_FP_KEPT, 0));
	words[22] = 300;
	check(3, (__u64[]){ 100, 200, 300 });
}

Test(follow_rules, by_what_lies_below_the_frame_pointer)
{
	event->regs[FP] = AT + 8 * 10;
	put_rule(100, RULE(RULE_AT_FP, 2, 1, RULE_FP_BY_FP, 0));
	words[8] = AT + 8 * 30;
	words[29] = 200;
	words[10] = AT + 8 * 50;
	put_rule(200, BY_FP);
	words[51] = 300;
	check(3, (__u64[]){ 100, 200, 300 });
	words[8] = AT - 8; /* callers lie further up */
	check_none();
	event->regs[FP] = 77; /* in no memory */
	check_none();
}

Test(follow_rules, by_the_link_register)
{
	event->regs[30] = 200;
	put_rule(100, RULE(RULE_SP, 0, 0, RULE_FP_KEPT, 0));
	put_rule(200, BY_SP);
	words[0] = 300;
	check(3, (__u64[]){ 100, 200, 300 });
	put_rule(200, RULE(RULE_SP, 1, 0, RULE_FP_KEPT, 0)); /* that was the first's only */
	check_none();
}

Test(follow_rules, callers_lie_further_up)
{
	put_rule(100, RULE(RULE_SP, 0, 1, RULE_FP_KEPT, 0));
	put_rule(200, RULE_END);
	event->regs[SP] = AT + 8;
	words[0] = 200;
	check_none();
	put_rule(100, RULE(RULE_FP, 1, 1, RULE_FP_KEPT, 0));
	event->regs[FP] = AT;
	check_none();
	put_rule(100, RULE(RULE_FP, 2, 2, RULE_FP_KEPT, 0)); /* by a word */
	check(2, (__u64[]){ 100, 200 });
}

/* What a handler returns to, and what it has interrupted, were not called. */
Test(follow_rules, over_a_signal)
{
	struct unwind_frame frames[STACK_EVENT_USER];
	struct symbolizer_chain chain;

	put_rule(100, BY_SP);
	words[0] = 200;
	put_rule(200, RULE_SIGNAL);
	words[1 + SIGNAL_FP / 8] = AT + 8 * 200;
	words[1 + SIGNAL_SP / 8] = AT + 8 * 100;
	words[1 + SIGNAL_IP / 8] = 300;
	put_rule(300, BY_SP);
	words[100] = 400;
	put_rule(400, BY_FP);
	words[201] = 500;
	check(5, (__u64[]){ 100, 200, 300, 400, 500 });
	cr_assert(symbolization__follow(&session, event, frames, &chain, &gap));
	SAME(frames[1].caller, false);
	SAME(frames[2].caller, false);
	SAME(frames[3].caller, true);
	SAME(frames[4].caller, true);
	event->narrow = true;
	check_none();
}

Test(follow_rules, signal_whose_registers_are_not_there)
{
	put_rule(100, RULE_SIGNAL);
	put_rule(300, RULE_END);
	words[SIGNAL_SP / 8] = AT;
	words[SIGNAL_IP / 8] = 300;
	check(2, (__u64[]){ 100, 300 });
	event->stack_size = SIGNAL_IP;
	check_none();
}

Test(follow_rules, words_of_32_bits)
{
	__u32 *narrow = (__u32 *)(void *)event->stack;

	event->narrow = true;
	put_rule(100, RULE(RULE_SP, 5, 1, RULE_FP_SAVED, 3));
	narrow[4] = 200;
	narrow[2] = AT + 4 * 30;
	put_rule(200, BY_FP);
	narrow[31] = 300;
	check(3, (__u64[]){ 100, 200, 300 });
}

Test(follow_rules, what_is_not_known_ends_it)
{
	check_none();
	put_rule(100, BY_SP);
	check_none(); /* 0 is no address */
	words[0] = 200;
	check_none();
	put_rule(200, RULE_NONE);
	check_none();
	put_rule(200, RULE_STUCK);
	check_none();
	put_rule(200, RULE_END);
	check(2, (__u64[]){ 100, 200 });
	event->space++;
	check_none();
}

Test(follow_rules, words_that_were_not_copied)
{
	put_rule(100, RULE(RULE_SP, 5, 1, RULE_FP_KEPT, 0));
	put_rule(200, RULE_END);
	words[4] = 200;
	event->stack_size = 5 * 8;
	check(2, (__u64[]){ 100, 200 });
	event->stack_size = 5 * 8 - 1;
	check_none();
	event->stack_size = 4 * 8;
	check_none();
	event->stack_size = 5 * 8;
	event->stack_there = ~1ULL;
	check_none();
	event->stack_there = 1;
	event->regs[SP] = AT + 4; /* no word lies there */
	event->stack_size = WORDS * 8;
	memcpy(event->stack + 36, &words[4], 8);
	check_none();
}

Test(follow_rules, chunks_that_were_copied)
{
	size_t word = STACK_EVENT_CHUNK / 8;

	cr_assert_lt(word, WORDS);
	put_rule(100, RULE(RULE_SP, word + 1, 1, RULE_FP_KEPT, 0));
	put_rule(200, RULE_END);
	words[word] = 200;
	event->stack_there = 2;
	check(2, (__u64[]){ 100, 200 });
	event->stack_there = 1;
	check_none();
}

Test(follow_rules, no_stack_is_endless)
{
	struct unwind_frame frames[STACK_EVENT_USER];
	struct symbolizer_chain chain;
	size_t i;

	put_rule(100, BY_SP);
	for (i = 0; i < WORDS; i++)
		words[i] = 100;
	words[STACK_EVENT_USER - 2] = 200;
	put_rule(200, RULE_END);
	cr_assert(symbolization__follow(&session, event, frames, &chain, &gap));
	SAME(chain.count, STACK_EVENT_USER);
	words[STACK_EVENT_USER - 2] = 100;
	words[STACK_EVENT_USER - 1] = 200;
	check_none();
}

/* ---- into the profile ---- */

/* From the root: marks in brackets. */
static void check_stack(__u32 stack, const char *expected)
{
	char text[256] = "", label[128];
	const struct profile_stack *at;

	for (; stack; stack = at->caller) {
		at = profile__get_stack(session.profile, stack);
		cr_assert_not_null(at);
		profile__label(session.profile, at->frame, label, sizeof(label));
		strcat(text, *text ? " " : "");
		strcat(text, label);
	}
	SAME_TEXT(text, expected);
}

static void check_root(__u32 stack, const char *expected)
{
	const struct profile_stack *at = profile__get_stack(session.profile, stack);
	char label[128];

	while (at->caller)
		at = profile__get_stack(session.profile, at->caller);
	profile__label(session.profile, at->frame, label, sizeof(label));
	SAME_TEXT(label, expected);
}

Test(follow_rules, part_of_a_stack_with_a_number_of_its_own)
{
	put_rule(100, BY_SP);
	words[0] = 200;
	put_rule(200, RULE_END);
	check_stack(symbolization__by_rules(&session, event, &gap),
		    "[unknown+0x64] [unknown+0xc8]");
	SAME(taught_pc, 0);
}

/* What its number is not made of can be another's; what it is made of is its own. */
#define FAR 0x7f0000000000ULL /* too far for a word to be taken for a return address */

Test(follow_rules, part_of_a_stack_that_shares_its_number)
{
	event->once = 0;
	put_rule(100, BY_SP);
	words[0] = FAR;
	check_none();
	SAME(symbolization__by_rules(&session, event, &gap), 0);
	put_rule(FAR, RULE_END);
	check_stack(symbolization__by_rules(&session, event, &gap),
		    "[unknown+0x64] [truncated: callers not told apart]");
	SAME(taught_pc, FAR);
	SAME(taught_rule, RULE_END);
	event->unwound[0] = FAR;
	event->unwound_count = 1;
	check_stack(symbolization__by_rules(&session, event, &gap),
		    "[unknown+0x64] [unknown+0x7f0000000000]");
}

/* Its bytes begin where the kernel's side had no rule: what it had walked lies below. */
Test(follow_rules, on_from_the_frame_that_had_no_rule)
{
	event->resumed = 1;
	event->unwound[0] = event->regs[PC] = 300;
	event->unwound_count = 1;
	put_rule(100, BY_SP);
	put_rule(300, BY_SP);
	words[0] = 200;
	put_rule(200, RULE_END);
	check_stack(symbolization__by_rules(&session, event, &gap),
		    "[unknown+0x64] [unknown+0x12c] [unknown+0xc8]");
}

Test(follow_rules, not_on_from_what_was_reached_by_a_rule_that_is_gone)
{
	event->resumed = 1;
	event->unwound[0] = event->regs[PC] = 300;
	event->unwound_count = 1;
	put_rule(300, RULE_END);
	SAME(symbolization__by_rules(&session, event, &gap), 0);
	/* nor by frame pointers: the one caller that is left is not told */
	check_root(symbolization__by_chain(&session, event, UNWIND_SLOW),
		   "[truncated: callers not told apart]");
}

Test(follow_rules, whole_stack_that_the_kernel_has_followed)
{
	event->unwind = STACK_EVENT_UNWIND_WHOLE;
	event->unwound[0] = 200;
	event->unwound_count = 1;
	put_rule(100, BY_SP);
	put_rule_why(200, RULE_END, UNWIND_NO_CFI);
	check_stack(symbolization__by_rules(&session, event, &gap),
		    "[unknown+0x64] [unknown+0xc8] "
		    "[truncated: no unwind information]");
	put_rule_why(200, RULE_END, UNWIND_COMPLETE);
	check_stack(symbolization__by_rules(&session, event, &gap),
		    "[unknown+0x64] [unknown+0xc8]");
	put_rule(200, BY_SP);
	check_stack(symbolization__by_rules(&session, event, &gap),
		    "[unknown+0x64] [unknown+0xc8]");
}

Test(follow_rules, whole_stack_with_more_above)
{
	size_t i;

	event->unwind = STACK_EVENT_UNWIND_WHOLE;
	event->unwound_count = STACK_EVENT_USER;
	for (i = 0; i < STACK_EVENT_USER; i++)
		event->unwound[i] = 100;
	put_rule(100, BY_SP);
	check_root(symbolization__by_rules(&session, event, &gap),
		   "[truncated: deeper than 127 frames]");
	event->unwound_count--;
	check_root(symbolization__by_rules(&session, event, &gap), "[unknown+0x64]");
}

/* Of which the rules are not known any more: what lies above is another's, perhaps. */
Test(follow_rules, whole_stack_without_a_rule_is_taught_again)
{
	event->unwind = STACK_EVENT_UNWIND_WHOLE;
	event->unwound[0] = 200;
	event->unwound[1] = 300;
	event->unwound_count = 2;
	put_rule(100, BY_SP);
	check_stack(symbolization__by_rules(&session, event, &gap),
		    "[unknown+0x64] [unknown+0xc8] "
		    "[truncated: callers not told apart]");
	SAME(taught_pc, 200);
	SAME(taught_rule, RULE_NONE);
}
