/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/python/loaded_elf.h"

#include <elf.h>
#include <string.h>

#define HEADERS_MAX 64
#define DYNAMIC_MAX 128
#define CHAIN_MAX   1024 /* symbols of one bucket that are looked at */
#define NAME_MAX_   64

/* Where its parts lie; the address of the dynamic section is stored. */
static bool loaded_elf__read_headers(struct loaded_elf *elf, __u64 base, __u64 *ret_dynamic)
{
	bool has_bias = false, has_dynamic = false;
	__u64 dynamic = 0;
	Elf64_Ehdr head;
	Elf64_Phdr part;
	__u32 i;

	if (!memory__read(elf->memory, base, &head, sizeof(head)) ||
	    memcmp(head.e_ident, ELFMAG, SELFMAG) || head.e_ident[EI_CLASS] != ELFCLASS64 ||
	    head.e_phentsize != sizeof(part))
		return false;
	for (i = 0; i < head.e_phnum && i < HEADERS_MAX; i++) {
		if (!memory__read(elf->memory, base + head.e_phoff + i * sizeof(part), &part,
				  sizeof(part)))
			return false;
		if (part.p_type == PT_LOAD && !part.p_offset) {
			elf->bias = base - part.p_vaddr;
			has_bias = true;
		} else if (part.p_type == PT_DYNAMIC) {
			dynamic = part.p_vaddr;
			has_dynamic = true;
		}
	}
	*ret_dynamic = elf->bias + dynamic;
	return has_bias && has_dynamic;
}

/* Some dynamic linkers leave the addresses as they are in the file. */
static __u64 loaded_elf__address(const struct loaded_elf *elf, __u64 base, __u64 value)
{
	return value < base ? value + elf->bias : value;
}

static bool loaded_elf__read_dynamic(struct loaded_elf *elf, __u64 base, __u64 at)
{
	__u32 table[4];
	Elf64_Dyn entry;
	int i;

	for (i = 0; i < DYNAMIC_MAX; i++) {
		if (!memory__read(elf->memory, at + (__u64)i * sizeof(entry), &entry,
				  sizeof(entry)))
			return false;
		if (entry.d_tag == DT_NULL)
			break;
		if (entry.d_tag == DT_SYMTAB)
			elf->symbols = loaded_elf__address(elf, base, entry.d_un.d_ptr);
		else if (entry.d_tag == DT_STRTAB)
			elf->names = loaded_elf__address(elf, base, entry.d_un.d_ptr);
		else if (entry.d_tag == DT_STRSZ)
			elf->names_size = entry.d_un.d_val;
		else if (entry.d_tag == DT_GNU_HASH)
			elf->hash = loaded_elf__address(elf, base, entry.d_un.d_ptr);
	}
	if (!elf->symbols || !elf->names || !elf->hash ||
	    !memory__read(elf->memory, elf->hash, table, sizeof(table)))
		return false;
	elf->buckets = table[0];
	elf->first = table[1];
	elf->bloom_words = table[2];
	return elf->buckets;
}

bool loaded_elf__open(struct loaded_elf *elf, const struct memory *memory, __u64 base)
{
	__u64 dynamic;

	memset(elf, 0, sizeof(*elf));
	elf->memory = memory;
	return loaded_elf__read_headers(elf, base, &dynamic) &&
	       loaded_elf__read_dynamic(elf, base, dynamic);
}

static __u32 name__hash(const char *name)
{
	__u32 h = 5381;

	while (*name)
		h = h * 33 + (unsigned char)*name++;
	return h;
}

static bool loaded_elf__is_named(const struct loaded_elf *elf, const Elf64_Sym *symbol,
				 const char *name)
{
	char text[NAME_MAX_];
	size_t size = strlen(name) + 1;

	return size <= sizeof(text) && symbol->st_name < elf->names_size &&
	       memory__read(elf->memory, elf->names + symbol->st_name, text, size) &&
	       !memcmp(text, name, size);
}

bool loaded_elf__find(const struct loaded_elf *elf, const char *name, __u64 *ret_at,
		      __u64 *ret_size)
{
	__u64 buckets = elf->hash + 16 + 8ULL * elf->bloom_words;
	__u64 chains = buckets + 4ULL * elf->buckets;
	__u32 wanted = name__hash(name), number, hash, i;

	if (!memory__read(elf->memory, buckets + 4ULL * (wanted % elf->buckets), &number,
			  sizeof(number)) ||
	    number < elf->first)
		return false;
	for (i = 0; i < CHAIN_MAX; i++, number++) {
		Elf64_Sym symbol;

		if (!memory__read(elf->memory, chains + 4ULL * (number - elf->first), &hash,
				  sizeof(hash)))
			return false;
		if ((hash | 1) == (wanted | 1) &&
		    memory__read(elf->memory, elf->symbols + (__u64)number * sizeof(symbol),
				 &symbol, sizeof(symbol)) &&
		    symbol.st_shndx != SHN_UNDEF && loaded_elf__is_named(elf, &symbol, name)) {
			*ret_at = elf->bias + symbol.st_value;
			if (ret_size)
				*ret_size = symbol.st_size;
			return true;
		}
		if (hash & 1)
			break;
	}
	return false;
}
