/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The side that has rights: opens the files of a stack and asks the helper, which
 * has none, for the names.
 */
#include "symbol/stack.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/utf8.h"
#include "symbol/broker.h"
#include "symbol/helper.h"
#include "symbol/mapped_file.h"
#include "symbol/unwind.h"

#define SYMBOL_HALT_NS 300000000ULL /* that it may take when we are to end */
#define SYMBOL_SECONDS 2	    /* that one stack may take; less than SYMBOL_TIMEOUT_MS */

struct symbolizer {
	struct broker *broker;
	struct helper helper;
	const struct halt *halt;
};

struct symbolizer *symbolizer__new(void)
{
	struct symbolizer *symbolizer = calloc(1, sizeof(*symbolizer));

	if (!symbolizer)
		return NULL;
	symbolizer->broker = broker__new();
	helper__start(&symbolizer->helper,
		      symbolizer->broker); /* if not, every stack will say so */
	return symbolizer;
}

void symbolizer__free(struct symbolizer *symbolizer)
{
	if (!symbolizer)
		return;
	helper__end(&symbolizer->helper);
	broker__free(symbolizer->broker);
	free(symbolizer);
}

void symbolizer__heed(struct symbolizer *symbolizer, const struct halt *halt)
{
	symbolizer->halt = halt;
}

/* ---- files ---- */

/* "/usr/lib/libc.so.6" from "libc.so.6\0lib\0usr\0"; false if it does not fit. */
static bool map__path(const struct life_map *map, char *path, size_t capacity)
{
	const char *names[64];
	size_t count = 0, at = 0, used = 0, length = map->length;

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

/* As its process sees it, or its parent, which mostly sees the same, or as we do. */
static int map__open(struct broker *broker, const struct life_map *map, const struct who *who)
{
	char path[STACK_PATH + 64];
	/* not by the device: the kernel side's number is not always what stat() says */
	struct process_map mapped = {
		.start = map->start, .end = map->end, .inode = map->inode, .path = path
	};
	int fd;

	if (!map->inode || !map__path(map, path, sizeof(path)))
		return -1;
	fd = mapped_file__open(broker, &mapped, (pid_t)who->tgid);
	return fd >= 0 ? fd : mapped_file__open(broker, &mapped, (pid_t)who->ppid);
}

/* From the last name to the first, as the kernel side has it. */
static void map__take_path(struct life_map *map, const char *path)
{
	size_t end = strlen(path);

	while (end) {
		const char *slash = memrchr(path, '/', end);
		size_t length = slash ? (size_t)(path + end - slash - 1) : 0;

		if (!slash || map->length + length + 1 > STACK_PATH)
			return;
		memcpy(map->path + map->length, slash + 1, length);
		map->length += (__u32)length + 1;
		end = (size_t)(slash - path);
	}
}

/*
 * The executable mappings of a process, from /proc, where the kernel side could
 * not tell: only if it is still there.
 */
static void stack__read_maps(struct life_stack *stack)
{
	struct process_maps maps;
	size_t i;

	process_maps__of(&maps, (pid_t)stack->who.tgid);
	for (i = 0; i < maps.count && stack->map_count < STACK_MAPS; i++) {
		const struct process_map *from = &maps.list[i];
		struct life_map *map = &stack->maps[stack->map_count++];

		memset(map, 0, sizeof(*map));
		map->start = from->start;
		map->end = from->end;
		map->offset = from->offset;
		map->inode = from->inode;
		if (from->inode)
			map__take_path(map, from->path);
	}
	process_maps__free(&maps);
}

/* ---- asking ---- */

static int symbolizer__ask(struct symbolizer *symbolizer, const struct life_stack *stack,
			   struct helper_question *ret_question)
{
	struct unwind_request request = { 0 };
	int fds[STACK_MAPS], err;
	struct helper_request job = { .kind = JOB_CRASH,
				      .data = &request,
				      .size = sizeof(request),
				      .files = fds,
				      .room = sizeof(struct unwind_names),
				      .cpu_seconds = SYMBOL_SECONDS,
				      .seconds = SYMBOL_SECONDS };
	__u32 i;

	memcpy(&request.stack, stack, sizeof(*stack));
	if (!request.stack.map_count)
		stack__read_maps(&request.stack);
	for (i = 0; i < request.stack.map_count && i < STACK_MAPS; i++) {
		int fd = map__open(symbolizer->broker, &request.stack.maps[i], &request.stack.who);

		request.file[i] = fd < 0 ? -1 : (int)job.file_count;
		if (fd >= 0)
			fds[job.file_count++] = fd;
	}
	err = helper__ask(&symbolizer->helper, &job, ret_question);
	for (i = 0; i < job.file_count; i++)
		close(fds[i]);
	return err;
}

static int names__to_frames(const struct unwind_names *names, char ***ret_frames, size_t *ret_count)
{
	char **frames = calloc(names->count + 1, sizeof(*frames));
	size_t i;

	for (i = 0; frames && i < names->count; i++) {
		char text[3 * UNWIND_NAME];

		utf8__from_bytes(text, sizeof(text), names->name[i], UNWIND_NAME);
		utf8__printable(text);
		frames[i] = strdup(text);
		if (!frames[i]) {
			frames__free(frames, i);
			frames = NULL;
		}
	}
	if (!frames)
		return -ENOMEM;
	*ret_frames = frames;
	*ret_count = names->count;
	return 0;
}

static int symbolizer__wait(struct symbolizer *symbolizer, struct helper_question *question,
			    struct helper_answer *answer)
{
	struct pollfd wait = { .fd = symbolizer->helper.socket, .events = POLLIN };
	__u64 end = clock__monotonic() + SYMBOL_TIMEOUT_MS * 1000000ULL;
	int n, err;

	do
		n = poll(&wait, 1, SYMBOL_TIMEOUT_MS);
	while (n < 0 && errno == EINTR && clock__monotonic() < end &&
	       !halt__is_due(symbolizer->halt, SYMBOL_HALT_NS));
	if (n <= 0)
		err = -ETIMEDOUT;
	else
		err = helper__answer(&symbolizer->helper, question, answer);
	if (!err)
		return 0;
	helper_question__drop(question);
	helper__end(&symbolizer->helper); /* it does not do what it should */
	return err;
}

int symbolizer__name(struct symbolizer *symbolizer, const struct life_stack *stack,
		     char ***ret_frames, size_t *ret_count)
{
	const struct unwind_names *names;
	struct helper_question question;
	struct helper_answer answer;
	int err;

	*ret_frames = NULL;
	*ret_count = 0;
	err = symbolizer__ask(symbolizer, stack, &question);
	if (!err)
		err = symbolizer__wait(symbolizer, &question, &answer);
	if (err)
		return err;
	names = answer.data;
	err = answer.error;
	if (!err && (answer.size < sizeof(*names) || names->count > UNWIND_FRAMES))
		err = -EIO;
	if (!err)
		err = names__to_frames(names, ret_frames, ret_count);
	free(answer.data);
	return err;
}

void frames__free(char **frames, size_t count)
{
	size_t i;

	for (i = 0; frames && i < count; i++)
		free(frames[i]);
	free(frames);
}
