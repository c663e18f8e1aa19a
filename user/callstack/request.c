/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/request.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/utf8.h"
#include "callstack/helper/perf_map.h"

#define NAME_ROOM     (64UL << 20) /* for a reply; memory is taken as it is filled */
#define MAX_REQUEST   (64UL << 20)
#define MAX_FAILURES  4	 /* after so many stacks that end the helper's child, no more are tried */
#define WORTH_A_RETRY 16 /* stacks that were unwound until then make up for one */
#define CPU_SECONDS   5
#define PATIENCE      12 /* by the clock, of a machine that has no time for names */

static struct request *request__new(enum job_kind kind, size_t size, size_t count)
{
	struct request *request = calloc(1, sizeof(*request));

	if (!request)
		return NULL;
	request->kind = kind;
	request->count = count;
	request->size = size;
	request->search.root = -1;
	request->body = calloc(1, size);
	if (request->body)
		return request;
	free(request);
	return NULL;
}

void request__free(struct request *request)
{
	size_t i;

	if (!request)
		return;
	for (i = 0; request->names && i < request->count; i++) {
		free((char *)(unsigned long)request->names[i].name);
		free((char *)(unsigned long)request->names[i].inlined);
	}
	for (i = 0; request->chains && i < request->count; i++)
		free((void *)(unsigned long)request->chains[i].frames);
	free(request->names);
	free(request->chains);
	while (request->own_files)
		close(request->files[--request->own_files]);
	if (request->search.root >= 0)
		close(request->search.root);
	free(request->search.path);
	free(request->body);
	free(request);
}

/* Who asks may close them before they are sent.  NULL: there are too many. */
static struct request *request__with_own_files(struct request *request)
{
	for (; request->own_files < request->file_count; request->own_files++) {
		int fd = fcntl(request->files[request->own_files], F_DUPFD_CLOEXEC, 0);

		if (fd < 0) {
			request__free(request);
			return NULL;
		}
		request->files[request->own_files] = fd;
	}
	return request;
}

/* ---- making one ---- */

static struct request *request__with_names(struct request *request)
{
	if (request)
		request->names = calloc(request->count + 1, sizeof(*request->names));
	if (request && request->names)
		return request;
	request__free(request);
	return NULL;
}

struct request *request__file(struct broker *broker, const struct symbolizer_file *file,
			      const struct symbolizer_place *places, size_t count)
{
	size_t size = sizeof(struct elf_names_request) + count * sizeof(struct elf_place), i;
	struct request *request = request__with_names(request__new(JOB_NAME, size, count));
	struct elf_names_request *body;
	struct stat st;

	if (!request)
		return NULL;
	body = request->body;
	body->flags = file->inlined ? ELF_NAMES_INLINED : 0;
	body->count = (__u32)count;
	for (i = 0; i < count; i++) {
		body->places[i].offset = places[i].at;
		body->places[i].caller = places[i].caller;
	}
	request->files[request->file_count++] = file->fd;
	request->search.broker = broker;
	request->search.root = file->root < 0 ? file->root : fcntl(file->root, F_DUPFD_CLOEXEC, 0);
	request->search.view = file->view;
	request->search.path = file->path ? strdup(file->path) : NULL;
	if (fstat(file->fd, &st)) {
		request->searched[DEBUG_OWN] = request->searched[DEBUG_SHARED] = true;
	} else {
		request->search.owner =
			(struct owner){ .known = true, .uid = st.st_uid, .gid = st.st_gid };
		request->search.device = st.st_dev;
		request->search.inode = st.st_ino;
	}
	/* a process of root's that runs a user's program: with the privileges of that user */
	if (file->owner &&
	    (file->owner->uid || !request->search.owner.known || !request->search.owner.uid))
		request->search.owner = *file->owner;
	return request__with_own_files(request);
}

struct request *request__perf_map(int fd, const struct symbolizer_place *places, size_t count)
{
	size_t size = sizeof(struct perf_map_request) + count * sizeof(struct perf_map_place), i;
	struct request *request = request__with_names(request__new(JOB_PERF_MAP, size, count));
	struct perf_map_request *body;

	if (!request)
		return NULL;
	body = request->body;
	body->count = (__u32)count;
	for (i = 0; i < count; i++) {
		body->places[i].address = places[i].at;
		body->places[i].caller = places[i].caller;
	}
	request->files[request->file_count++] = fd;
	return request__with_own_files(request);
}

/* ---- stacks ---- */

static size_t aligned(size_t size)
{
	return (size + 7) & ~(size_t)7;
}

static __u32 stack__size(const struct unwind_stack *stack)
{
	return stack->size < SYMBOLIZER_STACK_BYTES ? (__u32)stack->size : SYMBOLIZER_STACK_BYTES;
}

static char *request__add(char *at, const void *data, size_t size)
{
	if (size)
		memcpy(at, data, size);
	return at + aligned(size);
}

static char *request__add_stack(char *at, const struct unwind_stack *stack)
{
	struct unwind_record record = { .at = stack->at,
					.size = stack__size(stack),
					.chain_count = stack->chain_count,
					.chain_room = stack->chain_room,
					.there = stack->there,
					.narrow = stack->narrow,
					.called = stack->called,
					.all = stack->all &&
					       stack->size <= SYMBOLIZER_STACK_BYTES };

	memcpy(record.regs, stack->regs, sizeof(record.regs));
	at = request__add(at, &record, sizeof(record));
	at = request__add(at, stack->chain, stack->chain_count * sizeof(*stack->chain));
	return request__add(at, stack->bytes, record.size);
}

/* Mappings with the numbers of those files that are open, and there is room for. */
static void request__take_files(struct request *request, struct unwind_map *maps,
				const struct symbolizer_process *process)
{
	__u32 i, k;

	for (i = 0; i < process->map_count; i++) {
		__s32 file = process->maps[i].file;

		maps[i] = process->maps[i];
		if (file < 0)
			continue;
		maps[i].file = UNWIND_UNREADABLE;
		if ((__u32)file >= process->file_count || process->files[file] < 0)
			continue;
		for (k = 0; k < request->file_count; k++) {
			if (request->files[k] == process->files[file])
				break;
		}
		if (k == HELPER_FILES)
			continue;
		maps[i].file = (__s32)k;
		request->files[k] = process->files[file];
		if (k == request->file_count)
			request->file_count++;
	}
}

size_t request__stacks_size(const struct symbolizer_process *process,
			    const struct unwind_stack *stacks, size_t count)
{
	size_t size = sizeof(struct unwind_request) +
		      process->map_count * sizeof(struct unwind_map),
	       i;

	for (i = 0; i < count; i++)
		size += sizeof(struct unwind_record) +
			stacks[i].chain_count * sizeof(*stacks[i].chain) +
			aligned(stack__size(&stacks[i]));
	return size;
}

struct request *request__stacks(const struct symbolizer_process *process,
				const struct unwind_stack *stacks, size_t count)
{
	size_t size = request__stacks_size(process, stacks, count), i;
	struct unwind_request body = { .map_count = process->map_count,
				       .stack_count = (__u32)count };
	struct request *request = request__new(JOB_UNWIND, size, count);
	char *at;

	if (!request)
		return NULL;
	request->seconds = process->seconds;
	request->chains = calloc(count + 1, sizeof(*request->chains));
	if (!request->chains) {
		request__free(request);
		return NULL;
	}
	at = request__add(request->body, &body, sizeof(body));
	request__take_files(request, (struct unwind_map *)(void *)at, process);
	at += process->map_count * sizeof(*process->maps);
	for (i = 0; i < count; i++)
		at = request__add_stack(at, &stacks[i]);
	return request__with_own_files(request);
}

/* What frame pointers gave of the i-th stack. */
static const __u64 *request__chain(const struct request *request, size_t i, __u32 *ret_count)
{
	const struct unwind_request *body = request->body;
	const char *at = (const char *)(body + 1) + body->map_count * sizeof(struct unwind_map);

	for (;; i--) {
		const struct unwind_record *record = (const void *)at;

		at += sizeof(*record);
		*ret_count = record->chain_count;
		if (!i)
			return (const void *)at;
		at += record->chain_count * sizeof(__u64) + aligned(record->size);
	}
}

static void request__take_plain_chain(struct request *request)
{
	struct symbolizer_chain *chain = &request->chains[request->done];
	struct unwind_frame *frames;
	const __u64 *links;
	__u32 count, i;

	links = request__chain(request, request->done++, &count);
	frames = calloc(count + 1, sizeof(*frames));
	chain->frames = frames;
	for (i = 0; frames && i < count; i++)
		frames[i] = (struct unwind_frame){ .pc = links[i], .caller = i > 0, .by_chain = 1 };
	chain->count = frames ? count : 0;
	chain->end.why = request->error == -ETIMEDOUT ? UNWIND_SLOW : UNWIND_NOT_TRIED;
}

/* ---- to the helper ---- */

struct helper_request request__job(const struct request *request)
{
	struct helper_request job = { .kind = request->kind,
				      .data = request->body,
				      .size = request->size,
				      .files = request->files,
				      .file_count = request->file_count,
				      .room = NAME_ROOM };

	if (request->kind == JOB_UNWIND) {
		struct unwind_request *head = request->body;

		head->first = (__u32)request->done;
		job.room = (request->count - request->done + 1) *
			   (sizeof(struct unwind_result) +
			    2 * UNWIND_FRAMES * sizeof(struct unwind_frame));
	}
	return job;
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

static void request__take_perf_names(struct request *request, const struct helper_answer *answer)
{
	const struct perf_map_reply *reply = answer->data;
	size_t i;

	if (answer->size < sizeof(*reply) + request->count * sizeof(reply->entries[0]))
		return;
	for (i = 0; i < request->count; i++)
		name__take(&request->names[i].name, answer, reply->entries[i].name,
			   reply->entries[i].length, false);
}

void build_id__text(const __u8 *bytes, __u32 size, char text[2 * BUILD_ID_BYTES + 1])
{
	__u32 i;

	text[0] = 0;
	for (i = 0; i < size && i < BUILD_ID_BYTES; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

static enum debug_kind request__lacks(struct request *request, const struct elf_names_reply *head)
{
	const struct elf_names_request *body = request->body;
	bool wants_dwarf = body->flags & ELF_NAMES_INLINED;

	if (!(head->flags & ELF_IS_ELF))
		return DEBUG_KINDS;
	if (body->flags & ELF_NAMES_DEBUG && !(head->flags & ELF_TOOK_DEBUG))
		request->searched[DEBUG_OWN] = false; /* that was another's: there may be more */
	if ((!(head->flags & ELF_HAS_SYMBOLS) || (wants_dwarf && !(head->flags & ELF_HAS_DWARF))) &&
	    !request->searched[DEBUG_OWN])
		return DEBUG_OWN;
	if (head->flags & ELF_NEEDS_SHARED && !request->searched[DEBUG_SHARED])
		return DEBUG_SHARED;
	return DEBUG_KINDS;
}

enum debug_kind request__take_names(struct request *request, const struct helper_answer *answer,
				    struct elf_names_reply *ret_head)
{
	const struct elf_names_reply *reply = answer->data;
	size_t i;

	request->error = answer->error;
	if (request->kind == JOB_PERF_MAP) {
		request__take_perf_names(request, answer);
		return DEBUG_KINDS;
	}
	if (answer->size < sizeof(*reply) + request->count * sizeof(reply->entries[0]))
		return DEBUG_KINDS;
	memcpy(ret_head, reply, sizeof(*reply));
	ret_head->debug_link[DEBUG_LINK - 1] = 0;
	ret_head->shared_link[DEBUG_LINK - 1] = 0;
	build_id__text(ret_head->build_id, ret_head->build_id_size, request->build_id);
	for (i = 0; i < request->count; i++) {
		const struct elf_name *entry = &reply->entries[i];

		name__take(&request->names[i].name, answer, entry->name, entry->name_length, false);
		name__take(&request->names[i].inlined, answer, entry->inlined,
			   entry->inlined_length, true);
	}
	return request__lacks(request, ret_head);
}

/* ---- chains from the helper ---- */

/* The next complete one; false: that was all. */
static bool request__take_chain(struct request *request, const struct helper_answer *answer,
				size_t *at)
{
	struct symbolizer_chain *chain = &request->chains[request->done];
	struct unwind_frame *frames;
	struct unwind_result result;
	size_t size;

	if (request->done == request->count || *at > answer->size ||
	    answer->size - *at < sizeof(result))
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
	request->done++;
	return true;
}

bool request__take_chains(struct request *request, const struct helper_answer *answer)
{
	size_t before = request->done, at = 0;

	while (request__take_chain(request, answer, &at))
		;
	if (request->done == request->count)
		return false;
	/* this one is what it ended at */
	request->error = answer->error ? answer->error : -EIO;
	if (request->done - before < WORTH_A_RETRY)
		request->failures++;
	request__take_plain_chain(request);
	return request->done < request->count && request->failures < MAX_FAILURES;
}

void request__finish(struct request *request)
{
	while (request->kind == JOB_UNWIND && request->done < request->count)
		request__take_plain_chain(request);
}
