/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stub jumps to what a word of the table of addresses holds, and the relocation of
 * that word names the symbol.  The code is read to see which word it is: the order of
 * stubs is not that of relocations in all of .plt, .plt.sec and .plt.got.
 */
#include "callstack/helper/plt.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "callstack/helper/demangle.h"

#define MAX_SECTIONS 3
#define STUB	     16
#define HALF_STUB    8 /* in .plt.got, of x86 without endbr64 */

struct plt {
	Elf *elf;
	size_t count;
	struct {
		__u64 address;
		Elf_Data *data;
	} code[MAX_SECTIONS];
	Elf_Scn *dynsym;
	GElf_Shdr dynsym_header;
};

/* ---- sections ---- */

static void plt__take(struct plt *plt, Elf_Scn *scn, const GElf_Shdr *header, const char *name)
{
	if (header->sh_type == SHT_DYNSYM) {
		plt->dynsym = scn;
		plt->dynsym_header = *header;
	}
	if (strncmp(name, ".plt", 4) || header->sh_type != SHT_PROGBITS ||
	    plt->count == MAX_SECTIONS)
		return;
	plt->code[plt->count].address = header->sh_addr;
	plt->code[plt->count].data = elf_rawdata(scn, NULL);
	if (plt->code[plt->count].data)
		plt->count++;
}

struct plt *plt__new(Elf *elf)
{
	struct plt *plt = calloc(1, sizeof(*plt));
	Elf_Scn *scn = NULL;
	GElf_Shdr header;
	size_t names;

	if (!plt || elf_getshdrstrndx(elf, &names)) {
		free(plt);
		return NULL;
	}
	plt->elf = elf;
	while ((scn = elf_nextscn(elf, scn))) {
		const char *name =
			gelf_getshdr(scn, &header) ? elf_strptr(elf, names, header.sh_name) : NULL;

		if (name)
			plt__take(plt, scn, &header, name);
	}
	return plt;
}

void plt__free(struct plt *plt)
{
	free(plt);
}

/* ---- stubs ---- */

/* The word that the stub at address jumps through. */
static bool stub__word(const __u8 *code, size_t size, __u64 address, __u64 *ret_word)
{
#if defined(__x86_64__)
	size_t i;

	/* "jmp *word(%rip)", behind endbr64 or a prefix, or neither */
	for (i = 0; i + 6 <= STUB && i + 6 <= size; i++) {
		__s32 distance;

		if (code[i] != 0xff || code[i + 1] != 0x25)
			continue;
		memcpy(&distance, code + i + 2, sizeof(distance));
		*ret_word = address + i + 6 + (__u64)(__s64)distance;
		return true;
	}
	return false;
#else
	__u32 adrp, ldr;
	__s64 pages;

	if (size < 2 * sizeof(adrp))
		return false;
	/* "adrp x16, page; ldr x17, [x16, offset]" */
	memcpy(&adrp, code, sizeof(adrp));
	memcpy(&ldr, code + sizeof(adrp), sizeof(ldr));
	if ((adrp & 0x9f00001f) != 0x90000010 || (ldr & 0xffc003ff) != 0xf9400211)
		return false;
	pages = (__s64)((adrp >> 5 & 0x7ffff) << 2 | (adrp >> 29 & 3));
	if (pages & 1 << 20)
		pages -= 1 << 21;
	*ret_word = (address & ~0xfffULL) + ((__u64)pages << 12) + ((ldr >> 10 & 0xfff) << 3);
	return true;
#endif
}

static size_t plt__symbol_name(const struct plt *plt, size_t symbol, char *name)
{
	Elf_Data *data = elf_getdata(plt->dynsym, NULL);
	const char *text;
	GElf_Sym entry;
	size_t length;

	if (!data || !gelf_getsym(data, (int)symbol, &entry))
		return 0;
	text = elf_strptr(plt->elf, plt->dynsym_header.sh_link, entry.st_name);
	if (!text || !*text)
		return 0;
	length = demangle(text, name);
	if (length + strlen("@plt") >= NAME_BYTES)
		return 0;
	strcpy(name + length, "@plt");
	return length + strlen("@plt");
}

/* The symbol of the relocation of a word. */
static size_t plt__relocation_name(const struct plt *plt, __u64 word, char *name)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr header;
	GElf_Rela rela;
	size_t i, count;

	while ((scn = elf_nextscn(plt->elf, scn))) {
		Elf_Data *data;

		if (!gelf_getshdr(scn, &header) || header.sh_type != SHT_RELA ||
		    !header.sh_entsize || !(data = elf_getdata(scn, NULL)))
			continue;
		count = header.sh_size / header.sh_entsize;
		for (i = 0; i < count && gelf_getrela(data, (int)i, &rela); i++) {
			if (rela.r_offset == word)
				return plt__symbol_name(plt, GELF_R_SYM(rela.r_info), name);
		}
	}
	return 0;
}

/* Where the stub begins that an address from the start of its section lies in. */
static __u64 stub__begin(const Elf_Data *data, __u64 at)
{
	const __u8 *code = data->d_buf;
	__u64 half = at & ~(__u64)(HALF_STUB - 1);

	if (half + HALF_STUB <= data->d_size && code[half] == 0xff && code[half + 1] == 0x25)
		return half;
	return at & ~(__u64)(STUB - 1);
}

size_t plt__name(const struct plt *plt, __u64 address, char *name)
{
	size_t i;

	for (i = 0; plt && plt->dynsym && i < plt->count; i++) {
		const Elf_Data *data = plt->code[i].data;
		__u64 start = plt->code[i].address, at = address - start, word;

		if (address < start || !data->d_buf || at >= data->d_size)
			continue;
		at = stub__begin(data, at);
		if (stub__word((const __u8 *)data->d_buf + at, data->d_size - at, start + at,
			       &word))
			return plt__relocation_name(plt, word, name);
	}
	return 0;
}
