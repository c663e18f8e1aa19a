/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/helper/extents.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>

#include "core/array.h"
#include "core/sorted.h"

/* How the entries of a CIE write addresses. */
struct encoding {
	Dwarf_Off of; /* the CIE */
	bool known;
	__u8 plain, how; /* DW_EH_PE_*; plain: of an address without any */
};

/* The section that is being read. */
struct section {
	const unsigned char *ident; /* of the file */
	Elf_Data *data;
	__u64 address; /* where it is loaded */
	__u64 last;    /* that an address can be */
	struct encoding encoding;
};

/* ---- numbers ---- */

static size_t format__size(__u8 how)
{
	switch (how & 0xf) {
	case DW_EH_PE_udata2:
	case DW_EH_PE_sdata2:
		return 2;
	case DW_EH_PE_udata4:
	case DW_EH_PE_sdata4:
		return 4;
	case DW_EH_PE_udata8:
	case DW_EH_PE_sdata8:
		return 8;
	default:
		return 0;
	}
}

static __u64 read_number(const __u8 *at, __u8 how)
{
	__u64 value = 0;
	size_t size = format__size(how), i;

	for (i = 0; i < size; i++)
		value |= (__u64)at[i] << 8 * i;
	if (how & DW_EH_PE_signed && size && size < 8 && value >> (8 * size - 1))
		value |= ~0ULL << 8 * size;
	return value;
}

/* ---- entries ---- */

/* What "R" of the augmentation says; others are stepped over.  plain: without it. */
static bool cie__encoding(const Dwarf_CIE *cie, __u8 plain, __u8 *ret_how)
{
	const char *letter = cie->augmentation;
	const __u8 *data = cie->augmentation_data, *end = data + cie->augmentation_data_size;

	*ret_how = plain;
	if (*letter++ != 'z')
		return true;
	for (; *letter; letter++) {
		if (*letter == 'S' || *letter == 'B')
			continue;
		if (data >= end)
			return false;
		if (*letter == 'R') {
			*ret_how = *data & 0xf ? *data : *data | plain;
			return true;
		}
		data += *letter == 'P' ? 1 + format__size(*data & 0xf ? *data : plain) : 1;
	}
	return true;
}

static bool extents__add(struct extents *extents, __u64 start, __u64 end)
{
	if (!ARRAY_ROOM(extents->list, extents->count, extents->room, 1024))
		return false;
	extents->list[extents->count++] = (struct extent){ start, end };
	return true;
}

static bool extents__add_entry(struct extents *extents, const struct section *section,
			       const Dwarf_FDE *fde)
{
	const __u8 *data = section->data->d_buf;
	__u8 how = section->encoding.how, base = how & 0x70;
	size_t size = format__size(how);
	__u64 start, length;

	if (!size || (base && base != DW_EH_PE_pcrel) || how & DW_EH_PE_indirect ||
	    fde->end < fde->start || (size_t)(fde->end - fde->start) < 2 * size)
		return true; /* not one that we can read */
	start = read_number(fde->start, how);
	if (base)
		start += section->address + (__u64)(fde->start - data);
	start &= section->last;
	length = read_number(fde->start + size, how & 0x7);
	if (length > section->last - start)
		return true;
	return extents__add(extents, start, start + length);
}

/* ---- the section ---- */

static Elf_Scn *elf__eh_frame(Elf *elf, GElf_Shdr *ret_header)
{
	Elf_Scn *scn = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return NULL;
	while ((scn = elf_nextscn(elf, scn))) {
		const char *name = gelf_getshdr(scn, ret_header) ?
					   elf_strptr(elf, names, ret_header->sh_name) :
					   NULL;

		if (name && !strcmp(name, ".eh_frame") && ret_header->sh_type != SHT_NOBITS)
			return scn;
	}
	return NULL;
}

/* Entries of one CIE mostly follow each other. */
static bool section__know_encoding(struct section *section, Dwarf_Off cie)
{
	struct encoding *encoding = &section->encoding;
	Dwarf_CFI_Entry entry;
	Dwarf_Off next;

	if (encoding->of == cie)
		return encoding->known;
	encoding->of = cie;
	encoding->known =
		cie < section->data->d_size &&
		!dwarf_next_cfi(section->ident, section->data, true, cie, &next, &entry) &&
		dwarf_cfi_cie_p(&entry) &&
		cie__encoding(&entry.cie, encoding->plain, &encoding->how);
	return encoding->known;
}

static void section__read(struct section *section, struct extents *extents)
{
	Dwarf_Off at = 0, next = 0;
	Dwarf_CFI_Entry entry;
	int result;

	for (; at < section->data->d_size; at = next) {
		result = dwarf_next_cfi(section->ident, section->data, true, at, &next, &entry);
		if (next <= at)
			return;
		if (result || dwarf_cfi_cie_p(&entry) ||
		    !section__know_encoding(section, entry.fde.CIE_pointer))
			continue;
		if (!extents__add_entry(extents, section, &entry.fde))
			return;
	}
}

static int extent__compare(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->end < y->end ? -1 : x->end > y->end;
}

void extents__read(struct extents *extents, Elf *elf)
{
	GElf_Shdr header;
	Elf_Scn *scn = elf__eh_frame(elf, &header);
	bool wide = gelf_getclass(elf) == ELFCLASS64;
	struct section section = {
		.ident = (const unsigned char *)elf_getident(elf, NULL),
		.data = scn ? elf_rawdata(scn, NULL) : NULL,
		.address = scn ? header.sh_addr : 0,
		.last = wide ? ~0ULL : ~0U,
		.encoding = { .of = ~0ULL, .plain = wide ? DW_EH_PE_udata8 : DW_EH_PE_udata4 },
	};

	if (!section.ident || !section.data || !section.data->d_buf)
		return;
	section__read(&section, extents);
	if (extents->count)
		qsort(extents->list, extents->count, sizeof(*extents->list), extent__compare);
}

void extents__free(struct extents *extents)
{
	free(extents->list);
	memset(extents, 0, sizeof(*extents));
}

const struct extent *extents__find(const struct extents *extents, __u64 address)
{
	size_t upto = SORTED_UPTO(extents->list, extents->count, start, address);

	return upto ? &extents->list[upto - 1] : NULL;
}
