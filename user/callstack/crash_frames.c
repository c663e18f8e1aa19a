/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/crash_frames.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "callstack/dso_cache.h"
#include "core/array.h"
#include "core/utf8.h"
#include "callstack/process_maps.h"

struct crash_stack *crash_stack__new(const struct culprit_stack *stack, __u64 now)
{
	struct crash_stack *taken = calloc(1, sizeof(*taken));

	if (!taken)
		return NULL;
	taken->stack = malloc(sizeof(*stack));
	if (!taken->stack) {
		free(taken);
		return NULL;
	}
	memcpy(taken->stack, stack, sizeof(*stack));
	taken->id = stack->id;
	taken->came_ns = now;
	return taken;
}

void crash_stack__free(struct crash_stack *stack)
{
	if (!stack)
		return;
	free(stack->stack);
	free(stack->maps);
	free(stack->places);
	free(stack);
}

/* ---- mappings ---- */

/* "/usr/lib/libc.so.6" from "libc.so.6\0lib\0usr\0"; false if it does not fit. */
static bool map__path(const struct culprit_map *map, __u32 length, char *path, size_t capacity)
{
	const char *names[64];
	size_t count = 0, at = 0, used = 0;

	if (length > STACK_PATH || !length || map->path[length - 1])
		return false;
	while (at < length && count < sizeof(names) / sizeof(names[0])) {
		names[count++] = map->path + at;
		at += strlen(map->path + at) + 1;
	}
	while (count--) {
		int n = snprintf(path + used, capacity - used, "/%s", names[count]);

		if (n < 0 || (size_t)n >= capacity - used)
			return false;
		used += (size_t)n;
	}
	return true;
}

static void crash_stack__add(struct crash_stack *stack, const struct process_map *map,
			     struct dso_cache *files)
{
	struct process_map as = *map;
	struct crash_map *at;

	if (!ARRAY_ROOM(stack->maps, stack->map_count, stack->map_room, 16)) {
		stack->stack->flags |= STACK_MAPS_LOST;
		stack->maps_dropped++;
		return;
	}
	at = &stack->maps[stack->map_count++];
	at->start = map->start;
	at->end = map->end;
	at->offset = map->offset;
	at->vdso_32 = stack->stack->flags & STACK_32BIT && !strcmp(map->path, "[vdso]");
	if (at->vdso_32)
		as.path = ""; /* what we have under this name is another one */
	at->file = dso_cache__number(files, &as, stack->stack->task_id.tgid);
	dso_cache__fd(files, at->file);
}

void crash_stack__add_map(struct crash_stack *stack, const struct culprit_map *map,
			  struct dso_cache *files)
{
	char path[2 * STACK_PATH] = "", outer[2 * STACK_PATH] = "";
	struct process_map as = { .start = map->start,
				  .end = map->end,
				  .offset = map->offset,
				  .inode = map->inode,
				  .size = map->size,
				  .major = map->device >> 20,
				  .minor = map->device & 0xfffff,
				  .path = path,
				  .outer = outer,
				  .parent = stack->stack->task_id.ppid,
				  .deleted = map->flags & MAP_DELETED };

	if (map->flags & MAP_VDSO)
		snprintf(path, sizeof(path), "[vdso]");
	else if (map->inode && !map__path(map, map->length, outer, sizeof(outer)))
		outer[0] = 0;
	if (map->inode && !map__path(map, map->inside, path, sizeof(path)))
		snprintf(path, sizeof(path), "%s", outer);
	if (!strcmp(path, outer))
		as.outer = NULL;
	crash_stack__add(stack, &as, files);
}

void crash_stack__read_maps(struct crash_stack *stack, struct dso_cache *files)
{
	struct process_maps maps;
	size_t i;

	if (process_maps__of(&maps, (pid_t)stack->stack->task_id.tgid) || !maps.count)
		stack->stack->flags |= STACK_MAPS_LOST;
	else
		stack->stack->flags &= ~(__u32)STACK_MAPS_LOST;
	for (i = 0; i < maps.count; i++)
		crash_stack__add(stack, &maps.list[i], files);
	stack->stack->map_count = stack->map_count;
	process_maps__free(&maps);
}

bool crash_stack__is_whole(const struct crash_stack *stack)
{
	return stack->map_count + stack->maps_dropped >= stack->stack->map_count;
}

static const struct crash_map *crash_stack__map(const struct crash_stack *stack, __u64 address)
{
	__u32 i;

	for (i = 0; i < stack->map_count; i++) {
		if (address >= stack->maps[i].start && address < stack->maps[i].end)
			return &stack->maps[i];
	}
	return NULL;
}

/* ---- addresses ---- */

int crash_stack__ask(struct crash_stack *stack, struct symbolizer *symbolizer,
		     struct dso_cache *files, const struct symbolizer_sink *sink)
{
	const struct culprit_stack *bytes = stack->stack;
	struct unwind_stack unwind = { .regs = bytes->regs,
				       .at = bytes->stack_at,
				       .bytes = bytes->stack,
				       .size = bytes->stack_size < STACK_BYTES ? bytes->stack_size :
										 STACK_BYTES,
				       .chain = bytes->frames,
				       .chain_count = bytes->frame_count < STACK_FRAMES ?
							      bytes->frame_count :
							      STACK_FRAMES,
				       .chain_room = STACK_FRAMES,
				       .all = bytes->flags & STACK_ALL,
				       .narrow = bytes->flags & STACK_32BIT };
	struct unwind_map *maps = calloc(stack->map_count + 1, sizeof(*maps));
	int *fds = calloc(stack->map_count + 1, sizeof(*fds));
	struct symbolizer_process process = { .maps = maps,
					      .map_count = stack->map_count,
					      .files = fds,
					      .file_count = stack->map_count };
	int err = -ENOMEM;
	__u32 i;

	for (i = 0; maps && fds && i < stack->map_count; i++) {
		maps[i].start = stack->maps[i].start;
		maps[i].end = stack->maps[i].end;
		maps[i].offset = stack->maps[i].offset;
		fds[i] = dso_cache__fd(files, stack->maps[i].file);
		maps[i].file = fds[i] < 0 ? -1 : (__s32)i;
	}
	if (maps && fds)
		err = symbolizer__ask_stacks(symbolizer, &process, &unwind, 1, sink, stack->id);
	free(maps);
	free(fds);
	return err;
}

void crash_stack__take_chain(struct crash_stack *stack, const struct symbolizer_chain *chain,
			     struct dso_cache *files)
{
	size_t i;

	stack->end = chain->end;
	stack->places = calloc(chain->count + 1, sizeof(*stack->places));
	for (i = 0; stack->places && i < chain->count; i++) {
		const struct unwind_frame *frame = &chain->frames[i];
		const struct crash_map *map = crash_stack__map(stack, frame->pc - frame->caller);
		struct crash_place *place = &stack->places[stack->place_count];

		if (i && frame->by_chain && !map) { /* that was no frame pointer */
			if (stack->end.why == UNWIND_COMPLETE)
				stack->end.why = UNWIND_DAMAGED;
			break;
		}
		place->address = frame->pc;
		place->file = map ? map->file : 0;
		place->frame = map && map->vdso_32 ?
				       dso_cache__vdso_32_frame(files, frame->pc - map->start) :
				       dso_cache__frame(files, place->file, map ? map->start : 0,
							map ? map->offset : 0, frame->pc,
							frame->caller);
		/* what was neither called nor is innermost was interrupted by a signal */
		place->interrupted = i && !frame->caller;
		stack->place_count += place->frame != 0;
	}
}

bool crash_stack__lacks_names(const struct crash_stack *stack, const struct profile *profile,
			      const struct dso_cache *files)
{
	size_t i;

	for (i = 0; i < stack->place_count; i++) {
		const struct crash_place *place = &stack->places[i];
		const struct profile_frame *frame = profile__get_frame(profile, place->frame);

		if (dso_cache__has_failed(files, place->file) && !(frame && frame->name))
			return true;
	}
	return false;
}

bool crash_stack__is_waiting(const struct crash_stack *stack, const struct dso_cache *files)
{
	size_t i;

	for (i = 0; i < stack->place_count; i++) {
		if (dso_cache__is_waiting(files, stack->places[i].file))
			return true;
	}
	return false;
}

/* ---- frames ---- */

/* Names of files are bytes of strangers. */
static char *text__clean(const char *bytes)
{
	size_t length = strlen(bytes), capacity = 3 * length + 1;
	char *text = malloc(capacity);

	if (!text)
		return NULL;
	utf8__from_bytes(text, capacity, bytes, length);
	utf8__printable(text);
	return text;
}

static char *profile__text(const struct profile *profile, __u32 frame)
{
	int length = profile__label(profile, frame, NULL, 0);
	char *label = length < 0 ? NULL : malloc((size_t)length + 1), *text;

	if (!label)
		return NULL;
	profile__label(profile, frame, label, (size_t)length + 1);
	text = text__clean(label);
	free(label);
	return text;
}

/* In no mapping: called through a bad pointer, perhaps. */
static char *place__text(const struct crash_place *place)
{
	char *text;

	return asprintf(&text, "[0x%llx]", place->address) < 0 ? NULL : text;
}

static char *profile__module_name(const struct profile *profile, __u32 frame)
{
	const struct profile_frame *entry = profile__get_frame(profile, frame);
	const struct profile_module *module = entry ? profile__get_module(profile, entry->module) :
						      NULL;
	const char *slash;

	if (!module || module->kind != MODULE_FILE || !*module->path)
		return NULL;
	slash = strrchr(module->path, '/');
	return text__clean(slash ? slash + 1 : module->path);
}

/* What stands in place of the root, NULL: nothing.  Where a mapping is missing, that is why. */
static const char *crash_stack__mark(const struct crash_stack *stack, char text[UNWIND_MARK])
{
	if (stack->end.why == UNWIND_COMPLETE)
		return NULL;
	if (stack->stack->flags & STACK_MAPS_MANY)
		return "[truncated: too many mappings]";
	if (stack->stack->flags & STACK_MAPS_LOST)
		return "[truncated: mappings lost]";
	return unwind_end__mark(&stack->end, text);
}

void crash_stack__frames(const struct crash_stack *stack, const struct profile *profile,
			 bool numbered, struct crash_frame **ret_frames, size_t *ret_count)
{
	struct crash_frame *frames = calloc(stack->place_count + 2, sizeof(*frames));
	char text[UNWIND_MARK];
	size_t count = 0, i;
	const char *mark;

	for (i = 0; frames && i < stack->place_count; i++) {
		const struct crash_place *place = &stack->places[i];
		struct crash_frame *frame = &frames[count];

		frame->name = place->file ? profile__text(profile, place->frame) :
					    place__text(place);
		if (!frame->name)
			break;
		frame->module = profile__module_name(profile, place->frame);
		frame->interrupted = place->interrupted;
		frame->number = numbered && place->file ? place->frame : 0;
		count++;
	}
	mark = crash_stack__mark(stack, text);
	if (frames && count && mark) {
		frames[count].mark = true;
		frames[count].name = strdup(mark);
		count += frames[count].name != NULL;
	}
	*ret_frames = frames;
	*ret_count = frames ? count : 0;
}
