/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where distributions keep what they strip from their files.  By names alone, of which
 * strangers can choose some: the broker opens the files, and they are read elsewhere.
 */
#ifndef CALLSTACK_DEBUG_FILES_H
#define CALLSTACK_DEBUG_FILES_H

#include <linux/types.h>
#include <stdbool.h>
#include <sys/types.h>

#include "core/owner.h"

struct broker;

enum debug_kind {
	DEBUG_OWN,    /* what was stripped from one file */
	DEBUG_SHARED, /* what dwz has moved out of several of those */
	DEBUG_KINDS
};

struct debug_search {
	struct broker *broker; /* that opens them */
	int root;	       /* directory; -1: ours */
	char *path;	       /* of the file, as seen from there; NULL */
	struct owner owner; /* with whose privileges they are opened where strangers can put them */
	__u64 view; /* of root: what was found there is not for others who use the same file */
	dev_t device;
	ino_t inode;
};

/*
 * The debug file with that build id (hexadecimal), or with that name ("" none), in one of
 * the places where it is looked for.  Whether it is that file's, is not known then: it is
 * looked for from a place on, 0 at first, and ret_next is the one behind where it was.  A
 * descriptor or a negative errno.
 */
int debug_file__open(const struct debug_search *search, const char *build_id,
		     const char *debug_link, unsigned int place, unsigned int *ret_next);

/* The shared one with that build id, or with that name. */
int shared_file__open(const struct debug_search *search, const char *build_id, const char *link);

/* What was found before, or not, by the identity of the file. */
struct debug_files;

struct debug_files *debug_files__new(void);
void debug_files__free(struct debug_files *files);

/* False: nothing is known.  ret_fd: -1 if there is no debug file; it is not the caller's. */
bool debug_files__get(const struct debug_files *files, const struct debug_search *search,
		      enum debug_kind kind, int *ret_fd);

/* fd goes into its keeping; it may close others that it keeps. */
void debug_files__put(struct debug_files *files, const struct debug_search *search,
		      enum debug_kind kind, int fd);

#endif
