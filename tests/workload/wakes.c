/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wakes CHANNEL COUNT [process]: a producer wakes a consumer, a thread or a process, so many
 * times over one channel, each time once it sleeps.  What it sleeps in, and how often it slept,
 * is known: as many wakeups are to be seen, no more and no less.
 *
 * CHANNEL: futex pipe unix tcp udp eventfd epoll epoll-pipe epoll-tcp poll poll-tcp signal
 *          child timer
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "work.h"

struct shared {
	uint32_t word;	       /* of the futex */
	volatile pid_t reader; /* tid */
	volatile pid_t pid;    /* of its process */
	volatile long nv;      /* its voluntary switches, by the kernel's count */
};

static struct shared *shared;
static const char *channel;
static long count;
static int to, from; /* what is written to, and read from */

static bool is(const char *name)
{
	return !strcmp(channel, name);
}

static bool ends_with(const char *end)
{
	size_t length = strlen(channel), n = strlen(end);

	return length >= n && !strcmp(channel + length - n, end);
}

static long call_futex(int op, uint32_t value)
{
	return syscall(SYS_futex, &shared->word, op, value, NULL, NULL, 0);
}

/* ---- the ways ---- */

static void open_tcp(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	socklen_t size = sizeof(at);

	to = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (void *)&at, sizeof(at)) || listen(listener, 1) ||
	    getsockname(listener, (void *)&at, &size) || connect(to, (void *)&at, sizeof(at)))
		work__die("tcp");
	from = accept(listener, NULL, NULL);
	setsockopt(to, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(from, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof(one));
}

static void open_udp(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);

	from = socket(AF_INET, SOCK_DGRAM, 0);
	to = socket(AF_INET, SOCK_DGRAM, 0);
	if (bind(from, (void *)&at, sizeof(at)) || getsockname(from, (void *)&at, &size) ||
	    connect(to, (void *)&at, sizeof(at)))
		work__die("udp");
}

static void open_way(void)
{
	int fds[2] = { -1, -1 };

	if (ends_with("tcp"))
		open_tcp();
	else if (is("udp"))
		open_udp();
	else if (is("eventfd") || is("epoll"))
		to = from = eventfd(0, 0);
	else if (is("unix") ? socketpair(AF_UNIX, SOCK_STREAM, 0, fds) : pipe(fds))
		work__die(channel);
	if (fds[0] >= 0) {
		from = fds[0];
		to = fds[1];
	}
}

/* ---- who is woken ---- */

static void take(void)
{
	uint64_t byte;

	if (read(from, &byte, sizeof(byte)) <= 0)
		work__die("read");
}

static void sleep_once(int epoll, const sigset_t *signals)
{
	struct pollfd poll_fd = { .fd = from, .events = POLLIN };
	struct epoll_event event;
	siginfo_t info;

	if (is("futex")) {
		uint32_t seen = __atomic_load_n(&shared->word, __ATOMIC_SEQ_CST);

		while (seen == __atomic_load_n(&shared->word, __ATOMIC_SEQ_CST))
			call_futex(FUTEX_WAIT, seen);
		return;
	}
	if (is("signal")) {
		sigwaitinfo(signals, &info);
		return;
	}
	if (is("timer")) {
		work__sleep_ns(1000000);
		return;
	}
	if (!strncmp(channel, "epoll", 5))
		epoll_wait(epoll, &event, 1, -1);
	else if (!strncmp(channel, "poll", 4))
		poll(&poll_fd, 1, -1);
	take();
}

static void *consume(void *context)
{
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = epoll_create1(0);
	sigset_t signals;
	long i;

	(void)context;
	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	prctl(PR_SET_NAME, "consumer");
	if (!strncmp(channel, "epoll", 5))
		epoll_ctl(epoll, EPOLL_CTL_ADD, from, &event);
	shared->pid = getpid();
	shared->reader = (pid_t)syscall(SYS_gettid);
	for (i = 0; i < count; i++)
		sleep_once(epoll, &signals);
	shared->nv = work__own_nvcsw();
	return NULL;
}

/* ---- who wakes ---- */

static bool sleeps(void)
{
	return shared->reader && work__sleeps(shared->pid, shared->reader);
}

static void wake_once(void)
{
	static const uint64_t one = 1;

	/* a sleep of ours makes no wakeup of theirs */
	while (!sleeps())
		work__sleep_ns(200000);
	if (is("futex")) {
		__atomic_add_fetch(&shared->word, 1, __ATOMIC_SEQ_CST);
		call_futex(FUTEX_WAKE, 1);
	} else if (is("signal")) {
		syscall(SYS_tgkill, shared->pid, shared->reader, SIGUSR1);
	} else if (write(to, &one, sizeof(one)) <= 0) {
		work__die("write");
	}
}

/* A child ends when its parent waits for it, so many times. */
static void wake_by_ending(void)
{
	long i;

	for (i = 0; i < count; i++) {
		pid_t parent = getpid(), child = work__fork();

		if (!child) {
			shared->pid = shared->reader = parent;
			while (!sleeps())
				work__sleep_ns(200000);
			_exit(0);
		}
		waitpid(child, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	FILE *facts = work__facts(&argc, argv);
	bool process;
	pid_t child = 0;
	pthread_t thread;
	long i;

	if (argc < 3) {
		fprintf(stderr, "wakes CHANNEL COUNT [process]\n");
		return 2;
	}
	channel = argv[1];
	count = work__number(argv[2]);
	process = argc > 3;
	shared = work__shared(sizeof(*shared));
	open_way();
	if (is("child")) {
		wake_by_ending();
		fprintf(facts, "{\"pid\":%d}\n", getpid());
		return 0;
	}
	if (process) {
		child = work__fork();
		if (!child) {
			consume(NULL);
			_exit(0);
		}
	} else if (pthread_create(&thread, NULL, consume, NULL)) {
		work__die("pthread_create");
	}
	for (i = 0; i < count && !is("timer"); i++)
		wake_once();
	if (process)
		waitpid(child, NULL, 0);
	else
		pthread_join(thread, NULL);
	fprintf(facts, "{\"pid\":%d,\"woken\":%d,\"nv\":%ld}\n", getpid(), shared->reader,
		shared->nv);
	return 0;
}
