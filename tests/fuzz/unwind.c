/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stack and the file that is mapped into it: either any bytes, or the vDSO, a
 * small and complete ELF file, with some of its bytes changed.
 */
#include "symbol/unwind.h"

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

static void fill_maps(struct life_stack *stack, struct input *input)
{
	static const char *const paths[] = { "libc.so.6", "", "a\nb" };
	__u32 i, count = take_number(input, 1);

	stack->map_count = count;
	for (i = 0; i < 3; i++) {
		struct life_map *map = &stack->maps[i];

		map->start = MAPPED + (i << 20);
		map->end = map->start + ((take_number(input, 1) + 1ULL) << 12);
		map->offset = (__u64)take_number(input, 1) << 12;
		map->inode = take_number(input, 1) % 3;
		strcpy(map->path, paths[i]);
		map->length = (__u32)strlen(paths[i]) + 1;
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

static void fill_stack(struct life_stack *stack, struct input *input)
{
	__u32 i;

	for (i = 0; i < STACK_REGS; i++)
		stack->regs[i] = STACK_AT + 8 * i;
	stack->regs[PC] = take_address(input);
	stack->regs[SP] = STACK_AT;
	if (take_number(input, 1) & 1)
		stack->regs[SP] = ~0ULL - take_number(input, 1);
	stack->stack_at = stack->regs[SP] + take_number(input, 1);
	stack->stack_size = take_number(input, 1) << 9; /* also more than there is */
	stack->frame_count = take_number(input, 1);
	for (i = 0; i < 16; i++)
		stack->frames[i] = take_address(input);
	for (i = 0; i < 32; i++) {
		__u64 word = take_address(input);

		memcpy(stack->stack + i * sizeof(word), &word, sizeof(word));
	}
	stack->who.tid = take_number(input, 1);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct life_stack *stack = calloc(1, sizeof(*stack));
	struct unwind_names *names = calloc(1, sizeof(*names));
	int files[STACK_MAPS], file = memfd_create("file", MFD_CLOEXEC), i;
	struct input input = { data, size };
	size_t n;

	if (stack && names && file >= 0) {
		fill_maps(stack, &input);
		fill_stack(stack, &input);
		write_file(file, &input);
		for (i = 0; i < STACK_MAPS; i++)
			files[i] = i < 2 ? file : -1;
		unwind__name(stack, files, names);
		check(names->count <= UNWIND_FRAMES);
		for (n = 0; n < names->count; n++)
			check(names->name[n][0] && memchr(names->name[n], 0, UNWIND_NAME));
		check(lseek(file, 0, SEEK_CUR) >= 0); /* still open */
	}
	close(file);
	free(stack);
	free(names);
	return 0;
}
