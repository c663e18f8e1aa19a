/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/helper/unwind_space.h"

#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "callstack/helper/segments.h"

/* ---- where an address lies ---- */

/*
 * The kernel tells of a program that can be moved as of one executable mapping, which reaches
 * over its data, too, before it maps each segment.  What the file says is true.
 */
static bool space__is_executable(const struct unwind_space *space, __u64 address)
{
	Dwfl_Module *module = dwfl_addrmodule(space->dwfl, address);
	GElf_Addr bias = 0;
	Elf *elf = module ? dwfl_module_getelf(module, &bias) : NULL;
	size_t count, i;
	GElf_Phdr segment;

	if (!elf || elf_getphdrnum(elf, &count))
		return true; /* not known */
	for (i = 0; i < count; i++) {
		if (gelf_getphdr(elf, (int)i, &segment) && segment.p_type == PT_LOAD &&
		    segment.p_flags & PF_X && address - bias >= segment.p_vaddr &&
		    address - bias < segment.p_vaddr + segment.p_memsz)
			return true;
	}
	return false;
}

const struct unwind_map *unwind_space__map(const struct unwind_space *space, __u64 address)
{
	__u32 i;

	for (i = 0; i < space->map_count; i++) {
		if (address >= space->maps[i].start && address < space->maps[i].end)
			return space__is_executable(space, address) ? &space->maps[i] : NULL;
	}
	return NULL;
}

bool unwind_space__is_unreadable(const struct unwind_space *space, __u64 address)
{
	Dwfl_Module *module = dwfl_addrmodule(space->dwfl, address);
	GElf_Addr bias;
	__u32 i;

	for (i = 0; i < space->map_count; i++) {
		if (address >= space->maps[i].start && address < space->maps[i].end &&
		    space->maps[i].file == UNWIND_UNREADABLE)
			return true;
	}
	return module && !dwfl_module_getelf(module, &bias);
}

Dwfl_Module *unwind_space__module(const struct unwind_space *space, __u64 address)
{
	return dwfl_addrmodule(space->dwfl, address);
}

struct unwind_symbols *unwind_space__symbols(struct unwind_space *space, __u64 address)
{
	struct unwind_symbols *symbols = &space->places[(address * 0x9E3779B97F4A7C15ULL) >> 52];

	_Static_assert(PLACES == 1 << 12, "as many as that shift leaves");
	if (symbols->address != address)
		*symbols = (struct unwind_symbols){ .address = address };
	return symbols;
}

/* ---- modules ---- */

/* Where a file is loaded, and how far that is from where it says. */
struct placement {
	__u64 bias, start, end;
};

/* From the beginning of its first segment to the end of its last one, as elfutils has it. */
static bool placement__reach(struct placement *placement, Elf *elf)
{
	size_t count, i;
	bool found = false;
	GElf_Phdr segment;

	if (elf_getphdrnum(elf, &count))
		return false;
	for (i = 0; i < count; i++) {
		if (!gelf_getphdr(elf, (int)i, &segment) || segment.p_type != PT_LOAD)
			continue;
		if (!found)
			placement->start = placement->bias + (segment.p_vaddr & -segment.p_align);
		placement->end = placement->bias + segment.p_vaddr + segment.p_memsz;
		found = true;
	}
	return found && placement->start < placement->end;
}

/*
 * A program that cannot be moved, mapped once more elsewhere by itself (V8 does that with its
 * builtins), is no module: elfutils would take it for another file in the program's own place,
 * and forget both.
 */
static bool placement__read(struct placement *placement, int file, const struct unwind_map *map)
{
	Elf *elf = elf_begin(file, ELF_C_READ, NULL);
	GElf_Ehdr header;
	bool found = elf && elf_kind(elf) == ELF_K_ELF && gelf_getehdr(elf, &header) &&
		     segments__bias(elf, map->start, map->offset, &placement->bias) &&
		     (header.e_type != ET_EXEC || !placement->bias) &&
		     placement__reach(placement, elf);

	elf_end(elf);
	return found;
}

/*
 * When a stack leads into a module for the first time: a process can have mapped more than there
 * are addresses for.  Nobody writes to it, so that it takes no memory of ours.
 */
static int module__open(Dwfl_Module *module, void **file, const char *name, Dwarf_Addr base,
			char **ret_name, Elf **ret_elf)
{
	int fd = dup((int)(long)*file);

	(void)module, (void)name, (void)base, (void)ret_name;
	if (fd >= 0)
		*ret_elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	return fd;
}

static void space__report_one(struct unwind_space *space, const struct placement *placement,
			      __s32 file)
{
	char name[32];
	Dwfl_Module *module;
	void **data;

	snprintf(name, sizeof(name), "%d", file);
	module = dwfl_report_module(space->dwfl, name, placement->start, placement->end);
	if (module && dwfl_module_info(module, &data, NULL, NULL, NULL, NULL, NULL, NULL))
		*data = (void *)(long)space->files[file];
}

/* One file can be there several times, each in parts. */
static void space__report(struct unwind_space *space)
{
	struct placement *placements = calloc(space->map_count + 1, sizeof(*placements));
	__u32 i, k;

	dwfl_report_begin(space->dwfl);
	for (i = 0; placements && i < space->map_count; i++) {
		const struct unwind_map *map = &space->maps[i];
		bool known = map->file < 0 || (__u32)map->file >= space->file_count ||
			     space->files[map->file] < 0 ||
			     !placement__read(&placements[i], space->files[map->file], map);

		for (k = 0; !known && k < i; k++)
			known = space->maps[k].file == map->file &&
				placements[k].bias == placements[i].bias;
		if (!known)
			space__report_one(space, &placements[i], map->file);
	}
	dwfl_report_end(space->dwfl, NULL, NULL);
	free(placements);
}

/* ---- a process ---- */

static int no_debuginfo(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
			const char *file, const char *link, GElf_Word crc, char **ret_file)
{
	(void)module, (void)data, (void)name, (void)base;
	(void)file, (void)link, (void)crc, (void)ret_file;
	return -1;
}

struct unwind_space *unwind_space__new(const struct unwind_map *maps, __u32 count, const int *files,
				       __u32 file_count)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = module__open,
		.find_debuginfo = no_debuginfo,
	};
	struct unwind_space *space = calloc(1, sizeof(*space));

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
	space->attached = dwfl_attach_state(space->dwfl, NULL, THREAD, &unwind_callbacks, space);
	return space;
}

void unwind_space__free(struct unwind_space *space)
{
	if (!space)
		return;
	dwfl_end(space->dwfl);
	code_flow__free(space->flow);
	free(space);
}
