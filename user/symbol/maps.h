/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What code a live process has mapped, and the files that it mapped. */
#ifndef SYMBOL_MAPS_H
#define SYMBOL_MAPS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "symbol/identity.h"

struct process_map {
	__u64 start, end;
	__u64 offset; /* in the file, bytes */
	__u64 inode;  /* 0: no file */
	__u32 major, minor;
	/*
	 * As its process sees it, "[vdso]" and the like, or "".  Without " (deleted)":
	 * see below.
	 */
	const char *path;
	bool deleted;
};

struct process_maps {
	struct process_map *list; /* by address */
	size_t count, room;
	bool cut; /* there was no memory for all */
};

/*
 * The executable ones from text in the form of /proc/PID/maps; what does not have
 * that form is passed over.
 */
void process_maps__read(struct process_maps *maps, FILE *file);

/* Of a process that lives.  Returns 0 or a negative errno. */
int process_maps__of(struct process_maps *maps, pid_t pid);

const struct process_map *process_maps__find(const struct process_maps *maps, __u64 address);
void process_maps__free(struct process_maps *maps);

/*
 * Opens for reading the file that the process has mapped, and no other of that name:
 * as the process sees it, by the mapping itself if the name is gone or is another
 * file's, and as we see it, for processes that have ended.  Returns a descriptor or
 * a negative errno; -ESTALE: there is only another file of that name.
 */
int process_map__open(const struct process_map *map, pid_t pid);

/*
 * Opens path below root ("" or "/proc/PID/root") if it is a regular file of that
 * identity.  Returns a descriptor or a negative errno; -ESTALE: it is another file.
 */
int file__open_same(const char *root, const char *path, const struct file_identity *identity);

#endif
