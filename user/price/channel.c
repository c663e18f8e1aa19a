/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "price/channel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- a word of shared memory ---- */

static int open_futex(struct link *link)
{
	link->turn = 0;
	return 0;
}

static int wake_futex(struct link *link, int other)
{
	__atomic_store_n(&link->turn, (unsigned int)other, __ATOMIC_SEQ_CST);
	return syscall(SYS_futex, &link->turn, FUTEX_WAKE, 1, NULL, NULL, 0) < 0 ? -errno : 0;
}

static int wait_futex(struct link *link, int me)
{
	while (__atomic_load_n(&link->turn, __ATOMIC_SEQ_CST) != (unsigned int)me)
		if (syscall(SYS_futex, &link->turn, FUTEX_WAIT, !me, NULL, NULL, 0) < 0 &&
		    errno != EAGAIN && errno != EINTR)
			return -errno;
	return 0;
}

/* ---- descriptors ---- */

static int wake_bytes(struct link *link, int other)
{
	return write(link->write_fd[!other], "x", 1) == 1 ? 0 : -EIO;
}

static int wait_bytes(struct link *link, int me)
{
	char byte;

	return read(link->read_fd[me], &byte, 1) == 1 ? 0 : -EIO;
}

static int open_pipe(struct link *link)
{
	int there[2], back[2];

	if (pipe2(there, O_CLOEXEC) || pipe2(back, O_CLOEXEC))
		return -errno;
	link->write_fd[0] = there[1];
	link->read_fd[1] = there[0];
	link->write_fd[1] = back[1];
	link->read_fd[0] = back[0];
	return 0;
}

static void use_sockets(struct link *link, const int *ends)
{
	int side;

	for (side = 0; side < 2; side++)
		link->read_fd[side] = link->write_fd[side] = ends[side];
}

static int open_unix(struct link *link)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -errno;
	use_sockets(link, ends);
	return 0;
}

static int open_tcp(struct link *link)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), ends[2], on = 1, side;

	ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || ends[0] < 0 || bind(listener, (struct sockaddr *)&address, size) ||
	    listen(listener, 1) || getsockname(listener, (struct sockaddr *)&address, &size) ||
	    connect(ends[0], (struct sockaddr *)&address, size))
		return -errno;
	ends[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (ends[1] < 0)
		return -errno;
	close(listener);
	for (side = 0; side < 2; side++)
		if (setsockopt(ends[side], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
			return -errno;
	use_sockets(link, ends);
	return 0;
}

static int open_eventfd(struct link *link)
{
	int side;

	for (side = 0; side < 2; side++) {
		link->read_fd[side] = link->write_fd[!side] = eventfd(0, EFD_CLOEXEC);
		if (link->read_fd[side] < 0)
			return -errno;
	}
	return 0;
}

static int wake_eventfd(struct link *link, int other)
{
	return eventfd_write(link->write_fd[!other], 1) ? -errno : 0;
}

static int wait_eventfd(struct link *link, int me)
{
	eventfd_t value;

	return eventfd_read(link->read_fd[me], &value) ? -errno : 0;
}

/* ---- signals: blocked in both, taken by sigwaitinfo() ---- */

static int open_signal(struct link *link)
{
	sigset_t set;

	(void)link;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	return sigprocmask(SIG_BLOCK, &set, NULL) ? -errno : 0;
}

static int wake_signal(struct link *link, int other)
{
	return syscall(SYS_tgkill, link->process[other], link->task[other], SIGUSR1) ? -errno : 0;
}

static int wait_signal(struct link *link, int me)
{
	sigset_t set;

	(void)link;
	(void)me;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	while (sigwaitinfo(&set, NULL) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

const struct channel channels[PRICE_CHANNELS] = {
	[CHANNEL_FUTEX] = { open_futex, wake_futex, wait_futex },
	[CHANNEL_PIPE] = { open_pipe, wake_bytes, wait_bytes },
	[CHANNEL_EVENTFD] = { open_eventfd, wake_eventfd, wait_eventfd },
	[CHANNEL_UNIX] = { open_unix, wake_bytes, wait_bytes },
	[CHANNEL_TCP] = { open_tcp, wake_bytes, wait_bytes },
	[CHANNEL_SIGNAL] = { open_signal, wake_signal, wait_signal },
};
