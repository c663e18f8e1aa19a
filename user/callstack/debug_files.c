/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/debug_files.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "callstack/broker.h"

#define DEBUG_ROOT "/usr/lib/debug"
#define MAX_FILES  256
#define MAX_OPEN   32

/* ---- by name ---- */

/*
 * Below our own DEBUG_ROOT only we put files and links.  Below that of another root, whose
 * owner chooses, with that owner's privileges.  Beside a program its owner, or whoever may
 * write there, can put a link to anything: none is followed.
 */
static int search__open(const struct debug_search *search, int root, char *path)
{
	struct broker_file file = { .root = root, .path = path };
	int fd = -ENOMEM;

	if (!path)
		return fd;
	file.links = !strncmp(path, DEBUG_ROOT "/", strlen(DEBUG_ROOT "/"));
	if (root >= 0 || !file.links)
		file.owner = &search->owner;
	fd = broker__open(search->broker, &file);
	free(path);
	return fd;
}

static char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char *text(const char *format, ...)
{
	va_list args;
	char *made;
	int n;

	va_start(args, format);
	n = vasprintf(&made, format, args);
	va_end(args);
	return n < 0 ? NULL : made;
}

static int open_by_build_id(const struct debug_search *search, int root, const char *build_id)
{
	if (strlen(build_id) < 4)
		return -ENOENT;
	return search__open(search, root,
			    text(DEBUG_ROOT "/.build-id/%.2s/%s.debug", build_id, build_id + 2));
}

/* A place in the order of gdb: by build id, beside the file, below it, in another tree. */
enum place { BY_ID, BY_ID_OF_OURS, BESIDE, BELOW, IN_TREE, PLACES };

static int open_by_link(const struct debug_search *search, const char *link, enum place place)
{
	const char *path = search->path, *slash = path ? strrchr(path, '/') : NULL;
	int length = slash ? (int)(slash - path) : 0, root = search->root;

	if (!slash || !*link || strchr(link, '/'))
		return -ENOENT;
	if (place == BELOW)
		return search__open(search, root, text("%.*s/.debug/%s", length, path, link));
	if (place == IN_TREE)
		return search__open(search, root, text(DEBUG_ROOT "%.*s/%s", length, path, link));
	if (!strcmp(slash + 1, link))
		return -ENOENT; /* the file itself */
	return search__open(search, root, text("%.*s/%s", length, path, link));
}

static int place__open(enum place place, const struct debug_search *search, const char *build_id,
		       const char *debug_link)
{
	if (place == BY_ID)
		return open_by_build_id(search, search->root, build_id);
	if (place == BY_ID_OF_OURS) /* a container seldom has any */
		return search->root < 0 ? -ENOENT : open_by_build_id(search, -1, build_id);
	return open_by_link(search, debug_link, place);
}

int debug_file__open(const struct debug_search *search, const char *build_id,
		     const char *debug_link, unsigned int place, unsigned int *ret_next)
{
	int fd = -ENOENT;

	while (fd < 0 && place < PLACES)
		fd = place__open(place++, search, build_id, debug_link);
	*ret_next = place;
	return fd;
}

/* Its name is whole, or begins where the debug file is, by a way up to the same tree. */
static int open_shared(const struct debug_search *search, int root, const char *link)
{
	const char *below = strstr(link, "/.dwz/");

	if (!below || strstr(below, "/../"))
		return -ENOENT;
	return search__open(search, root, text(DEBUG_ROOT "%s", below));
}

int shared_file__open(const struct debug_search *search, const char *build_id, const char *link)
{
	int fd = open_by_build_id(search, search->root, build_id);

	if (fd < 0)
		fd = open_shared(search, search->root, link);
	if (fd < 0 && search->root >= 0)
		fd = open_by_build_id(search, -1, build_id);
	if (fd < 0 && search->root >= 0)
		fd = open_shared(search, -1, link);
	return fd;
}

/* ---- what is known ---- */

struct known {
	__u64 view;
	dev_t device;
	ino_t inode;
	enum debug_kind kind;
	int fd;
};

static bool known__is(const struct known *known, const struct debug_search *search,
		      enum debug_kind kind)
{
	return known->inode == search->inode && known->device == search->device &&
	       known->view == search->view && known->kind == kind;
}

struct debug_files {
	size_t next, count, open; /* next: which one goes, when there are too many */
	struct known list[MAX_FILES];
};

struct debug_files *debug_files__new(void)
{
	return calloc(1, sizeof(struct debug_files));
}

static void debug_files__close(struct debug_files *files, struct known *known)
{
	if (known->fd >= 0) {
		close(known->fd);
		files->open--;
	}
	known->fd = -1;
}

void debug_files__free(struct debug_files *files)
{
	size_t i;

	for (i = 0; files && i < files->count; i++)
		debug_files__close(files, &files->list[i]);
	free(files);
}

bool debug_files__get(const struct debug_files *files, const struct debug_search *search,
		      enum debug_kind kind, int *ret_fd)
{
	size_t i;

	for (i = 0; i < files->count; i++) {
		if (known__is(&files->list[i], search, kind)) {
			*ret_fd = files->list[i].fd;
			return true;
		}
	}
	return false;
}

static void debug_files__forget(struct debug_files *files, size_t i)
{
	debug_files__close(files, &files->list[i]);
	files->list[i] = files->list[--files->count];
}

void debug_files__put(struct debug_files *files, const struct debug_search *search,
		      enum debug_kind kind, int fd)
{
	size_t i;

	for (i = 0; i < files->count; i++) {
		if (known__is(&files->list[i], search, kind))
			debug_files__forget(files, i);
	}
	for (i = 0; i < files->count && fd >= 0 && files->open >= MAX_OPEN; i++) {
		if (files->list[i].fd >= 0)
			debug_files__forget(files, i);
	}
	if (files->count == MAX_FILES)
		debug_files__forget(files, files->next++ % MAX_FILES);
	files->list[files->count++] = (struct known){ .view = search->view,
						      .device = search->device,
						      .inode = search->inode,
						      .kind = kind,
						      .fd = fd };
	files->open += fd >= 0;
}
