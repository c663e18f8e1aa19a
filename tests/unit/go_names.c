/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables as the versions of Go write them, in files that are made here. */
#include "callstack/helper/go_names.h"

#include <string.h>

#include "unit.h"

#define TEXT  0x401000ULL /* where the code is loaded */
#define TABLE 0x500000ULL /* and the table */

enum { NONE, CODE, GO, BUILD, RELOCATIONS, STRINGS, SECTIONS };

static struct {
	Elf64_Ehdr head;
	Elf64_Shdr sections[SECTIONS];
	Elf64_Rela relocation;
	char strings[24 * SECTIONS];
	__u8 table[512];
} file;
static size_t used;			       /* of the table */
static size_t table_size = sizeof(file.table); /* that its section says */
static Elf *elf;
static struct go_names names;

static void end(void)
{
	elf_end(elf);
	elf = NULL;
}

TestSuite(go_names, .fini = end);

/* ---- a file ---- */

static void add_section(int which, const char *name, __u32 type, __u64 address, const void *data,
			size_t size)
{
	size_t length = which * 24UL;

	file.sections[which] =
		(Elf64_Shdr){ .sh_name = (__u32)length,
			      .sh_type = type,
			      .sh_addr = address,
			      .sh_offset = (__u64)((const char *)data - (const char *)&file),
			      .sh_size = size,
			      .sh_addralign = 1 };
	strcpy(file.strings + length, name);
}

static bool open_as(const char *table_name)
{
	file.head = (Elf64_Ehdr){ .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
					       ELFDATA2LSB, EV_CURRENT },
				  .e_type = ET_EXEC,
				  .e_machine = EM_X86_64,
				  .e_version = EV_CURRENT,
				  .e_entry = TEXT,
				  .e_shoff = sizeof(Elf64_Ehdr),
				  .e_ehsize = sizeof(Elf64_Ehdr),
				  .e_shentsize = sizeof(Elf64_Shdr),
				  .e_shnum = SECTIONS,
				  .e_shstrndx = STRINGS };
	add_section(CODE, ".text", SHT_PROGBITS, TEXT, file.table, 16);
	add_section(GO, table_name, SHT_PROGBITS, TABLE, file.table, table_size);
	add_section(BUILD, ".go.buildinfo", SHT_PROGBITS, TABLE, file.table, 16);
	add_section(RELOCATIONS, ".rela", SHT_RELA, 0, &file.relocation, sizeof(file.relocation));
	file.sections[RELOCATIONS].sh_entsize = sizeof(Elf64_Rela);
	add_section(STRINGS, ".shstrtab", SHT_STRTAB, 0, file.strings, sizeof(file.strings));
	elf_version(EV_CURRENT);
	elf = elf_memory((char *)&file, sizeof(file));
	cr_assert_not_null(elf);
	return go_names__open(&names, elf);
}

static void check(__u64 address, const char *expected)
{
	const char *name = go_names__find(&names, address);

	SAME_TEXT(name ? name : "(none)", expected);
}

/* ---- a table ---- */

static void put(__u64 number, size_t size)
{
	memcpy(file.table + used, &number, size);
	used += size;
}

static void put_head(__u32 magic, size_t word)
{
	put(magic, 4);
	put(0, 2);
	put(1, 1);
	put(word, 1);
}

static size_t put_text(const char *text)
{
	size_t at = used;

	strcpy((char *)file.table + used, text);
	used += strlen(text) + 1;
	return at;
}

/* Two functions of 0x20 and 0x10 bytes; names and data are relative to what these say. */
static void put_functions(size_t entry, __u64 start, size_t data, size_t text)
{
	size_t list = used, first, second, begin, more;

	used += 5 * entry;
	first = put_text("_rt0_amd64_linux") - text;
	second = put_text("main.(*T).run[...]") - text;
	begin = used - data;
	put(start, entry);
	put(first, 4);
	more = used - data;
	put(start + 0x20, entry);
	put(second, 4);
	used = list;
	put(start, entry);
	put(begin, entry);
	put(start + 0x20, entry);
	put(more, entry);
	put(start + 0x30, entry);
}

static void put_1_2(size_t word)
{
	put_head(0xfffffffb, word);
	put(2, word);
	put_functions(word, TEXT, 0, 0);
}

static void put_1_16(void)
{
	put_head(0xfffffffa, 8);
	put(2, 8);
	put(1, 8);
	put(64, 8); /* names */
	used += 3 * 8;
	put(64, 8); /* functions */
	cr_assert_eq(used, 64);
	put_functions(8, TEXT, 64, 64);
}

static void put_1_18(__u32 magic, __u64 start)
{
	put_head(magic, 8);
	put(2, 8);
	put(1, 8);
	put(start, 8);
	put(72, 8); /* names */
	used += 3 * 8;
	put(72, 8); /* functions */
	cr_assert_eq(used, 72);
	put_functions(4, 0, 72, 72);
}

static void check_both(void)
{
	check(TEXT - 1, "(none)");
	check(TEXT, "_rt0_amd64_linux");
	check(TEXT + 0x1f, "_rt0_amd64_linux");
	check(TEXT + 0x20, "main.(*T).run[...]");
	check(TEXT + 0x2f, "main.(*T).run[...]");
	check(TEXT + 0x30, "(none)");
	check(0, "(none)");
	check(~0ULL, "(none)");
}

Test(go_names, go_1_2)
{
	put_1_2(8);
	cr_assert(open_as(".gopclntab"));
	check_both();
}

Test(go_names, go_1_2_of_32_bit)
{
	put_1_2(4);
	cr_assert(open_as(".gopclntab"));
	check_both();
}

Test(go_names, go_1_16)
{
	put_1_16();
	cr_assert(open_as(".gopclntab"));
	check_both();
}

Test(go_names, go_1_18)
{
	put_1_18(0xfffffff0, TEXT);
	cr_assert(open_as(".gopclntab"));
	check_both();
}

Test(go_names, go_1_20_that_can_be_moved)
{
	put_1_18(0xfffffff1, 0);
	file.relocation = (Elf64_Rela){ .r_offset = TABLE + 24, .r_addend = TEXT };
	cr_assert(open_as(".data.rel.ro.gopclntab"));
	check_both();
}

/* As GNU ld links: it is not a section of its own. */
Test(go_names, table_in_the_middle_of_other_data)
{
	__u8 table[256];

	put_1_18(0xfffffff1, TEXT);
	memcpy(table, file.table, sizeof(table));
	memset(file.table, 0xff, 64);
	memcpy(file.table + 64, table, sizeof(table));
	cr_assert(open_as(".data.rel.ro"));
	check_both();
}

Test(go_names, go_1_26_begins_where_the_code_does)
{
	put_1_18(0xfffffff1, 0);
	cr_assert(open_as(".gopclntab"));
	check_both();
}

/* Code of others in front of it moves its own, and nobody says how far. */
Test(go_names, go_1_26_linked_with_others_is_not_guessed)
{
	put_1_18(0xfffffff1, 0);
	memcpy(memchr(file.table, '_', sizeof(file.table)), "main.first", 11);
	cr_assert_not(open_as(".gopclntab"));
}

Test(go_names, others_are_left_alone)
{
	put_1_18(0xfffffff1, TEXT);
	cr_assert_not(open_as(".rodata"));
	end();
	file.table[0] = 0xf5;
	cr_assert_not(open_as(".gopclntab"));
}

Test(go_names, any_byte_may_be_anything)
{
	static const __u8 values[] = { 0, 1, 4, 8, 0x7f, 0x80, 0xff };
	__u8 whole[sizeof(file.table)];
	size_t i, k;
	__u64 at;

	put_1_18(0xfffffff1, TEXT);
	memcpy(whole, file.table, sizeof(whole));
	for (i = 0; i < sizeof(whole); i++) {
		for (k = 0; k < sizeof(values); k++) {
			memcpy(file.table, whole, sizeof(whole));
			file.table[i] = values[k];
			names = (struct go_names){ 0 };
			if (open_as(".gopclntab")) {
				for (at = TEXT - 8; at < TEXT + 0x40; at += 8)
					go_names__find(&names, at);
			}
			end();
		}
	}
}

/* What lies behind the section is not the table's, though it is there. */
Test(go_names, table_that_is_cut)
{
	/* the list of both, their names, and what is said of each */
	size_t whole = 72 + 5 * 4 + sizeof("_rt0_amd64_linux") + sizeof("main.(*T).run[...]") +
		       2 * 8;

	put_1_18(0xfffffff1, TEXT);
	for (table_size = 1; table_size < whole; table_size++) {
		bool opened = open_as(".gopclntab");

		SAME(opened, table_size >= whole - 8);
		if (opened) {
			check(TEXT, "_rt0_amd64_linux");
			check(TEXT + 0x20, "(none)");
		}
		end();
	}
	cr_assert(open_as(".gopclntab"));
	check_both();
}
