/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "make_program.h"

#include <gelf.h>
#include <string.h>
#include <sys/mman.h>

#include "unit.h"

enum { NONE, TEXT, CFI, SYMBOLS, STRINGS, SECTIONS };

#define SYMBOLS_OFFSET 0x3000
#define SECTION_NAMES  "\0.text\0.eh_frame\0.debug_frame\0.symtab\0.strtab"

void program__begin(struct program *program, bool narrow)
{
	*program = (struct program){ .narrow = narrow,
				     .machine = narrow ? EM_386 : EM_X86_64,
				     .entry = ~0ULL };
	memset(program->code, 0xcc, sizeof(program->code));
}

void program__put(struct program *program, __u64 at, const __u8 *code, size_t size)
{
	cr_assert_leq(at + size, sizeof(program->code));
	memcpy(program->code + at, code, size);
}

static void put_distance(struct program *program, __u64 at, __u8 code, __u64 target)
{
	__u32 distance = (__u32)(target - (at + 5));

	program__put(program, at, &code, 1);
	program__put(program, at + 1, (const __u8 *)&distance, sizeof(distance));
}

__u64 program__put_call(struct program *program, __u64 at, __u64 target)
{
	put_distance(program, at, 0xe8, target);
	return at + 5;
}

void program__put_jump(struct program *program, __u64 at, __u64 target)
{
	put_distance(program, at, 0xe9, target);
}

void program__name(struct program *program, const char *name, __u64 at, __u64 size)
{
	cr_assert_lt(program->symbol_count, ARRAY_SIZE(program->symbols));
	program->symbols[program->symbol_count].name = name;
	program->symbols[program->symbol_count].at = at;
	program->symbols[program->symbol_count].type = STT_FUNC;
	program->symbols[program->symbol_count++].size = size;
}

/* ---- call frame information ---- */

static void put_number(struct program *program, __u64 number, size_t size)
{
	cr_assert_leq(program->cfi_size + size, sizeof(program->cfi));
	memcpy(program->cfi + program->cfi_size, &number, size);
	program->cfi_size += size;
}

static __u8 ra_column(const struct program *program)
{
	return program->narrow ? 8 : program->machine == EM_AARCH64 ? 30 : 16;
}

static void end_entry(struct program *program, size_t begin)
{
	__u32 length;

	while (program->cfi_size % 8 != 4) /* DW_CFA_nop */
		put_number(program, 0, 1);
	put_number(program, 0, 4);
	length = (__u32)(program->cfi_size - begin - 4);
	memcpy(program->cfi + begin, &length, sizeof(length));
}

void program__put_cfi(struct program *program, __u64 at, __u64 size, const char *augmentation,
		      const __u8 *instructions, size_t instructions_size)
{
	size_t word = program->narrow ? 4 : 8, cie = program->cfi_size, fde, i;

	put_number(program, 0, 4);
	put_number(program, program->for_debuggers ? ~0U : 0, 4);
	put_number(program, 1, 1); /* version */
	for (i = 0; i <= strlen(augmentation); i++)
		put_number(program, (__u8)augmentation[i], 1);
	put_number(program, 1, 1); /* alignment of code, and of data */
	put_number(program, program->narrow ? 0x7c : 0x78, 1);
	put_number(program, ra_column(program), 1);
	if (*augmentation == 'z')
		put_number(program, 0, 1);
	end_entry(program, cie);
	fde = program->cfi_size;
	put_number(program, 0, 4);
	put_number(program, program->for_debuggers ? cie : fde + 4 - cie, 4);
	put_number(program, PROGRAM_START + at, word);
	put_number(program, size, word);
	if (*augmentation == 'z')
		put_number(program, 0, 1);
	for (i = 0; i < instructions_size; i++)
		put_number(program, instructions[i], 1);
	end_entry(program, fde);
}

/* ---- the file ---- */

static void add_section(Elf *elf, GElf_Shdr header, const char *name, Elf_Type type, void *bytes)
{
	static const char names[] = SECTION_NAMES;
	Elf_Scn *section = elf_newscn(elf);
	Elf_Data *data = elf_newdata(section);

	header.sh_name =
		(GElf_Word)((const char *)memmem(names, sizeof(names), name, strlen(name) + 1) -
			    names);
	header.sh_addralign = 1;
	data->d_buf = bytes;
	data->d_size = header.sh_size;
	data->d_type = type;
	data->d_align = 1;
	cr_assert(gelf_update_shdr(section, &header));
}

/* The names of sections and, behind them, of symbols. */
static size_t collect_names(const struct program *program, char *strings, size_t capacity)
{
	size_t used = sizeof(SECTION_NAMES), i;

	memcpy(strings, SECTION_NAMES, used);
	for (i = 0; i < program->symbol_count; i++) {
		size_t length = strlen(program->symbols[i].name) + 1;

		cr_assert_leq(used + length, capacity);
		memcpy(strings + used, program->symbols[i].name, length);
		used += length;
	}
	return used;
}

static void add_symbols(const struct program *program, Elf *elf, void *room)
{
	size_t each = gelf_fsize(elf, ELF_T_SYM, 1, EV_CURRENT), i;
	GElf_Word name = sizeof(SECTION_NAMES);
	Elf_Data *data;

	add_section(elf,
		    (GElf_Shdr){ .sh_type = SHT_SYMTAB,
				 .sh_offset = SYMBOLS_OFFSET,
				 .sh_size = each * (program->symbol_count + 1),
				 .sh_entsize = each,
				 .sh_link = STRINGS,
				 .sh_info = 1 },
		    ".symtab", ELF_T_SYM, room);
	data = elf_getdata(elf_getscn(elf, SYMBOLS), NULL);
	for (i = 0; i < program->symbol_count; i++) {
		GElf_Sym symbol = { .st_name = name,
				    .st_info =
					    (unsigned char)GELF_ST_INFO(STB_GLOBAL,
									program->symbols[i].type),
				    .st_shndx = program->symbols[i].undefined ? SHN_UNDEF : TEXT,
				    .st_value = PROGRAM_START + program->symbols[i].at,
				    .st_size = program->symbols[i].size };

		cr_assert(gelf_update_sym(data, (int)i + 1, &symbol));
		name += (GElf_Word)strlen(program->symbols[i].name) + 1;
	}
}

static void put_head(const struct program *program, Elf *elf)
{
	GElf_Ehdr head;
	GElf_Phdr segment = { .p_type = PT_LOAD,
			      .p_flags = PF_R | PF_X,
			      .p_offset = PROGRAM_OFFSET,
			      .p_vaddr = PROGRAM_START,
			      .p_filesz = PROGRAM_BYTES,
			      .p_memsz = PROGRAM_BYTES,
			      .p_align = 0x1000 };

	cr_assert_not_null(gelf_getehdr(elf, &head));
	head.e_type = program->fixed ? ET_EXEC : ET_DYN;
	head.e_machine = program->machine;
	head.e_version = EV_CURRENT;
	head.e_shstrndx = STRINGS;
	head.e_shoff = 0x200;
	head.e_phoff = 0x100;
	if (program->entry != ~0ULL)
		head.e_entry = PROGRAM_START + program->entry;
	head.e_ident[EI_DATA] = ELFDATA2LSB;
	cr_assert(gelf_update_ehdr(elf, &head));
	cr_assert(gelf_update_phdr(elf, 0, &segment));
}

int program__file(const struct program *program)
{
	static char strings[1024], symbols[1024];
	struct program own = *program;
	int fd = memfd_create("program", MFD_CLOEXEC);
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_WRITE, NULL);
	cr_assert(elf && gelf_newehdr(elf, program->narrow ? ELFCLASS32 : ELFCLASS64) &&
		  gelf_newphdr(elf, 1));
	elf_flagelf(elf, ELF_C_SET, ELF_F_LAYOUT);
	put_head(program, elf);
	add_section(elf,
		    (GElf_Shdr){ .sh_type = SHT_PROGBITS,
				 .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
				 .sh_addr = PROGRAM_START,
				 .sh_offset = PROGRAM_OFFSET,
				 .sh_size = PROGRAM_BYTES },
		    ".text", ELF_T_BYTE, own.code);
	add_section(elf,
		    (GElf_Shdr){ .sh_type = program->cfi_size ? SHT_PROGBITS : SHT_NOBITS,
				 .sh_offset = 0x2000,
				 .sh_size = program->cfi_size },
		    program->for_debuggers ? ".debug_frame" : ".eh_frame", ELF_T_BYTE, own.cfi);
	add_symbols(program, elf, symbols);
	add_section(elf,
		    (GElf_Shdr){ .sh_type = SHT_STRTAB,
				 .sh_offset = 0x2800,
				 .sh_size = collect_names(program, strings, sizeof(strings)) },
		    ".strtab", ELF_T_BYTE, strings);
	cr_assert_geq(elf_update(elf, ELF_C_WRITE), 0, "%s", elf_errmsg(-1));
	elf_end(elf);
	return fd;
}
