/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/record_queue.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES (256 * 1024)

struct record_block {
	struct record_block *next;
	size_t room, used, taken; /* bytes of data */
	uint64_t data[];	  /* of each record its size, then itself, filled up to 8 bytes */
};

static size_t record__bytes(size_t size)
{
	return sizeof(uint64_t) + (size + 7) / 8 * 8;
}

static struct record_block *record_queue__block(struct record_queue *queue, size_t bytes)
{
	struct record_block *block = queue->last;
	size_t room = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;

	if (block && block->room - block->used >= bytes)
		return block;
	block = malloc(sizeof(*block) + room);
	if (!block)
		return NULL;
	*block = (struct record_block){ .room = room };
	if (queue->last)
		queue->last->next = block;
	else
		queue->first = block;
	queue->last = block;
	queue->bytes += room;
	return block;
}

int record_queue__put(struct record_queue *queue, const void *data, size_t size)
{
	size_t bytes = record__bytes(size);
	struct record_block *block = record_queue__block(queue, bytes);
	uint64_t *record;

	if (!block)
		return -ENOMEM;
	record = block->data + block->used / sizeof(*record);
	*record = size;
	memcpy(record + 1, data, size);
	block->used += bytes;
	return 0;
}

int record_queue__take(struct record_queue *queue, void **ret_data, size_t *ret_size)
{
	struct record_block *block = queue->first;
	uint64_t *record;

	if (block && block->taken == block->used && block->next) {
		queue->first = block->next;
		queue->bytes -= block->room;
		free(block);
		block = queue->first;
	}
	if (!block || block->taken == block->used)
		return 0;
	record = block->data + block->taken / sizeof(*record);
	*ret_size = *record;
	*ret_data = record + 1;
	block->taken += record__bytes(*record);
	return 1;
}

void record_queue__move(struct record_queue *to, struct record_queue *from)
{
	if (!from->first)
		return;
	if (to->last)
		to->last->next = from->first;
	else
		to->first = from->first;
	to->last = from->last;
	to->bytes += from->bytes;
	*from = (struct record_queue){ 0 };
}

void record_queue__clear(struct record_queue *queue)
{
	struct record_block *block, *next;

	for (block = queue->first; block; block = next) {
		next = block->next;
		free(block);
	}
	*queue = (struct record_queue){ 0 };
}
