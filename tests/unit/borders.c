/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where functions of our own program begin and end, and those of what was made for it. */
#include "callstack/helper/borders.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

static char directory[] = "/tmp/borders-XXXXXX";
static struct borders borders;
static Elf *elf;
static int fd = -1;

static void end(void)
{
	char command[64];

	borders__free(&borders);
	elf_end(elf);
	close(fd);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	cr_expect_eq(system(command), 0);
}

TestSuite(borders, .fini = end);

static void open_it(const char *path)
{
	elf_version(EV_CURRENT);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	cr_assert_not_null(elf);
	borders__init(&borders, elf);
}

/* ---- assembled here and now ---- */

/* Skips the test without an assembler. */
static void make(const char *assembly)
{
	char path[64], command[256];
	FILE *file;

	cr_assert_not_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/it.s", directory);
	file = fopen(path, "w");
	cr_assert_not_null(file);
	fputs(assembly, file);
	fclose(file);
	snprintf(command, sizeof(command), "cd %s && gcc -shared -nostdlib -o it it.s 2>errors",
		 directory);
	if (system(command))
		cr_skip_test("there is no gcc that makes x86-64");
	snprintf(path, sizeof(path), "%s/it", directory);
	open_it(path);
}

static __u64 address_of(const char *name)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr header;
	GElf_Sym symbol;
	int i;

	while ((scn = elf_nextscn(elf, scn))) {
		Elf_Data *data = elf_getdata(scn, NULL);

		if (!gelf_getshdr(scn, &header) || header.sh_type != SHT_SYMTAB)
			continue;
		for (i = 0; gelf_getsym(data, i, &symbol); i++) {
			if (!strcmp(elf_strptr(elf, header.sh_link, symbol.st_name), name))
				return symbol.st_value;
		}
	}
	cr_assert_fail("there is no such symbol");
	return 0;
}

static void check_between(const char *start, const char *address, __u64 plus, bool expected)
{
	SAME(borders__may_lie_between(&borders, address_of(start), address_of(address) + plus),
	     expected);
}

static void check_call(const char *label, __u64 before)
{
	SAME(borders__of_call(&borders, address_of(label)), address_of(label) - before);
}

/* Functions without padding: only unwind information tells where they end. */
Test(borders, unwind_information_tells)
{
	make(".text\n"
	     "first: .cfi_startproc\n nop\n nop\nlabel: nop\n jmp second\n .cfi_endproc\n"
	     "second: .cfi_startproc\n nop\n nop\n .cfi_endproc\n"
	     "without: mov (%rdi), %rax\n mov (%rdi), %rax\n"
	     "third: .cfi_startproc\n.balign 16\n ret\n.balign 16\n nop\nlast: nop\n .cfi_endproc\n"
	     ".data\ndata: .quad 0\n");
	check_between("first", "first", 0, false);
	check_between("first", "label", 0, false);
	check_between("label", "label", 1, false);
	check_between("first", "second", 0, true);
	check_between("label", "second", 1, true);
	check_between("second", "without", 0, true);
	check_between("without", "without", 3, false);
	check_between("without", "third", 0, true);
	check_between("third", "last", 0, false); /* whatever it has in the middle */
	check_between("third", "last", 1, true);
	check_between("data", "data", 1, true);
}

Test(borders, without_it_code_tells)
{
	make(".text\n"
	     "first: mov (%rdi), %rax\n jmp second\n.balign 16\n"
	     "second: mov (%rdi), %rax\n syscall\nlabel: mov %rax, %rbx\n"
	     "out: ret\nthird: nop\n");
	check_between("first", "first", 3, false);
	check_between("first", "second", 0, true);
	check_between("second", "label", 0, false);
	check_between("second", "out", 0, false);
	check_between("second", "third", 0, true);
}

Test(borders, calls)
{
	make(".text\n"
	     "first: call second\nbehind: nop\n"
	     "call *%rax\nindirect: nop\n"
	     "call second\n" /* which does not return */
	     "second: ret\n .balign 16, 0xcc\n"
	     "third: mov (%rdi), %rax\nmiddle: nop\n");
	check_call("behind", 1);
	check_call("indirect", 1);
	check_call("second", 1);
	check_call("third", 0);
	check_call("middle", 0);
	SAME(borders__of_call(&borders, 0), 0);
	SAME(borders__of_call(&borders, ~0ULL), ~0ULL - 1);
}

/* ---- our own ---- */

static __attribute__((noinline)) int function_of_this_file(int x)
{
	return x * 3 + getpid();
}

Test(borders, what_the_compiler_writes_can_be_read)
{
	const struct extent *extent;
	__u64 start;

	cr_assert_gt(function_of_this_file(1), 0);
	open_it("/proc/self/exe");
	start = address_of("function_of_this_file");
	cr_expect_not(borders__may_lie_between(&borders, start, start + 1));
	extent = extents__find(&borders.extents, start + 1);
	cr_assert_not_null(extent);
	SAME(extent->start, start);
	cr_expect_gt(extent->end, start + 4);
	cr_expect(borders__may_lie_between(&borders, start, extent->end));
	cr_expect(!extents__find(&borders.extents, 0));
}

Test(borders, file_without_any)
{
	static char empty[sizeof(Elf64_Ehdr)] = ELFMAG;

	empty[EI_CLASS] = ELFCLASS64;
	empty[EI_DATA] = ELFDATA2LSB;
	empty[EI_VERSION] = EV_CURRENT;
	elf_version(EV_CURRENT);
	elf = elf_memory(empty, sizeof(empty));
	cr_assert_not_null(elf);
	borders__init(&borders, elf);
	cr_expect(borders__may_lie_between(&borders, 0x1000, 0x1001));
	cr_expect(!borders__may_lie_between(&borders, 0x1000, 0x1000));
	SAME(borders__of_call(&borders, 0x1001), 0x1000);
}
