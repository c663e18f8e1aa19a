/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What memory a process holds, as the kernel tells it in /proc/PID. */
#ifndef CORE_PROCESS_MEMORY_H
#define CORE_PROCESS_MEMORY_H

#include <linux/types.h>
#include <stdio.h>
#include <sys/types.h>

/* Bytes. */
struct process_memory {
	__u64 rss;
	__u64 pss;	   /* each page divided by the number of processes that map it */
	__u64 private;	   /* mapped by no other process */
	__u64 shared;	   /* mapped by others, too */
	__u64 swap;	   /* proportional to its sharers */
	__u64 page_tables; /* VmPTE */
	__u64 threads;	   /* no bytes: how many it has */
};

/* Of the text of smaps_rollup.  Returns 0, or -ENODATA: there is no Pss in it. */
int process_memory__parse(struct process_memory *ret_memory, FILE *file);

/*
 * Returns 0; -ESRCH: it has ended, or has no memory of its own (a kernel thread); or another
 * negative errno.
 */
int process_memory__read(struct process_memory *ret_memory, pid_t pid);

/* Adds up; Pss and private of all sharers count each page once. */
void process_memory__add(struct process_memory *sum, const struct process_memory *more);

#endif
