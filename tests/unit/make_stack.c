/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "make_stack.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

void make_stack__registers(__u64 regs[STACK_REGS], const ucontext_t *context)
{
	int i;
#if defined(__x86_64__)
	static const int order[] = { REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
				     REG_RBP, REG_RSP, REG_R8,	REG_R9,	 REG_R10, REG_R11,
				     REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP };

	for (i = 0; i < (int)ARRAY_SIZE(order); i++)
		regs[i] = (__u64)context->uc_mcontext.gregs[order[i]];
#else
	for (i = 0; i < 31; i++)
		regs[i] = context->uc_mcontext.regs[i];
	regs[SP] = context->uc_mcontext.sp;
	regs[PC] = context->uc_mcontext.pc;
#endif
}

/* By way of the kernel: what lies between variables is nobody's to read for a sanitizer. */
size_t make_stack__bytes(void *to, size_t size, __u64 at)
{
	int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	ssize_t n = pread(memory, to, size, (off_t)at);

	close(memory);
	return n > 0 ? (size_t)n : 0;
}

__u32 make_stack__chain(const __u64 regs[STACK_REGS], __u64 *chain, __u32 capacity)
{
	__u64 fp = regs[FP], frame[2];
	__u32 count = 0;

	chain[count++] = regs[PC];
	while (count < capacity && fp && make_stack__bytes(frame, sizeof(frame), fp)) {
		chain[count++] = frame[1];
		fp = frame[0];
	}
	return count;
}

void snapshot__take(struct snapshot *snapshot, const ucontext_t *context)
{
	make_stack__registers(snapshot->regs, context);
	snapshot->stack.regs = snapshot->regs;
	snapshot->stack.at = snapshot->regs[SP];
	snapshot->stack.bytes = snapshot->bytes;
	snapshot->stack.size =
		make_stack__bytes(snapshot->bytes, sizeof(snapshot->bytes), snapshot->regs[SP]);
	snapshot->stack.chain = snapshot->chain;
	snapshot->stack.chain_count =
		make_stack__chain(snapshot->regs, snapshot->chain, ARRAY_SIZE(snapshot->chain));
}

static __s32 ourselves__file(struct ourselves *ourselves, size_t map)
{
	const struct process_map *list = ourselves->maps.list;
	size_t i;

	for (i = 0; i < map; i++) {
		if (list[i].inode && list[i].inode == list[map].inode)
			return ourselves->unwind[i].file;
	}
	ourselves->files[map] = open(list[map].path, O_RDONLY | O_CLOEXEC);
	return ourselves->files[map] >= 0 ? (__s32)map : -1;
}

void ourselves__open(struct ourselves *ourselves)
{
	size_t i;

	cr_assert_eq(process_maps__of(&ourselves->maps, getpid()), 0);
	ourselves->unwind = calloc(ourselves->maps.count, sizeof(*ourselves->unwind));
	ourselves->files = calloc(ourselves->maps.count, sizeof(*ourselves->files));
	cr_assert(ourselves->unwind && ourselves->files);
	for (i = 0; i < ourselves->maps.count; i++)
		ourselves->files[i] = -1;
	for (i = 0; i < ourselves->maps.count; i++) {
		const struct process_map *map = &ourselves->maps.list[i];

		ourselves->unwind[i] = (struct unwind_map){ .start = map->start,
							    .end = map->end,
							    .offset = map->offset };
		ourselves->unwind[i].file = ourselves__file(ourselves, i);
	}
	ourselves->process =
		(struct symbolizer_process){ .maps = ourselves->unwind,
					     .map_count = (__u32)ourselves->maps.count,
					     .files = ourselves->files,
					     .file_count = (__u32)ourselves->maps.count };
}

void ourselves__close(struct ourselves *ourselves)
{
	size_t i;

	for (i = 0; i < ourselves->maps.count; i++) {
		if (ourselves->files[i] >= 0)
			close(ourselves->files[i]);
	}
	free(ourselves->unwind);
	free(ourselves->files);
	process_maps__free(&ourselves->maps);
}

__u64 ourselves__offset(const struct ourselves *ourselves, __u64 address, int *ret_fd)
{
	const struct process_map *map = process_maps__find(&ourselves->maps, address);
	__s32 file;

	cr_assert_not_null(map, "0x%llx is not mapped", address);
	file = ourselves->unwind[map - ourselves->maps.list].file;
	cr_assert_geq(file, 0);
	*ret_fd = ourselves->files[file];
	return address - map->start + map->offset;
}

static bool is_asleep(pid_t tid)
{
	char path[64], state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	file = fopen(path, "r");
	cr_assert_not_null(file);
	cr_assert_eq(fscanf(file, "%*d (%*[^)]) %c", &state), 1);
	fclose(file);
	return state == 'S';
}

void snapshot__await_sleep(const volatile pid_t *tid)
{
	while (!*tid || !is_asleep(*tid))
		usleep(1000);
}
