/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is mapped where, of every process of the machine, as the kernel tells
 * profilers: mappings of code, forks, execs and ends, from a software event of perf
 * on each CPU.  Without it the names of a process that is gone are gone, too.
 */
#ifndef CALLSTACK_MMAP_EVENTS_H
#define CALLSTACK_MMAP_EVENTS_H

#include <linux/types.h>

#include "core/failure.h"

struct mmaps;

enum mmap_type { MMAP_MAPS, MMAP_FORKS, MMAP_EXECS, MMAP_ENDS };

struct mmap_event {
	enum mmap_type type;
	__u32 pid;     /* tgid; MMAP_FORKS: of the child */
	__u32 ppid;    /* MMAP_FORKS: of the parent */
	__u64 time_ns; /* CLOCK_MONOTONIC */
	/* MMAP_MAPS */
	__u64 start, end, offset; /* offset: in the file, bytes */
	__u64 inode;
	__u32 device;	  /* major << 20 | minor */
	const char *path; /* as its process sees it; "[vdso]", "//anon" */
};

/* Threads are not told of.  Returns 0 or a negative errno (no perf events, no right to them). */
int mmaps__open(struct mmaps **ret_mmaps);
void mmaps__close(struct mmaps *mmaps);

/* Passes on what has come in, in the order in which it happened; returns 0 or -ENOMEM. */
int mmaps__poll(struct mmaps *mmaps, void (*take)(void *context, const struct mmap_event *event),
		void *context);

/* Events that found no room, so far. */
__u64 mmaps__lost(const struct mmaps *mmaps);

#endif
