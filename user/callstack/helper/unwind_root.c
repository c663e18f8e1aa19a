/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/helper/unwind_root.h"

#include <elfutils/libdwfl.h>
#include <stdlib.h>
#include <string.h>

#define ENTRY_BYTES 64 /* of an entry that has no symbol: it only gets its arguments, and calls */

/* Call frame information at an address; says whether there is any. */
static bool cfi__at(Dwarf_CFI *cfi, __u64 address, bool *ret_undefined)
{
	Dwarf_Op room[3], *ops;
	Dwarf_Frame *frame;
	size_t count;
	int reg;

	if (!cfi || dwarf_cfi_addrframe(cfi, address, &frame))
		return false;
	reg = dwarf_frame_info(frame, NULL, NULL, NULL);
	*ret_undefined = reg >= 0 && !dwarf_frame_register(frame, reg, room, &ops, &count) &&
			 !count && ops == room;
	free(frame);
	return true;
}

/*
 * Starts of threads and programs in C libraries and runtimes that are written in
 * assembler without call frame information: musl, the dynamic linker, Go.
 */
static bool name__is_start(const char *name)
{
	static const char *const names[] = { "_start", "_dl_start_user", "__clone", "clone",
					     "clone3", "runtime.goexit", "__clone3" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(name, names[i]))
			return true;
	}
	return false;
}

/* by_name, too: it has called, so that it is no call of clone() that is about to return. */
static bool module__is_entered(Dwfl_Module *module, __u64 address, bool by_name)
{
	GElf_Addr bias, entry, value;
	Elf *elf = dwfl_module_getelf(module, &bias);
	const char *name;
	GElf_Ehdr header;
	GElf_Off offset;
	GElf_Sym symbol;

	if (!elf || !gelf_getehdr(elf, &header))
		return false;
	entry = header.e_entry ? header.e_entry + bias : 0;
	name = dwfl_module_addrinfo(module, address, &offset, &symbol, NULL, NULL, NULL);
	if (!name || (symbol.st_size && offset >= symbol.st_size))
		return entry && address - entry < ENTRY_BYTES;
	value = address - offset;
	return (entry && value == entry) || (by_name && name__is_start(name));
}

/*
 * What is returned to is where a function begins, and no call lies before it: its address was put
 * there by who made the stack.  So makecontext() begins a coroutine.
 */
static bool cfi__begins(Dwarf_CFI *cfi, __u64 address)
{
	Dwarf_Frame *frame;
	Dwarf_Addr start = 0;

	if (!cfi || dwarf_cfi_addrframe(cfi, address, &frame))
		return false;
	dwarf_frame_info(frame, &start, NULL, NULL);
	free(frame);
	return start == address;
}

bool unwind_root__is(Dwfl_Module *module, __u64 address, bool called)
{
	bool undefined = false, known, begins;
	GElf_Addr bias = 0;
	Dwarf_CFI *cfi;

	if (!module)
		return false;
	cfi = dwfl_module_eh_cfi(module, &bias);
	known = cfi__at(cfi, address - bias, &undefined);
	begins = called && !known && cfi__begins(cfi, address + 1 - bias);
	if (!known) {
		cfi = dwfl_module_dwarf_cfi(module, &bias);
		known = cfi__at(cfi, address - bias, &undefined);
	}
	return undefined || (begins && !known) ||
	       module__is_entered(module, address, called && !known);
}
