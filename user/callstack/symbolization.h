/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What code lies where, and what it is called: from the addresses of a stack to the
 * frames of a profile, whose names come later.
 */
#ifndef CALLSTACK_SYMBOLIZATION_H
#define CALLSTACK_SYMBOLIZATION_H

#include "core/failure.h"
#include "model/profile.h"
#include "sight.h"

struct code;
struct code_files;
struct kernel_symbols;

struct code_config {
	struct profile *profile;
	struct kernel_symbols *kernel;
	bool inlined;	 /* name inlined functions, too */
	bool debuginfod; /* ask servers for debug files */
	/*
	 * Called while unwinding is waited for: more sights are on their way.  False: there is
	 * no time for it any more.
	 */
	bool (*idle)(void *context);
	/* What the kernel's side is to know of a place in code: see frame_rule.h. */
	void (*teach)(void *context, __u64 space, __u64 pc, __u64 rule);
	void *context;
};

/* While we have all rights, and before anything is traced.  Returns 0 or a negative errno. */
int code__open(struct code **ret_code, const struct code_config *config, struct failure *failure);
void code__close(struct code *code);

/* Takes in what has been mapped since, and names that have come.  Never waits. */
void code__poll(struct code *code);

/*
 * The stacks of some sights, as numbers of the profile: user stacks are unwound
 * first, in another process, which is waited for; 0 where there was no memory.
 */
void code__resolve(struct code *code, const struct sight *const *sights, __u32 *ret_stacks,
		   size_t count);

/* The files that names are asked of; they stay its own. */
struct code_files *code__files(struct code *code);

/* Asks for the names of frames that are new. */
void code__ask(struct code *code);

/* Names that are still to come. */
size_t code__pending(const struct code *code);

/* Mappings that nobody told of, so far: names that may be missing. */
__u64 code__lost(const struct code *code);

/* Why mappings are not told of, and names of ended processes are missing; NULL: they are. */
const char *code__why_not(const struct code *code);

/* Processor time that naming has taken, ns. */
__u64 code__cpu_ns(const struct code *code);

/* Forgets processes that ended before. */
void code__forget(struct code *code, __u64 before_ns);

#endif
