/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directory of a flight recorder, and copies of its window there. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/remark.h"
#include "session/flight_private.h"

#define ONCE  (1U << 20) /* bytes that are copied together */
#define SPARE (4U << 20) /* that a copy leaves free on the disk, or a quarter of its size */

/* ---- names ---- */

/* DIRECTORY/NAME-TIME.tasktoll, which nothing has.  Names are words of our own. */
static void make_name(char *path, size_t size, const char *directory, const char *name, time_t when)
{
	char text[32];
	struct tm tm;
	int i;

	localtime_r(&when, &tm);
	strftime(text, sizeof(text), "%Y%m%d-%H%M%S", &tm);
	snprintf(path, size, "%s/%s-%s.tasktoll", directory, name, text);
	for (i = 2; i < 1000 && !access(path, F_OK); i++)
		snprintf(path, size, "%s/%s-%s-%d.tasktoll", directory, name, text, i);
}

static bool is_kept(const char *name)
{
	static const char suffix[] = ".tasktoll";
	size_t length = strlen(name);

	return length > sizeof(suffix) - 1 && !strcmp(name + length - sizeof(suffix) + 1, suffix) &&
	       strcmp(name, FLIGHT_FILE) != 0;
}

/* Recordings beside the window; -1: the directory cannot be read. */
static long count_kept(const char *directory)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	long count = 0;

	if (!dir)
		return -1;
	while ((entry = readdir(dir)))
		count += is_kept(entry->d_name);
	closedir(dir);
	return count;
}

/* ---- the directory ---- */

static int set_old_aside(struct flight *flight, struct failure *failure)
{
	char aside[sizeof(flight->kept)];
	struct stat status;

	if (lstat(flight->path, &status))
		return 0;
	if (count_kept(flight->directory) >= (long)flight->config.max_kept)
		return failure__set(failure, -EEXIST,
				    "a recorder has left a window there, and as many recordings as "
				    "--max-kept allows are there already",
				    "move some of them elsewhere, or raise --max-kept",
				    "cannot record to %s", flight->directory);
	make_name(aside, sizeof(aside), flight->directory, "left", status.st_mtime);
	return store__set_aside(flight->path, aside, failure);
}

/* Whoever else could write to it could put something else in the place of the window. */
static bool is_ours(const struct stat *status)
{
	bool others = status->st_mode & S_IWOTH ||
		      (status->st_mode & S_IWGRP && status->st_gid != getegid());

	return S_ISDIR(status->st_mode) && status->st_uid == geteuid() && !others;
}

static int make_directory(struct flight *flight, struct failure *failure)
{
	const char *path = flight->config.directory;
	struct stat status;

	if (mkdir(path, 0700) && errno != EEXIST)
		return failure__set(failure, -errno, NULL,
				    "name a directory below one that you may write to",
				    "cannot make the directory %s", path);
	if (lstat(path, &status))
		return failure__set(failure, -errno, NULL, "name another directory",
				    "cannot record to %s", path);
	if (!is_ours(&status))
		return failure__set(
			failure, -EPERM,
			"it is a link, or belongs to somebody else, or others may write to it",
			"with --keep, -o names a directory of yours", "cannot record to %s", path);
	if (!realpath(path, flight->directory))
		return failure__set(failure, -errno, NULL, "name another directory",
				    "cannot record to %s", path);
	if (count_kept(flight->directory) < 0)
		return failure__set(failure, -errno, NULL,
				    "with --keep, -o names a directory of yours",
				    "cannot record to %s", path);
	if (strlen(flight->directory) > PATH_MAX - 128)
		return failure__set(failure, -ENAMETOOLONG, NULL, "choose a shorter one",
				    "cannot record to that directory");
	snprintf(flight->path, sizeof(flight->path), "%s/" FLIGHT_FILE, flight->directory);
	return set_old_aside(flight, failure);
}

int flight__open_directory(struct flight *flight, struct failure *failure)
{
	int err;

	invoker__read(&flight->invoker);
	err = invoker__enter(&flight->invoker);
	if (err)
		return failure__set(failure, err, NULL, NULL, "cannot record to %s as you",
				    flight->config.directory);
	err = make_directory(flight, failure);
	if (invoker__leave(&flight->invoker) && !err)
		err = failure__set(failure, -EPERM, NULL, NULL, "cannot become root again");
	return err;
}

/* ---- a copy, in a process of its own ---- */

/* What it tells: once when all bytes are copied, and once in the end. */
struct told {
	bool over;
	int error;
	char text[256]; /* of a failure */
};

static void tell(int fd, bool over, int error, const char *text)
{
	struct told told = { .over = over, .error = error };

	snprintf(told.text, sizeof(told.text), "%s", text);
	(void)!write(fd, &told, sizeof(told));
}

static int copy_bytes(int from, int to)
{
	ssize_t n;

	do
		n = sendfile(to, from, NULL, ONCE);
	while (n > 0 || (n < 0 && errno == EINTR));
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

static int copy_window(const struct flight *flight, const char *to)
{
	int in = open(flight->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), out, err;

	if (in < 0)
		return -errno;
	if (!is_room_for(in)) {
		close(in);
		return -ENOSPC;
	}
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	err = out < 0 ? -errno : copy_bytes(in, out);
	close(in);
	if (out >= 0)
		close(out);
	return err;
}

/* On the disk, before it has its name. */
static int finish_copy(const struct flight *flight, const char *partial, struct failure *failure)
{
	int err = store__give_reason(partial, flight->reason, failure), fd;

	if (err)
		return err;
	fd = open(partial, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) || rename(partial, flight->kept))
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err ? failure__set(failure, err, NULL, NULL, "cannot write %s", flight->kept) : 0;
}

static int copy(struct flight *flight, int result, struct failure *failure)
{
	char partial[sizeof(flight->kept) + 16];
	int err;

	snprintf(partial, sizeof(partial), "%s.partial", flight->kept);
	unlink(partial); /* of a process that was killed */
	err = copy_window(flight, partial);
	if (err)
		failure__set(failure, err, NULL, NULL, "cannot write %s", partial);
	tell(result, false, 0, "");
	if (!err)
		err = finish_copy(flight, partial, failure);
	if (err)
		unlink(partial);
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
	tell(result, true, err, failure.text);
	_exit(0);
}

/* ---- from its begin to its end ---- */

/* In the privileges of who asked, as the copy. */
static bool flight__has_room(struct flight *flight)
{
	long kept = 0;

	if (!invoker__enter(&flight->invoker)) {
		kept = count_kept(flight->directory);
		make_name(flight->kept, sizeof(flight->kept), flight->directory, flight->name,
			  time(NULL));
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
	flight->copied = false;
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

/* Takes one message; wait: until there is one. */
static void flight__hear(struct flight *flight, bool wait)
{
	struct pollfd ready = { .fd = flight->result, .events = POLLIN };
	struct told told = { .over = true, .error = -ECHILD, .text = "its process has ended" };

	if (poll(&ready, 1, wait ? -1 : 0) <= 0)
		return;
	(void)!read(flight->result, &told, sizeof(told)); /* nothing if it ended early */
	flight->copied = true;
	if (!told.over)
		return;
	close(flight->result);
	while (waitpid(flight->child, NULL, 0) < 0 && errno == EINTR)
		;
	flight->child = 0;
	flight__tell(flight, &told);
}

bool flight__is_copying(struct flight *flight)
{
	if (flight->child)
		flight__hear(flight, false);
	return flight->child && !flight->copied;
}

void flight__await_copy(struct flight *flight)
{
	while (flight->child && !flight->copied)
		flight__hear(flight, true);
}

void flight__end(struct flight *flight)
{
	bool due = flight->fired;

	while (flight->child)
		flight__hear(flight, true);
	if (due)
		flight__start_copy(flight);
	while (flight->child)
		flight__hear(flight, true);
}
