/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "serve/bell.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/invoker.h"
#include "core/remark.h"

#define TOKEN_BYTES 32
#define TOKEN_LEAST 16 /* characters of one that somebody else has made */

/* ---- where ---- */

int bell__parse(struct bell *bell, const char *where, struct failure *failure)
{
	int err;

	memset(bell, 0, sizeof(*bell));
	bell->server.channel = -1;
	if (*where == '/') {
		snprintf(bell->path, sizeof(bell->path), "%s", where);
		return address__of_path(&bell->address, bell->path, failure);
	}
	err = address__parse(&bell->address, *where ? where : BELL_ADDRESS, failure);
	if (!err && !bell->address.loopback)
		return failure__set(failure, -EINVAL,
				    "the token would cross the network in the clear",
				    "take requests on 127.0.0.1, and let a proxy pass them on",
				    "cannot listen on \"%s\"", where);
	return err;
}

/* ---- the token ---- */

static int make_token(int fd, char token[TOKEN_SIZE])
{
	unsigned char bytes[TOKEN_BYTES];
	size_t i;

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return -errno;
	for (i = 0; i < sizeof(bytes); i++)
		snprintf(token + 2 * i, 3, "%02x", bytes[i]);
	if (dprintf(fd, "%s\n", token) < 0 || fsync(fd))
		return -errno;
	return 0;
}

/* Of a file of ours that nobody else can read; what is wrong with it, or NULL. */
static const char *read_token(int fd, char token[TOKEN_SIZE])
{
	struct stat status;
	ssize_t size, i;

	if (fstat(fd, &status) || status.st_uid != geteuid())
		return "it is no file of yours";
	if (!S_ISREG(status.st_mode))
		return "it is no regular file";
	if (status.st_mode & 077)
		return "others can read it";
	size = read(fd, token, TOKEN_SIZE);
	if (size > 0 && token[size - 1] == '\n')
		size--;
	if (size < TOKEN_LEAST || size >= TOKEN_SIZE)
		return "a token has 16 to 128 characters";
	for (i = 0; i < size; i++) {
		if (token[i] <= ' ' || token[i] > '~')
			return "a token has no spaces, and characters of ASCII only";
	}
	token[size] = 0;
	return NULL;
}

/* In the privileges of who asked. */
static int open_token(const char *path, char token[TOKEN_SIZE], struct failure *failure)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600), err;
	const char *why = NULL;

	if (fd >= 0) {
		err = make_token(fd, token);
		if (err)
			unlink(path);
	} else {
		fd = errno == EEXIST ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) :
				       -1;
		err = fd < 0 ? -errno : 0;
		why = err == -ELOOP ? "it is a symbolic link" : err ? NULL : read_token(fd, token);
		err = why ? -EINVAL : err;
	}
	if (fd >= 0)
		close(fd);
	return err ? failure__set(failure, err, why,
				  why ? "remove it: then a new one is made" : NULL,
				  "cannot use the token in %s", path) :
		     0;
}

static int bell__take_token(struct bell *bell, char token[TOKEN_SIZE], struct failure *failure)
{
	struct invoker invoker;
	int err, left;

	invoker__read(&invoker);
	err = invoker__enter(&invoker);
	if (err)
		return failure__set(failure, err, NULL, NULL, "cannot use the token in %s as you",
				    bell->token);
	err = open_token(bell->token, token, failure);
	left = invoker__leave(&invoker);
	return err || !left ? err : failure__set(failure, left, NULL, NULL, "cannot take requests");
}

/* ---- requests ---- */

int bell__open(struct bell *bell, const char *directory, struct failure *failure)
{
	struct offer offer = {
		.pages = 1U << SERVED_KEEP,
		.posts = true,
		.methods = "POST",
		.other_host = "This is tasktoll, and the request is for another host: use its "
			      "address.\n",
		.other_method = "Nothing can be read here: only POST is answered.\n",
		.other_content = "A request may have 64 KiB of content here, of a length that it "
				 "says before.\n",
		.only = "There is only /keep.\n",
	};
	int listener, err = 0;

	if (bell->address.size) {
		snprintf(bell->token, sizeof(bell->token), "%s/" BELL_TOKEN, directory);
		err = bell__take_token(bell, offer.token, failure);
	}
	if (err)
		return err;
	listener = address__listen(&bell->address, failure);
	if (listener < 0)
		return listener;
	err = server__start(&bell->server, listener, &bell->address, NULL, &offer, failure);
	explicit_bzero(offer.token, sizeof(offer.token));
	return err;
}

int bell__fd(const struct bell *bell)
{
	return bell->server.channel;
}

bool bell__has_rung(struct bell *bell)
{
	if (bell->server.channel < 0)
		return false;
	server__hear(&bell->server);
	if (!bell->server.gone)
		return bell->server.wanted[SERVED_KEEP];
	remark("requests to keep the window are not taken any more: the process that took them has ended "
	       "(SIGUSR1 and other triggers go on)");
	server__end(&bell->server);
	return false;
}

void bell__answer(struct bell *bell, unsigned int status, const char *text)
{
	FILE *out = server__compose(&bell->server);

	if (!out) /* a shortage that passes: it stays wanted */
		return;
	fputs(text, out);
	server__answer(&bell->server, SERVED_KEEP, status, out);
}

__u64 bell__cpu_ns(const struct bell *bell)
{
	return server__cpu_ns(&bell->server);
}

void bell__close(struct bell *bell)
{
	server__end(&bell->server);
	address__leave(&bell->address);
}
