/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The side that has rights: opens the files of a stack and asks the helper, which
 * has none, for the names.
 */
#include "symbol/stack.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/utf8.h"
#include "symbol/helper.h"

struct symbolizer {
	pid_t pid; /* 0: none */
	int socket;
};

struct symbolizer *symbolizer__new(void)
{
	struct symbolizer *symbolizer = calloc(1, sizeof(*symbolizer));

	if (!symbolizer)
		return NULL;
	symbolizer->socket = -1;
	if (helper__start(&symbolizer->pid, &symbolizer->socket))
		symbolizer->pid = 0; /* every stack will say so */
	return symbolizer;
}

static void symbolizer__end_helper(struct symbolizer *symbolizer)
{
	if (symbolizer->socket >= 0)
		close(symbolizer->socket);
	symbolizer->socket = -1;
	if (!symbolizer->pid)
		return;
	kill(symbolizer->pid, SIGKILL);
	while (waitpid(symbolizer->pid, NULL, 0) < 0 && errno == EINTR)
		;
	symbolizer->pid = 0;
}

void symbolizer__free(struct symbolizer *symbolizer)
{
	if (!symbolizer)
		return;
	symbolizer__end_helper(symbolizer);
	free(symbolizer);
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

/* The file with that name, if it is the one that was mapped; -1. */
static int file__open(const char *root, const char *path, __u64 inode)
{
	char full[STACK_PATH + 64];
	struct stat st;
	int fd;

	if (snprintf(full, sizeof(full), "%s%s", root, path) >= (int)sizeof(full))
		return -1;
	fd = open(full, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -1;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_ino == inode)
		return fd;
	close(fd);
	return -1;
}

/* As its process sees it, or its parent, which mostly sees the same, or as we do. */
static int map__open(const struct life_map *map, const struct who *who)
{
	char path[STACK_PATH + 64], root[64];
	const __u32 viewers[] = { who->tgid, who->ppid };
	size_t i;
	int fd;

	if (!map->inode || !map__path(map, path, sizeof(path)))
		return -1;
	for (i = 0; i < sizeof(viewers) / sizeof(viewers[0]); i++) {
		snprintf(root, sizeof(root), "/proc/%u/root", viewers[i]);
		fd = file__open(root, path, map->inode);
		if (fd >= 0)
			return fd;
	}
	return file__open("", path, map->inode);
}

/*
 * The executable mappings of a process, from /proc, where the kernel side could
 * not tell: only if it is still there.
 */
static void stack__read_maps(struct life_stack *stack)
{
	char path[64], line[1024];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/maps", stack->who.tgid);
	file = fopen(path, "re");
	if (!file)
		return;
	while (stack->map_count < STACK_MAPS && fgets(line, sizeof(line), file)) {
		struct life_map *map = &stack->maps[stack->map_count];
		unsigned long long start, end, offset, inode;
		unsigned int major, minor;
		char rights[8], *name = NULL, *at;
		int read = 0;

		if (sscanf(line, "%llx-%llx %7s %llx %x:%x %llu %n", &start, &end, rights, &offset,
			   &major, &minor, &inode, &read) < 7 ||
		    rights[2] != 'x')
			continue;
		memset(map, 0, sizeof(*map));
		map->start = start;
		map->end = end;
		map->offset = offset;
		map->inode = inode;
		line[strcspn(line, "\n")] = 0;
		/* from the last name to the first, as the kernel side has it */
		while (inode && (name = strrchr(line + read, '/'))) {
			size_t length = strlen(name + 1) + 1;

			if (map->length + length > STACK_PATH)
				break;
			at = map->path + map->length;
			memcpy(at, name + 1, length);
			map->length += (__u32)length;
			*name = 0;
		}
		stack->map_count++;
	}
	fclose(file);
}

/* ---- asking ---- */

static int symbolizer__send(struct symbolizer *symbolizer, const struct life_stack *stack)
{
	struct helper_request request = { 0 };
	int fds[STACK_MAPS], err;
	__u32 i;

	memcpy(&request.stack, stack, sizeof(*stack));
	if (!request.stack.map_count)
		stack__read_maps(&request.stack);
	for (i = 0; i < request.stack.map_count && i < STACK_MAPS; i++) {
		int fd = map__open(&request.stack.maps[i], &request.stack.who);

		request.file[i] = fd < 0 ? -1 : (int)request.file_count;
		if (fd >= 0)
			fds[request.file_count++] = fd;
	}
	err = helper__send(symbolizer->socket, &request, sizeof(request), fds, request.file_count);
	for (i = 0; i < request.file_count; i++)
		close(fds[i]);
	return err;
}

static int reply__to_frames(const struct helper_reply *reply, char ***ret_frames, size_t *ret_count)
{
	char **frames = calloc(reply->names.count + 1, sizeof(*frames));
	size_t i;

	for (i = 0; frames && i < reply->names.count; i++) {
		char text[3 * UNWIND_NAME];

		utf8__from_bytes(text, sizeof(text), reply->names.name[i], UNWIND_NAME);
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
	*ret_count = reply->names.count;
	return 0;
}

int symbolizer__name(struct symbolizer *symbolizer, const struct life_stack *stack,
		     char ***ret_frames, size_t *ret_count)
{
	struct helper_reply reply;
	struct pollfd wait = { .fd = symbolizer->socket, .events = POLLIN };
	int err;

	*ret_frames = NULL;
	*ret_count = 0;
	if (!symbolizer->pid)
		return -ESRCH;
	err = symbolizer__send(symbolizer, stack);
	if (!err && poll(&wait, 1, SYMBOL_TIMEOUT_MS) <= 0)
		err = -ETIMEDOUT;
	if (!err && recv(symbolizer->socket, &reply, sizeof(reply), 0) != sizeof(reply))
		err = -EIO;
	if (err) { /* what it says later would be taken for the answer to another question */
		symbolizer__end_helper(symbolizer);
		return err;
	}
	if (reply.error || reply.names.count > UNWIND_FRAMES)
		return -EIO;
	return reply__to_frames(&reply, ret_frames, ret_count);
}

void frames__free(char **frames, size_t count)
{
	size_t i;

	for (i = 0; frames && i < count; i++)
		free(frames[i]);
	free(frames);
}
