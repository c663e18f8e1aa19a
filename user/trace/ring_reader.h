/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ring buffer that is emptied into memory by a thread of its own.
 *
 * Whoever digests what comes may wait long for a CPU: beside thousands of runnable tasks a
 * second and more.  The ring would overflow meanwhile.  The thread does nothing but copy; it
 * is given a CPU before all others for that, where the kernel allows it.
 */
#ifndef TRACE_RING_READER_H
#define TRACE_RING_READER_H

#include <linux/types.h>
#include <stddef.h>

struct ring_reader;

/* Returns 0, or a negative errno, and then nothing is taken any more. */
typedef int (*ring_record_fn)(void *context, void *data, size_t size);

/*
 * map: descriptor of a ring buffer; most: bytes that may lie in memory, about.  What is more
 * stays in the ring.  waiting: is told how many do, for who fills the ring; it has to be there until
 * the reader is closed.  Returns 0 or a negative errno.
 */
int ring_reader__open(struct ring_reader **ret_reader, int map, size_t most,
		      volatile __u64 *waiting);

/*
 * Passes on what had come when this began, oldest first, in the caller's thread; about so many
 * bytes at most (0: all).  Returns 0, 1 if there is more, or what take returned.
 */
int ring_reader__take(struct ring_reader *reader, size_t bytes, ring_record_fn take, void *context);

/* Becomes readable when records lie in memory, until they are taken. */
int ring_reader__fd(const struct ring_reader *reader);

void ring_reader__close(struct ring_reader *reader);

#endif
