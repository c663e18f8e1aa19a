/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of any size, first in, first out, in blocks of memory.  Not for several threads at once. */
#ifndef CORE_RECORD_QUEUE_H
#define CORE_RECORD_QUEUE_H

#include <stddef.h>

struct record_block;

struct record_queue {
	struct record_block *first, *last; /* NULL: empty */
	size_t bytes;			   /* that its blocks take */
};

/* Returns 0 or -ENOMEM, and then the queue is as it was. */
int record_queue__put(struct record_queue *queue, const void *data, size_t size);

/*
 * Takes the oldest one: *ret_data is aligned to 8 bytes and good until the next call.
 * Returns whether there was one.
 */
int record_queue__take(struct record_queue *queue, void **ret_data, size_t *ret_size);

/* All of the one goes behind what is in the other. */
void record_queue__move(struct record_queue *to, struct record_queue *from);

void record_queue__clear(struct record_queue *queue);

#endif
