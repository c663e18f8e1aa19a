/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table as src/runtime/symtab.go of Go has it: a head, a list of pairs (address,
 * where the function's data is) with one more address as the end of the last, and for
 * each function some data, which begins with its address and the place of its name.
 */
#include "callstack/helper/go_names.h"

#include <string.h>

#define HEAD 8 /* bytes of the magic number and of the sizes behind it */

#define GO_1_2	0xfffffffb
#define GO_1_16 0xfffffffa
#define GO_1_18 0xfffffff0
#define GO_1_20 0xfffffff1

#define TABLE_ALIGN 32

#define ENTRY_PREFIX "_rt0_" /* of the function that a program begins with */

/* ---- numbers ---- */

static bool table__number(const struct go_names *names, __u64 at, __u8 size, __u64 *ret_number)
{
	__u64 number = 0;
	__u8 i;

	if (at > names->size || names->size - at < size)
		return false;
	for (i = 0; i < size; i++)
		number |= (__u64)names->table[at + i] << 8 * i;
	*ret_number = number;
	return true;
}

/* The i-th of the words behind the head. */
static bool table__word(const struct go_names *names, unsigned int i, __u64 *ret_word)
{
	return table__number(names, HEAD + (__u64)i * names->word, names->word, ret_word);
}

static bool table__address(const struct go_names *names, __u64 i, __u64 *ret_address)
{
	if (!table__number(names, names->functions + 2 * i * names->entry, names->entry,
			   ret_address))
		return false;
	*ret_address += names->start;
	return true;
}

/* ---- looking up ---- */

static const char *table__text(const struct go_names *names, __u64 at)
{
	const char *text;

	if (at >= names->size)
		return NULL;
	text = (const char *)names->table + at;
	return *text && memchr(text, 0, names->size - at) ? text : NULL;
}

static const char *table__name(const struct go_names *names, __u64 i)
{
	__u64 data, name;

	if (!table__number(names, names->functions + (2 * i + 1) * names->entry, names->entry,
			   &data) ||
	    data > names->size || names->data > names->size ||
	    !table__number(names, names->data + data + names->entry, 4, &name) ||
	    names->text > names->size)
		return NULL;
	return table__text(names, names->text + name);
}

const char *go_names__find(const struct go_names *names, __u64 address)
{
	__u64 low = 0, high = names->count, at = 0;

	while (low < high) { /* the first that starts behind address */
		__u64 middle = low + (high - low) / 2;

		if (!table__address(names, middle, &at))
			return NULL;
		if (at <= address)
			low = middle + 1;
		else
			high = middle;
	}
	/* hostile tables need not be sorted, nor have an end */
	if (!low || !table__address(names, low - 1, &at) || address < at ||
	    !table__address(names, low, &at) || address >= at)
		return NULL;
	return table__name(names, low - 1);
}

/* ---- opening ---- */

static bool table__read_head(struct go_names *names, bool *ret_is_relative)
{
	__u64 magic;

	if (!table__number(names, 0, 4, &magic) || names->size < HEAD)
		return false;
	names->word = names->table[7];
	if (names->table[4] || names->table[5] || (names->word != 4 && names->word != 8) ||
	    !table__word(names, 0, &names->count))
		return false;
	*ret_is_relative = magic == GO_1_18 || magic == GO_1_20;
	names->entry = *ret_is_relative ? 4 : names->word;
	names->start = 0;
	switch (magic) {
	case GO_1_2:
		names->functions = HEAD + names->word;
		names->data = names->text = 0;
		break;
	case GO_1_16:
		if (!table__word(names, 2, &names->text) || !table__word(names, 6, &names->data))
			return false;
		names->functions = names->data;
		break;
	case GO_1_18:
	case GO_1_20:
		if (!table__word(names, 2, &names->start) || !table__word(names, 3, &names->text) ||
		    !table__word(names, 7, &names->data))
			return false;
		names->functions = names->data;
		break;
	default:
		return false;
	}
	return true;
}

static bool elf__section(Elf *elf, const char *name, GElf_Shdr *ret_header, Elf_Scn **ret_scn)
{
	Elf_Scn *scn = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return false;
	while ((scn = elf_nextscn(elf, scn))) {
		const char *text = gelf_getshdr(scn, ret_header) ?
					   elf_strptr(elf, names, ret_header->sh_name) :
					   NULL;

		if (!text || strcmp(text, name) || ret_header->sh_type == SHT_NOBITS)
			continue;
		*ret_scn = scn;
		return true;
	}
	return false;
}

/* What the dynamic linker stores at an address, apart from how far the file was moved. */
static bool elf__relocation(Elf *elf, __u64 address, __u64 *ret_value)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr header;
	GElf_Rela rela;
	int i;

	while ((scn = elf_nextscn(elf, scn))) {
		Elf_Data *data;

		if (!gelf_getshdr(scn, &header) || header.sh_type != SHT_RELA ||
		    !(data = elf_getdata(scn, NULL)))
			continue;
		for (i = 0; gelf_getrela(data, i, &rela); i++) {
			if (rela.r_offset != address)
				continue;
			*ret_value = (__u64)rela.r_addend;
			return true;
		}
	}
	return false;
}

/*
 * Newer linkers leave out where the code begins.  It is the section's start if nothing
 * but Go is in it, and then the program's entry is the function that it should be.
 */
static bool names__begin_with_text(struct go_names *names, Elf *elf)
{
	const char *entry;
	GElf_Shdr header;
	GElf_Ehdr head;
	Elf_Scn *scn;

	if (!elf__section(elf, ".text", &header, &scn) || !gelf_getehdr(elf, &head))
		return false;
	names->start = header.sh_addr;
	entry = go_names__find(names, head.e_entry);
	return entry && !strncmp(entry, ENTRY_PREFIX, strlen(ENTRY_PREFIX));
}

/* address: where the table is loaded. */
static bool names__take(struct go_names *names, Elf *elf, const __u8 *table, size_t size,
			__u64 address)
{
	__u64 first;
	bool is_relative;

	*names = (struct go_names){ .table = table, .size = size };
	if (!table__read_head(names, &is_relative))
		return false;
	if (is_relative && !names->start &&
	    !elf__relocation(elf, address + HEAD + 2 * names->word, &names->start) &&
	    !names__begin_with_text(names, elf))
		return false;
	return table__address(names, 0, &first) && go_names__find(names, first);
}

/* The linkers of others put the table somewhere among other data. */
static bool names__search(struct go_names *names, Elf *elf, const Elf_Data *data, __u64 address)
{
	const __u8 *bytes = data->d_buf;
	size_t at;

	for (at = (size_t)(-address % TABLE_ALIGN); at + HEAD < data->d_size; at += TABLE_ALIGN) {
		/* all magic numbers have this in common, and behind them two bytes of zero */
		if (bytes[at + 1] == 0xff && bytes[at + 2] == 0xff && bytes[at + 3] == 0xff &&
		    !bytes[at + 4] && !bytes[at + 5] &&
		    names__take(names, elf, bytes + at, data->d_size - at, address + at))
			return true;
	}
	return false;
}

bool go_names__open(struct go_names *names, Elf *elf)
{
	bool has_section;
	GElf_Shdr header;
	Elf_Data *data;
	Elf_Scn *scn;

	has_section = elf__section(elf, ".gopclntab", &header, &scn) ||
		      elf__section(elf, ".data.rel.ro.gopclntab", &header, &scn);
	if (!has_section && (!elf__section(elf, ".go.buildinfo", &header, &scn) ||
			     !elf__section(elf, ".data.rel.ro", &header, &scn)))
		return false;
	data = elf_rawdata(scn, NULL);
	if (!data || !data->d_buf)
		return false;
	if (has_section)
		return names__take(names, elf, data->d_buf, data->d_size, header.sh_addr);
	return names__search(names, elf, data, header.sh_addr);
}
