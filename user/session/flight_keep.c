/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies of the window of a flight recorder, made while it goes on. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/remark.h"
#include "session/flight_private.h"

#define ONCE	    (1U << 20) /* bytes that are copied together */
#define SPARE	    (4U << 20) /* that a copy leaves free on the disk, or a quarter of its size */
#define SOME	    16	       /* of these, after which it says that it goes on */
#define PATIENCE_NS 30000000000ULL /* with a copy that says nothing, and with all at the end */

/* ---- a copy, in a process of its own ---- */

/* What it tells: that it goes on, once when all bytes are copied, and once in the end. */
enum stage { STAGE_GOES_ON, STAGE_COPIED, STAGE_OVER };

struct told {
	enum stage stage;
	int error;
	char text[256]; /* of a failure */
};

static void tell(int fd, enum stage stage, int error, const char *text)
{
	struct told told = { .stage = stage, .error = error };

	snprintf(told.text, sizeof(told.text), "%s", text);
	(void)!write(fd, &told, sizeof(told));
}

static int copy_bytes(int from, int to, int result)
{
	unsigned int times = 0;
	ssize_t n;

	do {
		n = sendfile(to, from, NULL, ONCE);
		if (!(++times % SOME))
			tell(result, STAGE_GOES_ON, 0, "");
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -errno : 0;
}

/* For a copy, and for the window to go on: it is not to fail for want of what a copy has taken. */
static bool is_room_for(int in)
{
	struct statvfs disk;
	struct stat status;
	__u64 size;

	if (fstat(in, &status) || fstatvfs(in, &disk))
		return true;
	size = (__u64)status.st_size;
	return (__u64)disk.f_bavail * disk.f_frsize >= size + (size / 4 > SPARE ? size / 4 : SPARE);
}

/* Locked as long as it is open: nobody takes it for one that was left. */
static int copy_window(const struct flight *flight, const char *to, int result, int *ret_fd)
{
	int in = open(flight->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), out, err = 0;

	if (in < 0)
		return -errno;
	if (!is_room_for(in)) {
		close(in);
		return -ENOSPC;
	}
	out = open(to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0 || flock(out, LOCK_EX | LOCK_NB))
		err = -errno;
	if (!err)
		err = copy_bytes(in, out, result);
	close(in);
	*ret_fd = out;
	return err;
}

/* On the disk, before it has its name. */
static int finish_copy(const struct flight *flight, const char *partial, int fd,
		       struct failure *failure)
{
	int err = store__give_reason(partial, flight->reason, failure);

	if (err)
		return err;
	if (fsync(fd) || rename(partial, flight->kept))
		return failure__set(failure, -errno, NULL, NULL, "cannot write %s", flight->kept);
	return 0;
}

static int copy(struct flight *flight, int result, struct failure *failure)
{
	char partial[sizeof(flight->kept) + 16];
	int fd = -1, err;

	snprintf(partial, sizeof(partial), "%s.partial", flight->kept);
	unlink(partial); /* of a process that was killed */
	err = copy_window(flight, partial, result, &fd);
	if (err)
		failure__set(failure, err, NULL, NULL, "cannot write %s", partial);
	tell(result, STAGE_COPIED, 0, "");
	if (!err)
		err = finish_copy(flight, partial, fd, failure);
	if (err)
		unlink(partial);
	if (fd >= 0)
		close(fd);
	return err;
}

static void copy_in_child(struct flight *flight, int result)
{
	struct failure failure = { 0 };
	int err;

	signal(SIGPIPE, SIG_IGN); /* what was begun is finished, even if the recorder is killed */
	/* what is traced with would stay in use as long as we have it */
	syscall(SYS_close_range, 3U, (unsigned int)result - 1, 0);
	syscall(SYS_close_range, (unsigned int)result + 1, ~0U, 0);
	err = invoker__enter(&flight->invoker);
	if (err)
		failure__set(&failure, err, NULL, NULL, "cannot write %s as you", flight->kept);
	else
		err = copy(flight, result, &failure);
	tell(result, STAGE_OVER, err, failure.text);
	_exit(0);
}

/* ---- from its begin to its end ---- */

/* In the privileges of who asked, as the copy. */
bool flight__has_room(struct flight *flight)
{
	long kept = 0;

	if (!invoker__enter(&flight->invoker)) {
		kept = flight__count_kept(flight);
		flight__make_name(flight->kept, sizeof(flight->kept), flight->directory,
				  flight->name, time(NULL));
		invoker__leave(&flight->invoker);
	}
	if (kept < (long)flight->config.max_kept)
		return true;
	remark("the window was not kept: %s has %ld recordings, as many as --max-kept allows (move "
	       "some of them elsewhere)",
	       flight->directory, kept);
	return false;
}

void flight__start_copy(struct flight *flight)
{
	int fds[2];

	flight->fired = false;
	if (!flight__has_room(flight))
		return;
	if (pipe2(fds, O_CLOEXEC)) {
		remark("the window was not kept: %s", strerror(errno));
		return;
	}
	flight->copied = flight->late = false;
	flight->heard_ns = clock__monotonic();
	flight->child = fork();
	if (!flight->child)
		copy_in_child(flight, fds[1]);
	close(fds[1]);
	flight->result = fds[0];
	if (flight->child > 0)
		return;
	remark("the window was not kept: %s", strerror(errno));
	flight->child = 0;
	close(fds[0]);
}

static void flight__tell(const struct flight *flight, const struct told *told)
{
	if (told->error)
		remark("the window was not kept: %s%s", told->text,
		       told->error == -ENOSPC || told->error == -EDQUOT ?
			       " (free some space; the window itself goes on)" :
			       "");
	else if (!flight->config.quiet)
		remark("kept %s", flight->kept);
}

/* Takes one message, if it comes within so many ms. */
static bool flight__take_result(struct flight *flight, int wait_ms)
{
	struct pollfd ready = { .fd = flight->result, .events = POLLIN };
	struct told told = { .stage = STAGE_OVER,
			     .error = -ECHILD,
			     .text = "its process has ended" };

	if (poll(&ready, 1, wait_ms) <= 0)
		return false;
	(void)!read(flight->result, &told, sizeof(told)); /* nothing if it ended early */
	flight->heard_ns = clock__monotonic();
	flight->copied = told.stage != STAGE_GOES_ON;
	if (told.stage != STAGE_OVER)
		return true;
	close(flight->result);
	while (waitpid(flight->child, NULL, 0) < 0 && errno == EINTR)
		;
	flight->child = 0;
	flight__tell(flight, &told);
	return true;
}

/* The process is ours, and has been told nothing else: what it has written it cannot finish. */
static void flight__give_up_copy(struct flight *flight)
{
	char partial[sizeof(flight->kept) + 16];

	kill(flight->child, SIGKILL);
	waitpid(flight->child, NULL, WNOHANG); /* it may hang where it cannot be killed */
	close(flight->result);
	flight->child = 0;
	snprintf(partial, sizeof(partial), "%s.partial", flight->kept);
	if (!invoker__enter(&flight->invoker)) {
		unlink(partial);
		invoker__leave(&flight->invoker);
	}
	remark("the window was not kept as %s: copying it took too long (the window itself goes on)",
	       flight->kept);
}

static __u64 flight__patience_ns(const struct flight *flight)
{
	return flight->config.patience_ns ? flight->config.patience_ns : PATIENCE_NS;
}

/*
 * A disk may never answer.  The window cannot be written as long as it is read for a copy, so that one
 * is given up; one that is being finished holds up nothing but other copies.
 */
static void flight__heed_silence(struct flight *flight)
{
	if (clock__monotonic() < flight->heard_ns + flight__patience_ns(flight))
		return;
	if (!flight->copied) {
		flight__give_up_copy(flight);
		return;
	}
	if (!flight->late)
		remark("%s is not on the disk yet, which takes long: until it is, no trigger keeps "
		       "another one (the window itself goes on)",
		       flight->kept);
	flight->late = true;
}

bool flight__is_copying(struct flight *flight)
{
	while (flight->child && flight__take_result(flight, 0))
		;
	if (flight->child)
		flight__heed_silence(flight);
	return flight->child && !flight->copied;
}

/* ---- the end of a run ---- */

/* Since this is first asked: what is left of the time for copies, in ms. */
static int flight__patience(struct flight *flight)
{
	__u64 now = clock__monotonic();

	if (!flight->end_ns)
		flight->end_ns = now + flight__patience_ns(flight);
	return now < flight->end_ns ? (int)((flight->end_ns - now) / 1000000) + 1 : 0;
}

void flight__await_copy(struct flight *flight)
{
	int wait_ms;

	while (flight->child && !flight->copied) {
		wait_ms = flight__patience(flight);
		if (!wait_ms) {
			flight__give_up_copy(flight);
			return;
		}
		flight__take_result(flight, wait_ms);
	}
}

/* What goes on then comes to its end without us. */
static bool flight__await_end(struct flight *flight)
{
	int wait_ms;

	while (flight->child) {
		wait_ms = flight__patience(flight);
		if (!wait_ms) {
			remark("%s is not complete yet: process %d goes on with it", flight->kept,
			       flight->child);
			return false;
		}
		flight__take_result(flight, wait_ms);
	}
	return true;
}

void flight__end(struct flight *flight)
{
	bool due = flight->fired;

	if (!flight__await_end(flight)) {
		if (due)
			remark("the window for %s was not kept: another copy is not complete yet "
			       "(the window itself has what it was)",
			       flight->reason);
		return;
	}
	if (due)
		flight__start_copy(flight);
	flight__await_end(flight);
}
