/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * peers [-o FILE]
 *
 * A process that crashes, and others that have something to do with it: each
 * waits for it in another way, or writes to it later.  At the same time there are
 * bystanders that wake, end, are killed and crash for reasons of their own.
 * The facts are who is who.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <sys/socket.h>

#include "work.h"

#define LATER_NS 60000000LL  /* when writers write: the victim is long gone */
#define WRITES	 60	     /* one each 5 ms */
#define END_NS	 900000000LL /* when whoever is still there is ended */

struct shared {
	pthread_mutex_t mutex;
	atomic_int ready;
	atomic_int go;
};

static struct shared *shared;
static pid_t victim;

/* ---- the victim holds one end of everything ---- */

static int held[32];
static size_t held_count;

static int hold(int fd)
{
	held[held_count++] = fd;
	return fd;
}

/* No other descriptors than this one, which is 3 from now on. */
static void keep_only(int fd)
{
	if (fd >= 0 && dup2(fd, 3) != 3)
		work__die("dup2");
	close_range(fd >= 0 ? 4 : 3, ~0U, 0);
}

static void wait_for_go(void)
{
	shared->ready++;
	while (!shared->go)
		work__sleep_ns(500000);
}

static void sleep_for_ever(void)
{
	for (;;)
		pause();
}

/* ---- those that wait ---- */

/* Says that it is about to block.  The driver gives it time to. */
static void about_to_block(void)
{
	shared->ready++;
}

static void read_and_end(int status)
{
	char byte;

	about_to_block();
	(void)!read(3, &byte, 1);
	_exit(status);
}

static void be_reader(void)
{
	read_and_end(0);
}

static void be_failing_reader(void)
{
	read_and_end(1);
}

static void be_stayer(void)
{
	struct pollfd wait = { .fd = 3, .events = POLLIN };

	about_to_block();
	poll(&wait, 1, -1);
	sleep_for_ever();
}

/* What it has written is never read: a reset and not an end is what it gets. */
static void be_reset(void)
{
	(void)!write(3, "unread", 6);
	read_and_end(0);
}

static void be_locker(void)
{
	about_to_block();
	_exit(pthread_mutex_lock(&shared->mutex) != EOWNERDEAD);
}

static void be_flocker(void)
{
	about_to_block();
	_exit(flock(3, LOCK_EX) != 0);
}

/* ---- those that write ---- */

static void be_writer(void)
{
	int i;

	wait_for_go();
	work__sleep_ns(LATER_NS);
	/* the first one over TCP only finds out; and on a slow machine the victim still lives */
	for (i = 0; i < WRITES; i++) {
		(void)!write(3, "x", 1);
		work__sleep_ns(5000000);
	}
	_exit(9);
}

static void be_blocked_writer(void)
{
	static char much[1 << 20];

	about_to_block();
	(void)!write(3, much, sizeof(much));
	_exit(9);
}

/* ---- bystanders ---- */

static void be_timer(void)
{
	int i;

	wait_for_go();
	for (i = 0; i < 200; i++)
		work__sleep_ns(500000);
	_exit(0);
}

static void be_pair(void)
{
	int ends[2], i;
	char byte = 0;
	pid_t other;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		work__die("socketpair");
	other = work__fork();
	close(ends[!other]);
	if (other)
		wait_for_go();
	for (i = 0; i < 5000; i++) {
		if (other ? write(ends[0], &byte, 1) : read(ends[1], &byte, 1) != 1)
			(void)!(other ? read(ends[0], &byte, 1) : write(ends[1], &byte, 1));
	}
	_exit(0);
}

static void be_killer(void)
{
	pid_t other = work__fork();

	if (!other)
		sleep_for_ever();
	wait_for_go();
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	_exit(3);
}

static void be_other_victim(void)
{
	keep_only(-1);
	wait_for_go();
	abort();
}

/* ---- channels ---- */

static int pipe_to_read(void)
{
	int ends[2];

	if (pipe(ends))
		work__die("pipe");
	hold(ends[1]);
	return ends[0];
}

static int pipe_to_write(void)
{
	int ends[2];

	if (pipe(ends))
		work__die("pipe");
	hold(ends[0]);
	return ends[1];
}

static int unix_socket(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		work__die("socketpair");
	hold(ends[0]);
	return ends[1];
}

static int tcp(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM, 0), near = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t length = sizeof(to);

	if (bind(listener, (struct sockaddr *)&to, sizeof(to)) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&to, &length) ||
	    connect(near, (struct sockaddr *)&to, sizeof(to)))
		work__die("TCP on loopback");
	hold(accept(listener, NULL, NULL));
	close(listener);
	return near;
}

static int locked_file(void)
{
	char path[] = "/proc/self/exe";

	if (flock(hold(open(path, O_RDONLY)), LOCK_EX))
		work__die("flock");
	return open(path, O_RDONLY);
}

static int its_pidfd(void)
{
	return (int)syscall(SYS_pidfd_open, victim, 0);
}

/* ---- who there is ---- */

static const struct role {
	const char *name;
	int (*open)(void); /* NULL: nothing */
	void (*be)(void);
	bool after; /* made after the victim */
} roles[] = {
	{ "pipe_reader", pipe_to_read, be_reader, false },
	{ "pipe_stayer", pipe_to_read, be_stayer, false },
	{ "pipe_writer", pipe_to_write, be_writer, false },
	{ "pipe_blocked", pipe_to_write, be_blocked_writer, false },
	{ "unix_reader", unix_socket, be_failing_reader, false },
	{ "unix_stayer", unix_socket, be_stayer, false },
	{ "unix_writer", unix_socket, be_writer, false },
	{ "tcp_reader", tcp, be_failing_reader, false },
	{ "tcp_stayer", tcp, be_stayer, false },
	{ "tcp_reset", tcp, be_reset, false },
	{ "tcp_writer", tcp, be_writer, false },
	{ "futex", NULL, be_locker, false },
	{ "flock", locked_file, be_flocker, false },
	{ "pidfd", its_pidfd, be_stayer, true },
	{ "timer", NULL, be_timer, false },
	{ "pair", NULL, be_pair, false },
	{ "killer", NULL, be_killer, false },
	{ "other_victim", NULL, be_other_victim, false },
};

#define ROLES (sizeof(roles) / sizeof(roles[0]))

static pid_t pids[ROLES];
static int ends[ROLES];

static void make_role(size_t r)
{
	pids[r] = work__fork();
	if (!pids[r]) {
		keep_only(ends[r]);
		roles[r].be();
		_exit(9);
	}
}

static void be_victim(void)
{
	size_t r, i;

	for (r = 0; r < ROLES; r++) {
		for (i = 0; i < held_count && ends[r] != held[i]; i++)
			;
		if (ends[r] >= 0 && i == held_count)
			close(ends[r]);
	}
	pthread_mutex_lock(&shared->mutex);
	wait_for_go();
	*(volatile int *)NULL = 1;
}

static void make_mutex(void)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	if (pthread_mutex_init(&shared->mutex, &attr))
		work__die("pthread_mutex_init");
}

/* The roles come in an order in which the lock is the victim's before anyone waits for it. */
static void make_all(void)
{
	size_t r, i;

	for (r = 0; r < ROLES; r++)
		ends[r] = roles[r].open && !roles[r].after ? roles[r].open() : -1;
	victim = work__fork();
	if (!victim)
		be_victim();
	for (i = 0; i < held_count; i++)
		close(held[i]);
	while (!shared->ready)
		work__sleep_ns(500000);
	for (r = 0; r < ROLES; r++) {
		if (roles[r].after)
			ends[r] = roles[r].open();
		make_role(r);
		if (ends[r] >= 0)
			close(ends[r]);
	}
	while (shared->ready < 1 + (int)ROLES)
		work__sleep_ns(500000);
	work__sleep_ns(50000000); /* those that are about to block have done so */
}

int main(int argc, char **argv)
{
	FILE *facts = work__facts(&argc, argv);
	struct rlimit no_core = { 0, RLIM_INFINITY };
	size_t r;

	setrlimit(RLIMIT_CORE, &no_core);
	shared = work__shared(sizeof(*shared));
	make_mutex();
	make_all();
	fprintf(facts, "{\"pid\":%d,\"victim\":%d", getpid(), victim);
	for (r = 0; r < ROLES; r++)
		fprintf(facts, ",\"%s\":%d", roles[r].name, pids[r]);
	fprintf(facts, "}\n");
	fclose(facts);
	shared->go = 1;
	waitpid(victim, NULL, 0);
	work__sleep_ns(END_NS);
	for (r = 0; r < ROLES; r++) {
		kill(pids[r], SIGKILL);
		waitpid(pids[r], NULL, 0);
	}
	return 0;
}
