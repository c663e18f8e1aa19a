/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of a recording: made, watched, and left.
 *
 * The journal is rolled back, not ahead (WAL): between two flushes the one file has
 * all that was committed, whoever copies it, and it can be read where nothing can be
 * written.  The writer keeps its lock and its files open: when privileges have been
 * given up, a directory of another user's could not be written to any more.
 *
 * Nothing waits for the disk before the end (synchronous = OFF): what was handed
 * to the kernel survives our own death, and a wait for a busy disk would lose events.
 *
 * Beside SQLite's own locks there is one on a byte that SQLite does not use.  It goes with the
 * open file, so that it is there from before the file has its name until the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "store/writer.h"

#define STRING(x)     STRING_OF(x)
#define STRING_OF(x)  #x
#define JOURNAL_BYTES 16
#define LOCK_AT	      0x3fffffff /* SQLite's begin after it */

/* ---- names ---- */

/* With the directory as it really is; the file need not be there.  To be freed; NULL. */
static char *real_name(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	char *directory = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	char *real = directory ? realpath(directory, NULL) : NULL, *full = NULL;

	if (real && asprintf(&full, "%s/%s", strcmp(real, "/") ? real : "", name) < 0)
		full = NULL;
	free(directory);
	free(real);
	return full;
}

static void name_journal(char name[PATH_MAX + JOURNAL_BYTES], const char *path)
{
	snprintf(name, PATH_MAX + JOURNAL_BYTES, "%.*s-journal", PATH_MAX, path);
}

static void unlink_journal(const char *path)
{
	char name[PATH_MAX + JOURNAL_BYTES];

	name_journal(name, path);
	unlink(name);
}

/* ---- one recorder for one file ---- */

static int lock(int fd)
{
	bool writable = (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR;
	struct flock whole = { .l_type = writable ? F_WRLCK : F_RDLCK,
			       .l_start = LOCK_AT,
			       .l_len = 1 };

	/* where there are no such locks one can do without */
	return fcntl(fd, F_OFD_SETLK, &whole) && (errno == EAGAIN || errno == EACCES) ? -EBUSY : 0;
}

static int fail_busy(const char *path, struct failure *failure)
{
	return failure__set(failure, -EBUSY, "another recorder is writing it",
			    "name another file with -o", "cannot replace %s", path);
}

/* A new file, locked before anybody else can have it.  A descriptor or a negative errno. */
static int touch(const char *path, struct failure *failure)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600), err;

	if (fd >= 0) {
		err = lock(fd);
		if (!err)
			return fd;
		close(fd);
		return fail_busy(path, failure);
	}
	if (errno == EEXIST)
		return failure__set(failure, -EEXIST, "the file exists",
				    "name another file, or overwrite it with --force",
				    "cannot create the recording %s", path);
	return failure__set(failure, -errno, NULL,
			    "name a file in a directory that you may write to",
			    "cannot create the recording %s", path);
}

/*
 * The file that is to be replaced, locked: while we have it, no other recorder replaces it.
 * One that has been replaced between being opened and locked is not the one.
 */
static int lock_old(const char *path, int *ret_fd, struct failure *failure)
{
	struct stat opened, named;
	int fd, tries;

	for (tries = 0; tries < 100; tries++) {
		fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		if (fd < 0) /* a directory's owner may replace what is for reading only */
			fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		if (fd < 0)
			return failure__set(failure, -errno, NULL, "name another file",
					    "cannot replace %s", path);
		if (lock(fd)) {
			close(fd);
			break;
		}
		if (!fstat(fd, &opened) && !stat(path, &named) && opened.st_dev == named.st_dev &&
		    opened.st_ino == named.st_ino) {
			*ret_fd = fd;
			return 0;
		}
		close(fd);
	}
	return fail_busy(path, failure);
}

/* ---- making ---- */

static int open_database(struct store_writer *writer, const char *path, struct failure *failure)
{
	int rc = sqlite3_open_v2(path, &writer->db,
				 SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
				 NULL);

	if (!writer->db)
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot create %s", path);
	if (rc == SQLITE_OK && writer->most_bytes) /* before there is a table */
		rc = sqlite3_exec(writer->db,
				  "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA cache_spill = OFF",
				  NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		return writer__fail(writer, failure);
	return writer__run(
		writer,
		"PRAGMA page_size = " STRING(
			STORE_PAGE) "; PRAGMA locking_mode = EXCLUSIVE;"
				    "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = OFF;"
				    "PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY",
		failure);
}

static int create_here(struct store_writer *writer, const char *path, const struct summary *meta,
		       struct failure *failure)
{
	int err;

	writer->lock = touch(path, failure);
	if (writer->lock < 0)
		return writer->lock;
	unlink_journal(path); /* of another file, long gone: it would be rolled back into ours */
	err = open_database(writer, path, failure);
	if (!err)
		err = writer__fill(writer, meta, failure);
	if (err) {
		sqlite3_close_v2(writer->db);
		writer->db = NULL;
		unlink(path);
		unlink_journal(path);
	}
	return err;
}

/* The database is opened again, because a journal has the name under which its database was. */
static int take_name(struct store_writer *writer, const char *beside, struct failure *failure)
{
	int err;

	writer__finalize(writer);
	sqlite3_close(writer->db);
	writer->db = NULL;
	unlink_journal(beside);
	unlink_journal(writer->path);
	if (rename(beside, writer->path)) {
		err = failure__set(failure, -errno, NULL, "name another file", "cannot replace %s",
				   writer->path);
		unlink(beside);
		return err;
	}
	err = open_database(writer, writer->path, failure);
	if (!err)
		err = writer__prepare(writer, failure);
	/* takes the lock and opens the journal, while we may */
	return err ? err :
		     writer__run(writer,
				 "BEGIN EXCLUSIVE; PRAGMA user_version = " STRING(
					 STORE_VERSION) "; COMMIT",
				 failure);
}

/* Beside the old one, and renamed when it works. */
static int create_over(struct store_writer *writer, const struct summary *meta,
		       struct failure *failure)
{
	char beside[PATH_MAX + JOURNAL_BYTES];
	int old = -1, err = lock_old(writer->path, &old, failure);

	if (err)
		return err;
	snprintf(beside, sizeof(beside), "%.*s.%d", PATH_MAX - JOURNAL_BYTES, writer->path,
		 getpid());
	err = create_here(writer, beside, meta, failure);
	if (!err)
		err = take_name(writer, beside, failure);
	close(old);
	return err;
}

/* What is to be replaced: a symbolic link stays, and the file that it names is. */
static int find_old(struct store_writer *writer, struct failure *failure)
{
	char *real = realpath(writer->path, NULL);
	struct stat status;

	if (!real || stat(real, &status)) {
		free(real);
		return failure__set(failure, -errno, NULL, "name another file", "cannot replace %s",
				    writer->path);
	}
	free(writer->path);
	writer->path = real;
	if (!S_ISREG(status.st_mode))
		return failure__set(failure, -EINVAL, "it is not a regular file",
				    "name another one", "cannot replace %s", writer->path);
	return 0;
}

int file__make(struct store_writer *writer, const char *path, bool force,
	       const struct summary *meta, struct failure *failure)
{
	struct stat status;
	bool over;
	int err;

	if (strlen(path) >= PATH_MAX - 2 * JOURNAL_BYTES)
		return failure__set(failure, -ENAMETOOLONG, NULL, "choose a shorter one",
				    "cannot create a recording with that name");
	writer->path = real_name(path);
	if (!writer->path)
		return failure__set(failure, -errno, NULL,
				    "name a file in a directory that you may write to",
				    "cannot create the recording %s", path);
	over = force && !lstat(writer->path, &status);
	err = over ? find_old(writer, failure) : 0;
	if (err)
		return err;
	snprintf(writer->mark, sizeof(writer->mark), "%d %llu", getpid(), clock__monotonic());
	writer->witness = witness__start(writer->path, writer->mark, &writer->invoker);
	return over ? create_over(writer, meta, failure) :
		      create_here(writer, writer->path, meta, failure);
}

int store__set_aside(const char *path, const char *to, struct failure *failure)
{
	char journal[PATH_MAX + JOURNAL_BYTES], moved[PATH_MAX + JOURNAL_BYTES];
	int old = -1, err = lock_old(path, &old, failure);

	if (err)
		return err;
	name_journal(journal, path);
	name_journal(moved, to);
	/* with a journal that is not empty the file is mended when it is read next */
	if (rename(journal, moved) && errno != ENOENT)
		err = -errno;
	if (!err && rename(path, to))
		err = -errno;
	close(old);
	return err ? failure__set(failure, err, NULL, "name another directory with -o",
				  "cannot rename %s", path) :
		     0;
}

/* ---- while it is written ---- */

int file__check(struct store_writer *writer, struct failure *failure)
{
	struct stat ours, named;

	if (writer->error)
		return failure__set(failure, writer->error, NULL, NULL,
				    "cannot go on writing the recording %s", writer->path);
	if (fstat(writer->lock, &ours))
		return 0;
	if (!stat(writer->path, &named) && named.st_dev == ours.st_dev &&
	    named.st_ino == ours.st_ino)
		return 0;
	writer->error = -ENOENT;
	return failure__set(failure, -ENOENT,
			    ours.st_nlink ? "it was moved, or replaced, while it was written" :
					    "it was deleted while it was written",
			    ours.st_nlink ? "what was recorded up to then is where it was moved" :
					    "leave the file alone until the recorder has ended",
			    "the recording %s is gone", writer->path);
}

static __u64 size_of(const char *path)
{
	struct stat status;

	return stat(path, &status) ? 0 : (__u64)status.st_size;
}

__u64 file__journal_bytes(const struct store_writer *writer)
{
	char journal[PATH_MAX + JOURNAL_BYTES];

	name_journal(journal, writer->path);
	return size_of(journal);
}

__u64 file__bytes(const struct store_writer *writer)
{
	return size_of(writer->path) + file__journal_bytes(writer);
}

/* ---- the end ---- */

/*
 * With an error, too: what could not be written has been rolled back, which leaves the journal
 * empty.  One that is not empty is what the file is mended with by whoever opens it next.
 */
static void remove_empty_journal(struct store_writer *writer)
{
	char journal[PATH_MAX + JOURNAL_BYTES];
	struct stat status;
	bool entered = !invoker__enter(&writer->invoker);

	name_journal(journal, writer->path);
	if (!lstat(journal, &status) && !status.st_size)
		unlink(journal);
	if (entered)
		invoker__leave(&writer->invoker);
}

void file__close(struct store_writer *writer)
{
	bool open = writer->db;

	sqlite3_close_v2(writer->db);
	writer->db = NULL;
	if (open)
		remove_empty_journal(writer);
	witness__stop(writer->witness);
	if (writer->lock >= 0) /* not earlier: SQLite's locks would go with it */
		close(writer->lock);
}
