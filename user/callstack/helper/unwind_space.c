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

/*
 * A program that cannot be moved, mapped once more elsewhere by itself (V8 does that with its
 * builtins), is no module: elfutils would take it for another file in the program's own place,
 * and forget both.
 */
static bool elf__bias(int file, const struct unwind_map *map, __u64 *ret_bias)
{
	Elf *elf = elf_begin(file, ELF_C_READ, NULL);
	GElf_Ehdr header;
	bool found = elf && elf_kind(elf) == ELF_K_ELF && gelf_getehdr(elf, &header) &&
		     segments__bias(elf, map->start, map->offset, ret_bias) &&
		     (header.e_type != ET_EXEC || !*ret_bias);

	elf_end(elf);
	return found;
}

/* One file can be there several times, each in parts. */
static void space__report(struct unwind_space *space)
{
	__u64 *biases = calloc(space->map_count + 1, sizeof(*biases));
	__u32 i, k;

	dwfl_report_begin(space->dwfl);
	for (i = 0; biases && i < space->map_count; i++) {
		const struct unwind_map *map = &space->maps[i];
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
		.find_elf = dwfl_build_id_find_elf,
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
