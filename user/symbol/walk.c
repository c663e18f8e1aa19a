/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "symbol/walk.h"

#include <elfutils/libdwfl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbol/segments.h"
#include "symbol/walk_join.h"
#include "symbol/walk_root.h"

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
#define MAX_FRAME (1UL << 26) /* bytes: what is further up is no part of the stack */

struct walk_space {
	const struct walk_map *maps;
	__u32 map_count;
	const int *files;
	__u32 file_count;
	Dwfl *dwfl;
	bool attached;

	/* the stack that is being walked */
	const struct walk_stack *stack;
	__u64 regs[STACK_REGS]; /* to begin with */
	struct walk_found found;
	struct {
		__u64 address, word;
	} read[MAX_READ]; /* since the last frame */
	size_t read_count;
	__u64 missed; /* the first address that was not copied; 0: none */
	enum walk_why why;
};

/* ---- where an address lies ---- */

const struct walk_map *walk_space__map(const struct walk_space *space, __u64 address)
{
	__u32 i;

	for (i = 0; i < space->map_count; i++) {
		if (address >= space->maps[i].start && address < space->maps[i].end)
			return &space->maps[i];
	}
	return NULL;
}

Dwfl_Module *walk_space__module(const struct walk_space *space, __u64 address)
{
	return dwfl_addrmodule(space->dwfl, address);
}

bool walk_stack__word(const struct walk_stack *stack, __u64 address, __u64 *ret_word)
{
	__u64 at = stack->at;

	if (address < at || address - at > stack->size ||
	    stack->size - (address - at) < sizeof(*ret_word))
		return false;
	memcpy(ret_word, stack->bytes + (address - at), sizeof(*ret_word));
	return true;
}

/* ---- modules ---- */

static bool elf__bias(int file, const struct walk_map *map, __u64 *ret_bias)
{
	Elf *elf = elf_begin(file, ELF_C_READ, NULL);
	bool found = elf && elf_kind(elf) == ELF_K_ELF &&
		     segments__bias(elf, map->start, map->offset, ret_bias);

	elf_end(elf);
	return found;
}

/* One file can be there several times, each in parts. */
static void space__report(struct walk_space *space)
{
	__u64 *biases = calloc(space->map_count + 1, sizeof(*biases));
	__u32 i, k;

	dwfl_report_begin(space->dwfl);
	for (i = 0; biases && i < space->map_count; i++) {
		const struct walk_map *map = &space->maps[i];
		bool known = map->file < 0 || (__u32)map->file >= space->file_count ||
			     space->files[map->file] < 0 ||
			     !elf__bias(space->files[map->file], map, &biases[i]);
		char name[32];
		int file;

		for (k = 0; !known && k < i; k++)
			known = space->maps[k].file == map->file && biases[k] == biases[i];
		file = known ? -1 : dup(space->files[map->file]);
		if (file < 0)
			continue;
		snprintf(name, sizeof(name), "%d", map->file);
		if (!dwfl_report_elf(space->dwfl, name, name, file, biases[i], true))
			close(file);
	}
	dwfl_report_end(space->dwfl, NULL, NULL);
	free(biases);
}

/* ---- what elfutils asks for ---- */

static bool thread__get(Dwfl *dwfl, pid_t tid, void *arg, void **thread_arg)
{
	(void)dwfl;
	(void)tid;
	*thread_arg = arg;
	return true;
}

static pid_t thread__next(Dwfl *dwfl, void *arg, void **thread_arg)
{
	(void)dwfl;
	if (*thread_arg)
		return 0;
	*thread_arg = arg;
	return THREAD;
}

static bool memory__read(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *result, void *arg)
{
	struct walk_space *space = arg;
	__u64 word;

	(void)dwfl;
	if (!walk_stack__word(space->stack, address, &word)) {
		if (!space->missed)
			space->missed = address;
		return false;
	}
	if (space->read_count < MAX_READ) {
		space->read[space->read_count].address = address;
		space->read[space->read_count++].word = word;
	}
	*result = word;
	return true;
}

static bool registers__set(Dwfl_Thread *thread, void *arg)
{
	const struct walk_space *space = arg;
	Dwarf_Word words[REGS_TO_SET];
	int i;

	for (i = 0; i < REGS_TO_SET; i++)
		words[i] = space->regs[i];
	dwfl_thread_state_register_pc(thread, space->regs[REG_PC]);
	return dwfl_thread_state_registers(thread, 0, REGS_TO_SET, words);
}

/* Where the return address was read from that led here; 0: from no memory. */
static __u64 space__slot(struct walk_space *space, __u64 pc)
{
	__u64 slot = 0;
	size_t i;

	for (i = 0; i < space->read_count; i++) {
		if (space->read[i].word == pc)
			slot = space->read[i].address;
	}
	space->read_count = 0;
	return slot;
}

static int space__abort(struct walk_space *space, enum walk_why why)
{
	space->why = why;
	return DWARF_CB_ABORT;
}

static int frame__take(Dwfl_Frame *frame, void *arg)
{
	struct walk_space *space = arg;
	struct walk_found *found = &space->found;
	bool activation;
	Dwarf_Addr pc;
	__u64 slot;

	if (found->count >= WALK_FRAMES)
		return space__abort(space, WALK_DEEP);
	if (!dwfl_frame_pc(frame, &pc, NULL))
		return space__abort(space, WALK_DAMAGED);
	slot = space__slot(space, pc);
	/* to say whether it was called, elfutils looks at its caller, and reads more */
	if (!dwfl_frame_pc(frame, &pc, &activation))
		return space__abort(space, WALK_DAMAGED);
	if (found->count && !walk_space__map(space, pc))
		return space__abort(space, WALK_DAMAGED);
	if (slot && slot <= found->last_slot)
		return space__abort(space,
				    WALK_DAMAGED); /* callers lie further up, or this is a circle */
	walk_found__add(found, pc, !activation, slot);
	return DWARF_CB_OK;
}

/* ---- one stack ---- */

/* A call through a bad pointer: its own address says nothing, the caller's is on the stack. */
static void space__leave_bad_call(struct walk_space *space)
{
	__u64 caller;

	if (walk_space__map(space, space->regs[REG_PC]))
		return;
	walk_found__add(&space->found, space->regs[REG_PC], false, 0);
#if defined(__x86_64__)
	if (!walk_stack__word(space->stack, space->regs[REG_SP], &caller))
		return;
	space->regs[REG_SP] += sizeof(caller);
#else
	caller = space->regs[REG_LR];
#endif
	space->regs[REG_PC] = caller;
}

/* Where there was no frame, frame pointers of another kind of function led nowhere. */
static size_t space__cut(const struct walk_space *space, const struct walk_frame *frames,
			 size_t count)
{
	while (count > 1 && frames[count - 1].by_chain &&
	       !walk_space__map(space, frames[count - 1].pc))
		count--;
	return count;
}

static bool space__is_root(const struct walk_space *space, const struct walk_frame *frame)
{
	__u64 address = frame->pc - frame->caller;

	return walk_root__is(walk_space__module(space, address), address, frame->caller);
}

/* The return address that was read last is null: nobody has called this function. */
static bool space__read_null(const struct walk_space *space)
{
	return space->read_count && !space->read[space->read_count - 1].word;
}

/* Why what could not be read was not there. */
static enum walk_why space__why_missed(const struct walk_space *space)
{
	const struct walk_stack *stack = space->stack;
	__u64 end = stack->at + stack->size;

	if (stack->all || space->missed < stack->at || space->missed - end > MAX_FRAME)
		return WALK_NO_MEMORY;
	return WALK_NOT_COPIED;
}

/*
 * Why call frame information came to its end; err: what elfutils says of it.  A register
 * that could not be read looks like the root, frames later, too.
 */
static enum walk_why space__why(const struct walk_space *space, int err)
{
	const struct walk_found *found = &space->found;

	if (!space->map_count)
		return WALK_NO_MAPS;
	if (!found->count || !space->attached)
		return WALK_NO_CFI;
	if (space__is_root(space, &found->frames[found->count - 1]))
		return WALK_COMPLETE;
	if (err == DWARF_CB_ABORT)
		return space->why;
	if (!err && !space->missed && space__read_null(space))
		return WALK_COMPLETE;
	/* frame pointers that lead nowhere are tried where there is nothing else */
	if (space->missed && (!err || space__why_missed(space) == WALK_NOT_COPIED))
		return space__why_missed(space);
	return WALK_NO_CFI;
}

/* And the stack, with what the chain has added. */
static struct walk_end space__end(const struct walk_space *space, const struct walk_frame *frames,
				  size_t count, size_t capacity)
{
	const struct walk_stack *stack = space->stack;
	struct walk_end end = { .why = space->why };

	if (end.why == WALK_COMPLETE)
		return end;
	if (count && frames[count - 1].by_chain) {
		if (space__is_root(space, &frames[count - 1]))
			end.why = WALK_COMPLETE;
		else if (count == capacity ||
			 (stack->chain_room && stack->chain_count == stack->chain_room))
			end.why = WALK_DEEP;
	}
	if (end.why == WALK_DEEP)
		end.detail = (__u32)count;
	if (end.why == WALK_NOT_COPIED)
		end.detail = (__u32)stack->size;
	return end;
}

size_t walk_space__walk(struct walk_space *space, const struct walk_stack *stack,
			struct walk_frame *frames, size_t capacity, struct walk_end *ret_end)
{
	struct walk_found *found = &space->found;
	size_t count;
	int err = -1;

	space->stack = stack;
	space->read_count = 0;
	space->missed = 0;
	found->count = 0;
	found->last_slot = 0;
	memcpy(space->regs, stack->regs, sizeof(space->regs));
	space__leave_bad_call(space);
	if (space->attached)
		err = dwfl_getthread_frames(space->dwfl, THREAD, frame__take, space);
	if (!found->count && !stack->chain_count)
		walk_found__add(found, space->regs[REG_PC], false, 0);
	space->why = space__why(space, err);
	found->ended = space->why == WALK_COMPLETE;
	count = walk_found__join(found, stack, space->regs[REG_FP], frames, capacity);
	count = space__cut(space, frames, count);
	*ret_end = space__end(space, frames, count, capacity);
	return count;
}

/* ---- a process ---- */

static int no_debuginfo(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
			const char *file, const char *link, GElf_Word crc, char **ret_file)
{
	(void)module, (void)data, (void)name, (void)base;
	(void)file, (void)link, (void)crc, (void)ret_file;
	return -1;
}

struct walk_space *walk_space__new(const struct walk_map *maps, __u32 count, const int *files,
				   __u32 file_count)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = no_debuginfo,
	};
	static const Dwfl_Thread_Callbacks threads = {
		.next_thread = thread__next,
		.get_thread = thread__get,
		.memory_read = memory__read,
		.set_initial_registers = registers__set,
	};
	struct walk_space *space = calloc(1, sizeof(*space));

	if (!space)
		return NULL;
	space->maps = maps;
	space->map_count = count;
	space->files = files;
	space->file_count = file_count;
	elf_version(EV_CURRENT);
	space->dwfl = dwfl_begin(&callbacks);
	if (!space->dwfl) {
		free(space);
		return NULL;
	}
	space__report(space);
	space->attached = dwfl_attach_state(space->dwfl, NULL, THREAD, &threads, space);
	return space;
}

void walk_space__free(struct walk_space *space)
{
	if (!space)
		return;
	dwfl_end(space->dwfl);
	free(space);
}
