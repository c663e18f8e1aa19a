/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/utf8.h"
#include "callstack/helper/perf_map.h"

#define NAME_ROOM     (64UL << 20) /* for a reply; memory is taken as it is filled */
#define MAX_REQUEST   (64UL << 20)
#define MAX_FAILURES  4	 /* after so many stacks that end the helper's child, no more are tried */
#define WORTH_A_RETRY 16 /* stacks that were walked until then make up for one */
#define CPU_SECONDS   5
#define PATIENCE      12 /* by the clock, of a machine that has no time for names */

static struct ask *ask__new(enum job_kind kind, size_t size, size_t count)
{
	struct ask *ask = calloc(1, sizeof(*ask));

	if (!ask)
		return NULL;
	ask->kind = kind;
	ask->count = count;
	ask->size = size;
	ask->search.root = -1;
	ask->request = calloc(1, size);
	if (ask->request)
		return ask;
	free(ask);
	return NULL;
}

void ask__free(struct ask *ask)
{
	size_t i;

	if (!ask)
		return;
	for (i = 0; ask->names && i < ask->count; i++) {
		free((char *)(unsigned long)ask->names[i].name);
		free((char *)(unsigned long)ask->names[i].inlined);
	}
	for (i = 0; ask->chains && i < ask->count; i++)
		free((void *)(unsigned long)ask->chains[i].frames);
	free(ask->names);
	free(ask->chains);
	free(ask->search.path);
	free(ask->request);
	free(ask);
}

/* ---- making one ---- */

static struct ask *ask__with_names(struct ask *ask)
{
	if (ask)
		ask->names = calloc(ask->count + 1, sizeof(*ask->names));
	if (ask && ask->names)
		return ask;
	ask__free(ask);
	return NULL;
}

struct ask *ask__file(struct broker *broker, const struct namer_file *file,
		      const struct namer_place *places, size_t count)
{
	size_t size = sizeof(struct elf_names_request) + count * sizeof(struct elf_place), i;
	struct ask *ask = ask__with_names(ask__new(JOB_NAME, size, count));
	struct elf_names_request *request;
	struct stat st;

	if (!ask)
		return NULL;
	request = ask->request;
	request->flags = file->inlined ? ELF_NAMES_INLINED : 0;
	request->count = (__u32)count;
	for (i = 0; i < count; i++) {
		request->places[i].offset = places[i].at;
		request->places[i].caller = places[i].caller;
	}
	ask->files[ask->file_count++] = file->fd;
	ask->search.broker = broker;
	ask->search.root = file->root;
	ask->search.view = file->view;
	ask->search.path = file->path ? strdup(file->path) : NULL;
	if (fstat(file->fd, &st)) {
		ask->searched[DEBUG_OWN] = ask->searched[DEBUG_SHARED] = true;
	} else {
		ask->search.owner =
			(struct owner){ .known = true, .uid = st.st_uid, .gid = st.st_gid };
		ask->search.device = st.st_dev;
		ask->search.inode = st.st_ino;
	}
	/* a process of root's that runs a user's program: with the rights of that user */
	if (file->owner && (file->owner->uid || !ask->search.owner.known || !ask->search.owner.uid))
		ask->search.owner = *file->owner;
	return ask;
}

struct ask *ask__perf_map(int fd, const struct namer_place *places, size_t count)
{
	size_t size = sizeof(struct perf_map_request) + count * sizeof(struct perf_map_place), i;
	struct ask *ask = ask__with_names(ask__new(JOB_PERF_MAP, size, count));
	struct perf_map_request *request;

	if (!ask)
		return NULL;
	request = ask->request;
	request->count = (__u32)count;
	for (i = 0; i < count; i++) {
		request->places[i].address = places[i].at;
		request->places[i].caller = places[i].caller;
	}
	ask->files[ask->file_count++] = fd;
	return ask;
}

/* ---- stacks ---- */

static size_t aligned(size_t size)
{
	return (size + 7) & ~(size_t)7;
}

static __u32 stack__size(const struct walk_stack *stack)
{
	return stack->size < NAMER_STACK_BYTES ? (__u32)stack->size : NAMER_STACK_BYTES;
}

static char *request__add(char *at, const void *data, size_t size)
{
	if (size)
		memcpy(at, data, size);
	return at + aligned(size);
}

static char *request__add_stack(char *at, const struct walk_stack *stack)
{
	struct walk_record record = { .at = stack->at,
				      .size = stack__size(stack),
				      .chain_count = stack->chain_count,
				      .chain_room = stack->chain_room,
				      .there = stack->there,
				      .narrow = stack->narrow,
				      .all = stack->all && stack->size <= NAMER_STACK_BYTES };

	memcpy(record.regs, stack->regs, sizeof(record.regs));
	at = request__add(at, &record, sizeof(record));
	at = request__add(at, stack->chain, stack->chain_count * sizeof(*stack->chain));
	return request__add(at, stack->bytes, record.size);
}

/* Mappings with the numbers of those files that are open, and there is room for. */
static void ask__take_files(struct ask *ask, struct walk_map *maps,
			    const struct namer_process *process)
{
	__u32 i, k;

	for (i = 0; i < process->map_count; i++) {
		__s32 file = process->maps[i].file;

		maps[i] = process->maps[i];
		maps[i].file = -1;
		if (file < 0 || (__u32)file >= process->file_count || process->files[file] < 0)
			continue;
		for (k = 0; k < ask->file_count; k++) {
			if (ask->files[k] == process->files[file])
				break;
		}
		if (k == HELPER_FILES)
			continue;
		maps[i].file = (__s32)k;
		ask->files[k] = process->files[file];
		if (k == ask->file_count)
			ask->file_count++;
	}
}

size_t ask__stacks_size(const struct namer_process *process, const struct walk_stack *stacks,
			size_t count)
{
	size_t size = sizeof(struct walk_request) + process->map_count * sizeof(struct walk_map), i;

	for (i = 0; i < count; i++)
		size += sizeof(struct walk_record) +
			stacks[i].chain_count * sizeof(*stacks[i].chain) +
			aligned(stack__size(&stacks[i]));
	return size;
}

struct ask *ask__stacks(const struct namer_process *process, const struct walk_stack *stacks,
			size_t count)
{
	size_t size = ask__stacks_size(process, stacks, count), i;
	struct walk_request request = { .map_count = process->map_count,
					.stack_count = (__u32)count };
	struct ask *ask = ask__new(JOB_UNWIND, size, count);
	char *at;

	if (!ask)
		return NULL;
	ask->seconds = process->seconds;
	ask->chains = calloc(count + 1, sizeof(*ask->chains));
	if (!ask->chains) {
		ask__free(ask);
		return NULL;
	}
	at = request__add(ask->request, &request, sizeof(request));
	ask__take_files(ask, (struct walk_map *)(void *)at, process);
	at += process->map_count * sizeof(*process->maps);
	for (i = 0; i < count; i++)
		at = request__add_stack(at, &stacks[i]);
	return ask;
}

/* What frame pointers gave of the i-th stack. */
static const __u64 *ask__chain(const struct ask *ask, size_t i, __u32 *ret_count)
{
	const struct walk_request *request = ask->request;
	const char *at = (const char *)(request + 1) + request->map_count * sizeof(struct walk_map);

	for (;; i--) {
		const struct walk_record *record = (const void *)at;

		at += sizeof(*record);
		*ret_count = record->chain_count;
		if (!i)
			return (const void *)at;
		at += record->chain_count * sizeof(__u64) + aligned(record->size);
	}
}

static void ask__take_plain_chain(struct ask *ask)
{
	struct namer_chain *chain = &ask->chains[ask->done];
	struct walk_frame *frames;
	const __u64 *links;
	__u32 count, i;

	links = ask__chain(ask, ask->done++, &count);
	frames = calloc(count + 1, sizeof(*frames));
	chain->frames = frames;
	for (i = 0; frames && i < count; i++)
		frames[i] = (struct walk_frame){ .pc = links[i], .caller = i > 0, .by_chain = 1 };
	chain->count = frames ? count : 0;
	chain->end.why = ask->error == -ETIMEDOUT ? WALK_SLOW : WALK_NOT_TRIED;
}

/* ---- to the helper ---- */

struct helper_request ask__request(const struct ask *ask)
{
	struct helper_request request = { .kind = ask->kind,
					  .data = ask->request,
					  .size = ask->size,
					  .files = ask->files,
					  .file_count = ask->file_count,
					  .room = NAME_ROOM };

	if (ask->kind == JOB_UNWIND) {
		struct walk_request *head = ask->request;

		head->first = (__u32)ask->done;
		request.room =
			(ask->count - ask->done + 1) *
			(sizeof(struct walk_result) + 2 * WALK_FRAMES * sizeof(struct walk_frame));
	}
	return request;
}

/* ---- names from the helper ---- */

/* Text that is fit to be shown, in place of bytes; lines: with line feeds. */
static char *text__clean(const char *bytes, size_t length, bool lines)
{
	size_t capacity = 3 * length + 1;
	char *text = malloc(capacity), *line, *end;

	if (!text)
		return NULL;
	utf8__from_bytes(text, capacity, bytes, length);
	for (line = text; lines && (end = strchr(line, '\n')); line = end + 1) {
		*end = 0;
		utf8__printable(line);
		*end = '\n';
	}
	utf8__printable(line);
	if (*text)
		return text;
	free(text);
	return NULL;
}

static void name__take(const char **name, const struct helper_answer *answer, __u32 at,
		       __u32 length, bool lines)
{
	char *text;

	if (!at || !length || at >= answer->size || length > answer->size - at)
		return;
	text = text__clean((const char *)answer->data + at, length, lines);
	if (!text)
		return;
	free((char *)(unsigned long)*name);
	*name = text;
}

static void ask__take_perf_names(struct ask *ask, const struct helper_answer *answer)
{
	const struct perf_map_reply *reply = answer->data;
	size_t i;

	if (answer->size < sizeof(*reply) + ask->count * sizeof(reply->entries[0]))
		return;
	for (i = 0; i < ask->count; i++)
		name__take(&ask->names[i].name, answer, reply->entries[i].name,
			   reply->entries[i].length, false);
}

void build_id__text(const __u8 *bytes, __u32 size, char text[2 * BUILD_ID_BYTES + 1])
{
	__u32 i;

	text[0] = 0;
	for (i = 0; i < size && i < BUILD_ID_BYTES; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

static enum debug_kind ask__lacks(struct ask *ask, const struct elf_names_reply *head)
{
	const struct elf_names_request *request = ask->request;
	bool wants_dwarf = request->flags & ELF_NAMES_INLINED;

	if (!(head->flags & ELF_IS_ELF))
		return DEBUG_KINDS;
	if (request->flags & ELF_NAMES_DEBUG && !(head->flags & ELF_TOOK_DEBUG))
		ask->searched[DEBUG_OWN] = false; /* that was another's: there may be more */
	if ((!(head->flags & ELF_HAS_SYMBOLS) || (wants_dwarf && !(head->flags & ELF_HAS_DWARF))) &&
	    !ask->searched[DEBUG_OWN])
		return DEBUG_OWN;
	if (head->flags & ELF_NEEDS_SHARED && !ask->searched[DEBUG_SHARED])
		return DEBUG_SHARED;
	return DEBUG_KINDS;
}

enum debug_kind ask__take_names(struct ask *ask, const struct helper_answer *answer,
				struct elf_names_reply *ret_head)
{
	const struct elf_names_reply *reply = answer->data;
	size_t i;

	ask->error = answer->error;
	if (ask->kind == JOB_PERF_MAP) {
		ask__take_perf_names(ask, answer);
		return DEBUG_KINDS;
	}
	if (answer->size < sizeof(*reply) + ask->count * sizeof(reply->entries[0]))
		return DEBUG_KINDS;
	memcpy(ret_head, reply, sizeof(*reply));
	ret_head->debug_link[DEBUG_LINK - 1] = 0;
	ret_head->shared_link[DEBUG_LINK - 1] = 0;
	build_id__text(ret_head->build_id, ret_head->build_id_size, ask->build_id);
	for (i = 0; i < ask->count; i++) {
		const struct elf_name *entry = &reply->entries[i];

		name__take(&ask->names[i].name, answer, entry->name, entry->name_length, false);
		name__take(&ask->names[i].inlined, answer, entry->inlined, entry->inlined_length,
			   true);
	}
	return ask__lacks(ask, ret_head);
}

/* ---- chains from the helper ---- */

/* The next complete one; false: that was all. */
static bool ask__take_chain(struct ask *ask, const struct helper_answer *answer, size_t *at)
{
	struct namer_chain *chain = &ask->chains[ask->done];
	struct walk_frame *frames;
	struct walk_result result;
	size_t size;

	if (ask->done == ask->count || *at > answer->size || answer->size - *at < sizeof(result))
		return false;
	memcpy(&result, (const char *)answer->data + *at, sizeof(result));
	size = result.count * sizeof(*frames);
	if (!result.complete || answer->size - *at - sizeof(result) < size)
		return false;
	frames = malloc(size + 1);
	if (!frames)
		return false;
	memcpy(frames, (const char *)answer->data + *at + sizeof(result), size);
	*at += aligned(sizeof(result) + size);
	chain->frames = frames;
	chain->count = result.count;
	chain->end = result.end;
	ask->done++;
	return true;
}

bool ask__take_chains(struct ask *ask, const struct helper_answer *answer)
{
	size_t before = ask->done, at = 0;

	while (ask__take_chain(ask, answer, &at))
		;
	if (ask->done == ask->count)
		return false;
	/* this one is what it ended at */
	ask->error = answer->error ? answer->error : -EIO;
	if (ask->done - before < WORTH_A_RETRY)
		ask->failures++;
	ask__take_plain_chain(ask);
	return ask->done < ask->count && ask->failures < MAX_FAILURES;
}

void ask__finish(struct ask *ask)
{
	while (ask->kind == JOB_UNWIND && ask->done < ask->count)
		ask__take_plain_chain(ask);
}
