/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define LINKS_MAX 40

/* ---- where the file is, whatever links lead there ---- */

struct place {
	int directory;
	char name[NAME_MAX + 1];
	bool of_proc; /* it names a descriptor, as /dev/stdout does */
};

static int place__enter(struct place *place, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	char directory[PATH_MAX];
	struct statfs fs;
	int fd;

	if (strlen(name) > NAME_MAX || strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	snprintf(directory, sizeof(directory), "%.*s", slash ? (int)(slash - path) + 1 : 1,
		 slash ? path : ".");
	fd = openat(place->directory, directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (place->directory >= 0)
		close(place->directory);
	place->directory = fd;
	place->of_proc = fstatfs(fd, &fs) || fs.f_type == PROC_SUPER_MAGIC;
	memmove(place->name, name, strlen(name) + 1);
	return *name ? 0 : -EISDIR;
}

static int place__find(struct place *place, const char *path)
{
	char link[PATH_MAX];
	ssize_t n;
	int err, links;

	*place = (struct place){ .directory = AT_FDCWD };
	err = place__enter(place, path);
	for (links = 0; !err && !place->of_proc; links++) {
		n = readlinkat(place->directory, place->name, link, sizeof(link) - 1);
		if (n < 0)
			return 0;
		link[n] = 0;
		err = links < LINKS_MAX ? place__enter(place, link) : -ELOOP;
	}
	return err;
}

static void place__leave(struct place *place)
{
	if (place->directory >= 0)
		close(place->directory);
}

/* ---- a file without a name, or with one that nobody asks for ---- */

static mode_t default_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

static int make_beside(struct replace *replace, const struct place *place)
{
	int fd = openat(place->directory, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	/* a file system that has no such files */
	if (asprintf(&replace->beside, ".%.200s.%d", place->name, getpid()) < 0) {
		replace->beside = NULL;
		return -ENOMEM;
	}
	fd = openat(place->directory, replace->beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		    0600);
	if (fd < 0) {
		free(replace->beside);
		replace->beside = NULL;
		return -errno;
	}
	return fd;
}

/* Owner and mode are those of what is replaced. */
static int dress(int fd, const struct stat *old)
{
	struct stat ours;

	if (!old)
		return fchmod(fd, default_mode()) ? -errno : 0;
	if (fstat(fd, &ours))
		return -errno;
	if ((ours.st_uid != old->st_uid || ours.st_gid != old->st_gid) &&
	    fchown(fd, old->st_uid, old->st_gid))
		return -errno;
	return fchmod(fd, old->st_mode & 0777) ? -errno : 0;
}

static void forget_beside(struct replace *replace, int directory)
{
	if (replace->beside)
		unlinkat(directory, replace->beside, 0);
	free(replace->beside);
	replace->beside = NULL;
}

/* old NULL: there is none. */
static int open_beside(struct replace *replace, struct place *place, const struct stat *old)
{
	int fd = make_beside(replace, place), err;

	if (fd < 0)
		return fd;
	err = dress(fd, old);
	if (!err) {
		replace->name = strdup(place->name);
		err = replace->name ? 0 : -ENOMEM;
	}
	if (err) {
		forget_beside(replace, place->directory);
		close(fd);
		return err;
	}
	replace->fd = fd;
	replace->directory = place->directory;
	place->directory = -1;
	return 0;
}

/* ---- opening ---- */

#define READER_TRIES 100
#define READER_NS    10000000L

/* A reader of a pipe may come a moment later; a run is not held up until one comes. */
static int open_now(const char *path)
{
	const struct timespec pause = { .tv_nsec = READER_NS };
	int fd, tries = 0, err;

	do
		fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	while (fd < 0 && errno == ENXIO && tries++ < READER_TRIES && !nanosleep(&pause, NULL));
	if (fd < 0)
		return -errno;
	if (!fcntl(fd, F_SETFL, O_WRONLY)) /* one that lags is waited for */
		return fd;
	err = -errno;
	close(fd);
	return err;
}

const char *replace__why(int err)
{
	return err == -ENXIO ? "nobody reads that pipe" : NULL;
}

static int open_old(struct replace *replace, struct place *place, int fd)
{
	struct stat old;

	if (fstat(fd, &old)) {
		close(fd);
		return -errno;
	}
	if (S_ISREG(old.st_mode) && old.st_nlink == 1 && !place->of_proc &&
	    !open_beside(replace, place, &old)) {
		close(fd);
		return 0;
	}
	replace->fd = fd;
	replace->empties = S_ISREG(old.st_mode);
	return 0;
}

static int open_here(struct replace *replace, const char *path)
{
	struct place place;
	int fd = open_now(path), err;

	if (fd < 0 && fd != -ENOENT)
		return fd;
	err = place__find(&place, path);
	if (fd >= 0) {
		place.of_proc = place.of_proc || err;
		err = open_old(replace, &place, fd);
	} else if (!err) {
		err = place.of_proc ? -ENOENT : open_beside(replace, &place, NULL);
	}
	place__leave(&place);
	return err;
}

int replace__open(struct replace *replace, const char *path)
{
	int err, left;

	memset(replace, 0, sizeof(*replace));
	replace->fd = replace->directory = -1;
	invoker__read(&replace->invoker);
	err = invoker__enter(&replace->invoker);
	if (err)
		return err;
	err = open_here(replace, path);
	left = invoker__leave(&replace->invoker);
	if (!err && left)
		replace__close(replace);
	return err ? err : left;
}

/* ---- the name ---- */

int replace__begin(struct replace *replace)
{
	if (!replace->empties)
		return 0;
	replace->empties = false;
	return ftruncate(replace->fd, 0) ? -errno : 0;
}

/* From a file without a name to one beside that is wanted. */
static int name_beside(struct replace *replace)
{
	char from[64];

	if (replace->beside)
		return 0;
	snprintf(from, sizeof(from), "/proc/self/fd/%d", replace->fd);
	if (!linkat(AT_FDCWD, from, replace->directory, replace->name, AT_SYMLINK_FOLLOW))
		return 1; /* nothing had the name */
	if (errno != EEXIST)
		return -errno;
	if (asprintf(&replace->beside, ".%.200s.%d", replace->name, getpid()) < 0) {
		replace->beside = NULL;
		return -ENOMEM;
	}
	unlinkat(replace->directory, replace->beside, 0);
	if (!linkat(AT_FDCWD, from, replace->directory, replace->beside, AT_SYMLINK_FOLLOW))
		return 0;
	free(replace->beside);
	replace->beside = NULL;
	return -errno;
}

static int take_name(struct replace *replace)
{
	int err = name_beside(replace);

	if (err)
		return err < 0 ? err : 0;
	if (renameat(replace->directory, replace->beside, replace->directory, replace->name))
		return -errno;
	free(replace->beside);
	replace->beside = NULL;
	return 0;
}

int replace__take_name(struct replace *replace)
{
	int err, left;

	if (replace->directory < 0)
		return 0;
	err = invoker__enter(&replace->invoker);
	if (err)
		return err;
	err = take_name(replace);
	left = invoker__leave(&replace->invoker);
	if (!err) {
		close(replace->directory);
		replace->directory = -1;
	}
	return err ? err : left;
}

void replace__close(struct replace *replace)
{
	if (replace->beside && !invoker__enter(&replace->invoker)) {
		forget_beside(replace, replace->directory);
		invoker__leave(&replace->invoker);
	}
	if (replace->directory >= 0)
		close(replace->directory);
	if (replace->fd >= 0)
		close(replace->fd);
	free(replace->name);
	free(replace->beside);
	replace->name = replace->beside = NULL;
	replace->fd = replace->directory = -1;
}
