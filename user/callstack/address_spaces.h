/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The address spaces of processes: what code was mapped where, and when.
 *
 * Pure.  Mappings, forks, execs and ends go in, in the order in which they happened;
 * an address at a time comes out as a place in a file.  A process may be looked
 * up when it is long gone.
 */
#ifndef CALLSTACK_ADDRESS_SPACES_H
#define CALLSTACK_ADDRESS_SPACES_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

struct spaces;

/* One executable mapping; `file` is the caller's number for what is mapped. */
struct mapping {
	__u64 start, end;
	__u64 offset; /* in the file, bytes */
	__u64 since_ns;
	__u32 file;
	__u32 pad;
};

struct spaces *spaces__new(void); /* NULL without memory */
void spaces__free(struct spaces *spaces);

/* Each returns 0 or -ENOMEM.  Times are CLOCK_MONOTONIC. */
int spaces__map(struct spaces *spaces, __u32 pid, const struct mapping *mapping);
int spaces__fork(struct spaces *spaces, __u32 pid, __u32 parent, __u64 time_ns);
int spaces__exec(struct spaces *spaces, __u32 pid, __u64 time_ns);
void spaces__end(struct spaces *spaces, __u32 pid, __u64 time_ns);

/* Are its mappings known from its beginning, or have they been read since? */
bool spaces__is_known(const struct spaces *spaces, __u32 pid, __u64 time_ns);

/* The process whose mappings it began with; 0: unknown. */
__u32 spaces__parent(const struct spaces *spaces, __u32 pid);

/* From now on it counts as known: its mappings have been read and handed in. */
int spaces__set_known(struct spaces *spaces, __u32 pid);

/* The mapping at an address at that time; NULL: none. */
const struct mapping *spaces__find(const struct spaces *spaces, __u32 pid, __u64 address,
				   __u64 time_ns);

/* All mappings at that time: an array to free(), by address; NULL: none. */
struct mapping *spaces__all(const struct spaces *spaces, __u32 pid, __u64 time_ns,
			    size_t *ret_count);

/* Forgets processes that ended before time_ns. */
void spaces__forget(struct spaces *spaces, __u64 time_ns);

#endif
