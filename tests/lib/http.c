/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "http.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

int http__port(const char *line)
{
	const char *at = strstr(line, "http://");
	int port;

	return at && sscanf(at, "http://%*[0-9.]:%d/", &port) == 1 ? port : 0;
}

static int connect_to(int fd, const struct sockaddr *at, socklen_t size)
{
	const struct timeval most = { .tv_sec = 10 };

	cr_assert_geq(fd, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most));
	cr_assert_eq(connect(fd, at, size), 0, "cannot connect: %m");
	return fd;
}

int http__connect(int port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return connect_to(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), (const void *)&at,
			  sizeof(at));
}

int http__connect_path(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	return connect_to(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), (const void *)&at,
			  sizeof(at));
}

void http__send(int fd, const char *bytes, unsigned long size)
{
	while (size) {
		ssize_t n = send(fd, bytes, size, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		bytes += n;
		size -= (unsigned long)n;
	}
}

char *http__receive(int fd)
{
	size_t size = 0, room = 1 << 16;
	char *text = malloc(room + 1);
	ssize_t n;

	cr_assert_not_null(text);
	while ((n = recv(fd, text + size, room - size, 0)) > 0) {
		size += (size_t)n;
		if (size == room) {
			room *= 2;
			text = realloc(text, room + 1);
			cr_assert_not_null(text);
		}
	}
	text[size] = 0;
	close(fd);
	return text;
}

char *http__exchange(int port, const char *request)
{
	int fd = http__connect(port);

	http__send(fd, request, strlen(request));
	return http__receive(fd);
}

int http__status(const char *answer)
{
	int status;

	return sscanf(answer, "HTTP/1.%*d %d ", &status) == 1 ? status : 0;
}

char *http__get(int port, const char *path)
{
	char request[256], *answer, *body;

	snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n", path,
		 port);
	answer = http__exchange(port, request);
	cr_assert_eq(http__status(answer), 200, "%s: %.300s", path, answer);
	body = strstr(answer, "\r\n\r\n");
	cr_assert_not_null(body);
	memmove(answer, body + 4, strlen(body + 4) + 1);
	return answer;
}

static const char *value_of(const char *page, const char *series)
{
	size_t size = strlen(series);
	const char *at = page;

	while (at && (strncmp(at, series, size) != 0 || at[size] != ' ')) {
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	cr_assert_not_null(at, "no %s in\n%.2000s", series, page);
	return at + size + 1;
}

uint64_t http__metric(const char *page, const char *series)
{
	return strtoull(value_of(page, series), NULL, 10);
}

uint64_t http__metric_ns(const char *page, const char *series)
{
	const char *value = value_of(page, series);
	uint64_t ns = strtoull(value, NULL, 10) * 1000000000, unit = 100000000;

	value += strspn(value, "0123456789");
	for (value += *value == '.'; *value >= '0' && *value <= '9'; value++, unit /= 10)
		ns += (uint64_t)(*value - '0') * unit;
	return ns;
}
