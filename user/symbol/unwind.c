/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "symbol/unwind.h"

#include <elfutils/libdwfl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* DWARF numbers of the registers that matter here. */
#if defined(__x86_64__)
#define REG_SP	    7
#define REG_PC	    16
#define REGS_TO_SET 17
#else
#define REG_SP	    31
#define REG_PC	    32
#define REGS_TO_SET 32
#endif

#define REG_LR 30 /* arm64: where a call leaves its return address */

struct unwind {
	const struct life_stack *stack;
	__u64 regs[STACK_REGS]; /* to begin with */
	Dwfl *dwfl;
	__u64 last_pc;
	struct unwind_names *names;
};

/* ---- where an address lies ---- */

static const struct life_map *stack__map(const struct life_stack *stack, __u64 address)
{
	__u32 i;

	for (i = 0; i < stack->map_count && i < STACK_MAPS; i++) {
		if (address >= stack->maps[i].start && address < stack->maps[i].end)
			return &stack->maps[i];
	}
	return NULL;
}

/* A word of the copied stack. */
static bool stack__word(const struct life_stack *stack, __u64 address, __u64 *ret_word)
{
	__u64 at = stack->stack_at;
	__u32 size = stack->stack_size < STACK_BYTES ? stack->stack_size : STACK_BYTES;

	if (address < at || address - at > size || size - (address - at) < sizeof(*ret_word))
		return false;
	memcpy(ret_word, stack->stack + (address - at), sizeof(*ret_word));
	return true;
}

/* ---- names ---- */

static char *unwind__room(struct unwind *unwind)
{
	struct unwind_names *names = unwind->names;

	return names->count < UNWIND_FRAMES ? names->name[names->count++] : NULL;
}

/* pc as the frame has it; caller: it is a return address, and the call lies before it. */
static void unwind__add(struct unwind *unwind, __u64 pc, bool caller)
{
	const struct life_map *map = stack__map(unwind->stack, pc);
	__u64 address = pc - caller;
	Dwfl_Module *module = dwfl_addrmodule(unwind->dwfl, address);
	const char *name = NULL;
	char *room = unwind__room(unwind);
	GElf_Off offset = 0;
	GElf_Sym symbol;

	if (!room)
		return;
	unwind->last_pc = pc;
	if (module)
		name = dwfl_module_addrinfo(module, address, &offset, &symbol, NULL, NULL, NULL);
	if (name && *name && (offset < symbol.st_size || !symbol.st_size))
		snprintf(room, UNWIND_NAME, "%s", name);
	else if (map && map->inode && *map->path)
		snprintf(room, UNWIND_NAME, "[%.200s+0x%llx]", map->path,
			 (unsigned long long)(pc - map->start + map->offset));
	else if (map)
		snprintf(room, UNWIND_NAME, "[anon+0x%llx]", (unsigned long long)(pc - map->start));
	else
		snprintf(room, UNWIND_NAME, "[0x%llx]", (unsigned long long)pc);
}

/* ---- modules ---- */

/*
 * How far an ELF file was moved when it was loaded: from where the segment that
 * holds the mapping's offset says it wants to be.
 */
static bool elf__bias(int file, const struct life_map *map, __u64 *ret_bias)
{
	Elf *elf = elf_begin(file, ELF_C_READ, NULL);
	size_t count = 0, i;
	bool found = false;

	if (elf && elf_kind(elf) == ELF_K_ELF && !elf_getphdrnum(elf, &count)) {
		for (i = 0; i < count && !found; i++) {
			GElf_Phdr header;
			__u64 page = 4096, begin;

			if (!gelf_getphdr(elf, (int)i, &header) || header.p_type != PT_LOAD)
				continue;
			if (header.p_align > page && !(header.p_align & (header.p_align - 1)))
				page = header.p_align;
			begin = header.p_offset & ~(page - 1);
			if (map->offset < begin || map->offset >= header.p_offset + header.p_filesz)
				continue;
			*ret_bias = map->start -
				    ((header.p_vaddr & ~(page - 1)) + (map->offset - begin));
			found = true;
		}
	}
	elf_end(elf);
	return found;
}

static bool unwind__has(const struct unwind *unwind, __u32 before, const struct life_map *map,
			const int *files)
{
	__u32 i;

	for (i = 0; i < before; i++) {
		if (files[i] >= 0 && unwind->stack->maps[i].inode == map->inode)
			return true;
	}
	return false;
}

static void unwind__report(struct unwind *unwind, const int *files)
{
	__u32 i;

	dwfl_report_begin(unwind->dwfl);
	for (i = 0; i < unwind->stack->map_count && i < STACK_MAPS; i++) {
		const struct life_map *map = &unwind->stack->maps[i];
		__u64 bias;
		int file;

		if (files[i] < 0 || unwind__has(unwind, i, map, files) ||
		    !elf__bias(files[i], map, &bias))
			continue;
		file = dup(files[i]);
		if (file >= 0 &&
		    !dwfl_report_elf(unwind->dwfl, map->path, map->path, file, bias, true))
			close(file);
	}
	dwfl_report_end(unwind->dwfl, NULL, NULL);
}

/* ---- frames ---- */

static pid_t thread__next(Dwfl *dwfl, void *arg, void **thread_arg)
{
	const struct unwind *unwind = arg;

	(void)dwfl;
	if (*thread_arg)
		return 0;
	*thread_arg = arg;
	return (pid_t)unwind->stack->who.tid;
}

static bool memory__read(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *result, void *arg)
{
	const struct unwind *unwind = arg;
	__u64 word;

	(void)dwfl;
	if (!stack__word(unwind->stack, address, &word))
		return false;
	*result = word;
	return true;
}

static bool registers__set(Dwfl_Thread *thread, void *arg)
{
	const struct unwind *unwind = arg;
	Dwarf_Word words[REGS_TO_SET];
	int i;

	for (i = 0; i < REGS_TO_SET; i++)
		words[i] = unwind->regs[i];
	dwfl_thread_state_register_pc(thread, unwind->regs[REG_PC]);
	return dwfl_thread_state_registers(thread, 0, REGS_TO_SET, words);
}

static int frame__take(Dwfl_Frame *frame, void *arg)
{
	struct unwind *unwind = arg;
	bool activation;
	Dwarf_Addr pc;

	if (unwind->names->count >= UNWIND_FRAMES || !dwfl_frame_pc(frame, &pc, &activation))
		return DWARF_CB_ABORT;
	/* a thread ends where its return address does */
	if (!pc || (unwind->names->count && !stack__map(unwind->stack, pc)))
		return DWARF_CB_ABORT;
	unwind__add(unwind, pc, !activation);
	return DWARF_CB_OK;
}

/* A call through a bad pointer: its own address says nothing, the caller's is on the stack. */
static void unwind__leave_bad_call(struct unwind *unwind)
{
	__u64 caller;

	if (stack__map(unwind->stack, unwind->regs[REG_PC]))
		return;
	unwind__add(unwind, unwind->regs[REG_PC], false);
#if defined(__x86_64__)
	if (!stack__word(unwind->stack, unwind->regs[REG_SP], &caller))
		return;
	unwind->regs[REG_SP] += sizeof(caller);
#else
	caller = unwind->regs[REG_LR];
#endif
	unwind->regs[REG_PC] = caller;
}

/* Where call frame information ends, frame pointers may go on: code made at run time has only them. */
static void unwind__go_on_by_frame_pointers(struct unwind *unwind)
{
	const struct life_stack *stack = unwind->stack;
	__u32 count = stack->frame_count < STACK_FRAMES ? stack->frame_count : STACK_FRAMES, i;
	bool on = !unwind->names->count;

	for (i = 0; i < count; i++) {
		if (on && !stack__map(stack, stack->frames[i]))
			return;
		if (on)
			unwind__add(unwind, stack->frames[i], i > 0);
		else
			on = stack->frames[i] == unwind->last_pc;
	}
}

void unwind__name(const struct life_stack *stack, const int files[STACK_MAPS],
		  struct unwind_names *ret_names)
{
	static char *no_debuginfo_path;
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.debuginfo_path = &no_debuginfo_path,
	};
	static const Dwfl_Thread_Callbacks threads = {
		.next_thread = thread__next,
		.memory_read = memory__read,
		.set_initial_registers = registers__set,
	};
	struct unwind unwind = { .stack = stack, .names = ret_names };
	int err = -1;

	ret_names->count = 0;
	memcpy(unwind.regs, stack->regs, sizeof(unwind.regs));
	elf_version(EV_CURRENT);
	unwind.dwfl = dwfl_begin(&callbacks);
	if (!unwind.dwfl)
		return;
	unwind__report(&unwind, files);
	unwind__leave_bad_call(&unwind);
	if (dwfl_attach_state(unwind.dwfl, NULL, (pid_t)stack->who.tid, &threads, &unwind))
		err = dwfl_getthread_frames(unwind.dwfl, (pid_t)stack->who.tid, frame__take,
					    &unwind);
	if (err < 0)
		unwind__go_on_by_frame_pointers(&unwind);
	dwfl_end(unwind.dwfl);
}
