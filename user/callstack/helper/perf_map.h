/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What code made at run time is called: the text that the programs that make it
 * leave in /tmp/perf-PID.map, "START SIZE name" a line.  Anybody can write anything there.
 */
#ifndef CALLSTACK_HELPER_PERF_MAP_H
#define CALLSTACK_HELPER_PERF_MAP_H

#include <linux/types.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#define PERF_MAP_NAME 4096 /* bytes of a name; a longer one ends in "..." */

struct perf_map_place {
	__u64 address;
	__u32 caller; /* it is a return address: the call lies before it */
	__u32 pad;
};

/* Called of a place, by its number, each time that a line names it: the last one counts. */
typedef void perf_map_found(void *context, __u32 place, const char *name, size_t length);

/* Returns 0 or -ENOMEM. */
int perf_map__read(FILE *file, const struct perf_map_place *places, __u32 count,
		   perf_map_found *found, void *context);

/* ---- JOB_PERF_MAP: the file is that text ---- */

struct perf_map_request {
	__u32 count;
	__u32 pad;
	struct perf_map_place places[];
};

struct perf_map_reply {
	__u32 count;
	__u32 pad;
	struct perf_map_name {
		__u32 name, length; /* where in the reply; 0: not known */
	} entries[];
};

#endif
