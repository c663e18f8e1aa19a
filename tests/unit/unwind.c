/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our own stack, as the kernel side would have copied it, back to names. */
#include "symbol/unwind.h"

#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "make_stack.h"
#include "symbol/stack.h"
#include "unit.h"

static struct life_stack *stack;
static int files[STACK_MAPS];
static struct unwind_names names;

static void begin(void)
{
	int i;

	stack = calloc(1, sizeof(*stack));
	cr_assert_not_null(stack);
	stack->who.tid = stack->who.tgid = (__u32)getpid();
	for (i = 0; i < STACK_MAPS; i++)
		files[i] = -1;
}

static void end(void)
{
	int i;

	for (i = 0; i < STACK_MAPS; i++) {
		if (files[i] >= 0)
			close(files[i]);
	}
	free(stack);
}

TestSuite(unwind, .init = begin, .fini = end);

/* ---- where we stand ---- */

static void take_stack(void)
{
	size_t n = make_stack__bytes(stack->stack, STACK_BYTES, stack->regs[SP]);

	cr_assert_gt(n, 0);
	stack->stack_size = (__u32)n;
	stack->stack_at = stack->regs[SP];
}

/* The innermost frame is always the first of those that frame pointers give. */
static void stand_at(__u64 pc)
{
	stack->regs[PC] = stack->frames[0] = pc;
	stack->frame_count = 1;
}

void stand_here(void);
void come_from_here(void);

__attribute__((noinline)) void stand_here(void)
{
	ucontext_t context;

	cr_assert_eq(getcontext(&context), 0);
	make_stack__registers(stack->regs, &context);
	stack->reg_count = STACK_REGS;
	take_stack();
}

__attribute__((noinline)) void come_from_here(void)
{
	stand_here();
	__asm__ volatile("" ::: "memory"); /* no jump, but a call */
}

/* ---- what is mapped ---- */

static struct life_map *add_map(__u64 start, __u64 end_of, __u64 offset, __u64 inode,
				const char *name, int file)
{
	struct life_map *map = &stack->maps[stack->map_count];

	cr_assert_lt(stack->map_count, STACK_MAPS);
	files[stack->map_count++] = file;
	map->start = start;
	map->end = end_of;
	map->offset = offset;
	map->inode = inode;
	map->length = (__u32)strlen(name) + 1;
	memcpy(map->path, name, map->length);
	return map;
}

/* Where our own program is, with or without its file. */
static void map_ourselves(bool with_file)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[1024], rights[8];
	struct stat self;

	cr_assert_not_null(maps);
	cr_assert_eq(stat("/proc/self/exe", &self), 0);
	while (fgets(line, sizeof(line), maps)) {
		uint64_t start, end_of, offset, inode;

		cr_assert_eq(sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %*s %" SCNu64,
				    &start, &end_of, rights, &offset, &inode),
			     5);
		if (rights[2] == 'x' && inode == self.st_ino)
			add_map(start, end_of, offset, inode, "unit",
				with_file ? open("/proc/self/exe", O_RDONLY | O_CLOEXEC) : -1);
	}
	fclose(maps);
	cr_assert_gt(stack->map_count, 0);
}

static int file_of(const void *bytes, size_t size)
{
	int file = memfd_create("file", MFD_CLOEXEC);

	cr_assert_eq(write(file, bytes, size), (ssize_t)size);
	return file;
}

static void check_name(size_t frame, const char *expected)
{
	cr_assert_gt(names.count, frame, "there are only %zu frames, expected %s", names.count,
		     expected);
	SAME_TEXT(names.name[frame], expected);
}

/* ---- tests ---- */

Test(unwind, functions_of_our_own_are_found)
{
	come_from_here();
	map_ourselves(true);
	unwind__name(stack, files, &names);
	check_name(0, "stand_here");
	check_name(1, "come_from_here");
	cr_expect_gt(names.count, 2, "nobody called the test");
}

Test(unwind, descriptors_stay_open)
{
	come_from_here();
	map_ourselves(true);
	unwind__name(stack, files, &names);
	unwind__name(stack, files, &names);
	check_name(0, "stand_here");
	cr_expect_neq(fcntl(files[0], F_GETFD), -1);
}

Test(unwind, call_through_a_bad_pointer_is_named_by_its_caller)
{
	come_from_here();
	map_ourselves(true);
#if defined(__x86_64__)
	memmove(stack->stack + sizeof(__u64), stack->stack, STACK_BYTES - sizeof(__u64));
	memcpy(stack->stack, &stack->regs[PC], sizeof(__u64));
	stack->regs[SP] -= sizeof(__u64);
	stack->stack_at = stack->regs[SP];
#else
	stack->regs[30] = stack->regs[PC];
#endif
	stack->regs[PC] = 0x10;
	unwind__name(stack, files, &names);
	check_name(0, "[0x10]");
	check_name(1, "stand_here");
	check_name(2, "come_from_here");
}

Test(unwind, without_its_file_a_frame_is_a_place_in_it)
{
	char expected[64];

	come_from_here();
	map_ourselves(false);
	stand_at(stack->regs[PC]);
	snprintf(expected, sizeof(expected), "[unit+0x%llx]",
		 stack->regs[PC] - stack->maps[0].start + stack->maps[0].offset);
	unwind__name(stack, files, &names);
	check_name(0, expected);
}

Test(unwind, file_that_is_no_elf_is_as_good_as_none)
{
	stand_at(0x10123);
	add_map(0x10000, 0x20000, 0x3000, 7, "junk", file_of("junk", 4));
	unwind__name(stack, files, &names);
	check_name(0, "[junk+0x3123]");
	SAME(names.count, 1);
}

Test(unwind, file_that_is_empty_is_as_good_as_none)
{
	stand_at(0x10123);
	add_map(0x10000, 0x20000, 0, 7, "empty", file_of("", 0));
	unwind__name(stack, files, &names);
	check_name(0, "[empty+0x123]");
}

/* A head, a segment, and no symbols at all. */
Test(unwind, stripped_program_has_places_and_no_names)
{
	struct {
		Elf64_Ehdr head;
		Elf64_Phdr segment;
	} elf = { .head = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
					 ELFDATA2LSB, EV_CURRENT },
			    .e_type = ET_DYN,
			    .e_machine = EM_X86_64,
			    .e_version = EV_CURRENT,
			    .e_phoff = sizeof(Elf64_Ehdr),
			    .e_ehsize = sizeof(Elf64_Ehdr),
			    .e_phentsize = sizeof(Elf64_Phdr),
			    .e_phnum = 1 },
		  .segment = { .p_type = PT_LOAD,
			       .p_flags = PF_R | PF_X,
			       .p_filesz = 0x1000,
			       .p_memsz = 0x1000,
			       .p_align = 0x1000 } };

	stand_at(0x10123);
	add_map(0x10000, 0x11000, 0, 7, "stripped", file_of(&elf, sizeof(elf)));
	unwind__name(stack, files, &names);
	check_name(0, "[stripped+0x123]");
}

Test(unwind, memory_that_belongs_to_no_file)
{
	stand_at(0x10123);
	add_map(0x10000, 0x20000, 0, 0, "", -1);
	unwind__name(stack, files, &names);
	check_name(0, "[anon+0x123]");
}

Test(unwind, nothing_mapped_is_an_address)
{
	stand_at(0x10123);
	unwind__name(stack, files, &names);
	check_name(0, "[0x10123]");
	SAME(names.count, 1);
}

/* Code that was made at run time has no call frame information. */
Test(unwind, frame_pointers_go_on_where_nothing_else_does)
{
	stand_at(0x10123);
	stack->frames[1] = 0x10456;
	stack->frames[2] = 0x99999; /* nowhere: the end */
	stack->frames[3] = 0x10789;
	stack->frame_count = 4;
	add_map(0x10000, 0x20000, 0, 0, "", -1);
	unwind__name(stack, files, &names);
	check_name(0, "[anon+0x123]");
	check_name(1, "[anon+0x456]");
	SAME(names.count, 2);
}

Test(unwind, counts_that_are_too_large_are_not_believed)
{
	int i;

	come_from_here();
	map_ourselves(true);
	stack->stack_size = ~0U;
	stack->map_count = ~0U;
	stack->frame_count = ~0U;
	for (i = 0; i < STACK_FRAMES; i++)
		stack->frames[i] = stack->regs[PC];
	unwind__name(stack, files, &names);
	check_name(0, "stand_here");
	cr_expect_leq(names.count, UNWIND_FRAMES);
}

Test(unwind, name_of_a_file_is_cut)
{
	char name[400];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	stand_at(0x10123);
	add_map(0x10000, 0x20000, 0, 7, name, -1);
	unwind__name(stack, files, &names);
	SAME(names.count, 1);
	SAME(strlen(names.name[0]), strlen("[+0x123]") + 200);
}

/* ---- the helper, which reads the files of strangers without rights ---- */

#ifndef __SANITIZE_ADDRESS__ /* which wants more address space than the helper may have */

Test(unwind, helper_names_a_process_by_what_proc_says_of_it)
{
	struct symbolizer *symbolizer = symbolizer__new();
	char **frames;
	size_t count;

	cr_assert_not_null(symbolizer);
	come_from_here();
	cr_assert_eq(symbolizer__name(symbolizer, stack, &frames, &count), 0);
	cr_assert_gt(count, 2);
	SAME_TEXT(frames[0], "stand_here");
	SAME_TEXT(frames[1], "come_from_here");
	frames__free(frames, count);
	/* and again */
	cr_assert_eq(symbolizer__name(symbolizer, stack, &frames, &count), 0);
	SAME_TEXT(frames[0], "stand_here");
	frames__free(frames, count);
	symbolizer__free(symbolizer);
}

/* "passwd\0etc\0" is not what was mapped, whatever its name. */
Test(unwind, helper_is_not_given_another_file_of_that_name)
{
	static const char path[] = "passwd\0etc";
	struct symbolizer *symbolizer = symbolizer__new();
	struct life_map *map = add_map(0x10000, 0x20000, 0, 1, "", -1);
	char **frames;
	size_t count;

	memcpy(map->path, path, sizeof(path));
	map->length = sizeof(path);
	stand_at(0x10123);
	cr_assert_eq(symbolizer__name(symbolizer, stack, &frames, &count), 0);
	cr_assert_eq(count, 1);
	SAME_TEXT(frames[0], "[passwd+0x123]");
	frames__free(frames, count);
	symbolizer__free(symbolizer);
}

#endif
