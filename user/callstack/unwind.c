/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/unwind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "callstack/address_spaces.h"
#include "callstack/dso_cache.h"
#include "callstack/frame_rules.h"
#include "callstack/stack_scan.h"
#include "callstack/symbolization_private.h"
#include "frame_rule.h"

#define WALK_SECONDS 3 /* that unwinding the stacks of one batch may take */

/* The vDSO of programs of 32 bits is another one, whose image nobody has. */
static __u32 code__vdso_32_frame(struct code *code, const struct mapping *mapping, __u64 pc)
{
	struct profile *profile = code->profile;
	__u32 module = profile__module(profile, MODULE_VDSO, "vdso32", 0, NULL);

	return profile__frame(profile, module, pc - mapping->start);
}

/* The frame that stands for an address of a process at that time. */
static __u32 code__user_frame(struct code *code, const struct sight *sight, __u64 pc, bool caller)
{
	const struct mapping *mapping =
		spaces__find(code->spaces, sight->who.tgid, pc - caller, sight->now_ns);

	if (sight->narrow && mapping && code_files__is_vdso(code->files, mapping->file))
		return code__vdso_32_frame(code, mapping, pc);
	return code_files__frame(code->files, mapping ? mapping->file : 0,
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

static bool sight__has_scanned(const struct sight *sight, const struct walk_frame *frame,
			       const __u64 *slots, size_t count)
{
	return slots__have(slots, count, frame->slot) ||
	       (frame->by_chain && frame->by_chain <= sight->links);
}

size_t sight__known_frames(const struct sight *sight, const struct namer_chain *chain)
{
	__u64 slots[SCAN_SLOTS];
	size_t known = 1, scanned = 1, count;

	if (sight->once)
		return chain->count;
	while (known < chain->count && known <= sight->walked_count &&
	       chain->frames[known].pc == sight->walked[known - 1])
		known++;
	count = sight->walk == SIGHT_WALK_WHOLE ? 0 : sight__scan(sight, slots);
	while (scanned < chain->count &&
	       sight__has_scanned(sight, &chain->frames[scanned], slots, count))
		scanned++;
	known = scanned > known ? scanned : known;
	return known < chain->count ? known : chain->count;
}

/* ---- rules ---- */

/* Where an address lies in a file; file 0: in none. */
static void code__place(const struct code *code, const struct sight *sight, __u64 pc, bool caller,
			struct code_rule *ret_rule)
{
	const struct mapping *mapping =
		spaces__find(code->spaces, sight->who.tgid, pc - caller, sight->now_ns);

	ret_rule->file = mapping ? mapping->file : 0;
	ret_rule->at = mapping ? pc - mapping->start + mapping->offset : pc;
}

static void code__teach_one(const struct code *code, const struct sight *sight,
			    const struct walk_frame *frame, __u64 value, enum walk_why why)
{
	struct code_rule rule = { .key = rule_key(sight->space, frame->pc),
				  .rule = value,
				  .why = why };

	code__place(code, sight, frame->pc, frame->caller, &rule);
	code_rules__put(code->rules, &rule);
	code->config.teach(code->config.context, sight->space, frame->pc, value);
}

/* From now on the kernel's side can follow such a stack. */
static void code__teach(const struct code *code, const struct sight *sight,
			const struct namer_chain *chain)
{
	size_t i;

	if (chain->count && !chain->frames[0].rule) { /* it could not be walked */
		code__teach_one(code, sight, &chain->frames[0], RULE_STUCK, chain->end.why);
		return;
	}
	for (i = 0; i < chain->count; i++)
		code__teach_one(code, sight, &chain->frames[i], chain->frames[i].rule,
				chain->end.why);
}

const struct code_rule *code__rule(const struct code *code, const struct sight *sight, __u64 pc,
				   bool called)
{
	const struct code_rule *rule = code_rules__find(code->rules, rule_key(sight->space, pc));
	struct code_rule now;

	if (!rule)
		return NULL;
	code__place(code, sight, pc, called && RULE_KIND(rule->rule) != RULE_SIGNAL, &now);
	return now.file == rule->file && now.at == rule->at ? rule : NULL;
}

/* ---- stacks of the profile ---- */

/* What a stack begins with: nothing, or the mark that says why its root is not there. */
static __u32 code__root(const struct code *code, const struct walk_end *end)
{
	struct profile *profile = code->profile;
	char text[WALK_MARK];

	if (!walk_end__mark(end, text))
		return 0;
	return profile__stack(profile, 0, profile__mark(profile, text));
}

static __u32 code__put(struct code *code, const struct sight *sight,
		       const struct namer_chain *chain)
{
	__u32 stack = code__root(code, &chain->end);
	size_t i;

	for (i = chain->count; i--;)
		stack = profile__stack(code->profile, stack,
				       code__user_frame(code, sight, chain->frames[i].pc,
							chain->frames[i].caller));
	return stack;
}

static __u32 code__stack(struct code *code, const struct sight *sight,
			 const struct namer_chain *chain)
{
	struct namer_chain known = *chain;

	code__teach(code, sight, chain);
	known.count = sight__known_frames(sight, chain);
	if (known.count < chain->count)
		known.end.why = WALK_ALIKE;
	return code__put(code, sight, &known);
}

static __u32 code__followed(struct code *code, const struct sight *sight)
{
	struct walk_frame frames[SIGHT_USER + 1] = { { .pc = sight->ip } };
	struct namer_chain chain = { .frames = frames, .count = 1, .end.why = WALK_COMPLETE };
	const struct code_rule *rule = NULL;
	__u32 i;

	for (i = 0; i <= sight->walked_count; i++) {
		struct walk_frame *frame = &frames[i];
		bool called = i && RULE_KIND(rule->rule) != RULE_SIGNAL;

		if (i)
			frame->pc = sight->walked[i - 1];
		chain.count = i + 1;
		rule = code__rule(code, sight, frame->pc, called);
		frame->caller = called && (!rule || RULE_KIND(rule->rule) != RULE_SIGNAL);
		if (!rule) { /* what lies above was not found by what lies here */
			code->config.teach(code->config.context, sight->space, frame->pc,
					   RULE_NONE);
			chain.end.why = WALK_ALIKE;
			return code__put(code, sight, &chain);
		}
	}
	if (RULE_KIND(rule->rule) == RULE_END)
		chain.end.why = rule->why;
	else if (sight->walked_count == SIGHT_USER)
		chain.end = (struct walk_end){ WALK_DEEP, SIGHT_USER };
	return code__put(code, sight, &chain);
}

__u32 code__by_rules(struct code *code, const struct sight *sight)
{
	struct walk_frame frames[SIGHT_USER];
	struct namer_chain chain;

	if (sight->walk == SIGHT_WALK_WHOLE)
		return code__followed(code, sight);
	if (sight->walk != SIGHT_WALK_PARTIAL || !sight->once ||
	    !code__follow(code, sight, frames, &chain))
		return 0;
	return code__put(code, sight, &chain);
}

__u32 code__by_chain(struct code *code, const struct sight *sight, enum walk_why why)
{
	struct walk_frame frames[SIGHT_USER] = { 0 };
	struct namer_chain chain = { .frames = frames, .count = sight->user_count, .end.why = why };
	__u32 i;

	for (i = 0; i < sight->user_count; i++)
		frames[i] = (struct walk_frame){ .pc = sight->user[i], .caller = i > 0 };
	return code__stack(code, sight, &chain);
}

/* ---- a batch ---- */

bool batch__is_of(const struct batch *batch, const struct packed *packed)
{
	return batch->tgid == packed->tgid && batch->leader_ns == packed->leader_ns &&
	       batch->exec_id == packed->exec_id;
}

void batch__free(struct batch *batch)
{
	size_t i;

	for (i = 0; i < batch->count; i++)
		free(batch->sights[i]);
	batch->count = 0;
	batch->cookie = 0;
}

void batch__give_up(struct batch *batch, struct code *code, enum walk_why why)
{
	size_t i;

	for (i = 0; i < batch->count; i++)
		code__finish(code, batch->sights[i], code__by_chain(code, batch->sights[i], why));
	batch__free(batch);
}

static void code__take_chains(void *context, __u64 cookie, const struct namer_chains *chains)
{
	struct code *code = context;
	struct batch *batch = code->batches;
	size_t i;

	while (batch < code->batches + BATCHES && batch->cookie != cookie)
		batch++;
	if (batch == code->batches + BATCHES)
		return; /* it was given up */
	for (i = 0; i < batch->count; i++) {
		const struct sight *sight = batch->sights[i];
		__u32 stack = i < chains->count ? code__stack(code, sight, &chains->list[i]) :
						  code__by_chain(code, sight, WALK_NOT_TRIED);

		code__finish(code, sight, stack);
	}
	batch__free(batch);
}

/* ---- asking ---- */

/* Marks the mapping that an address lies in, of those that are sorted by address. */
static void mapping__need(const struct mapping *mappings, size_t count, bool *needed, __u64 address)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (mappings[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < count && mappings[low].start <= address)
		needed[low] = true;
}

/* Whatever is a return address is a word of the stack. */
static void sight__need(const struct sight *sight, const struct mapping *mappings, size_t count,
			bool *needed)
{
	__u64 word;
	__u32 i;

	for (i = 0; i < STACK_REGS; i++)
		mapping__need(mappings, count, needed, sight->regs[i]);
	for (i = 0; i < sight->user_count; i++)
		mapping__need(mappings, count, needed, sight->user[i]);
	for (i = 0; i + sizeof(word) <= sight->stack_size; i += sizeof(word)) {
		memcpy(&word, sight->stack + i, sizeof(word));
		if (sight->narrow) {
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
		sight__need(batch->sights[i], mappings, count, needed);
	for (i = 0; needed && i < count; i++) {
		if (needed[i])
			mappings[kept++] = mappings[i];
	}
	free(needed);
	return kept;
}

static struct walk_stack sight__walk_stack(const struct sight *sight)
{
	return (struct walk_stack){ .regs = sight->regs,
				    .at = sight->stack_at,
				    .bytes = sight->stack,
				    .size = sight->stack_size,
				    .chain = sight->user,
				    .chain_count = sight->user_count,
				    .chain_room = SIGHT_USER,
				    .there = sight->stack_there,
				    .all = sight->stack_all,
				    .narrow = sight->narrow };
}

/* Its descriptor; -1: there is none. */
static int batch__file(const struct batch *batch, struct code *code, __u32 number)
{
	if (batch->sights[0]->narrow && code_files__is_vdso(code->files, number))
		return -1;
	return code_files__fd(code->files, number);
}

static int batch__send(struct batch *batch, struct code *code, const struct mapping *mappings,
		       size_t count)
{
	const struct namer_sink sink = { .chains = code__take_chains, .context = code };
	struct walk_stack *stacks = calloc(batch->count, sizeof(*stacks));
	struct walk_map *maps = calloc(count, sizeof(*maps));
	int *files = calloc(count, sizeof(*files)), err = -ENOMEM;
	struct namer_process process = { .maps = maps,
					 .map_count = (__u32)count,
					 .files = files,
					 .file_count = (__u32)count,
					 .seconds = WALK_SECONDS };
	size_t i;

	if (stacks && maps && files) {
		for (i = 0; i < count; i++) {
			maps[i].start = mappings[i].start;
			maps[i].end = mappings[i].end;
			maps[i].offset = mappings[i].offset;
			files[i] = batch__file(batch, code, mappings[i].file);
			maps[i].file = files[i] < 0 ? -1 : (__s32)i;
		}
		for (i = 0; i < batch->count; i++)
			stacks[i] = sight__walk_stack(batch->sights[i]);
		batch->cookie = ++code->asked;
		err = namer__ask_stacks(code->namer, &process, stacks, batch->count, &sink,
					batch->cookie);
	}
	free(stacks);
	free(maps);
	free(files);
	return err;
}

void batch__ask(struct batch *batch, struct code *code)
{
	const struct sight *last = batch->sights[batch->count - 1];
	enum walk_why why = WALK_NO_MAPS;
	struct mapping *mappings;
	size_t count;

	/* by the last of them: right after an exec hardly anything is mapped yet */
	mappings = spaces__all(code->spaces, last->who.tgid, last->now_ns, &count);
	if (mappings)
		count = batch__choose(batch, mappings, count);
	if (mappings && count)
		why = batch__send(batch, code, mappings, count) ? WALK_NOT_TRIED : WALK_COMPLETE;
	free(mappings);
	if (why != WALK_COMPLETE) /* nobody can tell */
		batch__give_up(batch, code, why);
}
