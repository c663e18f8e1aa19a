/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directory of a flight recorder: whose it is, what is in it, what earlier ones have left there. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/remark.h"
#include "session/flight_private.h"

#define LEFT	"left" /* a window that a recorder has left */
#define PARTIAL ".partial"

/* ---- names ---- */

/* DIRECTORY/NAME-TIME.tasktoll, which nothing has.  Names are words of our own. */
void flight__make_name(char *path, size_t size, const char *directory, const char *name,
		       time_t when)
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

static bool ends_with(const char *name, const char *suffix)
{
	size_t length = strlen(name), tail = strlen(suffix);

	return length > tail && !strcmp(name + length - tail, suffix);
}

static bool is_left(const char *name)
{
	return !strncmp(name, LEFT "-", sizeof(LEFT)) && ends_with(name, ".tasktoll");
}

/* For a trigger, or by hand.  What a recorder has left is not: a restart takes nobody's place. */
static bool is_kept(const char *name)
{
	return ends_with(name, ".tasktoll") && strcmp(name, FLIGHT_FILE) != 0 && !is_left(name);
}

static bool is_partial(const char *name)
{
	return ends_with(name, ".tasktoll" PARTIAL);
}

/* How many such files there are, and the first of them by name; -1: the directory cannot be read. */
static long count_files(const char *directory, bool (*is)(const char *name),
			char first[NAME_MAX + 1])
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	long count = 0;

	if (!dir)
		return -1;
	while ((entry = readdir(dir))) {
		if (!is(entry->d_name))
			continue;
		if (first && (!count || strcmp(entry->d_name, first) < 0))
			snprintf(first, NAME_MAX + 1, "%s", entry->d_name);
		count++;
	}
	closedir(dir);
	return count;
}

long flight__count_kept(const struct flight *flight)
{
	return count_files(flight->directory, is_kept, NULL);
}

/* ---- what earlier recorders have left ---- */

static bool is_regular(int fd)
{
	struct stat status;

	return !fstat(fd, &status) && S_ISREG(status.st_mode) && status.st_uid == geteuid();
}

/* A copy that its process did not come to the end of.  One that is being made is locked. */
static void remove_partial(int directory, const char *name)
{
	int fd = openat(directory, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return;
	if (is_regular(fd) && !flock(fd, LOCK_EX | LOCK_NB))
		unlinkat(directory, name, 0);
	close(fd);
}

static void remove_partials(const struct flight *flight)
{
	DIR *dir = opendir(flight->directory);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (is_partial(entry->d_name))
			remove_partial(dirfd(dir), entry->d_name);
	}
	closedir(dir);
}

/* Their names are in the order of their times. */
static void limit_left(const struct flight *flight)
{
	char first[NAME_MAX + 1] = "", path[sizeof(flight->kept)];
	struct stat status;

	while (count_files(flight->directory, is_left, first) > (long)flight->config.max_kept) {
		snprintf(path, sizeof(path), "%s/%s", flight->directory, first);
		if (lstat(path, &status) || !S_ISREG(status.st_mode) ||
		    status.st_uid != geteuid() || unlink(path))
			return;
		remark("removed %s: recorders have left more windows there than --max-kept says",
		       path);
	}
}

static int set_old_aside(struct flight *flight, struct failure *failure)
{
	char aside[sizeof(flight->kept)];
	struct stat status;
	int err;

	if (lstat(flight->path, &status))
		return 0;
	flight__make_name(aside, sizeof(aside), flight->directory, LEFT, status.st_mtime);
	err = store__set_aside(flight->path, aside, failure);
	if (!err)
		limit_left(flight);
	return err;
}

/* ---- whose it is ---- */

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
	if (flight__count_kept(flight) < 0)
		return failure__set(failure, -errno, NULL,
				    "with --keep, -o names a directory of yours",
				    "cannot record to %s", path);
	if (strlen(flight->directory) > PATH_MAX - 128)
		return failure__set(failure, -ENAMETOOLONG, NULL, "choose a shorter one",
				    "cannot record to that directory");
	snprintf(flight->path, sizeof(flight->path), "%s/" FLIGHT_FILE, flight->directory);
	remove_partials(flight);
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
