/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of the cache: opened while there is a name that leads to them, and closed when too
 * many others have been used since.  One that is opened again has to be what it was.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utlist.h>

#include "callstack/dso_private.h"
#include "callstack/mapped_file.h"
#include "callstack/symbolizer.h"
#include "callstack/vdso.h"

#define OPEN_MAX_FILES 2048 /* or a half of what may be open */

void dso_cache__keep_open(struct dso_cache *files, __u32 most)
{
	struct rlimit limit;

	files->open_max = most ? most : OPEN_MAX_FILES;
	if (!most && !getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_cur / 2 < OPEN_MAX_FILES)
		files->open_max = (__u32)limit.rlim_cur / 2;
}

/* ---- the order of their use ---- */

static void dso_cache__use(struct dso_cache *files, struct dso *file)
{
	if (file->kind != MODULE_FILE || file->fd < 0)
		return;
	DL_DELETE(files->open, file);
	DL_APPEND(files->open, file);
}

void dso_cache__shut(struct dso_cache *files, struct dso *file)
{
	if (file->kind == MODULE_FILE && file->fd >= 0) {
		DL_DELETE(files->open, file);
		files->open_count--;
	}
	if (file->fd >= 0)
		close(file->fd);
	if (file->root >= 0)
		close(file->root);
	file->fd = NOT_OPENED;
	file->root = -1;
}

void dso_cache__trim(struct dso_cache *files)
{
	while (files->open_count > files->open_max)
		dso_cache__shut(files, files->open);
}

/* ---- what it was ---- */

static bool file__is_as_it_was(const struct dso *file, const struct stat *st)
{
	return st->st_dev == file->device && st->st_ino == file->inode &&
	       st->st_mtim.tv_sec == file->written.tv_sec &&
	       st->st_mtim.tv_nsec == file->written.tv_nsec;
}

bool dso_cache__was_written(struct dso_cache *files, struct dso *file)
{
	struct stat st;

	if (file->kind != MODULE_FILE)
		return false;
	if (file->was_open)
		dso_cache__open(files, file);
	return file->is_another ||
	       (file->fd >= 0 && !fstat(file->fd, &st) && !file__is_as_it_was(file, &st));
}

/* Who its first user was is asked once: by now its number can be another's. */
static void file__remember(struct dso *file)
{
	struct stat st;

	if (fstat(file->fd, &st))
		return;
	file->device = st.st_dev;
	file->inode = st.st_ino;
	file->written = st.st_mtim;
	file->was_open = true;
	owner__of((pid_t)file->pid, &file->owner);
}

void dso_cache__opened(struct dso_cache *files, struct dso *file, int fd)
{
	file->fd = fd;
	if (file->kind != MODULE_FILE)
		return;
	DL_APPEND(files->open, file);
	files->open_count++;
	if (!file->was_open)
		file__remember(file);
	if (file->owner.known && file->view &&
	    process_root__view((pid_t)file->pid, files->own_view) == file->view)
		file->root = process_root__open((pid_t)file->pid);
}

/* ---- opening ---- */

static const char *path__last(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/*
 * The same file under another key: a layered file system shows one identity in mappings and another
 * to open().
 */
static int dso_cache__open_twin(struct dso_cache *files, const struct dso *file)
{
	__u32 i;

	for (i = 0; i < files->count; i++) {
		struct dso *twin = files->list[i];

		if (!twin || twin == file || twin->kind != MODULE_FILE || !twin->was_open ||
		    !file->map.size ||
		    strcmp(path__last(twin->map.path), path__last(file->map.path)))
			continue;
		dso_cache__open(files, twin);
		if (twin->fd >= 0 && mapped_file__is(&file->map, twin->fd))
			return fcntl(twin->fd, F_DUPFD_CLOEXEC, 0);
	}
	return -ENOENT;
}

/* Or what it was, or nothing. */
static int file__check(struct dso *file, int fd)
{
	struct stat st;

	if (fd < 0 || !file->was_open || (!fstat(fd, &st) && file__is_as_it_was(file, &st)))
		return fd;
	close(fd);
	file->is_another = true;
	return -ESTALE;
}

void dso_cache__open(struct dso_cache *files, struct dso *file)
{
	int fd = -1;

	if (file->fd != NOT_OPENED) {
		dso_cache__use(files, file);
		return;
	}
	file->fd = NOT_THERE;
	if (file->kind == MODULE_VDSO)
		fd = vdso__open();
	else if (file->kind == MODULE_FILE)
		fd = mapped_file__open(symbolizer__broker(files->symbolizer), &file->map,
				       (pid_t)file->pid);
	if (fd < 0 && file->kind == MODULE_FILE)
		fd = dso_cache__open_twin(files, file);
	fd = file__check(file, fd);
	if (fd >= 0)
		dso_cache__opened(files, file, fd);
}
