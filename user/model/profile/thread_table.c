/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/profile/thread_table.h"

#include <stdlib.h>
#include <string.h>

#include "core/array.h"

#define CHUNK                                                                                      \
	1024 /* numbers that lie together: room is given back when all of them are forgotten */

struct thread_chunk {
	__u32 kept;
	struct thread_entry *entries[CHUNK];
};

static struct thread_key key_of(const struct profile_thread *thread)
{
	struct thread_key key;

	memset(&key, 0, sizeof(key));
	key.id = thread->id;
	strncpy(key.comm, thread->comm, sizeof(key.comm) - 1);
	return key;
}

struct thread_entry *thread_table__find(const struct thread_table *table,
					const struct profile_thread *thread)
{
	const struct thread_key key = key_of(thread);
	struct thread_entry *entry;

	HASH_FIND(hh, table->by_key, &key, sizeof(key), entry);
	return entry;
}

static struct thread_chunk *chunk_of(const struct thread_table *table, __u32 number)
{
	return number && number <= table->count ? table->chunks[(number - 1) / CHUNK] : NULL;
}

struct thread_entry *thread_table__get(const struct thread_table *table, __u32 number)
{
	const struct thread_chunk *chunk = chunk_of(table, number);

	return chunk ? chunk->entries[(number - 1) % CHUNK] : NULL;
}

static void entry__free(struct thread_entry *entry)
{
	if (!entry)
		return;
	free((char *)(unsigned long)entry->thread.comm);
	free((char *)(unsigned long)entry->thread.process_comm);
	free(entry);
}

static struct thread_entry *entry__new(const struct profile_thread *thread)
{
	struct thread_entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return NULL;
	entry->key = key_of(thread);
	entry->thread = *thread;
	entry->thread.comm = strdup(thread->comm);
	entry->thread.process_comm = strdup(thread->process_comm);
	if (entry->thread.comm && entry->thread.process_comm)
		return entry;
	entry__free(entry);
	return NULL;
}

/* The chunk that the next number is in; NULL without memory. */
static struct thread_chunk *next_chunk(struct thread_table *table)
{
	if (table->count < table->chunk_count * CHUNK)
		return table->chunks[table->chunk_count - 1];
	if (!ARRAY_ROOM(table->chunks, table->chunk_count, table->chunk_room, 64))
		return NULL;
	table->chunks[table->chunk_count] = calloc(1, sizeof(struct thread_chunk));
	return table->chunks[table->chunk_count] ? table->chunks[table->chunk_count++] : NULL;
}

__u32 thread_table__add(struct thread_table *table, const struct profile_thread *thread)
{
	struct thread_entry *before = thread_table__find(table, thread), *entry;
	struct thread_chunk *chunk = next_chunk(table);

	entry = chunk ? entry__new(thread) : NULL;
	if (!entry)
		return 0;
	if (before)
		HASH_DELETE(hh, table->by_key, before);
	HASH_FIND(by_id, table->latest, &thread->id, sizeof(thread->id), entry->former);
	if (entry->former)
		HASH_DELETE(by_id, table->latest, entry->former);
	chunk->entries[table->count % CHUNK] = entry;
	chunk->kept++;
	table->kept++;
	entry->number = ++table->count;
	HASH_ADD(hh, table->by_key, key, sizeof(entry->key), entry);
	HASH_ADD(by_id, table->latest, key.id, sizeof(entry->key.id), entry);
	return entry->number;
}

/* The last chunk stays: numbers are still to come. */
static void table__drop(struct thread_table *table, struct thread_entry *entry)
{
	size_t at = (entry->number - 1) / CHUNK;
	struct thread_chunk *chunk = table->chunks[at];

	chunk->entries[(entry->number - 1) % CHUNK] = NULL;
	chunk->kept--;
	table->kept--;
	entry__free(entry);
	if (chunk->kept || at + 1 == table->chunk_count)
		return;
	free(chunk);
	table->chunks[at] = NULL;
}

void thread_table__forget(struct thread_table *table, __u32 number,
			  void (*forgot)(void *context, __u32 number), void *context)
{
	const struct thread_entry *named = thread_table__get(table, number);
	struct thread_entry *entry, *former, *found;

	if (!named)
		return;
	HASH_FIND(by_id, table->latest, &named->key.id, sizeof(named->key.id), entry);
	if (entry)
		HASH_DELETE(by_id, table->latest, entry);
	for (; entry; entry = former) {
		former = entry->former;
		HASH_FIND(hh, table->by_key, &entry->key, sizeof(entry->key), found);
		if (found == entry)
			HASH_DELETE(hh, table->by_key, entry);
		if (forgot)
			forgot(context, entry->number);
		table__drop(table, entry);
	}
}

void thread_table__release(struct thread_table *table)
{
	__u32 number;
	size_t i;

	HASH_CLEAR(hh, table->by_key);
	HASH_CLEAR(by_id, table->latest);
	for (number = 1; number <= table->count; number++)
		entry__free(thread_table__get(table, number));
	for (i = 0; i < table->chunk_count; i++)
		free(table->chunks[i]);
	free(table->chunks);
	memset(table, 0, sizeof(*table));
}
