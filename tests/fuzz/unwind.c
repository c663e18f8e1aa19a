/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stack and the file that is mapped into it: either any bytes, or the vDSO, a
 * small and complete ELF file, with some of its bytes changed.
 */
#include "callstack/helper/unwind.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAPPED	   0x10000000ULL
#define STACK_AT   0x7f0000000000ULL
#define VDSO_BYTES 8192
#define PATCH	   3 /* bytes: where, where, what */
#define MAPS	   3
#define BYTES	   32768
#define FRAMES	   (2 * UNWIND_FRAMES)

#if defined(__x86_64__)
#define SP 7
#define PC 16
#else
#define SP 31
#define PC 32
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *data;
	size_t size;
};

static void check(int holds)
{
	if (!holds)
		abort();
}

static size_t take(struct input *input, void *to, size_t size)
{
	size_t n = size < input->size ? size : input->size;

	memcpy(to, input->data, n);
	input->data += n;
	input->size -= n;
	return n;
}

static __u32 take_number(struct input *input, unsigned int bytes)
{
	__u32 number = 0;

	take(input, &number, bytes);
	return number;
}

static void fill_maps(struct unwind_map maps[MAPS], struct input *input)
{
	__u32 i;

	for (i = 0; i < MAPS; i++) {
		maps[i].start = MAPPED + (i << 20);
		maps[i].end = maps[i].start + ((take_number(input, 1) + 1ULL) << 12);
		maps[i].offset = (__u64)take_number(input, 1) << 12;
		maps[i].file = (__s32)(take_number(input, 1) % 3) -
			       1; /* one of them is not there */
	}
}

/* Small numbers become addresses in the mappings or in the stack; large ones stay. */
static __u64 take_address(struct input *input)
{
	__u32 number = take_number(input, 4);

	switch (number >> 30) {
	case 0:
		return MAPPED + (number & 0x3fffff);
	case 1:
		return STACK_AT + (number & 0xffff);
	default:
		return number;
	}
}

struct bytes {
	__u64 regs[STACK_REGS];
	__u64 chain[STACK_FRAMES];
	__u8 bytes[BYTES];
	struct unwind_frame frames[FRAMES];
};

static struct unwind_stack fill_stack(struct bytes *bytes, struct input *input)
{
	struct unwind_stack stack = { .regs = bytes->regs,
				      .chain = bytes->chain,
				      .bytes = bytes->bytes };
	__u32 i;

	for (i = 0; i < STACK_REGS; i++)
		bytes->regs[i] = STACK_AT + 8 * i;
	bytes->regs[PC] = take_address(input);
	bytes->regs[SP] = STACK_AT;
	if (take_number(input, 1) & 1)
		bytes->regs[SP] = ~0ULL - take_number(input, 1);
	stack.at = bytes->regs[SP] + take_number(input, 1);
	stack.size = take_number(input, 1) << 7;
	stack.chain_count = take_number(input, 1) % (STACK_FRAMES + 1);
	stack.chain_room = take_number(input, 1) & 1 ? STACK_FRAMES : 0;
	stack.all = take_number(input, 1) & 1;
	for (i = 0; i < 16; i++)
		bytes->chain[i] = take_address(input);
	for (i = 0; i < 32; i++) {
		__u64 word = take_address(input);

		memcpy(bytes->bytes + i * sizeof(word), &word, sizeof(word));
	}
	return stack;
}

static void write_file(int file, struct input *input)
{
	const uint8_t *vdso = (const uint8_t *)getauxval(AT_SYSINFO_EHDR);
	bool patch = take_number(input, 1) & 1;
	uint8_t image[VDSO_BYTES];

	if (!patch || !vdso) {
		check(write(file, input->data, input->size) == (ssize_t)input->size);
		return;
	}
	memcpy(image, vdso, sizeof(image));
	while (input->size >= PATCH) {
		__u32 at = take_number(input, 2) % sizeof(image);

		image[at] = (uint8_t)take_number(input, 1);
	}
	check(write(file, image, sizeof(image)) == (ssize_t)sizeof(image));
}

static void unwind(struct bytes *bytes, const struct unwind_map *maps, const int *files,
		   const struct unwind_stack *stack)
{
	struct unwind_space *space = unwind_space__new(maps, MAPS, files, 2);
	char text[UNWIND_MARK];
	struct unwind_end end;
	size_t n;

	if (!space)
		return;
	n = unwind_space__unwind(space, stack, bytes->frames, FRAMES, &end);
	check(n <= FRAMES);
	check(end.why < UNWIND_WHYS);
	unwind_end__mark(&end, text);
	unwind_space__free(space);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes *bytes = calloc(1, sizeof(*bytes));
	int file = memfd_create("file", MFD_CLOEXEC), files[] = { file, -1 };
	struct input input = { data, size };
	struct unwind_map maps[MAPS] = { 0 };
	struct unwind_stack stack;

	if (bytes && file >= 0) {
		fill_maps(maps, &input);
		stack = fill_stack(bytes, &input);
		write_file(file, &input);
		unwind(bytes, maps, files, &stack);
		check(lseek(file, 0, SEEK_CUR) >= 0); /* still open */
	}
	close(file);
	free(bytes);
	return 0;
}
