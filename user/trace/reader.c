/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/reader.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The kernel hands out at most 32 KiB at a time. */
#define READ_SIZE (64 * 1024)

int reader__run(int link_fd)
{
	int fd = bpf_iter_create(link_fd);
	char byte[64];
	ssize_t n;

	if (fd < 0)
		return -errno;
	do
		n = read(fd, byte, sizeof(byte));
	while (n > 0 || (n < 0 && errno == EAGAIN));
	n = n < 0 ? -errno : 0;
	close(fd);
	return (int)n;
}

/* Passes on the whole tasks in buffer; returns the bytes used up, or a negative errno. */
static ssize_t reader__split(const char *buffer, size_t size, reader__task_fn on_task,
			     void *context)
{
	size_t at = 0;

	for (;;) {
		struct wire_task head;
		struct task_rec rec; /* only its head is filled */
		size_t dists;
		int err;

		if (size - at < sizeof(head) + WIRE_REC_HEAD)
			return (ssize_t)at;
		memcpy(&head, buffer + at, sizeof(head));
		dists = wire__dists_size(head.ends);
		if (size - at < sizeof(head) + WIRE_REC_HEAD + dists)
			return (ssize_t)at;
		memcpy(&rec, buffer + at + sizeof(head), WIRE_REC_HEAD);
		err = on_task(context, &head, &rec, buffer + at + sizeof(head) + WIRE_REC_HEAD);
		if (err)
			return err;
		at += sizeof(head) + WIRE_REC_HEAD + dists;
	}
}

/* Takes what is whole in a buffer and returns how much that was, or a negative errno. */
typedef ssize_t (*reader__split_fn)(const char *buffer, size_t size, void *context);

static int reader__stream(int link_fd, reader__split_fn split, void *context)
{
	int fd = bpf_iter_create(link_fd), err = 0;
	char *buffer = malloc(READ_SIZE);
	size_t held = 0;

	if (fd < 0 || !buffer) {
		err = fd < 0 ? -errno : -ENOMEM;
		if (fd >= 0)
			close(fd);
		free(buffer);
		return err;
	}
	for (;;) {
		ssize_t n = read(fd, buffer + held, READ_SIZE - held);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0) {
			err = n < 0 ? -errno : 0;
			break;
		}
		held += (size_t)n;
		n = split(buffer, held, context);
		if (n < 0) {
			err = (int)n;
			break;
		}
		held -= (size_t)n;
		memmove(buffer, buffer + n, held);
	}
	close(fd);
	free(buffer);
	return err;
}

struct task_reader {
	reader__task_fn on_task;
	void *context;
};

static ssize_t reader__split_tasks(const char *buffer, size_t size, void *context)
{
	const struct task_reader *reader = context;

	return reader__split(buffer, size, reader->on_task, reader->context);
}

int reader__tasks(int link_fd, reader__task_fn on_task, void *context)
{
	struct task_reader reader = { on_task, context };

	return reader__stream(link_fd, reader__split_tasks, &reader);
}

struct lifecycle_reader {
	int (*on_lifecycle)(void *context, const struct lifecycle_event *event);
	void *context;
};

static ssize_t reader__split_lifecycle(const char *buffer, size_t size, void *context)
{
	const struct lifecycle_reader *reader = context;
	size_t at = 0;

	for (; size - at >= LIFECYCLE_BARE; at += LIFECYCLE_BARE) {
		struct lifecycle_event event;
		int err;

		memcpy(&event, buffer + at, LIFECYCLE_BARE);
		err = reader->on_lifecycle(reader->context, &event);
		if (err)
			return err;
	}
	return (ssize_t)at;
}

int reader__census(int link_fd,
		   int (*on_lifecycle)(void *context, const struct lifecycle_event *event),
		   void *context)
{
	struct lifecycle_reader reader = { on_lifecycle, context };

	return reader__stream(link_fd, reader__split_lifecycle, &reader);
}
