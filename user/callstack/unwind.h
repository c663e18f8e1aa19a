/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of symbolization: from the bytes of user stacks to stacks of the profile. */
#ifndef CALLSTACK_UNWIND_H
#define CALLSTACK_UNWIND_H

#include "callstack/symbolization.h"
#include "callstack/address_spaces.h"
#include "callstack/symbolizer.h"

struct code_files;
struct code_rule;
struct code_rules;
struct mmaps;

struct code {
	struct code_config config;
	struct spaces *spaces;
	struct mmaps *mmaps; /* NULL: not to be had */
	int mmaps_error;
	struct code_files *files;
	struct broker *broker;
	struct namer *walker; /* unwinds */
	__u64 walks;	      /* that it was asked for */
	struct namer *namer;
	struct code_rules *rules;
	__u64 finished; /* stacks */
};

/*
 * The frames of a chain, from the innermost, that belong to the number of a sight: what
 * is paid under that number is paid on these.  Callers further up may be others
 * another time.
 */
size_t sight__known_frames(const struct sight *sight, const struct namer_chain *chain);

/* The rule by which it was followed on from there; NULL: none, or other code lies there by now. */
const struct code_rule *code__rule(const struct code *code, const struct sight *sight, __u64 pc,
				   bool called);

/*
 * By what has been taught, from its bytes; frames: room for SIGHT_USER.  False: it takes an
 * unwinder.
 */
bool code__follow(const struct code *code, const struct sight *sight, struct walk_frame *frames,
		  struct namer_chain *ret_chain);

/* The stack of a sight that has been followed by rules, there or here; 0: it has not. */
__u32 code__by_rules(struct code *code, const struct sight *sight);

/* Stacks of sights of one process, whose mappings are known; waits for the helper. */
void code__walk(struct code *code, const struct sight *const *sights, __u32 *stacks, size_t count);

#endif
