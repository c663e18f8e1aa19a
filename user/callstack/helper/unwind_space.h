/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the unwinder: a process, and the stack of it that is being unwound. */
#ifndef CALLSTACK_HELPER_UNWIND_SPACE_H
#define CALLSTACK_HELPER_UNWIND_SPACE_H

#include <elfutils/libdwfl.h>

#include "callstack/helper/code_depth.h"
#include "callstack/helper/unwind_join.h"

/* DWARF numbers of the registers that matter here. */
#if defined(__x86_64__)
#define REG_FP	    6
#define REG_SP	    7
#define REG_PC	    16
#define REGS_TO_SET 17
#else
#define REG_FP	    29
#define REG_SP	    31
#define REG_PC	    32
#define REGS_TO_SET 32
#endif

#define REG_LR 30 /* arm64: where a call leaves its return address */

#define THREAD	  1 /* one at a time, whatever its number was */
#define MAX_READ  64
#define RULES	  4096 /* that are remembered */
#define DEPTHS	  1024
#define PLACES	  4096
#define MAX_FRAME (1UL << 26) /* bytes: what is further up is no part of the stack */

/* What following a function from start has told of a place. */
struct unwind_depth {
	__u64 start, pc;
	bool found, elsewhere;
	struct code_depth depth;
};

/* What symbols tell of an address: elfutils looks at all those of its module each time. */
struct unwind_symbols {
	__u64 address;
	__u64 start, end; /* of its function; 0: it has none */
	bool is_function_known;
	bool is_root[2], is_root_known[2]; /* where it was not called, and where it was */
};

struct unwind_space {
	const struct unwind_map *maps;
	__u32 map_count;
	const int *files;
	__u32 file_count;
	Dwfl *dwfl;
	bool attached;

	/* the stack that is being unwound */
	const struct unwind_stack *stack;
	__u64 regs[STACK_REGS]; /* to begin with */
	struct unwind_found found;
	struct {
		__u64 address, word;
	} read[MAX_READ]; /* since the last frame */
	size_t read_count;
	bool called;  /* regs are those of a caller: its pc is one less, to lie in the call */
	bool stuck;   /* at a frame without call frame information, whose registers are regs */
	bool beyond;  /* its return address was not copied */
	__u64 missed; /* the first address that was not copied; 0: none */
	enum unwind_why why;

	struct {
		__u64 address, rule;
	} rules[RULES]; /* by address: looking it up takes longer than walking on */
	struct unwind_symbols places[PLACES];

	struct code_flow *flow;
	struct unwind_depth depths[DEPTHS];
	const Dwfl_Module *asked; /* the last one: is it Go's? */
	bool is_go;
};

/* A word of the stack; what is not there is remembered. */
bool unwind_space__word(struct unwind_space *space, __u64 address, __u64 *ret_word);

/* Does an address lie in a file that could not be opened, or not be mapped? */
bool unwind_space__is_unreadable(const struct unwind_space *space, __u64 address);

/* What is remembered of an address; or nothing yet. */
struct unwind_symbols *unwind_space__symbols(struct unwind_space *space, __u64 address);

extern const Dwfl_Thread_Callbacks unwind_callbacks; /* what elfutils asks of the stack */

/*
 * Where the innermost frame is known without call frame information: a call through a bad
 * pointer, a system call in assembler.  Unwinding then begins with its caller.
 */
void unwind_space__leave(struct unwind_space *space);

#endif
