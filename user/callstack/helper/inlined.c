/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/helper/inlined.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>

#include "callstack/helper/demangle.h"
#include "core/array.h"
#include "core/sorted.h"

#define MAX_DEPTH 64 /* of entries in entries */

struct range {
	Dwarf_Addr start, end;
	Dwarf_Off entry; /* what is there */
};

struct ranges {
	struct range *list; /* by start */
	size_t count, room;
};

/* The functions of a compilation unit, which is read once. */
struct unit {
	Dwarf_Off entry;
	struct ranges functions;
};

struct inlined {
	Dwarf *dwarf;
	Dwarf_Addr bias;
	bool has_all;	       /* all is known, because .debug_aranges did not tell */
	struct ranges by_unit; /* where units are, that it does not list */
	struct unit *units;    /* that were asked for */
	size_t count, room;
	struct demangler *demangler;
};

struct inlined *inlined__new(Dwfl_Module *module, struct demangler *demangler)
{
	struct inlined *inlined = calloc(1, sizeof(*inlined));

	if (!inlined)
		return NULL;
	inlined->demangler = demangler;
	inlined->dwarf = dwfl_module_getdwarf(module, &inlined->bias);
	if (inlined->dwarf)
		return inlined;
	free(inlined);
	return NULL;
}

void inlined__free(struct inlined *inlined)
{
	size_t i;

	if (!inlined)
		return;
	for (i = 0; i < inlined->count; i++)
		free(inlined->units[i].functions.list);
	free(inlined->units);
	free(inlined->by_unit.list);
	free(inlined);
}

/* ---- ranges ---- */

static bool ranges__add(struct ranges *ranges, const struct range *range)
{
	if (!ARRAY_ROOM(ranges->list, ranges->count, ranges->room, 64))
		return false;
	ranges->list[ranges->count++] = *range;
	return true;
}

/* Where an entry is. */
static bool ranges__add_entry(struct ranges *ranges, Dwarf_Die *die)
{
	struct range range = { .entry = dwarf_dieoffset(die) };
	ptrdiff_t more = 0;
	Dwarf_Addr base;

	while ((more = dwarf_ranges(die, more, &base, &range.start, &range.end)) > 0) {
		if (range.start < range.end && !ranges__add(ranges, &range))
			return false;
	}
	return true;
}

static int range__compare(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static void ranges__sort(struct ranges *ranges)
{
	if (ranges->count)
		qsort(ranges->list, ranges->count, sizeof(*ranges->list), range__compare);
}

static const struct range *ranges__find(const struct ranges *ranges, Dwarf_Addr address)
{
	size_t upto = SORTED_UPTO(ranges->list, ranges->count, start, address);

	return upto && address < ranges->list[upto - 1].end ? &ranges->list[upto - 1] : NULL;
}

/* ---- from an address to its compilation unit ---- */

/* clang writes no table of where its units are. */
static void inlined__read_all(struct inlined *inlined)
{
	Dwarf_Off at = 0, next;
	size_t head;
	Dwarf_Die die;

	inlined->has_all = true;
	for (; !dwarf_nextcu(inlined->dwarf, at, &next, &head, NULL, NULL, NULL) && next > at;
	     at = next) {
		if (dwarf_offdie(inlined->dwarf, at + head, &die) &&
		    !ranges__add_entry(&inlined->by_unit, &die))
			break;
	}
	ranges__sort(&inlined->by_unit);
}

static Dwarf_Die *inlined__unit_entry(struct inlined *inlined, Dwarf_Addr address, Dwarf_Die *die)
{
	const struct range *range;

	if (dwarf_addrdie(inlined->dwarf, address, die))
		return die;
	if (!inlined->has_all)
		inlined__read_all(inlined);
	range = ranges__find(&inlined->by_unit, address);
	return range ? dwarf_offdie(inlined->dwarf, range->entry, die) : NULL;
}

/* ---- from a compilation unit to its functions ---- */

/* Rust has its functions in namespaces and types, Ada and Pascal in functions. */
static bool entry__holds_functions(int tag)
{
	return tag == DW_TAG_subprogram || tag == DW_TAG_namespace || tag == DW_TAG_module ||
	       tag == DW_TAG_structure_type || tag == DW_TAG_class_type ||
	       tag == DW_TAG_union_type || tag == DW_TAG_enumeration_type;
}

static bool unit__read_functions(struct unit *unit, Dwarf_Die *parent, int depth)
{
	Dwarf_Die die;

	if (depth > MAX_DEPTH || dwarf_child(parent, &die))
		return true;
	do {
		int tag = dwarf_tag(&die);

		if (tag == DW_TAG_subprogram && !ranges__add_entry(&unit->functions, &die))
			return false;
		if (entry__holds_functions(tag) && !unit__read_functions(unit, &die, depth + 1))
			return false;
	} while (!dwarf_siblingof(&die, &die));
	return true;
}

static struct unit *inlined__unit(struct inlined *inlined, Dwarf_Die *entry)
{
	Dwarf_Off offset = dwarf_dieoffset(entry);
	struct unit *unit;
	size_t i;

	for (i = inlined->count; i; i--) { /* the last one is the most probable */
		if (inlined->units[i - 1].entry == offset)
			return &inlined->units[i - 1];
	}
	if (!ARRAY_ROOM(inlined->units, inlined->count, inlined->room, 64))
		return NULL;
	unit = &inlined->units[inlined->count++];
	memset(unit, 0, sizeof(*unit));
	unit->entry = offset;
	unit__read_functions(unit, entry, 0);
	ranges__sort(&unit->functions);
	return unit;
}

/* ---- names ---- */

/* NULL: it has none. */
static const char *inlined__name(struct inlined *inlined, Dwarf_Die *die, size_t *ret_length)
{
	Dwarf_Attribute memory;
	const char *name = NULL;

	if (dwarf_attr_integrate(die, DW_AT_linkage_name, &memory) ||
	    dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &memory))
		name = dwarf_formstring(&memory);
	if (!name)
		name = dwarf_diename(die);
	return name && *name ? demangler__name(inlined->demangler, name, ret_length) : NULL;
}

/* The entry among the children of die that address lies in. */
static bool entry__descend(Dwarf_Die *die, Dwarf_Addr address)
{
	Dwarf_Die child;
	int tag;

	if (dwarf_child(die, &child))
		return false;
	do {
		tag = dwarf_tag(&child);
		if ((tag == DW_TAG_inlined_subroutine || tag == DW_TAG_lexical_block) &&
		    dwarf_haspc(&child, address) > 0) {
			*die = child;
			return true;
		}
	} while (!dwarf_siblingof(&child, &child));
	return false;
}

size_t inlined__at(struct inlined *inlined, __u64 address, char *text, size_t capacity,
		   char *ret_function)
{
	Dwarf_Addr pc = address - inlined->bias;
	const struct range *function = NULL;
	const struct unit *unit = NULL;
	size_t used = 0, length;
	const char *name;
	Dwarf_Die die;
	int depth;

	*ret_function = 0;
	if (inlined__unit_entry(inlined, pc, &die))
		unit = inlined__unit(inlined, &die);
	if (unit)
		function = ranges__find(&unit->functions, pc);
	if (!function || !dwarf_offdie(inlined->dwarf, function->entry, &die))
		return 0;
	name = inlined__name(inlined, &die, &length);
	if (name)
		memcpy(ret_function, name, length + 1);
	for (depth = 0; depth < MAX_DEPTH && entry__descend(&die, pc); depth++) {
		if (dwarf_tag(&die) != DW_TAG_inlined_subroutine)
			continue;
		name = inlined__name(inlined, &die, &length);
		if (!name || used + length + 1 > capacity)
			continue;
		if (used)
			text[used++] = '\n';
		memcpy(text + used, name, length);
		used += length;
	}
	return used;
}
