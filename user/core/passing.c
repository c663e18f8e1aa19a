/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/passing.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int passing__send(int socket, const void *data, size_t size, const int *fds, size_t count)
{
	char control[CMSG_SPACE(sizeof(int) * PASSING_FDS)] = { 0 };
	struct iovec part = { .iov_base = (void *)(unsigned long)data, .iov_len = size };
	size_t bytes = sizeof(int) * count;
	struct msghdr head = { .msg_iov = &part, .msg_iovlen = 1 };
	struct cmsghdr *rights = (struct cmsghdr *)(void *)control;
	ssize_t n;

	if (count > PASSING_FDS)
		return -E2BIG;
	if (count) {
		head.msg_control = control;
		head.msg_controllen = CMSG_SPACE(bytes);
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(bytes);
		memcpy(CMSG_DATA(rights), fds, bytes);
	}
	do
		n = sendmsg(socket, &head, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

int passing__receive(int socket, void *data, size_t size, int *fds, size_t count)
{
	char control[CMSG_SPACE(sizeof(int) * PASSING_FDS)];
	struct iovec part = { .iov_base = data, .iov_len = size };
	struct msghdr head = { .msg_iov = &part,
			       .msg_iovlen = 1,
			       .msg_control = control,
			       .msg_controllen = sizeof(control) };
	struct cmsghdr *rights;
	size_t came = 0, i;
	ssize_t n;

	for (i = 0; i < count; i++)
		fds[i] = -1;
	do
		n = recvmsg(socket, &head, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	rights = CMSG_FIRSTHDR(&head);
	if (rights && rights->cmsg_type == SCM_RIGHTS)
		came = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	for (i = 0; i < came; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(rights) + i * sizeof(fd), sizeof(fd));
		if (i < count)
			fds[i] = fd;
		else
			close(fd); /* nobody asked for it */
	}
	if (!n)
		return -EPIPE;
	return (size_t)n == size ? 0 : -EBADMSG;
}
