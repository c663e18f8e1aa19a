/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/helper/functions.h"

#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "core/array.h"
#include "core/sorted.h"

#define MAX_BACK 64 /* symbols to look back for one that encloses those in between */

/* ---- which of several ---- */

/*
 * A function rather than a label, one that others can call rather than a local one,
 * and of those the one that was named for its users: fewest underscores in front.  What
 * runs at an indirect function's address is not that one, but what chooses it.
 */
static __u32 symbol__order(const GElf_Sym *symbol, const char *name)
{
	unsigned int type = GELF_ST_TYPE(symbol->st_info);
	size_t underscores = strspn(name, "_");
	__u32 order = 0;

	if (!strncmp(name, "_Z", 2) || !strncmp(name, "_R", 2))
		underscores = 0;
	if (type != STT_FUNC && type != STT_GNU_IFUNC)
		order += 128;
	if (type == STT_GNU_IFUNC)
		order += 64;
	if (GELF_ST_BIND(symbol->st_info) == STB_LOCAL)
		order += 32;
	order += underscores < 8 ? 2 * (__u32)underscores : 16;
	return order + (GELF_ST_BIND(symbol->st_info) == STB_WEAK);
}

static int function__compare(const void *a, const void *b)
{
	const struct function *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* ---- the table ---- */

bool functions__add(struct functions *functions, const char *name, const GElf_Sym *symbol,
		    __u64 address, __u64 limit)
{
	if (!ARRAY_ROOM(functions->list, functions->count, functions->room, 1024))
		return false;
	functions->list[functions->count++] =
		(struct function){ .start = address,
				   .size = symbol->st_size,
				   .limit = limit,
				   .name = name,
				   .order = symbol__order(symbol, name) };
	return true;
}

void functions__sort(struct functions *functions)
{
	if (functions->count)
		qsort(functions->list, functions->count, sizeof(*functions->list),
		      function__compare);
}

/* Code, as far as a symbol's type tells; a label only if it lies in code. */
static bool symbol__is_code(const GElf_Sym *symbol, const char *name, const GElf_Shdr *section)
{
	unsigned int type = GELF_ST_TYPE(symbol->st_info);

	if (type == STT_FUNC || type == STT_GNU_IFUNC)
		return true;
	if (type != STT_NOTYPE || *name == '$' || *name == '.')
		return false; /* "$x": where arm64 changes from data to code */
	return section && section->sh_flags & SHF_EXECINSTR;
}

/* Where the section of a symbol ends, in the numbers of the symbol. */
static __u64 symbol__limit(const GElf_Sym *symbol, __u64 address, const GElf_Shdr *section)
{
	__u64 end = section ? section->sh_addr + section->sh_size : 0;

	return end > symbol->st_value ? address + (end - symbol->st_value) : address;
}

/* False: without memory. */
static bool functions__take(struct functions *functions, Dwfl_Module *module, int i)
{
	GElf_Word index = SHN_UNDEF;
	GElf_Shdr header, *section = NULL;
	GElf_Addr address;
	GElf_Sym symbol;
	Elf *elf = NULL;
	const char *name =
		dwfl_module_getsym_info(module, i, &symbol, &address, &index, &elf, NULL);

	if (!name || !*name || index == SHN_UNDEF)
		return true;
	if (index < SHN_LORESERVE && elf)
		section = gelf_getshdr(elf_getscn(elf, index), &header);
	if (!symbol__is_code(&symbol, name, section))
		return true;
	return functions__add(functions, name, &symbol, address,
			      symbol__limit(&symbol, address, section));
}

void functions__read(struct functions *functions, Dwfl_Module *module)
{
	int i, count = dwfl_module_getsymtab(module);

	for (i = 1; i < count && functions__take(functions, module, i); i++)
		;
	functions__sort(functions);
}

/* ---- looking up ---- */

/*
 * Of those that start where list[last] does, the best one that address can lie in.  Where
 * one has a size, it is that of all of them: their own names for one function.
 */
static const struct function *functions__at(const struct functions *functions, size_t *last,
					    __u64 address)
{
	const struct function *list = functions->list, *best = NULL, *unsized = NULL;
	__u64 start = list[*last].start;
	size_t i = *last + 1;
	bool sized = false;

	while (i && list[i - 1].start == start) {
		i--;
		if (address == start || address - start < list[i].size)
			best = &list[i];
		else if (!list[i].size && address < list[i].limit)
			unsized = &list[i];
		sized |= list[i].size;
	}
	*last = i;
	return best || sized ? best : unsized;
}

const struct function *functions__find(const struct functions *functions, __u64 address)
{
	const struct function *found, *unsized = NULL;
	size_t i = SORTED_UPTO(functions->list, functions->count, start, address);
	int back;

	for (back = 0; i && back < MAX_BACK; back++) {
		i--;
		found = functions__at(functions, &i, address);
		if (found && (found->size || found->start == address))
			return found;
		/* one without a size reaches up to the next symbol, unless it lies in another */
		if (found && !back)
			unsized = found;
	}
	return unsized;
}

void functions__free(struct functions *functions)
{
	free(functions->list);
	memset(functions, 0, sizeof(*functions));
}
