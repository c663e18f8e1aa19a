/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stubs as linkers write them, in a file that is made here. */
#include "callstack/helper/plt.h"

#include <string.h>

#include "callstack/helper/demangle.h"
#include "unit.h"

#if defined(__x86_64__)

#define PLT	0x1000ULL
#define PLT_GOT 0x2000ULL
#define WORDS	0x4000ULL

enum { NONE, CODE, GOT_CODE, OTHER_CODE, RELOCATIONS, MORE, SYMBOLS, STRINGS, SECTIONS };

static struct {
	Elf64_Ehdr head;
	Elf64_Shdr sections[SECTIONS];
	__u8 plt[64], got[24], other[16];
	Elf64_Rela relocations[2], more[1];
	Elf64_Sym symbols[4];
	char strings[256];
} file;
static size_t strings_used;
static Elf *elf;
static struct plt *plt;

static Elf64_Word put_text(const char *text)
{
	size_t at = strings_used;

	strcpy(file.strings + at, text);
	strings_used += strlen(text) + 1;
	return (Elf64_Word)at;
}

static void add_section(int which, const char *name, __u32 type, __u64 address, const void *data,
			size_t size)
{
	file.sections[which] =
		(Elf64_Shdr){ .sh_name = put_text(name),
			      .sh_type = type,
			      .sh_addr = address,
			      .sh_offset = (__u64)((const char *)data - (const char *)&file),
			      .sh_size = size,
			      .sh_addralign = 1 };
}

static void begin(void)
{
	strings_used = 1;
	file.head = (Elf64_Ehdr){ .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
					       ELFDATA2LSB, EV_CURRENT },
				  .e_type = ET_DYN,
				  .e_machine = EM_X86_64,
				  .e_version = EV_CURRENT,
				  .e_shoff = sizeof(Elf64_Ehdr),
				  .e_ehsize = sizeof(Elf64_Ehdr),
				  .e_shentsize = sizeof(Elf64_Shdr),
				  .e_shnum = SECTIONS,
				  .e_shstrndx = STRINGS };
	add_section(CODE, ".plt.sec", SHT_PROGBITS, PLT, file.plt, sizeof(file.plt));
	add_section(GOT_CODE, ".plt.got", SHT_PROGBITS, PLT_GOT, file.got, sizeof(file.got));
	add_section(OTHER_CODE, ".text", SHT_PROGBITS, 0x3000, file.other, sizeof(file.other));
	add_section(RELOCATIONS, ".rela.plt", SHT_RELA, 0, file.relocations,
		    sizeof(file.relocations));
	add_section(MORE, ".rela.dyn", SHT_RELA, 0, file.more, sizeof(file.more));
	file.sections[RELOCATIONS].sh_entsize = file.sections[MORE].sh_entsize = sizeof(Elf64_Rela);
	add_section(SYMBOLS, ".dynsym", SHT_DYNSYM, 0, file.symbols, sizeof(file.symbols));
	file.sections[SYMBOLS].sh_entsize = sizeof(Elf64_Sym);
	file.sections[SYMBOLS].sh_link = STRINGS;
	file.symbols[1].st_name = put_text("puts");
	file.symbols[2].st_name = put_text("_ZN3foo3barEv");
	file.symbols[3].st_name = put_text("exit");
	file.relocations[0] = (Elf64_Rela){ WORDS, ELF64_R_INFO(1, R_X86_64_JUMP_SLOT), 0 };
	file.relocations[1] = (Elf64_Rela){ WORDS + 8, ELF64_R_INFO(2, R_X86_64_JUMP_SLOT), 0 };
	file.more[0] = (Elf64_Rela){ WORDS + 16, ELF64_R_INFO(3, R_X86_64_GLOB_DAT), 0 };
	add_section(STRINGS, ".shstrtab", SHT_STRTAB, 0, file.strings, sizeof(file.strings));
}

static void end(void)
{
	plt__free(plt);
	elf_end(elf);
}

TestSuite(plt, .init = begin, .fini = end);

static void open_it(void)
{
	plt__free(plt);
	elf_end(elf);
	elf_version(EV_CURRENT);
	elf = elf_memory((char *)&file, sizeof(file));
	cr_assert_not_null(elf);
	plt = plt__new(elf);
	cr_assert_not_null(plt);
}

/* "jmp *word(%rip)", behind some prefix. */
static void put_stub(__u8 *code, __u64 address, const char *prefix, size_t length, __u64 word)
{
	__s32 distance = (__s32)(word - (address + length + 6));

	memcpy(code, prefix, length);
	code[length] = 0xff;
	code[length + 1] = 0x25;
	memcpy(code + length + 2, &distance, sizeof(distance));
}

static void check(__u64 address, const char *expected)
{
	char name[NAME_BYTES] = "";
	size_t length = plt__name(plt, address, name);

	SAME(length, strlen(expected));
	SAME_TEXT(length ? name : "", expected);
}

static void put_all(void)
{
	put_stub(file.plt, PLT, "\xf3\x0f\x1e\xfa\xf2", 5, WORDS + 8); /* endbr64, bnd */
	put_stub(file.plt + 16, PLT + 16, "\xf3\x0f\x1e\xfa", 4, WORDS);
	put_stub(file.plt + 32, PLT + 32, "", 0, WORDS + 24); /* has no relocation */
	put_stub(file.got, PLT_GOT, "", 0, WORDS);
	put_stub(file.got + 8, PLT_GOT + 8, "", 0, WORDS + 16);
	put_stub(file.other, 0x3000, "", 0, WORDS);
}

Test(plt, stubs_have_the_names_of_what_they_jump_to)
{
	put_all();
	open_it();
	check(PLT, "foo::bar()@plt");
	check(PLT + 15, "foo::bar()@plt");
	check(PLT + 16, "puts@plt");
	check(PLT + 31, "puts@plt");
	check(PLT + 32, "");
	check(PLT + 48, "");
	check(PLT + 63, "");
	check(PLT + 64, "");
	check(PLT - 1, "");
	check(0x3000, ""); /* code like others */
}

Test(plt, stubs_of_half_the_size)
{
	put_all();
	open_it();
	check(PLT_GOT, "puts@plt");
	check(PLT_GOT + 7, "puts@plt");
	check(PLT_GOT + 8, "exit@plt");
	check(PLT_GOT + 15, "exit@plt");
	check(PLT_GOT + 16, "");
}

/* A jump at the end of the room for a stub, and one that goes beyond it. */
Test(plt, stub_is_whole)
{
	put_stub(file.plt, PLT, "\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90", 10, WORDS);
	put_stub(file.plt + 16, PLT + 16, "\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90", 11,
		 WORDS);
	open_it();
	check(PLT, "puts@plt");
	check(PLT + 16, "");
	put_stub(file.plt + 48, PLT + 48, "\x90\x90", 2, WORDS);
	file.sections[CODE].sh_size = 56;
	open_it();
	check(PLT + 48, "puts@plt");
	file.sections[CODE].sh_size = 55;
	open_it();
	check(PLT + 48, "");
}

Test(plt, backwards_and_other_jumps)
{
	put_stub(file.plt, PLT, "", 0, WORDS);
	open_it();
	check(PLT, "puts@plt");
	file.plt[1] = 0x15; /* call */
	check(PLT, "");
	file.plt[1] = 0x25;
	file.plt[0] = 0xfe;
	check(PLT, "");
	file.relocations[0].r_offset = 0x800;
	put_stub(file.plt, PLT, "", 0, 0x800);
	open_it();
	check(PLT, "puts@plt");
}

Test(plt, symbols_without_a_name)
{
	put_all();
	file.symbols[1].st_name = 0;
	file.relocations[1].r_info = ELF64_R_INFO(9, R_X86_64_JUMP_SLOT); /* is not there */
	open_it();
	check(PLT, "");
	check(PLT + 16, "");
}

Test(plt, file_without_symbols)
{
	put_all();
	file.sections[SYMBOLS].sh_type = SHT_PROGBITS;
	open_it();
	check(PLT, "");
}

#endif
