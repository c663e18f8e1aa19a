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

struct address_spaces;

/* One executable mapping; `file` is the caller's number for what is mapped. */
struct mapping {
	__u64 start, end;
	__u64 offset; /* in the file, bytes */
	__u64 since_ns;
	__u32 file;
	__u32 pad;
};

struct address_spaces *address_spaces__new(void); /* NULL without memory */
void address_spaces__free(struct address_spaces *address_spaces);

/* Each returns 0 or -ENOMEM.  Times are CLOCK_MONOTONIC. */
int address_spaces__map(struct address_spaces *address_spaces, __u32 pid,
			const struct mapping *mapping);
int address_spaces__fork(struct address_spaces *address_spaces, __u32 pid, __u32 parent,
			 __u64 time_ns);
int address_spaces__exec(struct address_spaces *address_spaces, __u32 pid, __u64 time_ns);
void address_spaces__end(struct address_spaces *address_spaces, __u32 pid, __u64 time_ns);

/* Are its mappings known from its beginning, or have they been read since? */
bool address_spaces__is_known(const struct address_spaces *address_spaces, __u32 pid,
			      __u64 time_ns);

/* The process whose mappings it began with; 0: unknown. */
__u32 address_spaces__parent(const struct address_spaces *address_spaces, __u32 pid);

/* From now on it counts as known: its mappings have been read and handed in. */
int address_spaces__set_known(struct address_spaces *address_spaces, __u32 pid);

/* The mapping at an address at that time; NULL: none. */
const struct mapping *address_spaces__find(const struct address_spaces *address_spaces, __u32 pid,
					   __u64 address, __u64 time_ns);

/* All mappings at that time: an array to free(), by address; NULL: none. */
struct mapping *address_spaces__all(const struct address_spaces *address_spaces, __u32 pid,
				    __u64 time_ns, size_t *ret_count);

/* Forgets processes that ended before time_ns, after telling of each. */
void address_spaces__forget(struct address_spaces *address_spaces, __u64 time_ns,
			    void (*gone)(void *context, __u32 pid), void *context);

#endif
