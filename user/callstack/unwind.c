/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/unwind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "callstack/address_spaces.h"
#include "callstack/dso_cache.h"
#include "callstack/frame_rules.h"
#include "callstack/interpreter_frames.h"
#include "callstack/stack_scan.h"
#include "callstack/symbolization_private.h"
#include "core/sorted.h"
#include "frame_rule.h"

#define CHAIN_FRAMES   (STACK_EVENT_USER + 2 * UNWIND_FRAMES)
#define UNWIND_SECONDS 3 /* that unwinding the stacks of one batch may take */

/* The frame that stands for an address of a process at that time. */
static __u32 symbolization__user_frame(struct symbolization *session,
				       const struct stack_event *stack_event, __u64 pc, bool caller)
{
	const struct mapping *mapping = address_spaces__find(session->address_spaces,
							     stack_event->task_id.tgid, pc - caller,
							     stack_event->now_ns);

	if (stack_event->narrow && mapping && dso_cache__is_vdso(session->files, mapping->file))
		return dso_cache__vdso_32_frame(session->files, pc - mapping->start);
	return dso_cache__frame(session->files, mapping ? mapping->file : 0,
				mapping ? mapping->start : 0, mapping ? mapping->offset : 0, pc,
				caller);
}

/* ---- what belongs to a number ---- */

static bool slots__have(const __u64 *slots, size_t count, __u64 slot)
{
	size_t i;

	for (i = 0; slot && i < count; i++) {
		if (slots[i] == slot)
			return true;
	}
	return false;
}

static bool stack_event__has_scanned(const struct stack_event *stack_event,
				     const struct unwind_frame *frame, const __u64 *slots,
				     size_t count)
{
	return slots__have(slots, count, frame->slot) ||
	       (frame->by_chain && frame->by_chain <= stack_event->links);
}

size_t stack_event__known_frames(const struct stack_event *stack_event,
				 const struct symbolizer_chain *chain)
{
	__u64 slots[SCAN_SLOTS];
	size_t known = 1, scanned = 1, count;

	if (stack_event->once)
		return chain->count;
	while (known < chain->count && known <= stack_event->unwound_count &&
	       chain->frames[known].pc == stack_event->unwound[known - 1])
		known++;
	count = stack_event->unwind == STACK_EVENT_UNWIND_WHOLE ?
			0 :
			stack_event__scan(stack_event, slots);
	while (scanned < chain->count &&
	       stack_event__has_scanned(stack_event, &chain->frames[scanned], slots, count))
		scanned++;
	known = scanned > known ? scanned : known;
	return known < chain->count ? known : chain->count;
}

/* ---- rules ---- */

/* Where an address lies in a file; file 0: in none. */
static void symbolization__place(const struct symbolization *session,
				 const struct stack_event *stack_event, __u64 pc, bool caller,
				 struct known_rule *ret_rule)
{
	const struct mapping *mapping = address_spaces__find(session->address_spaces,
							     stack_event->task_id.tgid, pc - caller,
							     stack_event->now_ns);

	ret_rule->file = mapping ? mapping->file : 0;
	ret_rule->at = mapping ? pc - mapping->start + mapping->offset : pc;
}

/* Tells the kernel's side what it can do at an address of that process. */
static void symbolization__tell(const struct symbolization *session,
				const struct stack_event *stack_event, __u64 pc, __u64 value)
{
	session->config.teach(session->config.context, stack_event->space, pc, value);
}

static void symbolization__teach_one(const struct symbolization *session,
				     const struct stack_event *stack_event,
				     const struct unwind_frame *frame, __u64 value,
				     enum unwind_why why)
{
	struct known_rule rule = { .key = rule_key(stack_event->space, frame->pc),
				   .rule = value,
				   .why = why };

	symbolization__place(session, stack_event, frame->pc, frame->caller, &rule);
	frame_rules__put(session->rules, &rule);
	symbolization__tell(session, stack_event, frame->pc, value);
}

/* From now on the kernel's side can follow such a stack. */
static void symbolization__teach(const struct symbolization *session,
				 const struct stack_event *stack_event,
				 const struct symbolizer_chain *chain)
{
	size_t i;

	if (chain->count && !chain->frames[0].rule &&
	    chain->end.why != UNWIND_NOT_COPIED) { /* it could not be unwound */
		symbolization__teach_one(session, stack_event, &chain->frames[0], RULE_STUCK,
					 chain->end.why);
		return;
	}
	for (i = 0; i < chain->count; i++) {
		if (chain->frames[i].rule)
			symbolization__teach_one(session, stack_event, &chain->frames[i],
						 chain->frames[i].rule, chain->end.why);
	}
}

const struct known_rule *symbolization__rule(const struct symbolization *session,
					     const struct stack_event *stack_event, __u64 pc,
					     bool called)
{
	const struct known_rule *rule =
		frame_rules__find(session->rules, rule_key(stack_event->space, pc));
	struct known_rule now;

	if (!rule)
		return NULL;
	symbolization__place(session, stack_event, pc,
			     called && RULE_KIND(rule->rule) != RULE_SIGNAL, &now);
	return now.file == rule->file && now.at == rule->at ? rule : NULL;
}

/* ---- stacks of the profile ---- */

/* What a stack begins with: nothing, or the mark that says why its root is not there. */
static __u32 symbolization__root(const struct symbolization *session, const struct unwind_end *end)
{
	struct profile *profile = session->profile;
	char text[UNWIND_MARK];

	if (!unwind_end__mark(end, text))
		return 0;
	return profile__stack(profile, 0, profile__mark(profile, text));
}

static __u32 symbolization__put(struct symbolization *session,
				const struct stack_event *stack_event,
				const struct symbolizer_chain *chain)
{
	const struct interpreter_chain *python =
		interpreters__chain(session->interpreters, stack_event->id);
	__u32 stack = symbolization__root(session, &chain->end);
	size_t i;

	if (python)
		return symbolization__put_interpreted(session, stack_event, chain, python, stack,
						      symbolization__user_frame);
	for (i = chain->count; i--;)
		stack = profile__stack(session->profile, stack,
				       symbolization__user_frame(session, stack_event,
								 chain->frames[i].pc,
								 chain->frames[i].caller));
	return stack;
}

/* Other callers than those may have had the same number. */
static void chain__end_where_known(const struct stack_event *stack_event,
				   struct symbolizer_chain *chain)
{
	size_t known = stack_event__known_frames(stack_event, chain);

	if (known == chain->count)
		return;
	chain->count = known;
	chain->end.why = UNWIND_ALIKE;
}

static __u32 symbolization__followed(struct symbolization *session,
				     const struct stack_event *stack_event)
{
	struct unwind_frame frames[STACK_EVENT_USER + 1] = { { .pc = stack_event->ip } };
	struct symbolizer_chain chain = { .frames = frames,
					  .count = 1,
					  .end.why = UNWIND_COMPLETE };
	const struct known_rule *rule = NULL;
	__u32 i;

	for (i = 0; i <= stack_event->unwound_count; i++) {
		struct unwind_frame *frame = &frames[i];
		bool called = i && RULE_KIND(rule->rule) != RULE_SIGNAL;

		if (i)
			frame->pc = stack_event->unwound[i - 1];
		chain.count = i + 1;
		rule = symbolization__rule(session, stack_event, frame->pc, called);
		frame->caller = called && (!rule || RULE_KIND(rule->rule) != RULE_SIGNAL);
		if (!rule) { /* what lies above was not found by what lies here */
			symbolization__tell(session, stack_event, frame->pc, RULE_NONE);
			chain.end.why = UNWIND_ALIKE;
			return symbolization__put(session, stack_event, &chain);
		}
	}
	if (RULE_KIND(rule->rule) == RULE_END || RULE_KIND(rule->rule) == RULE_STUCK)
		chain.end = (struct unwind_end){ rule->why, STACK_EVENT_FAR };
	else if (stack_event->unwind == STACK_EVENT_UNWIND_STUCK)
		chain.end.why = UNWIND_NO_MEMORY;
	else if (stack_event->unwound_count == STACK_EVENT_USER)
		chain.end = (struct unwind_end){ UNWIND_DEEP, STACK_EVENT_USER };
	return symbolization__put(session, stack_event, &chain);
}

static __u32 symbolization__stack(struct symbolization *session,
				  const struct stack_event *stack_event,
				  const struct symbolizer_chain *chain)
{
	struct unwind_frame frames[CHAIN_FRAMES];
	struct symbolizer_chain whole = { .frames = frames, .end = chain->end };
	struct unwind_prefix prefix;
	bool is_right = symbolization__prefix(session, stack_event, frames, &prefix);
	size_t i;

	symbolization__teach(session, stack_event, chain);
	whole.count = prefix.count;
	for (i = 0; is_right && i < chain->count && whole.count < CHAIN_FRAMES; i++)
		frames[whole.count++] = chain->frames[i];
	if (is_right)
		chain__end_where_known(stack_event, &whole);
	else
		whole.end.why = UNWIND_ALIKE;
	/* of a stack whose last rule leads no further hardly anything is copied */
	if (!stack_event->resumed && whole.count <= stack_event->unwound_count)
		return symbolization__followed(session, stack_event);
	return symbolization__put(session, stack_event, &whole);
}

__u32 symbolization__by_rules(struct symbolization *session, const struct stack_event *stack_event,
			      __u64 *ret_gap)
{
	struct unwind_frame frames[STACK_EVENT_USER];
	struct symbolizer_chain chain;
	size_t i;

	*ret_gap = 0;
	if (stack_event->unwind == STACK_EVENT_UNWIND_WHOLE)
		return symbolization__followed(session, stack_event);
	/* rules that were taught since it was sent lead through it, too; the kernel's side may have lost one */
	if (stack_event->unwind != STACK_EVENT_UNWIND_PARTIAL ||
	    !symbolization__follow(session, stack_event, frames, &chain, ret_gap))
		return 0;
	for (i = stack_event->once ? chain.count : stack_event->unwound_count; i < chain.count; i++)
		symbolization__tell(session, stack_event, frames[i].pc, frames[i].rule);
	chain__end_where_known(stack_event, &chain);
	return symbolization__put(session, stack_event, &chain);
}

__u32 symbolization__by_chain(struct symbolization *session, const struct stack_event *stack_event,
			      enum unwind_why why)
{
	struct unwind_frame frames[STACK_EVENT_USER] = { 0 };
	struct symbolizer_chain chain = { .frames = frames, .end.why = why };
	struct unwind_prefix prefix;
	__u32 i;

	/* one that was gone on with begins where the rules had ended, with a return address */
	if (symbolization__prefix(session, stack_event, frames, &prefix))
		chain.count = prefix.count;
	for (i = 0; i < stack_event->user_count && chain.count < STACK_EVENT_USER; i++)
		frames[chain.count++] =
			(struct unwind_frame){ .pc = stack_event->user[i],
					       .caller = i > 0 || stack_event->resumed };
	return symbolization__stack(session, stack_event, &chain);
}

/* ---- a batch ---- */

bool batch__is_of(const struct batch *batch, const struct packed *packed)
{
	return batch->tgid == packed->tgid && batch->leader_ns == packed->leader_ns &&
	       batch->exec_id == packed->exec_id;
}

bool batch__take(struct batch *batch, struct stack_event *stack_event, __u64 gap)
{
	size_t same = 0, i;

	for (i = 0; gap && i < batch->count; i++)
		same += batch->gaps[i] == gap;
	if (same >= GAP_MOST) {
		free(stack_event);
		return false;
	}
	batch->gaps[batch->count] = gap;
	batch->stack_events[batch->count++] = stack_event;
	return true;
}

void batch__free(struct batch *batch)
{
	size_t i;

	for (i = 0; i < batch->count; i++)
		free(batch->stack_events[i]);
	batch->count = 0;
	batch->cookie = 0;
}

void batch__give_up(struct batch *batch, struct symbolization *session, enum unwind_why why)
{
	size_t i;

	for (i = 0; i < batch->count; i++)
		symbolization__finish(session, batch->stack_events[i],
				      symbolization__by_chain(session, batch->stack_events[i],
							      why));
	batch__free(batch);
}

static void symbolization__take_chains(void *context, __u64 cookie,
				       const struct symbolizer_chains *chains)
{
	struct symbolization *session = context;
	struct batch *batch = session->batches;
	size_t i;

	while (batch < session->batches + BATCHES && batch->cookie != cookie)
		batch++;
	if (batch == session->batches + BATCHES)
		return; /* it was given up */
	for (i = 0; i < batch->count; i++) {
		const struct stack_event *stack_event = batch->stack_events[i];
		__u32 stack =
			i < chains->count ?
				symbolization__stack(session, stack_event, &chains->list[i]) :
				symbolization__by_chain(session, stack_event, UNWIND_NOT_TRIED);

		symbolization__finish(session, stack_event, stack);
	}
	batch__free(batch);
}

/* ---- asking ---- */

/* Marks the mapping that an address lies in, of those that are sorted by address. */
static void mapping__need(const struct mapping *mappings, size_t count, bool *needed, __u64 address)
{
	const struct mapping *mapping = SORTED_RANGE(mappings, count, address);

	if (mapping)
		needed[mapping - mappings] = true;
}

/* Whatever is a return address is a word of the stack. */
static void stack_event__need(const struct stack_event *stack_event, const struct mapping *mappings,
			      size_t count, bool *needed)
{
	__u64 word;
	__u32 i;

	for (i = 0; i < STACK_REGS; i++)
		mapping__need(mappings, count, needed, stack_event->regs[i]);
	for (i = 0; i < stack_event->user_count; i++)
		mapping__need(mappings, count, needed, stack_event->user[i]);
	for (i = 0; i + sizeof(word) <= stack_event->stack_size; i += sizeof(word)) {
		memcpy(&word, stack_event->stack + i, sizeof(word));
		if (stack_event->narrow) {
			mapping__need(mappings, count, needed, word >> 32);
			word &= ~0U;
		}
		mapping__need(mappings, count, needed, word);
	}
}

/*
 * Of a process that has mapped thousands of files, only those that are on its stacks.
 * Returns how many; they are moved to the front.  0 without memory.
 */
static size_t batch__choose(const struct batch *batch, struct mapping *mappings, size_t count)
{
	bool *needed = calloc(count + 1, sizeof(*needed));
	size_t kept = 0, i;

	for (i = 0; needed && i < batch->count; i++)
		stack_event__need(batch->stack_events[i], mappings, count, needed);
	for (i = 0; needed && i < count; i++) {
		if (needed[i])
			mappings[kept++] = mappings[i];
	}
	free(needed);
	return kept;
}

static struct unwind_stack symbolization__unwind_stack(const struct symbolization *session,
						       const struct stack_event *stack_event)
{
	struct unwind_frame frames[STACK_EVENT_USER];
	struct unwind_prefix prefix;

	symbolization__prefix(session, stack_event, frames, &prefix);
	return (struct unwind_stack){ .regs = stack_event->regs,
				      .at = stack_event->stack_at,
				      .bytes = stack_event->stack,
				      .size = stack_event->stack_size,
				      .chain = stack_event->user,
				      .chain_count = stack_event->user_count,
				      .chain_room = STACK_EVENT_USER,
				      .there = stack_event->stack_there,
				      .all = stack_event->stack_all,
				      .called = prefix.called,
				      .narrow = stack_event->narrow };
}

/* Its descriptor; UNWIND_MEMORY: it is no file, or the image of it that we have is another. */
static int batch__file(const struct batch *batch, struct symbolization *session, __u32 number)
{
	int fd;

	if (dso_cache__is_made(session->files, number) ||
	    (batch->stack_events[0]->narrow && dso_cache__is_vdso(session->files, number)))
		return UNWIND_MEMORY;
	fd = dso_cache__fd(session->files, number);
	return fd < 0 ? UNWIND_UNREADABLE : fd;
}

static int batch__send(struct batch *batch, struct symbolization *session,
		       const struct mapping *mappings, size_t count)
{
	const struct symbolizer_sink sink = { .chains = symbolization__take_chains,
					      .context = session };
	struct unwind_stack *stacks = calloc(batch->count, sizeof(*stacks));
	struct unwind_map *maps = calloc(count, sizeof(*maps));
	int *files = calloc(count, sizeof(*files)), err = -ENOMEM;
	struct symbolizer_process process = { .maps = maps,
					      .map_count = (__u32)count,
					      .files = files,
					      .file_count = (__u32)count,
					      .seconds = UNWIND_SECONDS };
	size_t i;

	if (stacks && maps && files) {
		for (i = 0; i < count; i++) {
			maps[i].start = mappings[i].start;
			maps[i].end = mappings[i].end;
			maps[i].offset = mappings[i].offset;
			files[i] = batch__file(batch, session, mappings[i].file);
			maps[i].file = files[i] < 0 ? files[i] : (__s32)i;
		}
		for (i = 0; i < batch->count; i++)
			stacks[i] = symbolization__unwind_stack(session, batch->stack_events[i]);
		batch->cookie = ++session->asked;
		err = symbolizer__ask_stacks(session->symbolizer, &process, stacks, batch->count,
					     &sink, batch->cookie);
	}
	free(stacks);
	free(maps);
	free(files);
	return err;
}

void batch__ask(struct batch *batch, struct symbolization *session)
{
	const struct stack_event *last = batch->stack_events[batch->count - 1];
	enum unwind_why why = UNWIND_NO_MAPS;
	struct mapping *mappings;
	size_t count;

	/* by the last of them: right after an exec hardly anything is mapped yet */
	mappings = address_spaces__all(session->address_spaces, last->task_id.tgid, last->now_ns,
				       &count);
	if (mappings)
		count = batch__choose(batch, mappings, count);
	if (mappings && count)
		why = batch__send(batch, session, mappings, count) ? UNWIND_NOT_TRIED :
								     UNWIND_COMPLETE;
	free(mappings);
	if (why != UNWIND_COMPLETE) /* nobody can tell */
		batch__give_up(batch, session, why);
}

void symbolization__each_stack(const struct symbolization *session,
			       void (*take)(void *context, __u32 stack), void *context)
{
	stack_numbers__each(&session->events.numbers, take, context);
}
