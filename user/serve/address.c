/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "serve/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/invoker.h"

#define BACKLOG 128

static int refuse(struct failure *failure, const char *text, const char *why)
{
	return failure__set(failure, -EINVAL, why,
			    "write an address in numbers and a port: 127.0.0.1:9435, [::1]:9435",
			    "cannot listen on \"%s\"", text);
}

/* ---- of the network ---- */

/* Host and port; with brackets around an address that has colons. */
static bool split(const char *text, char host[64], const char **ret_port)
{
	const char *colon = strrchr(text, ':');
	size_t size = colon ? (size_t)(colon - text) : 0;

	if (!colon)
		return false;
	if (*text == '[') {
		if (size < 3 || text[size - 1] != ']')
			return false;
		text++;
		size -= 2;
	} else if (memchr(text, ':', size)) {
		return false;
	}
	if (!size || size >= 64)
		return false;
	memcpy(host, text, size);
	host[size] = 0;
	*ret_port = colon + 1;
	return true;
}

static bool parse_port(const char *text, in_port_t *ret_port)
{
	char *end;
	unsigned long port;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	port = strtoul(text, &end, 10);
	if (*end || errno || port > 65535)
		return false;
	*ret_port = htons((in_port_t)port);
	return true;
}

/* What a socket is bound to. */
static void address__describe(struct address *address)
{
	const struct sockaddr_in *four = (const void *)&address->at;
	const struct sockaddr_in6 *six = (const void *)&address->at;
	char host[INET6_ADDRSTRLEN];

	if (address->at.ss_family == AF_INET) {
		inet_ntop(AF_INET, &four->sin_addr, host, sizeof(host));
		snprintf(address->text, sizeof(address->text), "http://%s:%u/", host,
			 ntohs(four->sin_port));
	} else {
		inet_ntop(AF_INET6, &six->sin6_addr, host, sizeof(host));
		snprintf(address->text, sizeof(address->text), "http://[%s]:%u/", host,
			 ntohs(six->sin6_port));
	}
}

int address__parse(struct address *address, const char *text, struct failure *failure)
{
	struct sockaddr_in *four = (void *)&address->at;
	struct sockaddr_in6 *six = (void *)&address->at;
	const char *port;
	char host[64];
	in_port_t number;

	memset(address, 0, sizeof(*address));
	if (!split(text, host, &port))
		return refuse(failure, text, "that is no address with a port");
	if (!parse_port(port, &number))
		return refuse(failure, text,
			      "a port is a number from 0 (any that is free) to 65535");
	if (!strcmp(host, "localhost"))
		strcpy(host, "127.0.0.1");
	if (inet_pton(AF_INET, host, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = number;
		address->size = sizeof(*four);
		address->loopback = ntohl(four->sin_addr.s_addr) >> 24 == 127;
	} else if (inet_pton(AF_INET6, host, &six->sin6_addr) == 1) {
		six->sin6_family = AF_INET6;
		six->sin6_port = number;
		address->size = sizeof(*six);
		address->loopback = IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
	} else {
		return refuse(failure, text, "names are not looked up");
	}
	address__describe(address);
	return 0;
}

static int tell_network(const struct address *address, int err, struct failure *failure)
{
	const char *why = NULL, *hint = NULL;

	if (err == -EADDRINUSE) {
		why = "another program listens there";
		hint = "end it, or choose another port with --listen";
	} else if (err == -EACCES) {
		why = "permission denied";
		hint = "ports below 1024 need root or CAP_NET_BIND_SERVICE";
	} else if (err == -EADDRNOTAVAIL) {
		why = "this machine does not have that address";
		hint = "\"ip address\" lists those that it has";
	}
	return failure__set(failure, err, why, hint, "cannot listen on %s", address->text);
}

static int listen_on_network(struct address *address, struct failure *failure)
{
	int fd = socket(address->at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int yes = 1, err;

	if (fd < 0)
		return tell_network(address, -errno, failure);
	/* what is left of connections of an earlier run is in nobody's way */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, (const void *)&address->at, address->size) || listen(fd, BACKLOG)) {
		err = -errno;
		close(fd);
		return tell_network(address, err, failure);
	}
	getsockname(fd, (void *)&address->at, &address->size);
	address__describe(address);
	return fd;
}

/* ---- in the file system ---- */

int address__of_path(struct address *address, const char *path, struct failure *failure)
{
	memset(address, 0, sizeof(*address));
	if (strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return failure__set(failure, -EINVAL, "the path of a socket has 107 bytes at most",
				    "choose a shorter one", "cannot listen on %s", path);
	address->path = path;
	address->loopback = true;
	snprintf(address->text, sizeof(address->text), "%s", path);
	return 0;
}

/* Does nobody listen at that socket any more? */
static bool is_left_behind(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool refused = fd >= 0 && connect(fd, (const void *)at, sizeof(*at)) &&
		       errno == ECONNREFUSED;

	if (fd >= 0)
		close(fd);
	return refused;
}

/* As whoever is asked to; the mode is there before anybody could connect. */
static int bind_path(int fd, const struct sockaddr_un *at)
{
	mode_t mask = umask(0177);
	struct stat stat;
	int err = bind(fd, (const void *)at, sizeof(*at)) ? -errno : 0;

	if (err == -EADDRINUSE && !lstat(at->sun_path, &stat) && S_ISSOCK(stat.st_mode) &&
	    is_left_behind(at)) {
		err = unlink(at->sun_path) || bind(fd, (const void *)at, sizeof(*at)) ? -errno : 0;
	}
	umask(mask);
	return err;
}

static int tell_path(const struct address *address, int err, struct failure *failure)
{
	const char *why = NULL, *hint = NULL;
	struct stat stat;

	if (err == -EADDRINUSE) {
		bool socket = !lstat(address->path, &stat) && S_ISSOCK(stat.st_mode);

		why = socket ? "another program listens there" : "it exists and is no socket";
		hint = socket ? "end it, or name another path" : "remove it, or name another path";
	} else if (err == -ENOENT) {
		why = "there is no such directory";
		hint = "make it first";
	} else if (err == -EACCES || err == -EPERM) {
		hint = "name a path in a directory that you may write to";
	}
	return failure__set(failure, err, why, hint, "cannot listen on %s", address->path);
}

static int listen_on_path(struct address *address, struct failure *failure)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), err;
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct invoker invoker;
	struct stat stat;

	if (fd < 0)
		return tell_path(address, -errno, failure);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", address->path);
	invoker__read(&invoker);
	err = invoker__enter(&invoker);
	if (!err) {
		int left;

		err = bind_path(fd, &at);
		left = invoker__leave(&invoker);
		err = err ? err : left;
	}
	if (!err && listen(fd, BACKLOG))
		err = -errno;
	if (err) {
		close(fd);
		return tell_path(address, err, failure);
	}
	if (!lstat(address->path, &stat)) {
		address->device = stat.st_dev;
		address->inode = stat.st_ino;
	}
	return fd;
}

/* ---- both ---- */

int address__listen(struct address *address, struct failure *failure)
{
	return address->size ? listen_on_network(address, failure) :
			       listen_on_path(address, failure);
}

void address__leave(const struct address *address)
{
	struct invoker invoker;
	struct stat stat;

	if (!address->path || !address->inode)
		return;
	invoker__read(&invoker);
	if (invoker__enter(&invoker))
		return;
	if (!lstat(address->path, &stat) && S_ISSOCK(stat.st_mode) &&
	    stat.st_dev == address->device && stat.st_ino == address->inode)
		unlink(address->path);
	invoker__leave(&invoker);
}
