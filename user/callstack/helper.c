/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The side that asks; helper/helper_side.c is the one that answers. */
#include "callstack/helper.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/passing.h"
#include "callstack/broker.h"
#include "callstack/helper/helper_side.h"

int helper__start(struct helper *helper, struct broker *broker)
{
	int socket = broker__start_helper(broker);

	*helper = (struct helper){ .socket = socket < 0 ? -1 : socket };
	return socket < 0 ? socket : 0;
}

void helper__end(struct helper *helper)
{
	if (helper->socket >= 0)
		close(helper->socket);
	helper->socket = -1;
}

/* ---- asking ---- */

static int write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t n = TEMP_FAILURE_RETRY(write(fd, data, size));

		if (n <= 0)
			return n ? -errno : -EIO;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

static int read_all(int fd, char *data, size_t size, off_t at)
{
	while (size) {
		ssize_t n = TEMP_FAILURE_RETRY(pread(fd, data, size, at));

		if (n <= 0)
			return n ? -errno : -EIO;
		data += n;
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

/* A descriptor of so many bytes: those, or zeroes if data is NULL. */
static int memory__make(const char *name, const void *data, size_t size)
{
	int fd = memfd_create(name, MFD_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (data)
		err = write_all(fd, data, size);
	else if (ftruncate(fd, (off_t)size))
		err = -errno;
	if (!err)
		return fd;
	close(fd);
	return err;
}

static int helper__send(struct helper *helper, const struct helper_message *message, int request,
			int reply, const int *files)
{
	int fds[HELPER_FDS] = { request, reply };

	if (message->file_count)
		memcpy(fds + 2, files, sizeof(int) * message->file_count);
	return passing__send(helper->socket, message, sizeof(*message), fds,
			     message->file_count + 2);
}

int helper__ask(struct helper *helper, const struct helper_request *request,
		struct helper_question *ret_question)
{
	struct helper_message message = { .number = ++helper->asked,
					  .size = request->size,
					  .room = request->room,
					  .kind = request->kind,
					  .file_count = request->file_count,
					  .cpu_seconds = request->cpu_seconds,
					  .seconds = request->seconds,
					  .memory = request->memory };
	int data, reply, err;

	if (helper->socket < 0)
		return -ESRCH;
	if (request->file_count > HELPER_FILES)
		return -E2BIG;
	data = memory__make("request", request->data, request->size);
	if (data < 0)
		return data;
	reply = memory__make("reply", NULL, sizeof(struct job_reply) + request->room);
	err = reply < 0 ? reply : helper__send(helper, &message, data, reply, request->files);
	close(data);
	if (err && reply >= 0)
		close(reply);
	*ret_question = (struct helper_question){ .number = message.number,
						  .reply = err ? -1 : reply,
						  .room = request->room };
	return err;
}

void helper_question__drop(struct helper_question *question)
{
	if (question->reply >= 0)
		close(question->reply);
	question->reply = -1;
}

/* A copy of what there is: the original can still be changed by who made it. */
static int question__read(const struct helper_question *question, struct helper_answer *answer)
{
	struct job_reply head;
	int err = read_all(question->reply, (char *)&head, sizeof(head), 0);

	if (err)
		return err;
	answer->size = head.used < question->room ? head.used : question->room;
	answer->data = malloc(answer->size + 1);
	if (!answer->data)
		return -ENOMEM;
	return read_all(question->reply, answer->data, answer->size, sizeof(head));
}

int helper__answer(struct helper *helper, struct helper_question *question,
		   struct helper_answer *ret_answer)
{
	struct helper_result result;
	ssize_t n;
	int err;

	memset(ret_answer, 0, sizeof(*ret_answer));
	n = TEMP_FAILURE_RETRY(recv(helper->socket, &result, sizeof(result), MSG_DONTWAIT));
	if (n < 0)
		return -errno;
	if (n != sizeof(result) || result.number != question->number)
		return -EPIPE;
	ret_answer->error = result.error > 0 ? -result.error : 0;
	ret_answer->cpu_ns = result.cpu_ns;
	ret_answer->memory = result.memory;
	err = question__read(question, ret_answer);
	if (err) {
		free(ret_answer->data);
		ret_answer->data = NULL;
		ret_answer->size = 0;
		ret_answer->error = err;
	}
	helper_question__drop(question);
	return 0;
}
