/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/record_queue.h"

#define LARGEST 700000 /* more than a block */

/* Record number i has a size and bytes that follow from i. */
static size_t record__size(unsigned int i)
{
	return i % 97 == 13 ? LARGEST : i * 37 % 5000;
}

static void put(struct record_queue *queue, unsigned int i)
{
	static unsigned char data[LARGEST];

	memset(data, (int)(i & 0xff), record__size(i));
	cr_assert_eq(record_queue__put(queue, data, record__size(i)), 0);
}

static void expect(struct record_queue *queue, unsigned int i)
{
	size_t size, at;
	void *data;

	cr_assert(record_queue__take(queue, &data, &size), "record %u is there", i);
	cr_assert_eq(size, record__size(i));
	cr_assert_eq((uintptr_t)data % 8, 0);
	for (at = 0; at < size; at++)
		cr_assert_eq(((unsigned char *)data)[at], i & 0xff, "record %u byte %zu", i, at);
}

static void expect_nothing(struct record_queue *queue)
{
	size_t size;
	void *data;

	cr_assert_not(record_queue__take(queue, &data, &size));
}

Test(record_queue, gives_what_it_got_in_order)
{
	struct record_queue queue = { 0 };
	unsigned int in = 0, out = 0;

	expect_nothing(&queue);
	while (out < 1000) { /* more in than out at first, then the rest */
		if (in < 1000)
			put(&queue, in++);
		if (in % 3 || in == 1000)
			expect(&queue, out++);
	}
	expect_nothing(&queue);
	record_queue__clear(&queue);
}

Test(record_queue, counts_the_memory_of_its_blocks)
{
	struct record_queue queue = { 0 };
	size_t full;
	unsigned int i;

	cr_assert_eq(queue.bytes, 0);
	for (i = 0; i < 300; i++)
		put(&queue, i);
	full = queue.bytes;
	cr_assert_gt(full, 3 * LARGEST);
	for (i = 0; i < 300; i++)
		expect(&queue, i);
	expect_nothing(&queue);
	cr_assert_lt(queue.bytes, LARGEST, "only the last block is kept");
	record_queue__clear(&queue);
	cr_assert_eq(queue.bytes, 0);
	expect_nothing(&queue);
}

Test(record_queue, moves_all_behind_the_other)
{
	struct record_queue to = { 0 }, from = { 0 };
	unsigned int i;
	size_t bytes;

	record_queue__move(&to, &from);
	expect_nothing(&to);
	for (i = 0; i < 5; i++)
		put(&to, i);
	for (; i < 20; i++)
		put(&from, i);
	bytes = to.bytes + from.bytes;
	record_queue__move(&to, &from);
	cr_assert_eq(to.bytes, bytes);
	cr_assert_eq(from.bytes, 0);
	expect_nothing(&from);
	put(&to, i);
	for (i = 0; i < 21; i++)
		expect(&to, i);
	expect_nothing(&to);
	record_queue__clear(&to);
	record_queue__clear(&from);
}
