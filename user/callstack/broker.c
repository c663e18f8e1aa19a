/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The side that asks; helper/broker_side.c is the one that opens. */
#include "callstack/broker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/passing.h"
#include "callstack/helper/broker_side.h"

#define NOBODY	    65534
#define PATIENCE_MS 5000 /* the broker itself cannot hang; a busy machine can */

struct broker {
	pid_t pid;  /* 0: gone */
	int socket; /* -1: gone */
	__u64 asked;
};

struct broker *broker__new(void)
{
	struct broker *broker = calloc(1, sizeof(*broker));
	int ends[2];

	if (!broker)
		return NULL;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
		free(broker);
		return NULL;
	}
	broker->socket = ends[0];
	broker->pid = fork();
	if (!broker->pid)
		broker_side__run(ends[1]);
	close(ends[1]);
	if (broker->pid > 0)
		return broker;
	close(ends[0]);
	free(broker);
	return NULL;
}

static void broker__end(struct broker *broker)
{
	if (!broker->pid)
		return;
	close(broker->socket);
	broker->socket = -1;
	kill(broker->pid, SIGKILL);
	(void)TEMP_FAILURE_RETRY(waitpid(broker->pid, NULL, 0));
	broker->pid = 0;
}

void broker__free(struct broker *broker)
{
	if (!broker)
		return;
	broker__end(broker);
	free(broker);
}

pid_t broker__pid(const struct broker *broker)
{
	return broker->pid;
}

/* An answer to an earlier question, which was given up, is dropped. */
static int broker__await(struct broker *broker, __u64 number)
{
	struct pollfd wait = { .fd = broker->socket, .events = POLLIN };
	struct broker_reply reply;
	int fd, err;

	for (;;) {
		if (TEMP_FAILURE_RETRY(poll(&wait, 1, PATIENCE_MS)) <= 0)
			return -ETIMEDOUT;
		err = passing__receive(broker->socket, &reply, sizeof(reply), &fd, 1);
		if (!err && reply.number == number)
			return reply.error ? reply.error : fd >= 0 ? fd : -EMFILE;
		if (fd >= 0)
			close(fd);
		if (err == -EPIPE || err == -ECONNRESET) {
			broker__end(broker);
			return -ENOTCONN;
		}
		if (err)
			return err;
	}
}

static int broker__ask(struct broker *broker, struct broker_request *request, int root)
{
	int err;

	if (!broker || !broker->pid)
		return -ENOTCONN;
	request->number = ++broker->asked;
	err = passing__send(broker->socket, request, sizeof(*request), &root, root >= 0);
	if (err == -EPIPE || err == -ECONNRESET) {
		broker__end(broker);
		return -ENOTCONN;
	}
	return err ? err : broker__await(broker, request->number);
}

int broker__open(struct broker *broker, const struct broker_file *file)
{
	static const struct owner nobody = { .known = true, .uid = NOBODY, .gid = NOBODY };
	struct broker_request request = { .wish = BROKER_OPENS };
	int fd;

	if (strlen(file->path) >= sizeof(request.path))
		return -ENAMETOOLONG;
	strcpy(request.path, file->path);
	if (file->owner)
		request.owner = *file->owner;
	if (file->links)
		request.flags |= BROKER_LINKS;
	if (file->borrowed)
		request.flags |= BROKER_BORROWED;
	if (file->identity) {
		request.flags |= BROKER_IDENTITY;
		request.identity = *file->identity;
	}
	fd = broker__ask(broker, &request, file->root);
	if (fd != -EXDEV)
		return fd;
	request.owner = nobody; /* it may be that file: with privileges that everybody has */
	return broker__ask(broker, &request, file->root);
}

int broker__start_helper(struct broker *broker)
{
	struct broker_request request = { .wish = BROKER_STARTS_HELPER };

	return broker__ask(broker, &request, -1);
}
