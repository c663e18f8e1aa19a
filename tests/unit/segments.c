/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/helper/segments.h"

#include <string.h>
#include <unistd.h>

#include "unit.h"

#define MAX_SEGMENTS 4

/* A head and its segments. */
static struct {
	Elf64_Ehdr head;
	Elf64_Phdr segments[MAX_SEGMENTS];
} file;
static Elf *elf;

static void begin(void)
{
	elf_version(EV_CURRENT);
	file.head = (Elf64_Ehdr){ .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
					       ELFDATA2LSB, EV_CURRENT },
				  .e_type = ET_DYN,
				  .e_machine = EM_X86_64,
				  .e_version = EV_CURRENT,
				  .e_phoff = sizeof(Elf64_Ehdr),
				  .e_ehsize = sizeof(Elf64_Ehdr),
				  .e_phentsize = sizeof(Elf64_Phdr) };
}

static void end(void)
{
	elf_end(elf);
	elf = NULL;
}

TestSuite(segments, .init = begin, .fini = end);

static void add(__u64 offset, __u64 address, __u64 size, unsigned int flags)
{
	file.segments[file.head.e_phnum++] = (Elf64_Phdr){ .p_type = PT_LOAD,
							   .p_flags = flags,
							   .p_offset = offset,
							   .p_vaddr = address,
							   .p_filesz = size,
							   .p_memsz = size,
							   .p_align = 0x1000 };
}

static void open_it(void)
{
	elf = elf_memory((char *)&file, sizeof(file));
	cr_assert_not_null(elf);
}

static void check_address(__u64 offset, __u64 expected)
{
	__u64 address = 0;

	cr_expect(segments__address(elf, offset, &address));
	SAME(address, expected);
}

static void check_bias(__u64 start, __u64 offset, __u64 expected)
{
	__u64 bias = 0;

	cr_expect(segments__bias(elf, start, offset, &bias));
	SAME(bias, expected);
}

/* As GNU ld links: code has pages of its own. */
Test(segments, each_with_pages_of_its_own)
{
	add(0, 0x400000, 0x6ac, PF_R);
	add(0x1000, 0x401000, 0x345, PF_R | PF_X);
	add(0x2000, 0x402000, 0x123, PF_R);
	open_it();
	check_address(0x1234, 0x401234);
	check_bias(0x401000, 0x1000, 0);
	check_bias(0x555555555000, 0x1000, 0x555555154000);
}

/* As lld links: the end of the first and the begin of the second are one page of the file. */
Test(segments, code_counts_where_a_page_is_shared)
{
	add(0, 0, 0x6ac, PF_R);
	add(0x6b0, 0x16b0, 0x200, PF_R | PF_X);
	add(0x8b0, 0x28b0, 0x180, PF_R | PF_W);
	open_it();
	check_bias(0x555555555000, 0, 0x555555554000);
	check_address(0x6b0, 0x16b0);
	check_address(0x8af, 0x18af);
	/* what a mapping of code has in front of it and behind it, it has at those addresses */
	check_address(0x6a0, 0x16a0);
	check_address(0x8b0, 0x18b0);
}

Test(segments, order_in_the_file_does_not_matter)
{
	add(0x3f00, 0x5f00, 0x300, PF_R | PF_X);
	add(0, 0, 0x3f00, PF_R);
	open_it();
	check_bias(0x7f0000005000, 0x3000, 0x7f0000000000);
	check_address(0x4000, 0x6000);
}

Test(segments, of_two_with_code_the_one_that_begins_there)
{
	add(0, 0, 0x1400, PF_R | PF_X);
	add(0x1400, 0x3400, 0x400, PF_R | PF_X);
	open_it();
	check_bias(0x10000, 0, 0x10000);
	check_bias(0x13000, 0x1000, 0x10000);
	check_address(0x13ff, 0x13ff);
	check_address(0x1400, 0x3400);
}

Test(segments, mapping_that_was_split)
{
	add(0, 0, 0x1000, PF_R);
	add(0x1000, 0x401000, 0x5000, PF_R | PF_X);
	open_it();
	check_bias(0x7f0000403000, 0x3000, 0x7f0000000000);
}

/* Programs of old that may execute all that they may read. */
Test(segments, without_code_any_segment_will_do)
{
	add(0, 0x8000, 0x1000, PF_R);
	open_it();
	check_address(0x123, 0x8123);
	check_bias(0x8000, 0, 0);
}

Test(segments, nothing_there)
{
	__u64 untouched = 77;

	add(0x1000, 0x1000, 0x10, PF_R | PF_X);
	add(0x3000, 0x3000, 0, PF_R | PF_X);
	add(~0ULL - 5, 0x5000, 100, PF_R | PF_X);
	open_it();
	cr_expect_not(segments__address(elf, 0xfff, &untouched));
	cr_expect_not(segments__address(elf, 0x3000, &untouched));
	cr_expect_not(segments__bias(elf, 0, 0x5000, &untouched));
	SAME(untouched, 77);
}

static void check_code(__u64 address, __u64 offset, size_t size)
{
	size_t found = 0;
	const __u8 *code = segments__code(elf, address, &found);

	SAME(code - (const __u8 *)&file, offset);
	SAME(found, size);
}

/* No more than the file has, also where it ends within a segment. */
Test(segments, bytes_of_code)
{
	size_t size = 77;

	add(0, 0x1000, 0x40, PF_R);
	add(0x40, 0x2040, 0x20, PF_R | PF_X);
	add(0x60, 0x3060, 0x1000, PF_R | PF_X);
	open_it();
	check_code(0x2040, 0x40, 0x20);
	check_code(0x205f, 0x5f, 1);
	check_code(0x3060, 0x60, sizeof(file) - 0x60);
	check_code(0x3070, 0x70, sizeof(file) - 0x70);
	cr_expect_null(segments__code(elf, 0x1000, &size), "not executable");
	cr_expect_null(segments__code(elf, 0x203f, &size));
	cr_expect_null(segments__code(elf, 0x2060, &size));
	cr_expect_null(segments__code(elf, 0x3000 + sizeof(file), &size), "behind its end");
	SAME(size, 77);
}
