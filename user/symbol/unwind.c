/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "symbol/unwind.h"

#include <elfutils/libdwfl.h>
#include <stdio.h>
#include <string.h>

#include "symbol/job.h"
#include "symbol/walk.h"

struct unwind {
	const struct life_stack *stack;
	__u32 map_count;
	struct walk_map maps[STACK_MAPS];
	struct walk_space *space;
};

/* Of mappings of one file, all are read from the first descriptor that there is. */
static __s32 stack__file(const struct life_stack *stack, const int *files, __u32 map)
{
	__u32 i;

	for (i = 0; i < map; i++) {
		if (files[i] >= 0 && stack->maps[i].inode == stack->maps[map].inode)
			return (__s32)i;
	}
	return files[map] >= 0 ? (__s32)map : -1;
}

static void unwind__take_maps(struct unwind *unwind, const int *files)
{
	const struct life_stack *stack = unwind->stack;
	__u32 i;

	unwind->map_count = stack->map_count < STACK_MAPS ? stack->map_count : STACK_MAPS;
	for (i = 0; i < unwind->map_count; i++)
		unwind->maps[i] = (struct walk_map){ .start = stack->maps[i].start,
						     .end = stack->maps[i].end,
						     .offset = stack->maps[i].offset,
						     .file = stack__file(stack, files, i) };
}

static const struct life_map *unwind__map(const struct unwind *unwind, __u64 address)
{
	const struct walk_map *map = walk_space__map(unwind->space, address);

	return map ? &unwind->stack->maps[map - unwind->maps] : NULL;
}

static void unwind__name_frame(const struct unwind *unwind, const struct walk_frame *frame,
			       char *room)
{
	const struct life_map *map = unwind__map(unwind, frame->pc);
	__u64 address = frame->pc - frame->caller;
	Dwfl_Module *module = walk_space__module(unwind->space, address);
	const char *name = NULL;
	GElf_Off offset = 0;
	GElf_Sym symbol;

	if (module)
		name = dwfl_module_addrinfo(module, address, &offset, &symbol, NULL, NULL, NULL);
	if (name && *name && (offset < symbol.st_size || !symbol.st_size))
		snprintf(room, UNWIND_NAME, "%s", name);
	else if (map && map->inode && *map->path)
		snprintf(room, UNWIND_NAME, "[%.200s+0x%llx]", map->path,
			 (unsigned long long)(frame->pc - map->start + map->offset));
	else if (map)
		snprintf(room, UNWIND_NAME, "[anon+0x%llx]",
			 (unsigned long long)(frame->pc - map->start));
	else
		snprintf(room, UNWIND_NAME, "[0x%llx]", (unsigned long long)frame->pc);
}

void unwind__name(const struct life_stack *stack, const int files[STACK_MAPS],
		  struct unwind_names *ret_names)
{
	struct walk_stack walk = { .regs = stack->regs,
				   .at = stack->stack_at,
				   .bytes = stack->stack,
				   .size = stack->stack_size,
				   .chain = stack->frames,
				   .chain_count = stack->frame_count };
	struct walk_frame frames[UNWIND_FRAMES];
	struct unwind unwind = { .stack = stack };
	struct walk_end end;
	size_t count, i;

	ret_names->count = 0;
	if (walk.size > STACK_BYTES)
		walk.size = STACK_BYTES;
	if (walk.chain_count > STACK_FRAMES)
		walk.chain_count = STACK_FRAMES;
	unwind__take_maps(&unwind, files);
	unwind.space = walk_space__new(unwind.maps, unwind.map_count, files, STACK_MAPS);
	if (!unwind.space)
		return;
	count = walk_space__walk(unwind.space, &walk, frames, UNWIND_FRAMES, &end);
	for (i = 0; i < count; i++) {
		if (i && frames[i].by_chain && !unwind__map(&unwind, frames[i].pc))
			break;
		unwind__name_frame(&unwind, &frames[i], ret_names->name[ret_names->count++]);
	}
	walk_space__free(unwind.space);
}

void job__crash(const struct job *job)
{
	const struct unwind_request *request = job->request;
	struct unwind_names *names = job__reserve(job, sizeof(*names));
	int files[STACK_MAPS], i;

	if (!names || job->size != sizeof(*request))
		return;
	for (i = 0; i < STACK_MAPS; i++) {
		int at = request->file[i];

		files[i] = at >= 0 && (__u32)at < job->file_count ? job->files[at] : -1;
	}
	unwind__name(&request->stack, files, names);
}
