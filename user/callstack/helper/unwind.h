/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From registers and the bytes of a stack to the addresses of its frames, by call
 * frame information, and on by frame pointers where that ends.  Runs on files of
 * strangers.
 */
#ifndef CALLSTACK_HELPER_UNWIND_H
#define CALLSTACK_HELPER_UNWIND_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "lifecycle.h"
#include "callstack/helper/unwind_end.h"

#define UNWIND_FRAMES 256 /* more are not unwound by call frame information */

#define UNWIND_CHUNK 1024

#define UNWIND_MEMORY	  -1 /* of no file */
#define UNWIND_UNREADABLE -2 /* of a file that could not be opened */

/* An executable mapping. */
struct unwind_map {
	__u64 start, end;
	__u64 offset; /* in the file, bytes */
	__s32 file;   /* which one; UNWIND_MEMORY, UNWIND_UNREADABLE */
	__u32 pad;
};

struct unwind_stack {
	const __u64 *regs; /* by DWARF number of the kernel's machine, STACK_REGS of them */
	__u64 at;	   /* address of the first of bytes */
	const __u8 *bytes;
	size_t size;
	/*
	 * Addresses by frame pointers, innermost first: the instruction pointer, then
	 * return addresses.
	 */
	const __u64 *chain;
	__u32 chain_count;
	__u32 chain_room; /* for so many there was; 0: as many as there are */
	__u64 there;	  /* bit i: those from i * UNWIND_CHUNK on are there; 0: all are */
	bool all;	  /* no memory is above the bytes: they are not cut */
	bool called;	  /* it begins with a return address */
	bool narrow;	  /* of a program of 32 bits: its words are of 4 bytes */
};

struct unwind_frame {
	__u64 pc;
	__u64 slot;	/* where its pc was read from, if it is a return address; 0: not known */
	__u64 rule;	/* the way to its caller (frame_rule.h) */
	__u32 caller;	/* pc is a return address: the call lies before it */
	__u32 by_chain; /* which link of the chain, if call frame information has not led there */
};

/* The memory of a process, as far as code is mapped there. */
struct unwind_space;

/* Descriptors are left open; maps and files have to stay.  NULL without memory. */
struct unwind_space *unwind_space__new(const struct unwind_map *maps, __u32 count, const int *files,
				       __u32 file_count);
void unwind_space__free(struct unwind_space *space);

const struct unwind_map *unwind_space__map(const struct unwind_space *space, __u64 address);

/* The module that an address lies in, for symbolizing; NULL: in no file. */
struct Dwfl_Module *unwind_space__module(const struct unwind_space *space, __u64 address);

/*
 * Stores the frames, innermost first, at most `capacity`, and returns how many.
 * All that the chain has from where call frame information ends is among them.
 * ret_end: why there are no more.
 */
size_t unwind_space__unwind(struct unwind_space *space, const struct unwind_stack *stack,
			    struct unwind_frame *frames, size_t capacity,
			    struct unwind_end *ret_end);

/* ---- JOB_UNWIND: many stacks of one process ---- */

/* Of the request: then map_count struct unwind_map, then stacks. */
struct unwind_request {
	__u32 map_count;
	__u32 stack_count;
	__u32 first; /* of the stacks that are to be unwound; those before it are not */
	__u32 pad;
};

/* Of each stack: then chain_count addresses, then size bytes, rounded up to 8. */
struct unwind_record {
	__u64 regs[STACK_REGS];
	__u64 at;
	__u32 size;
	__u32 chain_count;
	__u32 chain_room;
	__u32 all;
	__u32 narrow;
	__u32 called;
	__u64 there;
};

/* Of the reply: of each stack, in their order; then count struct unwind_frame. */
struct unwind_result {
	__u32 complete; /* the result is: it did not end while this stack was unwound */
	__u32 count;
	struct unwind_end end;
};

#endif
