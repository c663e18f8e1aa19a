/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What code a live process has mapped. */
#ifndef CALLSTACK_PROCESS_MAPS_H
#define CALLSTACK_PROCESS_MAPS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

struct process_map {
	__u64 start, end;
	__u64 offset; /* in the file, bytes */
	__u64 inode;  /* 0: no file */
	__u64 size;   /* of the file; 0: not known */
	__u32 major, minor;
	/*
	 * As its process sees it, "[vdso]" and the like, or "".  Without " (deleted)":
	 * see below.
	 */
	const char *path;
	bool deleted;
	/*
	 * Of a process that may be gone: the path from the root of its mount namespace,
	 * and a process that may be in that, too, its parent; NULL and 0: not known.
	 */
	const char *outer;
	__u32 parent;
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

#endif
