/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The threads of a profile by their numbers, which only grow.  Those that are forgotten take no room,
 * however many there were.  Inside of model/profile/ only.
 */
#ifndef MODEL_THREAD_TABLE_H
#define MODEL_THREAD_TABLE_H

#include <uthash.h>

#include "model/profile/profile.h"

/* A task that changes its name goes on as another entry. */
struct thread_key {
	__u64 id;
	char comm[UTF8_COMM];
};

struct thread_entry {
	struct thread_key key;
	struct profile_thread thread;
	__u32 number;
	struct thread_entry *former; /* the same task by an earlier name */
	UT_hash_handle hh;	     /* by id and name */
	UT_hash_handle by_id;	     /* by id: the latest name only */
};

struct thread_chunk;

struct thread_table {
	struct thread_chunk **chunks;
	size_t chunk_count, chunk_room;
	__u32 count, kept; /* numbers so far; entries that are there */
	struct thread_entry *by_key, *latest;
};

/* NULL: there is none. */
struct thread_entry *thread_table__find(const struct thread_table *table,
					const struct profile_thread *thread);
struct thread_entry *thread_table__get(const struct thread_table *table, __u32 number);

/* A new one, which is found from now on; its number, 0 without memory. */
__u32 thread_table__add(struct thread_table *table, const struct profile_thread *thread);

/* By all names that its task had; each number is told to `forgot`, if there is one. */
void thread_table__forget(struct thread_table *table, __u32 number,
			  void (*forgot)(void *context, __u32 number), void *context);

void thread_table__release(struct thread_table *table);

#endif
